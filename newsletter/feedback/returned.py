"""A mail that came back -> events: what it says, joined with the proof of whose it is."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from newsletter.feedback.event import Event, EventKind, Source, fingerprint, kind_of
from newsletter.feedback.mail import Mail, open_mail
from newsletter.feedback.proof import Proof, prove, who_leaves
from newsletter.feedback.reading import Kind, Reading, Recipient, read_message
from newsletter.feedback.verdict import Judgement, Reason

if TYPE_CHECKING:
    from newsletter.config import Keys

#: a report's own date is believed when it lies so many seconds before now, at the most
BELIEVED = 30 * 86_400.0


def events_of(raw: bytes, keys: Keys, *, at: float, reading: Reading | None = None) -> list[Event]:
    """Return what a returned mail tells of one of ours: at most one event, as each of our mails has one reader.

    `at` is now, in seconds since 1970; `reading` spares reading it again. Empty for auto-replies, for what is
    no report, and for reports that show nothing of ours.
    """
    mail, reading = open_mail(raw), reading or read_message(raw)
    at = _date(mail, at)
    if reading.kind in (Kind.NONE, Kind.AUTOREPLY):
        return _leaving(mail, keys, at)
    proof = prove(mail, keys) or _by_message_id(mail, reading)
    event = _event(reading, proof, at) if proof else None
    return [event] if event else []


def _date(mail: Mail, now: float) -> float:
    """Return when a report was written; now, when it does not say so credibly."""
    try:
        written = parsedate_to_datetime(mail.headers.get("date")).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return now
    return written if now - BELIEVED <= written <= now else now


def _by_message_id(mail: Mail, reading: Reading) -> Proof | None:
    """Return address and Message-ID of the returned mail: only its reader and we can know which belong together."""
    message_id = mail.original.get("message-id").strip()
    told = [one.address for one in reading.recipients if one.address]
    return Proof(address=told[0], message_id=message_id) if message_id and told else None


def _leaving(mail: Mail, keys: Keys, at: float) -> list[Event]:
    proof = who_leaves(mail, keys)
    return [_made(EventKind.UNSUBSCRIBED, Source.MAIL, proof, at=at)] if proof else []


def _event(reading: Reading, proof: Proof, at: float) -> Event | None:
    if reading.kind is Kind.COMPLAINT:
        return _made(EventKind.COMPLAINED, Source.ARF, proof, at=at)
    if reading.kind is Kind.DELIVERED:
        return _made(EventKind.DELIVERED, Source.DSN, proof, at=at)
    return _bounce(reading.recipients[0], proof, at) if reading.recipients else None


def _bounce(told: Recipient, proof: Proof, at: float) -> Event:
    assert told.verdict is not None
    kind = kind_of(Judgement(verdict=told.verdict, reason=Reason(told.reason)))
    event = _made(kind, Source.DSN, proof, at=at, told=told.verdict)
    return replace(event, verdict=told.verdict, status=told.status, reason=told.reason)


def _made(kind: EventKind, source: Source, proof: Proof, *, at: float, told: str = "") -> Event:
    """Make an event; of one delivery each kind and verdict counts once, however many servers report it."""
    linked = f"{proof.subscriber_key}.{proof.list_key}.{int(at // 86_400)}"
    whose = f"{proof.send}.{proof.key}" if proof.send else proof.message_id or linked
    return Event(
        kind=kind,
        source=source,
        dedupe=fingerprint("mail", whose, kind, told),
        at=at,
        send=proof.send,
        key=proof.key,
        subscriber_key=proof.subscriber_key,
        list_key=proof.list_key,
        address=proof.address,
        message_id=proof.message_id,
    )
