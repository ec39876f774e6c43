"""The head of a mail: who from, to whom, which list, which id (RFC 5322 3.6).

Headers that machines read (List-Unsubscribe, List-Id, Message-ID) stand on one line and never hold an
encoded word: folded or encoded, mail programs hide the unsubscribe button.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from newsletter.errors import ConfigError
from newsletter.language import _
from newsletter.message.encode import UNSAFE, ascii_address, header_text, phrase
from newsletter.message.mac import mac

if TYPE_CHECKING:
    from newsletter.audience.lists import MailingList
    from newsletter.message.letter import Imprint

_MAILBOX = re.compile(r"\s*(?:(?P<name>[^<>]*?)\s*<(?P<inner>[^<>]+)>|(?P<bare>[^<>\s]+))\s*")
#: what stands in a list of addresses or in a group, never in one address (RFC 5322 3.4)
_SEVERAL = re.compile(r"[,:;()\\]")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: octets of a header line without its end (RFC 5322 2.1.1)
LONGEST_LINE = 998
#: a list's part of its id: what a part of a domain may have (RFC 1035 2.3.4); RFC 2919 allows 255 for the whole
LONGEST_LABEL = 63
#: a send's name in the Message-ID's HMAC, padded: two pairs of ids never read alike
_SEND_WIDTH = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """One address and the name shown for it (RFC 5322 3.4); never a group (RFC 6854)."""

    address: str = field(repr=False)
    name: str = field(repr=False, default="")

    @property
    def domain(self) -> str:
        """The domain as A-labels."""
        return self.address.rpartition("@")[2]


def mailbox(text: str) -> Mailbox:
    """Read `Name <address>` or a bare address as a person writes it in a configuration file.

    The name needs no quotes around commas. Raises ConfigError when it is no mailbox, or holds what could
    forge a header.
    """
    found = _MAILBOX.fullmatch(text)
    address = (found["inner"] or found["bare"]) if found else ""
    if found is None or UNSAFE.search(text) or _SEVERAL.search(address):
        raise ConfigError(
            _("A sender must be a name and an address, on one line."),
            hint=_("Write it like this: {example}").format(example="Coalition <infolettre@example.org>"),
        )
    name = (found["name"] or "").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Mailbox(address=ascii_address(address), name=name)


def address_header(name: str, address: str, shown: str) -> bytes:
    """Return `Name: Shown <address>` with its line end; the address is never encoded, only moved to a new line."""
    start = f"{name}: ".encode()
    raw = address.encode()
    if not shown:
        return b"".join((start, raw, b"\r\n"))
    words = phrase(shown, column=len(start))
    column = len(words) - words.rfind(b"\n") - 1 if b"\n" in words else len(start) + len(words)
    gap = b" <" if column + len(raw) + 3 <= 76 else b"\r\n <"
    return b"".join((start, words, gap, raw, b">\r\n"))


def text_header(name: str, text: str) -> bytes:
    """Return an unstructured header such as Subject, encoded and folded, with its line end."""
    return b"%b: %b\r\n" % (name.encode(), header_text(text, column=len(name) + 2))


def one_line(name: str, value: str) -> bytes:
    """Return a header that machines read, on one line; raises ConfigError when it can not stand on one."""
    line = f"{name}: {value}"
    if not line.isascii() or UNSAFE.search(line) or len(line) > LONGEST_LINE:
        raise ConfigError(
            _("The header {name} can not be written: its value is too long or not ASCII.").format(name=name)
        )
    return f"{line}\r\n".encode()


def date_header(moment: datetime) -> bytes:
    """Return the Date header (RFC 5322 3.3) of an aware time."""
    zone = moment.strftime("%z") or "+0000"
    return (
        f"Date: {_DAYS[moment.weekday()]}, {moment.day:02d} {_MONTHS[moment.month - 1]} "
        f"{moment.year:04d} {moment:%H:%M:%S} {zone}\r\n"
    ).encode()


def message_id(key: bytes, *, send: str, number: int, domain: str) -> str:
    """Return the Message-ID of delivery `number` of `send`: the same for every attempt, revealing neither.

    It can be searched for in a server's log, and tells those who hold the key, and nobody else, whose it is.
    """
    name = send.encode()
    if len(name) > _SEND_WIDTH:
        name = hashlib.sha256(name).digest()
    ids = name.ljust(_SEND_WIDTH, b"\0") + number.to_bytes(8, "big")
    return f"<{mac(key)(ids)[:16].hex()}@{domain}>"


def list_id(imprint: Imprint, lang: str, *, domain: str) -> bytes:
    """Return the List-Id header (RFC 2919): the list's title, and an id that stays the same for every issue."""
    own = imprint.mailing_list
    host = (urlsplit(imprint.site.url).hostname or "").removeprefix("www.")
    identity = f"{_label(own)}.{host if host.isascii() and '.' in host else domain}"
    title = phrase(own.title_in(lang), column=len("List-Id: "))
    gap = b" " if len(title) + len(identity) < 60 else b"\r\n "
    return b"List-Id: %b%b<%b>\r\n" % (title, gap, identity.encode())


def _label(own: MailingList) -> str:
    """Return the list's part of its id; that of a discreet list tells nothing."""
    digest = hashlib.sha256(own.name.encode()).hexdigest()[:16]
    label = digest if own.discreet else re.sub(r"[^a-z0-9_-]+", "-", own.name.lower()).strip("-")
    return label if 0 < len(label) <= LONGEST_LABEL else digest


def unsubscribe_fields(url: str, mailto: str) -> dict[str, str]:
    """Return List-Unsubscribe, https first, and the promise that one POST is enough (RFC 2369, RFC 8058)."""
    if not url:
        return {"List-Unsubscribe": f"<{mailto}>"} if mailto else {}
    ways = f"<{url}>, <{mailto}>" if mailto else f"<{url}>"
    return {"List-Unsubscribe": ways, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def unsubscribe_headers(url: str, mailto: str) -> bytes:
    """Return the headers of `unsubscribe_fields`, each on one line."""
    return "".join([f"{name}: {value}\r\n" for name, value in unsubscribe_fields(url, mailto).items()]).encode()


def standing(imprint: Imprint, sender: Mailbox, *, lang: str) -> bytes:
    """Return the headers that are the same for every reader of a send, but for Subject and Content-Type."""
    for text in (imprint.site.name, imprint.mailing_list.title_in(lang), imprint.subject_prefix):
        if UNSAFE.search(text):
            raise ConfigError(_("A name or title holds a line end or a control character."))
    lines = [
        address_header("From", sender.address, sender.name),
        address_header("Reply-To", *_reply_to(imprint)) if imprint.sender.reply_to else b"",
        date_header(imprint.date),
        list_id(imprint, lang, domain=sender.domain),
        one_line("Auto-Submitted", "auto-generated") if imprint.auto_generated else b"",
        one_line("MIME-Version", "1.0"),
    ]
    return b"".join(lines)


def _reply_to(imprint: Imprint) -> tuple[str, str]:
    answers = mailbox(imprint.sender.reply_to)
    return answers.address, answers.name
