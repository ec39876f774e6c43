"""A reader of mail that shares nothing with what wrote it, nor with the standard library's email package.

Slow and strict on purpose: it follows RFC 5322, 2045, 2046, 2047 and 2231 letter by letter, and asserts what
a mail must not do.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=")


@dataclass
class Part:
    """A mail, or a part of one: its headers as they stand, its body undecoded, its parts."""

    headers: list[tuple[str, str]]
    body: bytes
    parts: list[Part] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str:
        found = self.all(name)
        assert len(found) == 1, f"{len(found)} headers {name}"
        return found[0]

    @property
    def kind(self) -> str:
        return self.one("Content-Type").split(";")[0].strip().lower()

    def parameters(self, name: str) -> dict[str, str]:
        return parameters(self.one(name))

    def content(self) -> bytes:
        encoding = (self.all("Content-Transfer-Encoding") or ["7bit"])[0].lower()
        if encoding == "quoted-printable":
            return unquote(self.body)
        if encoding == "base64":
            assert all(len(line) <= 76 for line in self.body.split(b"\r\n"))
            return base64.b64decode(self.body.replace(b"\r\n", b""), validate=True)
        return self.body

    def text(self) -> str:
        assert self.parameters("Content-Type")["charset"] == "utf-8"
        return self.content().decode("utf-8").replace("\r\n", "\n")

    def walk(self) -> list[Part]:
        return [self, *(inner for part in self.parts for inner in part.walk())]

    def find(self, kind: str) -> Part:
        found = [part for part in self.walk() if part.kind == kind]
        assert len(found) == 1, f"{len(found)} parts {kind}"
        return found[0]


def read(raw: bytes) -> Part:
    """Read a whole mail."""
    assert b"\r" not in raw.replace(b"\r\n", b""), "bare CR"
    assert b"\n" not in raw.replace(b"\r\n", b""), "bare LF"
    assert raw.endswith(b"\r\n")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    return _part(raw)


def _part(raw: bytes) -> Part:
    if raw.startswith(b"\r\n"):
        head, body = b"", raw[2:]
    else:
        head, found, body = raw.partition(b"\r\n\r\n")
        assert found, "no empty line after the headers"
    part = Part(headers=_headers(head.decode("utf-8")), body=body)
    if part.all("Content-Type") and part.kind.startswith("multipart/"):
        part.parts = [_part(piece) for piece in _split(body, part.parameters("Content-Type")["boundary"])]
    return part


def _headers(head: str) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    for line in head.split("\r\n") if head else []:
        if line[0] in " \t":
            assert headers, "the head begins with a folded line"
            assert line.strip(), "a folded line of nothing"
            headers[-1] = (headers[-1][0], headers[-1][1] + line)
        else:
            name, colon, value = line.partition(":")
            assert colon, f"not a header: {line!r}"
            assert re.fullmatch(r"[!-9;-~]+", name)
            headers.append((name, value))
    return [(name, value.strip()) for name, value in headers]


def _split(body: bytes, boundary: str) -> list[bytes]:
    mark = b"--" + boundary.encode()
    pieces = (b"\r\n" + body).split(b"\r\n" + mark)
    assert pieces[-1].startswith(b"--"), "the closing boundary is missing"
    for piece in pieces[1:-1]:
        assert piece.startswith(b"\r\n")
    return [piece[2:] for piece in pieces[1:-1]]


def unquote(body: bytes) -> bytes:
    """Decode quoted-printable, asserting that it is."""
    out = bytearray()
    lines = body.split(b"\r\n")
    for number, line in enumerate(lines):
        assert len(line) <= 76
        assert not line.endswith((b" ", b"\t"))
        assert not line.startswith(b".")
        soft = line.endswith(b"=")
        assert not (soft and number == len(lines) - 1), "ends with a soft break"
        place = 0
        raw = line[:-1] if soft else line
        while place < len(raw):
            octet = raw[place]
            if octet == 61:
                code = raw[place + 1 : place + 3].decode()
                assert re.fullmatch("[0-9A-F]{2}", code), code
                out.append(int(code, 16))
                place += 3
            else:
                assert octet == 9 or 32 <= octet < 127
                out.append(octet)
                place += 1
        if not soft and number < len(lines) - 1:
            out += b"\r\n"
    return bytes(out)


def words(text: str) -> str:
    """Decode the encoded words of an unstructured header or a phrase (RFC 2047 6.2)."""
    out, end, after_word = "", 0, False
    for found in WORD.finditer(text):
        assert len(found.group()) <= 75
        between = text[end : found.start()]
        if not (after_word and not between.strip()):
            out += between
        raw = found[3]
        if found[2] in "bB":
            octets = base64.b64decode(raw, validate=True)
        else:
            octets = b"".join(
                bytes([int(code[1:], 16)]) if code.startswith("=") else b" " if code == "_" else code.encode()
                for code in re.findall(r"=[0-9A-F]{2}|.", raw)
            )
        out += octets.decode(found[1])
        end, after_word = found.end(), True
    return out + text[end:]


def mailbox(text: str) -> tuple[str, str]:
    """Read one `phrase <address>` or a bare address; asserts that it is exactly one."""
    if "<" not in text:
        assert re.fullmatch(r"[^\s,;:<>\"]+@[^\s,;:<>\"]+", text)
        return "", text
    name, address = re.fullmatch(
        r'((?:"(?:\\.|[^"\\])*"|[^"<>,;:@()\[\]\\])*?)\s*<([^\s,;:<>"]+@[^\s,;:<>"]+)>', text
    ).groups()
    if name.startswith('"'):
        return re.sub(r"\\(.)", r"\1", name[1:-1]), address
    return words(name), address


def parameters(value: str) -> dict[str, str]:
    """Read a header's parameters, with the continuations and charsets of RFC 2231."""
    found: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    for name, quoted, bare in re.findall(r';\s*([^=;\s]+)=(?:"((?:\\.|[^"\\])*)"|([^;\s"]*))', value):
        raw = re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare
        if match := re.fullmatch(r"([^*]+)\*(?:(\d+)(\*?))?", name):
            base, number, star = match.groups()
            pieces.setdefault(base.lower(), {})[int(number or 0)] = (number is None or star == "*", raw)
        else:
            assert name.lower() not in found
            found[name.lower()] = raw
    for base, numbered in pieces.items():
        assert sorted(numbered) == list(range(len(numbered)))
        joined = b""
        for number in sorted(numbered):
            encoded, raw = numbered[number]
            if number == 0 and encoded:
                charset, _lang, raw = raw.split("'", 2)
                assert charset.lower() == "utf-8"
            joined += _percent(raw) if encoded else raw.encode()
        found[base] = joined.decode("utf-8")
    return found


def _percent(raw: str) -> bytes:
    return b"".join(
        bytes([int(code[1:], 16)]) if len(code) == 3 else code.encode() for code in re.findall(r"%[0-9A-F]{2}|.", raw)
    )
