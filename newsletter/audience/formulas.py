"""Cells that a spreadsheet would run: guarded on the way out, unguarded once on the way in (OWASP ASVS 1.2.10)."""

from __future__ import annotations

#: what a formula, or a command, begins with
RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")
_GUARD = "'"
GUARDED = tuple(_GUARD + sign for sign in RISKY)


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet runs; what looks guarded already is guarded once more."""
    return _GUARD + text if text.lstrip(_GUARD).startswith(RISKY) else text


def unguarded(text: str) -> str:
    """Return the text that a guarded cell stands for: one guard is taken off, once."""
    return text[1:] if text.startswith(_GUARD) and text.lstrip(_GUARD).startswith(RISKY) else text
