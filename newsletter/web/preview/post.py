"""A finished mail taken apart again, to be looked at: its head, its parts, the size of what Gmail measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.parser import BytesParser


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a mail; `depth` says how deep it lies in others."""

    depth: int
    media_type: str
    encoding: str = ""
    filename: str = ""
    #: octets once decoded; of a part that holds others, 0
    size: int = 0


def head_of(content: bytes) -> str:
    """Return everything before the first empty line."""
    return content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")


def fields_of(head: str) -> list[tuple[str, str]]:
    """Return the fields of a head, unfolded, in their order."""
    lines = head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
    return [(name, value.strip()) for name, colon, value in (line.partition(":") for line in lines) if colon]


def read_fields(head: str) -> tuple[tuple[str, str], ...]:
    """Return every header as people read it."""
    return tuple((name, str(make_header(decode_header(value)))) for name, value in fields_of(head))


def parts_of(content: bytes) -> tuple[Part, ...]:
    """Return every part, outer first."""
    return tuple(_walk(BytesParser().parsebytes(content), 0))


def _walk(mail: Mail, depth: int) -> Iterator[Part]:
    size = 0 if mail.is_multipart() else len(_payload(mail))
    yield Part(
        depth=depth,
        media_type=mail.get_content_type(),
        encoding=str(mail.get("Content-Transfer-Encoding", "")),
        filename=mail.get_filename() or "",
        size=size,
    )
    if mail.is_multipart():
        for inner in mail.get_payload():
            assert isinstance(inner, Mail)
            yield from _walk(inner, depth + 1)


def _payload(mail: Mail) -> bytes:
    found = mail.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""
