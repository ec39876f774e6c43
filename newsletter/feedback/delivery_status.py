"""Delivery status reports in the standard's form (RFC 3464), also where the fields stand in a plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.feedback.address import addresses, first_address, folded, typed_address
from newsletter.feedback.mail import Headers, Mail

FIELD = re.compile(r"^[ \t>]{0,4}([A-Za-z][A-Za-z-]{3,40})[ \t]*:[ \t]*(.*)$")
RECIPIENT = ("original-recipient", "final-recipient", "x-actual-recipient")
KNOWN = frozenset(
    {*RECIPIENT, "action", "status", "diagnostic-code", "remote-mta", "last-attempt-date", "will-retry-until"}
)
#: where the server's own words stand; Exchange has a field of its own for those of the next one
DIAGNOSTIC = ("diagnostic-code", "x-supplementary-info")
#: `smtp;` before the words (RFC 3464 2.3.6)
KIND = re.compile(r"^[\w-]+\s*;\s*")
#: what makes fields more than a mention of somebody
TELLING = frozenset({"action", "status", "diagnostic-code"})
#: some gateways double every line end
BLANK = re.compile(r"\n[ \t]*\n")
RECORDS = 200
#: what an action amounts to; MTAs write « failed », « Failed (bounced) », « FAILURE », « failed; »
ACTIONS = (
    ("fail", "failed"),
    ("expired", "failed"),
    ("undeliver", "failed"),
    ("delay", "delayed"),
    ("deliver", "delivered"),
    ("relay", "delivered"),
    ("expand", "delivered"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What a report says of one recipient."""

    #: the address our mail was sent to, as far as one can tell; may be empty
    address: str
    #: failed, delayed, delivered
    action: str
    status: str
    diagnostic: str


def read_records(mail: Mail) -> list[Record]:
    """Return what the status parts of a mail say, else what fields in its text say."""
    for text in mail.reports:
        if groups := _told(text) or _told(BLANK.sub("\n", text)) or _with_recipient(text):
            return [_record(fields, mail) for fields in groups]
    for text in (mail.notice, mail.inline):
        if groups := _told(text):
            return [_record(fields, mail) for fields in groups]
    return []


def _told(text: str) -> list[dict[str, str]]:
    """Return the groups of fields that say something of a recipient."""
    return [group for group in _with_recipient(text) if not TELLING.isdisjoint(group)]


def _with_recipient(text: str) -> list[dict[str, str]]:
    return [group for group in _groups(text) if _has_recipient(group)]


def _groups(text: str) -> list[dict[str, str]]:
    """Split a report into the fields of each recipient: by blank lines, or by a field that comes again."""
    groups: list[dict[str, str]] = [{}]
    last = ""
    for line in text.split("\n"):
        if not line.strip():
            last = ""
            if _has_recipient(groups[-1]) and len(groups) < RECORDS:
                groups.append({})
        elif (found := FIELD.match(line)) and (not line.startswith((" ", "\t")) or found[1].lower() in KNOWN):
            last = found[1].lower()
            if last in RECIPIENT and last in groups[-1] and len(groups) < RECORDS:
                groups.append({})
            groups[-1].setdefault(last, found[2].strip())
        elif last:
            groups[-1][last] = f"{groups[-1][last][:4_000]} {line.strip()}"
    return groups


def _has_recipient(fields: dict[str, str]) -> bool:
    return any(name in fields for name in RECIPIENT)


def _record(fields: dict[str, str], mail: Mail) -> Record:
    said = next((fields[name] for name in DIAGNOSTIC if fields.get(name)), "")
    diagnostic = KIND.sub("", said)
    status = fields.get("status", "")
    return Record(
        address=_address(fields, diagnostic, mail.original),
        action=_action(fields.get("action", ""), status),
        status=status,
        diagnostic=f"{diagnostic} {status.partition(' ')[2]}".strip(),
    )


def _address(fields: dict[str, str], diagnostic: str, original: Headers) -> str:
    """Choose the address that our mail was sent to: the one in its own To, else the original, else the final one."""
    given = [address for name in RECIPIENT if (address := typed_address(fields.get(name, "")))]
    mailed = [address for value in original.all("to", "cc", "x-original-to") for address in addresses(value)]
    keys = {folded(address) for address in mailed}
    known = next((address for address in given if folded(address) in keys), "")
    return known or next(iter(given), "") or first_address(diagnostic) or (mailed[0] if len(mailed) == 1 else "")


def _action(action: str, status: str) -> str:
    lowered = action.lower()
    found = next((meaning for start, meaning in ACTIONS if start in lowered), "")
    return found or ("delivered" if status.lstrip().startswith("2") else "failed")
