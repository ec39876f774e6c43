"""The events in a SendGrid call -> ours. What tells of opening and clicking is passed over unread.

An event may come 46 times, with another `sg_event_id` each time, or without one; asynchronous bounces come
without our arguments and without `sg_message_id`. So an event is known by what happened to whom and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from newsletter.delivery.transports.sendgrid_call import KEY, SEND
from newsletter.feedback.address import folded
from newsletter.feedback.event import Event, EventKind, Source, fingerprint, kind_of
from newsletter.feedback.verdict import Judgement, Reason, Verdict, judge
from newsletter.feedback.webhooks.json_body import integer, moment, objects, text, whole

KINDS = {
    "processed": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DEFERRED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.BLOCKED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
}
#: kinds that come with a server's words
EXPLAINED = frozenset({EventKind.BOUNCED, EventKind.DEFERRED, EventKind.BLOCKED})
#: why SendGrid itself did not send: what the person did earlier, or what is ours to mend
DROPPED = (
    ("bounced address", EventKind.BOUNCED),
    ("invalid", EventKind.BOUNCED),
    ("spam reporting", EventKind.COMPLAINED),
    ("unsubscribed", EventKind.UNSUBSCRIBED),
)


def parse(body: bytes, *, received_at: float) -> list[Event]:
    """Return the events of a verified body; raises RefusedError when it is not a JSON array of objects."""
    found = (_event(item, received_at) for item in objects(body))
    return [event for event in found if event is not None]


def _event(item: Mapping[str, object], received_at: float) -> Event | None:
    name = text(item, "event")
    kind = KINDS.get(name)
    if kind is None:
        return None
    send, key, address = _send(item), integer(item, KEY), text(item, "email")
    whose = f"{send}.{key}" if send and key else text(item, "sg_message_id")
    event = Event(
        kind=kind,
        source=Source.SENDGRID,
        dedupe=fingerprint("sendgrid", whose, name, folded(address), text(item, "timestamp"), text(item, "url")),
        at=moment(item, "timestamp", received_at),
        send=send if key else 0,
        key=key if send else 0,
        address=address,
    )
    return _with_reason(event, item)


def _send(item: Mapping[str, object]) -> int:
    """Return the number of the send that our own arguments name (`S12`); 0 when they name none."""
    return whole(text(item, SEND).removeprefix("S"))


def _with_reason(event: Event, item: Mapping[str, object]) -> Event:
    if event.kind not in EXPLAINED:
        return event
    reason, status = text(item, "reason") or text(item, "response"), text(item, "status")
    if event.kind is EventKind.BOUNCED:
        found = _judged(reason, status, blocked=text(item, "type") == "blocked")
        return replace(
            event, kind=kind_of(found), verdict=found.verdict, status=found.status, reason=found.reason.value
        )
    if event.kind is EventKind.DEFERRED:
        found = judge(text=reason, status=status, delayed=True)
        return replace(event, status=found.status, reason=found.reason.value)
    return _dropped(event, reason.lower())


def _judged(reason: str, status: str, *, blocked: bool) -> Judgement:
    """Judge a bounce by its words; SendGrid's « blocked » says that the address itself is not at fault."""
    found = judge(text=reason, status=status)
    if blocked and found.verdict is Verdict.HARD:
        return replace(found, verdict=Verdict.POLICY, reason=Reason.BLOCKED)
    return found


def _dropped(event: Event, reason: str) -> Event:
    kind = next((kind for start, kind in DROPPED if reason.startswith(start)), EventKind.BLOCKED)
    if kind is EventKind.BOUNCED:
        return replace(event, kind=kind, verdict=Verdict.HARD, reason=Reason.UNKNOWN_USER.value)
    if kind is EventKind.BLOCKED:
        return replace(event, verdict=Verdict.POLICY, reason=Reason.BLOCKED.value)
    return replace(event, kind=kind)
