"""Whose a returned mail is, proven by what only we can have signed: anybody can write a bounce about anybody.

A report names an address, and whoever wants to keep somebody from our mail can write one. So a report counts
only with a return path, or an unsubscribe link of the returned mail, that carries our signature; or with the
Message-ID of a mail that went to that address, which is made with a key and known to its reader only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from newsletter.config import Keys
from newsletter.feedback.address import ADDRESS
from newsletter.feedback.mail import Mail
from newsletter.message.links import Page, Purpose, read_address, read_return_path, read_token

#: headers in which servers write whom a mail was delivered to
DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "apparently-to", "to", "cc")
#: headers of the returned mail that hold its envelope sender
SENT_FROM = ("return-path", "x-original-return-path", "errors-to")
TOKEN = re.compile(re.escape(Page.UNSUBSCRIBE) + r"([\w-]{20,200})", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """A delivery; or a reader and the list that their link was made for; or what will show the delivery."""

    send: int = 0
    key: int = 0
    subscriber_key: str = field(repr=False, default="")
    list_key: str = ""
    #: an address, and the Message-ID that must be the one of a mail to it
    address: str = field(repr=False, default="")
    message_id: str = field(repr=False, default="")


def prove(mail: Mail, keys: Keys) -> Proof | None:
    """Return whose mail came back; None when nothing proves it."""
    for address in _addresses(mail):
        if path := read_return_path(address, keys):
            return Proof(send=path.send, key=path.key)
    for token in _tokens(mail):
        if found := read_token(token, keys, purpose=Purpose.UNSUBSCRIBE):
            return Proof(subscriber_key=found.subscriber_key, list_key=found.list_key)
    return None


def who_leaves(mail: Mail, keys: Keys) -> Proof | None:
    """Return who unsubscribes by this mail (RFC 2369), from what it was addressed to; None when nobody does."""
    for value in mail.headers.all(*DELIVERED_TO):
        for one in ADDRESS.finditer(value):
            if found := read_address(one[0], keys):
                return Proof(subscriber_key=found.subscriber_key, list_key=found.list_key)
    return None


def _addresses(mail: Mail) -> Iterator[str]:
    """Yield what may be a return path of ours: where the report was delivered to, and where the mail was from."""
    values = (*mail.headers.all(*DELIVERED_TO), *mail.original.all(*SENT_FROM), *mail.complaints, *mail.reports)
    for value in values:
        for one in ADDRESS.finditer(value):
            yield one[0]


def _tokens(mail: Mail) -> Iterator[str]:
    for value in mail.original.all("list-unsubscribe"):
        for one in TOKEN.finditer(value):
            yield one[1]
