"""The starter's one picture, drawn here: hills at daybreak, so that the project carries no image file."""

from __future__ import annotations

import math
import struct
import zlib

#: the default theme's blues and its terracotta, from the sky to the nearest hill
_PALETTE = ("E8EFF6", "F6E3D8", "B9CFE4", "7FA6CB", "4A79A8", "1F4E79")
_SUN = 1


def hills(width: int, height: int) -> bytes:
    """Return a PNG (ISO/IEC 15948, one byte of palette index a pixel) of `width` by `height` pixels."""
    columns = [_column(x / width, width, height) for x in range(width)]
    rows = b"".join(b"\x00" + bytes(row) for row in zip(*columns, strict=True))
    palette = b"".join(bytes.fromhex(color) for color in _PALETTE)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _column(x: float, width: int, height: int) -> bytes:
    """Return the palette's indices from top to bottom: the sky, perhaps the sun, then each hill over the last."""
    column = bytearray(height)
    half = 0.13**2 - ((x - 0.72) * width / height) ** 2
    if half > 0:
        top, bottom = (round((0.3 + side * math.sqrt(half)) * height) for side in (-1, 1))
        column[top:bottom] = bytes([_SUN]) * (bottom - top)
    for layer in range(1, 5):
        crest = 0.32 + 0.14 * layer + (0.10 - 0.012 * layer) * math.sin(5.5 * x * (1 + layer / 5) + 2.2 * layer)
        start = round(crest * height)
        column[start:] = bytes([layer + 1]) * (height - start)
    return bytes(column)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
