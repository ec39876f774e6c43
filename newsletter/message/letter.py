"""A letter is an edition made ready for one send: headers and literals encoded once, slots left open.

`open_letter` makes it, `Letter.to` makes it out to one subscriber. Everything that differs between two
readers is To, Message-ID, List-Unsubscribe, the return path, and the values of the slots.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.config import Sender, Site


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """The MIME made out to one subscriber (RFC 5322), with its SMTP envelope (RFC 5321).

    `content` has CRLF line ends, lines of at most 998 octets, ends with CRLF, and is 7-bit (but for a To with
    a local part that is not ASCII).
    """

    message_id: str
    #: MAIL FROM; empty is the null return path
    return_path: str = field(repr=False)
    #: RCPT TO, with an IDNA-encoded domain
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)
    #: the recipient's local part is not ASCII: only a server with SMTPUTF8 can take it (RFC 6531)
    needs_smtputf8: bool = False
    #: no line of `content` begins with a dot: whoever made it promises, and nobody need look (RFC 5321 4.5.2)
    dotless: bool = False


class Links(Protocol):
    """Makes the signed addresses of one reader; `message.links` has the real one, tests and personas inert ones.

    An empty text means that the page does not exist: nothing is printed for it (decision 18).
    """

    def unsubscribe(self, subscriber: Subscriber) -> str:
        """Return the one-click address, for header and foot."""
        ...

    def preferences(self, subscriber: Subscriber) -> str:
        """Return the preferences page."""
        ...

    def web(self, lang: str) -> str:
        """Return the web version in a language, the same for every reader."""
        ...

    def archive(self) -> str:
        """Return the archive's page, the same for everybody."""
        ...

    def mailto(self, subscriber: Subscriber) -> str:
        """Return the `mailto:` address that unsubscribes by mail."""
        ...

    def return_path(self, subscriber: Subscriber, key: int) -> str:
        """Return the envelope sender of delivery `key`: bounces to it tell whose they are; empty: the sender's."""
        ...


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """What a send adds to an edition: who it is from, for which list, when, under which name."""

    site: Site
    sender: Sender
    mailing_list: MailingList
    #: fixed when the send was confirmed: the Date header
    date: datetime
    #: e.g. `S12`; with the delivery's key it makes the Message-ID
    send: str
    #: keys the Message-ID, so that it reveals neither send nor person
    message_id_key: bytes = field(repr=False)
    #: `[ESSAI] ` on test mails
    subject_prefix: str = ""
    #: confirmations are auto-generated (RFC 3834); issues are not
    auto_generated: bool = False
