"""Text into the seven-bit octets of mail: quoted-printable pieces, encoded words, parameters, domains.

The pieces of a body start and end at column 0, so that they can be joined in any order, left out or
repeated (RFC 2045 6.7). Header texts become encoded words when ASCII does not hold them (RFC 2047), file
names parameters of RFC 2231, domains A-labels (RFC 5891).
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache

from newsletter.errors import PermanentError
from newsletter.language import _

#: octets before the soft break: with its `=` a line has at most 76 (RFC 2045 6.7)
BODY_LINE = 75
#: a line with an encoded word has at most this many octets (RFC 2047 2)
HEADER_LINE = 76
#: an encoded word has at most this many octets, its marks included (RFC 2047 2)
WORD = 75
SOFT_BREAK = b"=\r\n"
#: letters that need at most a line: four octets each, three signs an octet
_SHORT = BODY_LINE // 12

_EQUALS, _SPACE, _DOT = 61, 32, 46
_CODES = tuple(bytes([octet]) if 32 <= octet < 127 and octet != _EQUALS else b"=%02X" % octet for octet in range(256))
#: letters that stand for themselves in an encoded word, also inside a display name (RFC 2047 5)
_WORD_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_WORD_CODES = tuple(
    b"_" if octet == _SPACE else bytes([octet]) if octet in _WORD_SAFE else b"=%02X" % octet for octet in range(256)
)
_ATTR_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~")
#: ends of line, controls and halves of surrogates: none may reach a header (RFC 5322 2.2)
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
#: an address that needs no quotes: one @, no space, no control, nothing that ends an address in SMTP or a header
_SIGNS = r"[^\s<>,@\"\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+"
_ADDRESS = re.compile(f"{_SIGNS}@{_SIGNS}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PLAIN_HEADER = re.compile(r"[!-~]+(?: [!-~]+)*")


def qp_chunk(text: str) -> bytes:
    """Encode `text` as quoted-printable that starts and ends at column 0.

    It ends with CRLF where the text ends a line, with a soft break where it does not. No line begins with
    a dot, so that SMTP never has to stuff one; no line ends with a space; every line has at most 76 octets.
    """
    if text.isprintable():
        if text.isascii() and "=" not in text:
            return _plain_chunk(text)
        if 0 < len(text) <= _SHORT:
            return _short_chunk(text)
    out = bytearray()
    lines = text.replace("\r\n", "\n").split("\n")
    last = len(lines) - 1
    for number, line in enumerate(lines):
        _encode_line(out, line.encode("utf-8", "replace"))
        if number < last:
            out += b"\r\n"
        elif line:
            out += SOFT_BREAK
    return bytes(out)


def _plain_chunk(text: str) -> bytes:
    """Encode a line of letters that stand for themselves: what most merge fields are."""
    if not text:
        return b""
    raw = text.encode()
    if raw[-1] != _SPACE:
        if len(raw) <= BODY_LINE and raw[0] != _DOT:
            return raw + SOFT_BREAK
        lines = [raw[start : start + BODY_LINE] for start in range(0, len(raw), BODY_LINE)]
        if b"." not in [line[:1] for line in lines]:
            return SOFT_BREAK.join(lines) + SOFT_BREAK
    out = bytearray()
    _encode_line(out, raw)
    return bytes(out + SOFT_BREAK)


def _short_chunk(text: str) -> bytes:
    """Encode a line that fits in one line whatever its letters are: a name with accents."""
    codes = [_CODES[octet] for octet in text.encode("utf-8", "replace")]
    if codes[-1] == b" ":
        codes[-1] = b"=20"
    if codes[0] == b".":
        codes[0] = b"=2E"
    codes.append(SOFT_BREAK)
    return b"".join(codes)


def _encode_line(out: bytearray, raw: bytes) -> None:
    """Append one line without its end, broken softly where it is too long."""
    codes = [_CODES[octet] for octet in raw]
    if raw.endswith(b" "):
        codes[-1] = b"=20"
    column = 0
    for code in codes:
        if column + len(code) > BODY_LINE:
            out += SOFT_BREAK
            column = 0
        if column == 0 and code == b".":
            code = b"=2E"
        out += code
        column += len(code)


def safe_text(text: str) -> str:
    """Return `text` on one line, without anything that could end or forge a header."""
    return UNSAFE.sub(" ", text).strip()


def header_text(text: str, *, column: int) -> bytes:
    """Encode an unstructured header's text that begins at `column` of its line, folded (RFC 2047, 5322 2.2.3).

    Plain ASCII stays readable; anything else becomes encoded words as a whole, so that no space between
    two of them is ever lost.
    """
    if text and _PLAIN_HEADER.fullmatch(text) and "=?" not in text:
        folded = _fold(text.encode().split(b" "), column)
        if folded is not None:
            return folded
    return encoded_words(text, column=column)


def _fold(words: list[bytes], column: int) -> bytes | None:
    """Join words with spaces, in lines of at most 76 octets; None when a word is too long for a line."""
    if len(words[0]) + column > HEADER_LINE or any(len(word) >= HEADER_LINE for word in words):
        return None
    out = bytearray()
    for number, word in enumerate(words):
        if not number:
            out += word
        elif column + 1 + len(word) > HEADER_LINE:
            out += b"\r\n " + word
            column = 0
        else:
            out += b" " + word
        column += len(word) + bool(number)
    return bytes(out)


def encoded_words(text: str, *, column: int) -> bytes:
    """Encode `text` as encoded words in UTF-8, none of which cuts a letter in two (RFC 2047 5)."""
    if not text:
        return b""
    whole = _encoded_word(text) if len(text) < WORD else b""
    if 0 < len(whole) <= min(WORD, HEADER_LINE - column):
        return whole
    room = min(WORD, HEADER_LINE - column)
    words: list[bytes] = []
    while text:
        size = _fitting(text, room)
        if not size and room < WORD - 1:  # not even one letter after a long header name: begin on the next line
            words.append(b"")
            room = WORD
            continue
        words.append(_encoded_word(text[:size]))
        text = text[size:]
        room = HEADER_LINE - 1
    return b"\r\n ".join(words)


def _fitting(text: str, room: int) -> int:
    """Return how many letters of `text` fit into one encoded word of `room` octets."""
    room = min(room, WORD) - len("=?utf-8?q??=")
    short = long = 0
    size = 0
    for letter in text:
        raw = letter.encode("utf-8", "replace")
        short += sum(len(_WORD_CODES[octet]) for octet in raw)
        long += len(raw)
        if min(short, (long + 2) // 3 * 4) > room:
            break
        size += 1
    return size


def _encoded_word(text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    quoted = b"".join([_WORD_CODES[octet] for octet in raw])
    if len(quoted) <= (len(raw) + 2) // 3 * 4:
        return b"=?utf-8?q?" + quoted + b"?="
    return b"=?utf-8?b?" + b64encode(raw) + b"?="


def phrase(name: str, *, column: int) -> bytes:
    """Encode a display name: as it is, quoted, or as encoded words (RFC 5322 3.2.5, RFC 2047 5)."""
    if "=?" not in name and len(name) + column < HEADER_LINE - 2:
        if _ATOMS.fullmatch(name):
            return name.encode()
        if name.isascii() and name.isprintable() and name == name.strip():
            escaped = name.replace("\\", "\\\\").replace('"', '\\"')
            if len(escaped) + column + 2 <= HEADER_LINE:
                return f'"{escaped}"'.encode()
    return encoded_words(name, column=column)


def parameter(name: str, value: str) -> bytes:
    """Encode a parameter such as a file name, each on a folded line of its own (RFC 2045 5.1, RFC 2231 3 and 4)."""
    value = safe_text(value)
    if value.isascii() and len(value) <= 60 and "%" not in value:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'.encode()
    coded = [chr(octet) if octet in _ATTR_SAFE else f"%{octet:02X}" for octet in value.encode("utf-8", "replace")]
    pieces = _gather(coded, size=50)
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{pieces[0]}".encode()
    rest = "".join(f";\r\n {name}*{number}*={piece}" for number, piece in enumerate(pieces[1:], 1))
    return f";\r\n {name}*0*=utf-8''{pieces[0]}{rest}".encode()


def _gather(coded: list[str], *, size: int) -> list[str]:
    """Join codes into pieces of at most `size` characters, never cutting a code."""
    pieces = [""]
    for code in coded:
        if len(pieces[-1]) + len(code) > size:
            pieces.append("")
        pieces[-1] += code
    return pieces


def ascii_address(address: str) -> str:
    """Return `address` with its domain as A-labels; its local part stays as it is (RFC 5891, RFC 6531).

    Raises PermanentError when it has no form that mail can carry.
    """
    if not _ADDRESS.fullmatch(address):
        raise PermanentError(_("An address has no form that mail can carry."))
    if address.isascii():
        return address
    local, _at, domain = address.partition("@")
    return f"{local}@{_a_labels(domain)}"


@lru_cache(maxsize=4096)
def _a_labels(domain: str) -> str:
    """Return a domain in ASCII, or raise PermanentError; cached, as thousands of readers share a few domains."""
    if domain.isascii():
        return domain
    import idna  # 15 ms for its tables, and few lists have such a domain

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise PermanentError(_("The domain of an address is not one.")) from None  # its text would name the domain
