"""A name as a person typed it becomes one line of text that no header, mail or page stumbles over."""

from __future__ import annotations

import unicodedata

MAX_NAME = 200


def clean_name(text: str) -> str:
    """Return a name in NFC, on one line, without control characters, of at most 200 characters."""
    words = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter for letter in words if letter.isprintable())[:MAX_NAME].strip()
