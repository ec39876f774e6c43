"""A mail that came back -> events: what it says, joined with the proof of whose it is."""

from __future__ import annotations

from newsletter.config import Keys
from newsletter.feedback.event import Event, EventKind, Source, fingerprint, kind_of
from newsletter.feedback.mail import Mail, open_mail
from newsletter.feedback.proof import Proof, prove, who_leaves
from newsletter.feedback.reading import Kind, Reading, Recipient, read_message
from newsletter.feedback.verdict import Judgement, Reason


def events_of(raw: bytes, keys: Keys, *, at: float) -> list[Event]:
    """Return the events that a returned mail proves: at most one, as each of our mails has one reader.

    Empty for auto-replies, for what is no report, and for reports that nothing of ours proves.
    """
    mail, reading = open_mail(raw), read_message(raw)
    if reading.kind is Kind.NONE or reading.kind is Kind.AUTOREPLY:
        return _leaving(mail, keys, at)
    proof = prove(mail, keys)
    event = _event(reading, proof, at) if proof else None
    return [event] if event else []


def is_unproven(raw: bytes, reading: Reading, keys: Keys) -> bool:
    """Tell whether a report is about somebody, but not about a mail that is provably ours."""
    return reading.kind in (Kind.BOUNCE, Kind.COMPLAINT) and prove(open_mail(raw), keys) is None


def _leaving(mail: Mail, keys: Keys, at: float) -> list[Event]:
    proof = who_leaves(mail, keys)
    return [_made(EventKind.UNSUBSCRIBED, Source.MAIL, proof, at=at)] if proof else []


def _event(reading: Reading, proof: Proof, at: float) -> Event | None:
    if reading.kind is Kind.COMPLAINT:
        return _made(EventKind.COMPLAINED, Source.ARF, proof, at=at)
    if reading.kind is Kind.DELIVERED:
        return _made(EventKind.DELIVERED, Source.DSN, proof, at=at)
    if not reading.recipients:
        return None
    worst = reading.recipients[0]
    return _made(_bounce_kind(worst), Source.DSN, proof, at=at, told=worst)


def _bounce_kind(told: Recipient) -> EventKind:
    assert told.verdict is not None
    return kind_of(Judgement(verdict=told.verdict, reason=Reason(told.reason), status=told.status))


def _made(kind: EventKind, source: Source, proof: Proof, *, at: float, told: Recipient | None = None) -> Event:
    """Make an event; of one delivery each kind and verdict counts once, however many servers report it."""
    whose = (
        f"{proof.send}.{proof.key}" if proof.send else f"{proof.subscriber_key}.{proof.list_key}.{int(at // 86_400)}"
    )
    return Event(
        kind=kind,
        source=source,
        dedupe=fingerprint("mail", whose, kind, told.verdict if told else ""),
        at=at,
        verdict=told.verdict if told else None,
        status=told.status if told else "",
        reason=told.reason if told else "",
        send=proof.send,
        key=proof.key,
        subscriber_key=proof.subscriber_key,
        list_key=proof.list_key,
    )
