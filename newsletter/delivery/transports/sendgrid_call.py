"""The body of one call to SendGrid's v3 mail/send, within its limits, and what its answers mean.

Limits and names are those of Twilio's published description of the interface (sendgrid-oai, `mail_send`).
Content goes once into a call, with a substitution tag for each merge field. Substitutions do not reach
headers or custom arguments, so that what must differ there stands in each personalization as it is.
Nothing but opaque ids is put where SendGrid keeps things for long.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Receipt
from newsletter.errors import PermanentError
from newsletter.message.encode import ascii_address, safe_text
from newsletter.message.headers import list_id, mailbox, unsubscribe_fields

if TYPE_CHECKING:
    from newsletter.message.letter import Imprint
    from newsletter.message.personalise import Letter

#: personalizations in one call
MOST = 1_000
#: octets of one personalization's substitutions, tags included
MOST_SUBSTITUTED = 10_000
#: octets of one call
LARGEST = 30_000_000
#: names of ours among the custom arguments: reserved names of SendGrid's events win over those of others
SEND, KEY = "newsletter_send", "newsletter_key"
#: `;` and `,` are not allowed in a recipient's name
_NAME = re.compile(r"[;,]+")
_ROW = re.compile(r"personalizations\.(\d+)\.")
#: octets of a personalization without its substitutions, and of one of their octets in JSON, at the most
_PERSONAL, _ESCAPED = 2_500, 6
_OFF = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One recipient of a call."""

    key: int
    address: str = field(repr=False)
    #: which conditions hold: recipients of one outcome share a text
    outcome: tuple[bool, ...]
    personalization: dict[str, object] = field(repr=False)
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request: who is in it, in order, and what it says."""

    rows: tuple[Row, ...]
    body: dict[str, object] = field(repr=False)


def row(parcel: Parcel) -> Row | Receipt:
    """Prepare one recipient, or say why SendGrid can not take them (it was not asked)."""
    letter, subscriber = parcel.letter, parcel.subscriber
    try:
        address = ascii_address(subscriber.address)
    except PermanentError as error:
        return Receipt(key=parcel.key, outcome=Outcome.REFUSED, text=error.message)
    if not address.isascii():
        return Receipt(
            key=parcel.key, outcome=Outcome.REFUSED, status="5.6.7", text="SendGrid takes no international addresses"
        )
    unsubscribe = letter.links.unsubscribe(subscriber)
    values = letter.values(subscriber, unsubscribe=unsubscribe)
    substitutions = letter.pattern.substitutions(values)
    size = _octets(substitutions)
    if size > MOST_SUBSTITUTED:
        text = f"merge fields of {size} octets; SendGrid takes {MOST_SUBSTITUTED}"
        return Receipt(key=parcel.key, outcome=Outcome.REFUSED, status="5.3.4", text=text, blame=Blame.SENDER)
    to = {"email": address}
    if name := _NAME.sub(" ", safe_text(subscriber.name)).strip():
        to["name"] = name
    personalization: dict[str, object] = {
        "to": [to],
        "custom_args": {SEND: parcel.send, KEY: str(parcel.key)},
    }
    if fields := unsubscribe_fields(unsubscribe, letter.links.mailto(subscriber)):
        personalization["headers"] = fields
    if substitutions:
        personalization["substitutions"] = substitutions
    return Row(
        key=parcel.key,
        address=address.lower(),
        outcome=letter.pattern.outcome(values),
        personalization=personalization,
        size=_PERSONAL + size * _ESCAPED,
    )


def _octets(substitutions: dict[str, str]) -> int:
    """Return how many octets substitutions have; at most so many when they are far from the limit."""
    letters = len("".join(substitutions.values()))
    tags = len("".join(substitutions))
    if tags + 4 * letters <= MOST_SUBSTITUTED:
        return tags + 4 * letters
    return tags + sum(len(value.encode()) for value in substitutions.values())


def calls(letter: Letter, rows: Iterable[Row], *, sandbox: bool = False) -> Iterator[Call | Receipt]:
    """Yield as few calls as the limits allow: one outcome each, no address twice, none too large."""
    groups: dict[tuple[bool, ...], list[Row]] = {}
    for each in rows:
        groups.setdefault(each.outcome, []).append(each)
    for outcome, members in groups.items():
        common = _common(letter, outcome, sandbox=sandbox)
        room = LARGEST - len(json.dumps(common))
        if room < max(each.size for each in members):
            text = f"the mail is larger than {LARGEST} octets"
            yield from (_too_large(each, text) for each in members)
            continue
        for share in _shares(members, room):
            yield Call(rows=share, body={**common, "personalizations": [each.personalization for each in share]})


def _shares(members: Sequence[Row], room: int) -> Iterator[tuple[Row, ...]]:
    """Cut a group where a call would be too large, too long, or name an address twice."""
    share: list[Row] = []
    seen: set[str] = set()
    left = room
    for each in members:
        if each.address in seen or each.size + 2 > left or len(share) == MOST:
            yield tuple(share)
            share, seen, left = [], set(), room
        share.append(each)
        seen.add(each.address)
        left -= each.size + 2
    if share:
        yield tuple(share)


def _too_large(each: Row, text: str) -> Receipt:
    return Receipt(key=each.key, outcome=Outcome.REFUSED, code=413, status="5.3.4", text=text, blame=Blame.SENDER)


def _common(letter: Letter, outcome: tuple[bool, ...], *, sandbox: bool) -> dict[str, object]:
    """Return what is the same for everybody in a call."""
    texts = letter.pattern.texts(outcome)
    body: dict[str, object] = {
        "from": _address(letter.sender.address, letter.sender.name),
        "subject": texts.subject,
        "content": [{"type": "text/plain", "value": texts.text}, {"type": "text/html", "value": texts.html}],
        "headers": _headers(letter.imprint, letter.edition.lang, letter.sender.domain),
        "tracking_settings": _OFF,
        "mail_settings": {"sandbox_mode": {"enable": sandbox}},
    }
    if letter.imprint.sender.reply_to:
        answers = mailbox(letter.imprint.sender.reply_to)
        body["reply_to"] = _address(answers.address, answers.name)
    if letter.edition.attachments:
        body["attachments"] = [
            {
                "content": b64encode(each.content).decode(),
                "type": each.media_type.partition(";")[0],
                "filename": safe_text(each.filename),
                **({"disposition": "inline", "content_id": each.cid} if each.cid else {"disposition": "attachment"}),
            }
            for each in letter.edition.attachments
        ]
    return body


def _address(address: str, name: str) -> dict[str, str]:
    return {"email": address, "name": name} if name else {"email": address}


def _headers(imprint: Imprint, lang: str, domain: str) -> dict[str, str]:
    raw = list_id(imprint, lang, domain=domain).decode().replace("\r\n", "")
    headers = {"List-Id": raw.partition(": ")[2]}
    return {**headers, "Auto-Submitted": "auto-generated"} if imprint.auto_generated else headers


def culprits(errors: object, rows: Sequence[Row]) -> dict[int, str]:
    """Return the keys of the rows that the `errors` of an answer name, and what it says of them."""
    found: dict[int, str] = {}
    for error in errors if isinstance(errors, list) else []:
        place = _ROW.match(str(error.get("field") or "")) if isinstance(error, dict) else None
        if place is not None and int(place[1]) < len(rows):
            found[rows[int(place[1])].key] = str(error.get("message") or "")
    return found
