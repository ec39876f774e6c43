"""The words that reports use, as text files: whoever meets a new one adds a line.

A file has `[sections]` of phrases, one regular expression a line, `#` for remarks, and `…` for up to six
words. Sections are compiled when first asked for, not when the package is imported.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

GAP = r"(?:[^ ]{1,60} ){0,6}"


@lru_cache(maxsize=8)
def sections(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the sections of a file in their order; a section may come more than once."""
    found: list[tuple[str, list[str]]] = []
    for line in Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("[") and line.endswith("]"):
            found.append((line[1:-1], []))
        elif line.strip() and not line.startswith("#"):
            found[-1][1].append(line)
    return tuple((title, tuple(lines)) for title, lines in found)


@lru_cache(maxsize=64)
def notice(section: str, before: str = "", after: str = "") -> re.Pattern[str]:
    """Return a section of `notices` as one expression, with an expression before and one behind it."""
    lines = dict(sections("notices"))[section]
    return re.compile(f"{before}(?:{joined(lines)}){after}", re.IGNORECASE)


def joined(phrases: tuple[str, ...]) -> str:
    """Join phrases into one expression."""
    return "|".join(phrases).replace("…", GAP)
