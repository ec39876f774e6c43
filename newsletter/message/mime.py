"""The skeleton of a mail: parts, their heads, the boundaries between them (RFC 2046 5.1).

Plain text first, HTML last; images that the HTML shows travel beside it, other files after both. Every
boundary holds `=_`, which occurs neither in quoted-printable nor in base64 (RFC 2045 6.7), and is made from
the edition's digest, so that the same input gives the same octets.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsletter.message.encode import parameter

if TYPE_CHECKING:
    from newsletter.edition.edition import Attachment

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*(?:; ?[\w-]+=[\w.+-]+)*", re.ASCII)
_CONTENT_ID = re.compile(r"[!-;=?-~]+")
_COLUMNS = 57  # octets that make 76 characters of base64


@dataclass(frozen=True, kw_only=True, slots=True)
class Skeleton:
    """What stands before, between and after the two texts."""

    #: from the Content-Type of the whole to the head of the plain text
    before_text: bytes
    #: from the end of the plain text to the head of the HTML
    before_html: bytes
    #: from the end of the HTML to the end of the mail: images, files, closing boundaries
    after_html: bytes = field(repr=False)


def skeleton(digest: str, attachments: Sequence[Attachment] = (), *, lang: str) -> Skeleton:
    """Lay out multipart/alternative, within multipart/mixed where files travel; images go beside the HTML."""
    images = [each for each in attachments if each.cid]
    files = [each for each in attachments if not each.cid]
    alternative, related, mixed = (_boundary(digest, kind) for kind in ("alternative", "related", "mixed"))
    opening = _multipart("alternative", alternative)
    if files:
        opening = _multipart("mixed", mixed) + _delimiter(mixed, first=True) + opening
    html_head = _text_head("html", lang)
    if images:
        html_head = _multipart("related", related, root="text/html") + _delimiter(related, first=True) + html_head
    return Skeleton(
        before_text=opening + _delimiter(alternative, first=True) + _text_head("plain", lang),
        before_html=_delimiter(alternative) + html_head,
        after_html=b"".join(
            (
                *_attached(images, related),
                _closing(alternative),
                *_attached(files, mixed),
            )
        ),
    )


def _boundary(digest: str, kind: str) -> bytes:
    return b"=_" + hashlib.sha256(f"{kind} {digest}".encode()).hexdigest()[:32].encode()


def _multipart(kind: str, boundary: bytes, *, root: str = "") -> bytes:
    extra = f'; type="{root}"' if root else ""
    return f'Content-Type: multipart/{kind}{extra};\r\n boundary="{boundary.decode()}"\r\n\r\n'.encode()


def _text_head(kind: str, lang: str) -> bytes:
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Language: {lang}\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _delimiter(boundary: bytes, *, first: bool = False) -> bytes:
    return (b"--" if first else b"\r\n--") + boundary + b"\r\n"


def _closing(boundary: bytes) -> bytes:
    return b"\r\n--" + boundary + b"--\r\n"


def _attached(attachments: Sequence[Attachment], boundary: bytes) -> list[bytes]:
    """Return the parts of one multipart and its closing boundary; nothing when there are none."""
    if not attachments:
        return []
    parts = [_delimiter(boundary) + _head(each) + _base64(each.content) for each in attachments]
    return [*parts, _closing(boundary)]


def _head(attachment: Attachment) -> bytes:
    kind = attachment.media_type if _MEDIA_TYPE.fullmatch(attachment.media_type) else "application/octet-stream"
    lines = [f"Content-Type: {kind}".encode(), parameter("name", attachment.filename), b"\r\n"]
    lines += [
        b"Content-Disposition: ",
        b"inline" if attachment.cid else b"attachment",
        parameter("filename", attachment.filename),
        b"\r\nContent-Transfer-Encoding: base64\r\n",
    ]
    if _CONTENT_ID.fullmatch(attachment.cid):
        lines.append(f"Content-ID: <{attachment.cid}>\r\n".encode())
    return b"".join((*lines, b"\r\n"))


def _base64(content: bytes) -> bytes:
    """Encode in lines of 76 characters, without the last line's end: it belongs to the boundary."""
    rows = range(0, len(content), _COLUMNS)
    return b"\r\n".join(b64encode(content[start : start + _COLUMNS]) for start in rows)
