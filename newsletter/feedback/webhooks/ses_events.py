"""What Amazon SES tells of a mail -> our events: in a message of SNS, or as JSON in a mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from newsletter.feedback.address import folded
from newsletter.feedback.event import Event, EventKind, Source, fingerprint, kind_of
from newsletter.feedback.verdict import Judgement, Reason, Verdict, judge
from newsletter.feedback.webhooks.json_body import each, inside, moment, read, text

#: feedback types that are no complaint (RFC 5965)
NO_COMPLAINTS = frozenset({"auth-failure", "not-spam", "virus"})
#: a permanent bounce without the server's words: what its sub-type says
PERMANENT = {
    "General": Reason.UNKNOWN_USER,
    "NoEmail": Reason.UNKNOWN_USER,
    "Suppressed": Reason.UNKNOWN_USER,
    "OnAccountSuppressionList": Reason.UNKNOWN_USER,
}
TRANSIENT = {
    "MailboxFull": Judgement(verdict=Verdict.SOFT, reason=Reason.FULL),
    "MessageTooLarge": Judgement(verdict=Verdict.POLICY, reason=Reason.TOO_BIG),
    "ContentRejected": Judgement(verdict=Verdict.POLICY, reason=Reason.CONTENT),
    "AttachmentRejected": Judgement(verdict=Verdict.POLICY, reason=Reason.CONTENT),
}


def parse(message: str, *, received_at: float) -> list[Event]:
    """Return the events of a notification's `Message`; raises RefusedError when it is not JSON."""
    told = read(message.encode("utf-8", "replace"))
    return list(_events(told, received_at)) if isinstance(told, Mapping) else []


def _events(told: Mapping[str, object], received_at: float) -> Iterator[Event]:
    kind = (text(told, "notificationType") or text(told, "eventType")).lower()
    if kind == "bounce":
        yield from _bounces(told, received_at)
    elif kind == "complaint":
        if text(inside(told, "complaint"), "complaintFeedbackType") not in NO_COMPLAINTS:
            yield from _of_kind(told, "complaint", "complainedRecipients", EventKind.COMPLAINED, received_at)
    elif kind == "deliverydelay":
        yield from _of_kind(told, "deliveryDelay", "delayedRecipients", EventKind.DEFERRED, received_at)
    elif kind == "subscription":
        yield from _mailed(told, "subscription", EventKind.UNSUBSCRIBED, received_at)
    elif kind in ("delivery", "send", "reject"):
        meant = {"delivery": EventKind.DELIVERED, "send": EventKind.ACCEPTED, "reject": EventKind.BLOCKED}
        yield from _mailed(told, kind, meant[kind], received_at)


def _bounces(told: Mapping[str, object], received_at: float) -> Iterator[Event]:
    bounce = inside(told, "bounce")
    events = _of_kind(told, "bounce", "bouncedRecipients", EventKind.BOUNCED, received_at)
    for event, person in zip(events, each(bounce, "bouncedRecipients"), strict=False):
        found = _judged(text(bounce, "bounceType"), text(bounce, "bounceSubType"), person)
        yield replace(event, kind=kind_of(found), verdict=found.verdict, status=found.status, reason=found.reason.value)


def _judged(bounce_type: str, subtype: str, person: Mapping[str, object]) -> Judgement:
    """Judge by the server's words; a bounce that SES calls transient is never hard."""
    found = judge(text=text(person, "diagnosticCode"), status=text(person, "status"))
    if bounce_type == "Permanent":
        silent = found.reason is Reason.UNDEFINED and subtype in PERMANENT
        return replace(found, verdict=Verdict.HARD, reason=PERMANENT[subtype]) if silent else found
    if subtype in TRANSIENT:
        return replace(TRANSIENT[subtype], status=found.status)
    return replace(found, verdict=Verdict.SOFT, reason=Reason.TEMPORARY) if found.verdict is Verdict.HARD else found


def _of_kind(
    told: Mapping[str, object], part: str, people: str, kind: EventKind, received_at: float
) -> Iterator[Event]:
    about = inside(told, part)
    for person in each(about, people):
        yield _event(told, about, kind, text(person, "emailAddress"), received_at)


def _mailed(told: Mapping[str, object], part: str, kind: EventKind, received_at: float) -> Iterator[Event]:
    """Yield an event for each address of the mail: these kinds name none of their own."""
    addresses = inside(told, "mail").get("destination")
    for address in addresses if isinstance(addresses, list) else ():
        if isinstance(address, str):
            yield _event(told, inside(told, part), kind, address, received_at)


def _event(
    told: Mapping[str, object], about: Mapping[str, object], kind: EventKind, address: str, received_at: float
) -> Event:
    mail = inside(told, "mail")
    told_as = text(about, "feedbackId") or text(mail, "messageId")
    return Event(
        kind=kind,
        source=Source.SES,
        dedupe=fingerprint("ses", told_as, kind, folded(address), text(about, "timestamp")),
        at=moment(about, "timestamp", moment(mail, "timestamp", received_at)),
        return_path=text(mail, "source"),
        address=address,
    )
