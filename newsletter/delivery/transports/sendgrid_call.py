"""The body of one call to SendGrid's v3 mail/send, within its limits, and whom its answers name.

Limits and names are those of Twilio's published description of the interface (sendgrid-oai, `mail_send`).
Content goes once into a call, with a substitution tag for each merge field. Substitutions do not reach
headers or custom arguments, so that what must differ there stands in each personalization as it is.
Nothing but opaque ids is put where SendGrid keeps things for long.

Bodies are written as JSON here, not by the package: what is the same for every call of a letter is written
once, and a recipient costs one line of text.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, NamedTuple

from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Receipt
from newsletter.errors import PermanentError
from newsletter.message.encode import UNSAFE, ascii_address, safe_text
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
_NAME = re.compile(f"(?:[;,]|{UNSAFE.pattern})+")
_ROW = re.compile(r"personalizations\.(\d+)\.")
_OFF = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}


class Row(NamedTuple):
    """One recipient of a call; what could name them is not in the repr."""

    key: int
    address: str
    #: which conditions hold: recipients of one outcome share a text
    outcome: tuple[bool, ...]
    #: their personalization, as JSON in ASCII
    text: str

    def __repr__(self) -> str:
        return f"Row(key={self.key})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request: who is in it, in order, and what it says."""

    rows: tuple[Row, ...]
    #: JSON
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Form:
    """A letter as SendGrid takes it: texts with tags, and a line for each recipient."""

    letter: Letter = field(repr=False)
    sandbox: bool = False
    #: the beginning of a body by outcome
    _common: dict[tuple[bool, ...], str] = field(default_factory=dict, repr=False)

    def row(self, parcel: Parcel) -> Row | Receipt:
        """Prepare one recipient, or say why SendGrid can not take them (it was not asked)."""
        letter, subscriber, key = self.letter, parcel.subscriber, parcel.key
        try:
            address = ascii_address(subscriber.address)
        except PermanentError as error:
            return Receipt(key=key, outcome=Outcome.REFUSED, text=error.message)
        if not address.isascii():
            text = "SendGrid takes no international addresses"
            return Receipt(key=key, outcome=Outcome.REFUSED, status="5.6.7", text=text)
        unsubscribe = letter.links.unsubscribe(subscriber)
        values = letter.values(subscriber, unsubscribe=unsubscribe)
        texts = letter.pattern.filled(values)
        if (size := self._octets(texts)) > MOST_SUBSTITUTED:
            text = f"merge fields of {size} octets; SendGrid takes {MOST_SUBSTITUTED}"
            return Receipt(key=key, outcome=Outcome.REFUSED, status="5.3.4", text=text, blame=Blame.SENDER)
        text = (
            f'{{"to": [{_addressed(address, subscriber.name)}], '
            f'"custom_args": {{"{SEND}": {quoted(parcel.send)}, "{KEY}": "{key}"}}'
            f"{_headed(unsubscribe_fields(unsubscribe, letter.links.mailto(subscriber)))}"
            f"{self._substituted % tuple(map(quoted, texts))}}}"
        )
        return Row(key, address.lower(), letter.pattern.outcome(values), text)

    def calls(self, rows: Iterable[Row]) -> Iterator[Call | Receipt]:
        """Yield as few calls as the limits allow: one outcome each, no address twice, none too large."""
        groups: dict[tuple[bool, ...], list[Row]] = {}
        for each in rows:
            groups.setdefault(each.outcome, []).append(each)
        for outcome, members in groups.items():
            common = self._begun(outcome)
            room = LARGEST - len(common) - 2
            if room < max(len(each.text) for each in members) + 2:
                text = f"the mail is larger than {LARGEST} octets"
                yield from (_too_large(each, text) for each in members)
                continue
            for share in _shares(members, room):
                people = ", ".join([each.text for each in share])
                yield Call(rows=share, body=f"{common}{people}]}}".encode("ascii"))

    def _begun(self, outcome: tuple[bool, ...]) -> str:
        """Return a body up to its first recipient."""
        known = self._common.get(outcome)
        if known is None:
            common = json.dumps(_common(self.letter, outcome, sandbox=self.sandbox))
            known = self._common[outcome] = f'{common[:-1]}, "personalizations": ['
        return known

    @cached_property
    def _substituted(self) -> str:
        """Return where values go, with a place for each."""
        tags = ", ".join(f"{quoted(tag)}: %s" for tag in self.letter.pattern.tags)
        return f', "substitutions": {{{tags}}}' if tags else ""

    @cached_property
    def _tagged(self) -> int:
        return len("".join(self.letter.pattern.tags))

    def _octets(self, texts: Sequence[str]) -> int:
        """Return how many octets substitutions have; at most so many when they are far from the limit."""
        most = self._tagged + 4 * len("".join(texts))
        if most <= MOST_SUBSTITUTED:
            return most
        return self._tagged + sum(len(text.encode("utf-8", "replace")) for text in texts)


def _addressed(address: str, name: str) -> str:
    name = _NAME.sub(" ", name).strip()
    return f'{{"email": {quoted(address)}, "name": {quoted(name)}}}' if name else f'{{"email": {quoted(address)}}}'


def _headed(fields: dict[str, str]) -> str:
    if not fields:
        return ""
    return f', "headers": {{{", ".join([f"{quoted(name)}: {quoted(value)}" for name, value in fields.items()])}}}'


def _shares(members: Sequence[Row], room: int) -> Iterator[tuple[Row, ...]]:
    """Cut a group where a call would be too large, too long, or name an address twice."""
    share: list[Row] = []
    seen: set[str] = set()
    left = room
    for each in members:
        size = len(each.text) + 2
        if each.address in seen or size > left or len(share) == MOST:
            yield tuple(share)
            share, seen, left = [], set(), room
        share.append(each)
        seen.add(each.address)
        left -= size
    if share:
        yield tuple(share)


def _too_large(each: Row, text: str) -> Receipt:
    return Receipt(key=each.key, outcome=Outcome.REFUSED, code=413, status="5.3.4", text=text, blame=Blame.SENDER)


def _common(letter: Letter, outcome: tuple[bool, ...], *, sandbox: bool) -> dict[str, object]:
    """Return what is the same for everybody in a call."""
    texts = letter.pattern.texts(outcome)
    body: dict[str, object] = {
        "from": _mailbox(letter.sender.address, letter.sender.name),
        "subject": texts.subject,
        "content": [{"type": "text/plain", "value": texts.text}, {"type": "text/html", "value": texts.html}],
        "headers": _headers(letter.imprint, letter.edition.lang, letter.sender.domain),
        "tracking_settings": _OFF,
        "mail_settings": {"sandbox_mode": {"enable": sandbox}},
    }
    if letter.imprint.sender.reply_to:
        answers = mailbox(letter.imprint.sender.reply_to)
        body["reply_to"] = _mailbox(answers.address, answers.name)
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


def _mailbox(address: str, name: str) -> dict[str, str]:
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
