"""Lines for plain text, measured as a terminal or a mail program shows them."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

#: no-break spaces are no place to break: only these are
_BREAKABLE = re.compile(r"[ \t\n]+")
#: outside these, every character takes one column
_ODD = re.compile("[\u00ad\u0300-\u036f\u0483-\u200f\u2060-\u206f\u2300-\u27ff\u2b00-\uffff\U00010000-\U0010ffff]")
_NO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufe0e\ufe0f\u00ad")


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(map(_width, text)) if _ODD.search(text) else len(text)


def _width(character: str) -> int:
    if character < "\u0300":
        return 0 if character == "\u00ad" else 1
    if combining(character) or character in _NO_WIDTH:
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def wrap(text: str, width: int) -> str:
    """Break a text into lines of at most `width` columns; a longer word (an address) has a line of its own.

    Line ends in the text stay.
    """
    return "\n".join(_wrapped(line, width) for line in text.split("\n"))


def _wrapped(text: str, width: int) -> str:
    odd = _ODD.search(text) is not None
    if len(text) <= width and (not odd or width_of(text) <= width):
        return _BREAKABLE.sub(" ", text).strip(" ")
    lines: list[str] = []
    line: list[str] = []
    used = 0
    for word in _BREAKABLE.split(text):
        if not word:
            continue
        size = width_of(word) if odd else len(word)
        if line and used + 1 + size > width:
            lines.append(" ".join(line))
            line, used = [], 0
        used += size + (1 if line else 0)
        line.append(word)
    lines.append(" ".join(line))
    return "\n".join(lines)


def indent(text: str, prefix: str, *, first: str | None = None) -> str:
    """Put a prefix before every line; the first may have one of its own. Empty lines get no trailing space."""
    lines = text.split("\n")
    start = prefix if first is None else first
    return "\n".join(
        (start if at == 0 else prefix) + line if line else (start if at == 0 else prefix).rstrip()
        for at, line in enumerate(lines)
    )


def pad(text: str, width: int, align: str = "") -> str:
    """Fill a text up to `width` columns."""
    missing = max(0, width - width_of(text))
    if align == "right":
        return " " * missing + text
    if align == "center":
        return " " * (missing // 2) + text + " " * (missing - missing // 2)
    return text + " " * missing
