"""A message that came back -> what it says: whose mail did not arrive, and why.

Several readers, the surest first: a provider's complaint (RFC 5965), the standard's report (RFC 3464),
a program's answer in a person's name (RFC 3834), the words of the notice, flufl.bounce. None of them
raises, whatever the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from newsletter.feedback.autoreply import has_autoreply_subject, is_autoreply
from newsletter.feedback.complaint import read_complaint
from newsletter.feedback.delivery_status import Record, read_records
from newsletter.feedback.event import Event, EventKind
from newsletter.feedback.flufl_bounce import second_opinion
from newsletter.feedback.json_report import read_json
from newsletter.feedback.mail import Mail, normalised, open_mail
from newsletter.feedback.phrases import notice
from newsletter.feedback.stage import doubted
from newsletter.feedback.text_report import (
    Failure,
    around,
    explanation,
    from_server,
    is_delay,
    is_success,
    looks_returned,
    read_text,
)
from newsletter.feedback.verdict import Judgement, Reason, Verdict, judge


class Kind(StrEnum):
    """What came back."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTOREPLY = "autoreply"
    DELIVERED = "delivered"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """Somebody whom a report is about; `verdict` is None where nothing was refused."""

    address: str = field(repr=False)
    verdict: Verdict | None = None
    #: enhanced status code, e.g. `5.1.1`; empty when none was given
    status: str = ""
    #: one of `Reason`, or the feedback type of a complaint (`abuse`)
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one message says."""

    kind: Kind
    recipients: tuple[Recipient, ...] = ()


NOTHING = Reading(kind=Kind.NONE)


def read_message(raw: bytes) -> Reading:
    """Read one message (RFC 5322, any line ends, with or without a mailbox's `From ` line); never raises."""
    mail = open_mail(raw)
    inner = open_mail(mail.enclosed or mail.inline.encode("utf-8", "replace"))
    if _is_report(inner) and not _is_report(mail):
        return _read(inner, b"")
    reading = _read(mail, raw)
    if reading.kind is Kind.NONE and notice("daemon").search(inner.headers.get("from")):
        return _read(inner, b"")
    return reading


def _is_report(mail: Mail) -> bool:
    """Tell whether a mail has the parts of a standard report: then it is one, and was not only returned by one."""
    return bool(mail.reports or mail.complaints)


def _read(mail: Mail, raw: bytes) -> Reading:
    complaint = read_complaint(mail)
    if complaint:
        people = tuple(Recipient(address=address, reason=complaint.kind) for address in complaint.addresses)
        return Reading(kind=Kind.COMPLAINT, recipients=people) if complaint.counts else NOTHING
    if records := read_records(mail):
        return _of_records(records, mail)
    if told := read_json(mail):
        return _of_events(told)
    if has_autoreply_subject(mail) or (is_autoreply(mail) and not from_server(mail.headers)):
        return Reading(kind=Kind.AUTOREPLY)
    return _of_words(mail, raw) if looks_returned(mail) else NOTHING


def _of_records(records: list[Record], mail: Mail) -> Reading:
    """Read a standard report: failures count alone, delays where nothing failed, else it was a success."""
    for action in ("failed", "delayed"):
        told = [record for record in records if record.action == action]
        if told:
            people = (_recipient(record, mail) for record in told)
            return Reading(kind=Kind.BOUNCE, recipients=_once(people))
    return Reading(kind=Kind.DELIVERED, recipients=_once(Recipient(address=record.address) for record in records))


def _recipient(record: Record, mail: Mail) -> Recipient:
    delayed = record.action == "delayed"
    found = judge(text=record.diagnostic, status=record.status, delayed=delayed)
    if found.reason in (Reason.UNDEFINED, Reason.SYSTEM, Reason.NETWORK, Reason.FILTERED) or not record.diagnostic:
        code = record.status if not record.diagnostic or record.status.startswith("4") else ""
        wider = judge(text=explanation(mail, record.address), status=code, delayed=delayed)
        found = found if wider.reason is Reason.UNDEFINED else replace(wider, status=found.status or wider.status)
    near = f"{record.diagnostic}\n{around(mail, record.address)}"
    return _with(record.address, doubted(found, near=near, whole=mail.notice))


#: what an event of a provider is among readings
OF_EVENTS = {
    EventKind.BOUNCED: Kind.BOUNCE,
    EventKind.BLOCKED: Kind.BOUNCE,
    EventKind.DEFERRED: Kind.BOUNCE,
    EventKind.COMPLAINED: Kind.COMPLAINT,
    EventKind.DELIVERED: Kind.DELIVERED,
}


def _of_events(told: list[Event]) -> Reading:
    """Read a provider's notification: all its events are of one kind."""
    kind = OF_EVENTS.get(told[0].kind, Kind.NONE)
    people = (
        Recipient(address=one.address, verdict=_verdict(one, kind), status=one.status, reason=one.reason)
        for one in told
    )
    return Reading(kind=kind, recipients=_once(people)) if kind is not Kind.NONE else NOTHING


def _verdict(event: Event, kind: Kind) -> Verdict | None:
    return (event.verdict or Verdict.SOFT) if kind is Kind.BOUNCE else None


def _of_words(mail: Mail, raw: bytes) -> Reading:
    if is_success(mail):
        return Reading(kind=Kind.DELIVERED)
    failures = read_text(mail)
    if not failures or failures[0].guessed:
        others = second_opinion(normalised(raw))
        failures = [Failure(address=address, text=explanation(mail, address)) for address in others] or failures
    delayed = is_delay(mail)
    people = (_with(one.address, _judged(one, mail, delayed)) for one in failures)
    return Reading(kind=Kind.BOUNCE, recipients=_once(people)) if failures else NOTHING


def _judged(failure: Failure, mail: Mail, delayed: bool) -> Judgement:
    """Judge by the telling lines; by the whole notice and the subject when those say nothing."""
    found = judge(text=failure.text, delayed=delayed)
    if found.reason is not Reason.UNDEFINED:
        return doubted(found, near=failure.text, whole=mail.notice)
    wider = judge(text=f"{mail.notice}\n{mail.headers.decoded('subject')}", delayed=delayed)
    wider = replace(wider, status=found.status or wider.status)
    return doubted(wider, near=mail.notice, whole=mail.notice)


def _with(address: str, found: Judgement) -> Recipient:
    return Recipient(address=address, verdict=found.verdict, status=found.status, reason=found.reason)


def _once(people: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """Keep each address once, the first word on it."""
    kept: dict[str, Recipient] = {}
    for person in people:
        kept.setdefault(person.address.lower(), person)
    return tuple(kept.values())
