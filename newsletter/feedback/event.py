"""What happened to a mail after it was handed over: one value for every way of hearing of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.feedback.verdict import Judgement, Reason, Verdict


class EventKind(StrEnum):
    """What happened. That somebody opened a mail or followed a link is none of them: it is never looked at."""

    #: the provider took it: proves a delivery that was in doubt, and is not kept
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    #: still being tried; no step towards a removal
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    #: refused for what we are or wrote: never the person's fault
    BLOCKED = "blocked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


class Source(StrEnum):
    """How we heard of it."""

    SMTP = "smtp"
    DSN = "dsn"
    ARF = "arf"
    MAIL = "mail"
    SENDGRID = "sendgrid"
    SES = "ses"
    GENERIC = "generic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to one mail or one person.

    Whose it is stands in the first of these that is given: `send` and `key` (proven by us, or told by a
    provider whose call was verified), `subscriber_key` (from a link that we signed), `return_path`,
    `address` (from verified calls; from mail only with the `message_id` of what was sent to it).
    """

    kind: EventKind
    source: Source
    #: the same for every copy of the event: SHA-256 in hexadecimal digits
    dedupe: str
    #: seconds since 1970
    at: float
    verdict: Verdict | None = None
    #: enhanced status code (RFC 3463)
    status: str = ""
    #: a word, never a server's own text: that may hold a name
    reason: str = ""
    send: int = 0
    key: int = 0
    subscriber_key: str = field(repr=False, default="")
    #: of the list that was left, as links name it
    list_key: str = ""
    return_path: str = field(repr=False, default="")
    address: str = field(repr=False, default="")
    #: when given, the delivery counts only if its Message-ID is this one
    message_id: str = field(repr=False, default="")


def fingerprint(*facts: object) -> str:
    """Return what makes an event the same event, whatever else its copies say."""
    return hashlib.sha256("\x1f".join(map(str, facts)).encode("utf-8", "replace")).hexdigest()


def kind_of(judgement: Judgement) -> EventKind:
    """Return what a refusal is: a bounce of the person's, a block of ours, or only a delay."""
    if judgement.reason is Reason.DELAYED:
        return EventKind.DEFERRED
    return EventKind.BLOCKED if judgement.verdict is Verdict.POLICY else EventKind.BOUNCED
