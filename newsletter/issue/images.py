"""Images in the issue's folder: found, measured from their first bytes, never outside the folder.

PNG, JPEG, GIF and WebP are read here, a few dozen bytes each: an imaging library would cost its import
and decode what nobody looks at.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
#: a JPEG's size stands after its metadata, which may hold a whole thumbnail
_JPEG_REACH = 512 * 1024
_NO_SIZE = (0x01, *range(0xD0, 0xD9))
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class Trouble(StrEnum):
    """Why a local image cannot be used."""

    MISSING = "missing"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image file of the issue's folder, as far as its first bytes tell."""

    path: Path | None = None
    width: int | None = None
    height: int | None = None
    size: int = 0
    trouble: Trouble | None = None


def is_local(source: str) -> bool:
    """Say whether an image's address is a path beside the issue: no scheme, no host, not from the site's root."""
    return bool(source) and not _REMOTE.match(source) and not source.startswith(("/", "#"))


def inside(folder: Path, name: str) -> Path | None:
    """Return a file of a folder by its relative name, or None when it would lie elsewhere (CWE-22)."""
    plain = unquote(name.split("?")[0].split("#")[0])
    if not plain or "\x00" in plain:
        return None
    try:
        base = folder.resolve()
        found = (base / plain).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    return found if found.is_relative_to(base) else None


def look_at(folder: Path, source: str) -> Picture:
    """Find an image by its address in the text, and measure it."""
    path = inside(folder, source)
    if path is None:
        return Picture(trouble=Trouble.OUTSIDE)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(32)
            if head[:2] == b"\xff\xd8":
                head += file.read(_JPEG_REACH)
    except (OSError, ValueError):
        return Picture(trouble=Trouble.MISSING)
    pixels = pixel_size(head)
    if pixels is None:
        trouble = None if head.lstrip()[:1] == b"<" else Trouble.UNKNOWN  # SVG has no fixed size
        return Picture(path=path, size=size, trouble=trouble)
    return Picture(path=path, size=size, width=pixels[0], height=pixels[1])


def pixel_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height from an image's first bytes, or None when they are of no known kind."""
    try:
        size = _measure(head)
    except (struct.error, IndexError):
        return None
    return size if size and 0 < size[0] < 100_000 and 0 < size[1] < 100_000 else None


def _measure(head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head[:6] in (b"GIF87a", b"GIF89a"):
        width, height = struct.unpack("<HH", head[6:10])
        return width, height
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    return _jpeg(head) if head[:2] == b"\xff\xd8" else None


def _webp(head: bytes) -> tuple[int, int] | None:
    """Read the size of a WebP file: lossy, lossless or extended (its container specification, RFC 9649)."""
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """Walk a JPEG's segments to its frame header (ITU-T T.81, annex B)."""
    at = 2
    while head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _NO_SIZE:
            at += 2
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        else:
            at += 2 + int(struct.unpack(">H", head[at + 2 : at + 4])[0])
    return None
