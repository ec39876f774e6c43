"""A mail that came back, taken apart, whatever its state: bounded in size, depth and number of parts.

What comes back is written by thousands of programs, many of them wrong, and by whoever wants to harm us.
So the taking apart is our own, tolerant and linear: no line end, charset, boundary or nesting makes it
raise, recurse deeply or grow (the standard parser recurses once a level, RFC 2046 sets no bound).
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header

from newsletter.feedback.phrases import notice

#: octets looked at: reports stand before the mail that they return
MAIL_OCTETS = 1_000_000
HEADER_OCTETS = 200_000
TEXT_CHARACTERS = 60_000
LINE_CHARACTERS = 2_000
DEPTH = 6
PARTS = 60

FIELD = re.compile(r"([\x21-\x39\x3b-\x7e]{1,80})[ \t]*:(.*)", re.DOTALL)
PARAMETER = r"(?:^|[;\s]){}\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]+))"
BOUNDARY = re.compile(PARAMETER.format("boundary"), re.IGNORECASE)
CHARSET = re.compile(PARAMETER.format("charset"), re.IGNORECASE)
#: a tag, but not an address in angle brackets that somebody forgot to escape
TAG = re.compile(r"<(?![^<>\s]{1,300}@[^<>\s]{1,300}>)[^<>]{0,2000}>")
LINE_TAG = re.compile(r"<(?:br|p|/p|div|/div|tr|/tr|li|h\d|/h\d|hr|pre|/pre|/td|/table)\b[^<>]{0,500}>", re.IGNORECASE)
UNSEEN = re.compile(r"<(style|script|head)\b.{0,20000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
#: codecs that are no charsets, or cost more than linear time
NO_CHARSETS = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
RETURNED = frozenset({"message/rfc822", "message/global", "message/partial", "message/news"})
RETURNED_HEADERS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
STATUS_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status", "text/delivery-status"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Headers:
    """A header section: names in lower case, values unfolded but not decoded."""

    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def get(self, name: str) -> str:
        """Return the first value of a name, or an empty text."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, *names: str) -> tuple[str, ...]:
        """Return every value of these names, in the order in which they stand."""
        return tuple(value for key, value in self.fields if key in names)

    def decoded(self, name: str) -> str:
        """Return the first value of a name with its encoded words read (RFC 2047)."""
        return decode_words(self.get(name))

    @property
    def media_type(self) -> str:
        """The type and subtype in lower case; text/plain where none is given (RFC 2045 5.2)."""
        found = self.get("content-type").split(";")[0].strip().lower()
        return found if re.fullmatch(r"[\w.+-]+/[\w.+-]+", found) else "text/plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One leaf of a mail; `text` is decoded and has `\\n` line ends."""

    media_type: str
    text: str = field(repr=False)
    #: inside a mail that this mail returns
    returned: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """What matters of a mail that came back."""

    headers: Headers
    #: what its writer says, in reading order, without what is returned
    notice: str = field(repr=False)
    #: what stands behind it as text: most often the mail that is returned
    inline: str = field(repr=False, default="")
    #: bodies of message/delivery-status (RFC 3464)
    reports: tuple[str, ...] = field(repr=False, default=())
    #: bodies of message/feedback-report (RFC 5965)
    complaints: tuple[str, ...] = field(repr=False, default=())
    #: headers of the mail that is returned, as far as they came along
    original: Headers = Headers()
    #: the mail that is returned, or that was forwarded to us, as it came
    enclosed: bytes = field(repr=False, default=b"")


def open_mail(raw: bytes) -> Mail:
    """Take a mail apart; never raises."""
    headers, body = split(normalised(raw))
    enclosed: list[bytes] = []
    parts = list(_parts(headers, body, enclosed))
    own = [part for part in parts if not part.returned]
    said, inline = cut("\n".join(part.text for part in own if part.media_type.startswith("text/")))
    returned = next((part.text for part in own if part.media_type in RETURNED_HEADERS), inline)
    return Mail(
        headers=headers,
        notice=said,
        inline=inline,
        reports=tuple(part.text for part in own if part.media_type in STATUS_REPORTS),
        complaints=tuple(part.text for part in own if part.media_type == "message/feedback-report"),
        original=split(enclosed[0])[0] if enclosed else read_headers(returned),
        enclosed=enclosed[0] if enclosed else b"",
    )


def normalised(raw: bytes) -> bytes:
    """Return the first part of a mail with `\\n` line ends, without what a mailbox file puts before it."""
    text = re.sub(rb"\r+\n|\r", b"\n", raw[:MAIL_OCTETS].removeprefix(codecs.BOM_UTF8)).lstrip(b"\n")
    while re.match(rb">?From [^\n]*\n", text):
        text = text.partition(b"\n")[2]
    return text


def split(mail: bytes) -> tuple[Headers, bytes]:
    """Split a mail with `\\n` line ends into its headers and its body."""
    if mail.startswith(b"\n"):
        return Headers(), mail[1:]
    head, _, body = mail.partition(b"\n\n")
    return read_headers(_bytes_to_text(head[:HEADER_OCTETS])), body


def read_headers(text: str) -> Headers:
    """Read the header lines of a text up to its first blank line; what is no header line is passed over."""
    fields: list[tuple[str, str]] = []
    for line in text.lstrip("\n").split("\n"):
        if not line.strip():
            break
        if line[0] in " \t" and fields:
            name, value = fields[-1]
            if len(value) < LINE_CHARACTERS * 10:
                fields[-1] = (name, f"{value} {line.strip()}")
        elif found := FIELD.match(line):
            fields.append((found[1].lower(), found[2].strip()))
    return Headers(fields=tuple(fields))


