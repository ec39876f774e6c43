"""A webhook for everybody else, signed as Standard Webhooks describe it (standardwebhooks.com).

Headers `webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature`: one or more of
`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, the key being the shared secret (base64 after
`whsec_`, else the text's own bytes). The body is a JSON array of objects, or one object:

    {"event": "bounced", "delivery": "S12.345", "address": "…", "return_path": "…", "at": 1790000000,
     "status": "5.1.1", "reason": "550 5.1.1 user unknown"}

`event` is delivered, deferred, bounced, complained or unsubscribed; one of `delivery`, `return_path` and
`address` says whose it is; the rest may be left out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace

from newsletter.errors import RefusedError
from newsletter.feedback.address import folded
from newsletter.feedback.event import Event, EventKind, Source, fingerprint, kind_of
from newsletter.feedback.verdict import judge
from newsletter.feedback.webhooks.json_body import moment, objects, text
from newsletter.language import _

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
DELIVERY = re.compile(r"S(\d{1,10})\.(\d{1,10})", re.ASCII)
KINDS = frozenset(
    {
        EventKind.DELIVERED,
        EventKind.DEFERRED,
        EventKind.BOUNCED,
        EventKind.COMPLAINED,
        EventKind.UNSUBSCRIBED,
    }
)


def verify(headers: Mapping[str, str], body: bytes, *, secret: str, at: float, max_age: float) -> None:
    """Raise RefusedError unless who knows `secret` signed these very bytes not longer than `max_age` seconds ago."""
    identity, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not secret or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise _refused()
    if abs(at - int(timestamp)) > max_age:
        raise RefusedError(_("The call is too old or not yet due: it may be a copy of an earlier one."))
    right = sign(identity, timestamp, body, secret=secret).encode()
    given = headers.get(SIGNATURE, "").encode("utf-8", "replace").split()
    matches = [hmac.compare_digest(right, one) for one in given]  # all are compared: no hint by time
    if not any(matches):
        raise _refused()


def sign(identity: str, timestamp: str, body: bytes, *, secret: str) -> str:
    """Return the signature of a call."""
    content = f"{identity}.{timestamp}.".encode("utf-8", "replace") + body
    return "v1," + base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256)).decode()


def parse(body: bytes, *, received_at: float) -> list[Event]:
    """Return the events of a verified body; raises RefusedError when it is not JSON of the form above."""
    found = (_event(item, received_at) for item in objects(body))
    return [event for event in found if event is not None]


def _event(item: Mapping[str, object], received_at: float) -> Event | None:
    name = text(item, "event")
    if name not in KINDS:
        return None
    whose = DELIVERY.fullmatch(text(item, "delivery"))
    address, return_path = text(item, "address"), text(item, "return_path")
    event = Event(
        kind=EventKind(name),
        source=Source.GENERIC,
        dedupe=fingerprint("generic", whose and whose[0], return_path, folded(address), name, text(item, "at")),
        at=moment(item, "at", received_at),
        send=int(whose[1]) if whose else 0,
        key=int(whose[2]) if whose else 0,
        address=address,
        return_path=return_path,
    )
    if event.kind not in (EventKind.BOUNCED, EventKind.DEFERRED):
        return event
    found = judge(text=text(item, "reason"), status=text(item, "status"), delayed=event.kind is EventKind.DEFERRED)
    kind = kind_of(found) if event.kind is EventKind.BOUNCED else event.kind
    return replace(event, kind=kind, verdict=found.verdict, status=found.status, reason=found.reason.value)


def _key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


def _refused() -> RefusedError:
    return RefusedError(_("The call is not signed with the shared secret."))
