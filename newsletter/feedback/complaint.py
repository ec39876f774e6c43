"""Complaints of readers through their providers' feedback loops (RFC 5965), and older forms of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.feedback.address import addresses, first_address, folded
from newsletter.feedback.mail import Headers, Mail, read_headers
from newsletter.feedback.phrases import notice

#: reports that are no complaint of a reader: authentication statistics, a wrong sorting taken back, a scanner
NO_COMPLAINTS = frozenset({"auth-failure", "not-spam", "dmarc", "virus"})
RECIPIENT = ("original-rcpt-to", "removal-recipient", "original-recipient", "x-hmxmroriginalrecipient")
RETURNED_RECIPIENT = ("x-hmxmroriginalrecipient", "x-original-to", "to", "cc")
#: the fields that every report has (RFC 5965 3.1), one below the other
FIELDS = re.compile(
    r"^(?=(?:[A-Za-z-]+:.*\n){0,3}feedback-type:)(?=(?:[A-Za-z-]+:.*\n){0,3}(?:user-agent|version):)",
    re.IGNORECASE | re.MULTILINE,
)
REDACTED = re.compile(
    r"^(?:redacted|x+|\*+|undisclosed|hidden|anonym\w*|removed)@|@(?:redacted|hidden|x+)\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """A feedback report: its type in lower case and whose it is, as far as it says."""

    kind: str
    addresses: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Tell whether a reader complained or wanted to leave."""
        return self.kind not in NO_COMPLAINTS


def read_complaint(mail: Mail) -> Complaint | None:
    """Return the complaint that a mail is, or None."""
    report = mail.complaints[0] if mail.complaints else _in_words(mail.notice)
    if report:
        fields = read_headers(report)
        kind = fields.get("feedback-type").lower().split(";")[0].strip() or "other"
        return Complaint(kind=kind, addresses=_recipients(fields, mail.original))
    titled = notice("complaint subject", r"^\W*", r"\b").match(mail.headers.decoded("subject"))
    if titled and (mail.original.fields or notice("complaint").search(mail.notice)):
        return Complaint(kind="abuse", addresses=_recipients(Headers(), mail.original))
    return None


def _in_words(text: str) -> str:
    """Return the fields of a report that came as plain text, or an empty text."""
    found = FIELDS.search(text)
    return text[found.start() :] if found else ""


def _recipients(fields: Headers, original: Headers) -> tuple[str, ...]:
    """Return what names the reader: the report's own field first, then the mail that is returned."""
    given = [address for value in fields.all(*RECIPIENT) if (address := _open(first_address(value)))]
    if given:
        return tuple({folded(address): address for address in given}.values())
    for name in RETURNED_RECIPIENT:
        found = [address for value in original.all(name) for address in addresses(value) if _open(address)]
        if found:
            return tuple(found[:1] if name != "to" else found[:5])
    return ()


def _open(address: str) -> str:
    """Return the address, or an empty text when the provider blacked it out."""
    return "" if REDACTED.search(address) else address