def decode_words(value: str) -> str:
    """Read encoded words; what can not be read stays as it is."""
    if "=?" not in value:
        return value
    pieces: list[tuple[bytes | str, str]]
    try:
        pieces = [(piece, charset or "") for piece, charset in decode_header(value[:LINE_CHARACTERS])]
    except (HeaderParseError, ValueError, LookupError):
        return value
    return "".join(piece if isinstance(piece, str) else _in_charset(piece, charset) for piece, charset in pieces)


def _parts(headers: Headers, body: bytes, enclosed: list[bytes]) -> Iterator[Part]:
    """Walk the leaves of a mail in order without recursing, at most PARTS of them and DEPTH levels down."""
    waiting = [(headers, body, 0, False)]
    for _ in range(PARTS):
        if not waiting:
            return
        own, content, depth, returned = waiting.pop()
        kind = own.media_type
        if kind.startswith("multipart/") and depth < DEPTH and (inner := _inner(own, content)):
            waiting.extend((*split(piece), depth + 1, returned) for piece in reversed(inner))
        elif kind in RETURNED:
            mail = _decoded(own, content).lstrip(b"\n")
            if not returned:
                enclosed.append(mail)
            if depth < DEPTH:
                waiting.append((*split(mail), depth + 1, True))
        else:
            yield Part(media_type=_leaf(kind), text=_text(own, content), returned=returned)


def _leaf(kind: str) -> str:
    """Take a broken multipart, and an attachment of no type, for text: reports come in both."""
    return "text/plain" if kind.startswith(("multipart/", "application/octet-stream")) else kind


def _inner(headers: Headers, body: bytes) -> list[bytes]:
    """Return the parts of a multipart body; the last one may lack its end."""
    found = BOUNDARY.search(headers.get("content-type"))
    mark = (found[1] or found[2] or "").rstrip() if found else ""
    if not mark:
        return []
    line = re.compile(rb"^--" + re.escape(mark.encode("utf-8", "replace")) + rb"(--)?[ \t]*$", re.MULTILINE)
    pieces: list[bytes] = []
    start: int | None = None
    for stop in line.finditer(body):
        if start is not None:
            pieces.append(body[start : stop.start()])
        start = None if stop[1] else stop.end() + 1
        if len(pieces) >= PARTS:
            return pieces
    if start is not None:
        pieces.append(body[start:])
    return pieces


def _decoded(headers: Headers, content: bytes) -> bytes:
    """Undo the transfer encoding; what can not be undone stays as it is."""
    encoding = headers.get("content-transfer-encoding").strip().lower()
    try:
        if encoding == "base64":
            return base64.b64decode(content + b"===").replace(b"\r\n", b"\n") or content
        if encoding == "quoted-printable":
            return quopri.decodestring(content)
    except (binascii.Error, ValueError):
        return content
    return content


def _text(headers: Headers, content: bytes) -> str:
    found = CHARSET.search(headers.get("content-type"))
    text = _in_charset(_decoded(headers, content[: TEXT_CHARACTERS * 2]), (found[1] or found[2]) if found else "")
    if headers.media_type == "text/html":
        text = _visible(text)
    return text[:TEXT_CHARACTERS].replace("\r\n", "\n")


def _visible(page: str) -> str:
    """Return what a reader of an HTML page sees, one line a block."""
    flowing = re.sub(r"[ \t\n]+", " ", UNSEEN.sub(" ", page[: TEXT_CHARACTERS * 2]))
    text = html.unescape(TAG.sub("", LINE_TAG.sub("\n", flowing))).replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.split("\n"))


def _in_charset(content: bytes, charset: str) -> str:
    try:
        if charset and codecs.lookup(charset).name not in NO_CHARSETS:
            return content.decode(charset, "replace")
    except (LookupError, ValueError):
        return _bytes_to_text(content)
    return _bytes_to_text(content)


def _bytes_to_text(content: bytes) -> str:
    """Read bytes of an unknown charset: nothing is lost, and ASCII is always right."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


#: a header section that stands in a text without any such line
BARE_COPY = re.compile(
    r"(?:received|return-path|dkim-signature|delivered-to|message-id|mime-version|x-[\w-]+):\s", re.IGNORECASE
)
HEADER_LINE = re.compile(r"[A-Za-z][\w-]{1,60}:\s|[ \t]+\S")


RULE = r"[\s:;.=_*#|<>+-]*$"


def _is_copy_line(line: str) -> bool:
    """Tell whether a line announces the mail that is returned."""
    return bool(
        notice("copy", r"^[\s>*=_.#|+-]*", RULE).match(line)
        or notice("ruled copy", r"^\s*[-=_*#>+]{2,}\s*", RULE).match(line)
    )


def cut(text: str) -> tuple[str, str]:
    """Cut a notice at the mail that it returns as text; return both."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.strip() and len(line) < 160 and ((number and _is_copy_line(line)) or _starts_copy(lines, number)):
            return "\n".join(lines[:number]), "\n".join(lines[number + (not BARE_COPY.match(line)) :])
    return text, ""


def _starts_copy(lines: list[str], number: int) -> bool:
    following = lines[number : number + 4]
    return len(following) == 4 and bool(BARE_COPY.match(lines[number])) and all(map(HEADER_LINE.match, following))
