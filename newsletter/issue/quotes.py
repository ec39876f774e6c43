"""Quotation marks and apostrophes: straight ones become pairs, by level, in the marks of a language.

Only pairs are set: a mark without its other half stays as it was typed, as does one after a digit
(5' 10"). Pairs may span emphasis and links, never paragraphs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The marks of a language: outer pair, inner pair."""

    outer: tuple[str, str]
    inner: tuple[str, str]
    #: what straight single marks become when they are quotation marks
    single: tuple[str, str]


FRENCH = Marks(outer=("«", "»"), inner=("“", "”"), single=("“", "”"))
ENGLISH = Marks(outer=("“", "”"), inner=("‘", "’"), single=("‘", "’"))

#: marks that may be open around one that closes
_DEEPEST = 50
_SIGNS = "\"'«»“”\ue004"
#: an apostrophe at the beginning of a word: decades, and words that lost their beginning
_SHORTENED = re.compile(r"\d\d(?!\d)|(?:n|tis|twas|em|cause)(?!\w)", re.IGNORECASE)
_SPACES = frozenset(" \t\n\u00a0\u202f\ue003\ue004")
_OPENS_AFTER = _SPACES | frozenset("([{—–-«“‘’/\"'")
_CLOSES_BEFORE = _SPACES | frozenset(")]}.,;:!?…—–-»”’/\"'")
_LIKE_WORDS = frozenset("\ue001\ue002_")


@dataclass(kw_only=True)
class _Open:
    """A mark that opened and was not closed yet: where, which, and at what depth."""

    at: int
    sign: str
    depth: int


@dataclass(kw_only=True)
class _Pairs:
    """What is known while a text is read once from its beginning."""

    text: str
    marks: Marks
    opened: list[_Open] = field(default_factory=list)
    placed: dict[int, str] = field(default_factory=dict)


def places_of(signs: str, text: str) -> list[int]:
    """Return where any of some signs stands, in order; ten times faster than a pattern over a long text."""
    found: list[int] = []
    for sign in signs:
        at = text.find(sign)
        while at >= 0:
            found.append(at)
            at = text.find(sign, at + 1)
    found.sort()
    return found


def set_quotes(text: str, marks: Marks) -> str:
    """Set apostrophes and pairs of quotation marks in joined text (see `typography.py`)."""
    if '"' not in text and "'" not in text:
        return text
    state = _Pairs(text=text, marks=marks)
    for at in places_of(_SIGNS, text):
        sign = text[at]
        if sign == "'":
            _single(state, at)
        elif sign == '"':
            _straight(state, at, (_neighbour(text, at, -1), _neighbour(text, at, 1)))
        elif sign == "\ue004":
            state.opened.clear()
        elif sign in "«“":
            state.opened.append(_Open(at=at, sign=sign, depth=len(state.opened)))
        else:
            _close_typed(state.opened, "«" if sign == "»" else "“")
    if not state.placed:
        return text
    signs = list(text)
    for at, sign in state.placed.items():
        signs[at] = sign
    return "".join(signs)


def _close_typed(opened: list[_Open], sign: str) -> None:
    """Close what the author opened with a mark of a pair; straight marks inside without their half are dropped."""
    mine = _last(opened, sign)
    if mine is not None:
        del opened[mine.depth :]


def _last(opened: list[_Open], sign: str) -> _Open | None:
    """Return the mark that was opened last with a sign."""
    return next((entry for entry in reversed(opened[-_DEEPEST:]) if entry.sign == sign), None)


def _single(state: _Pairs, at: int) -> None:
    """Place a single mark: inside a word an apostrophe, elsewhere perhaps a quotation mark."""
    before, after = _neighbour(state.text, at, -1), _neighbour(state.text, at, 1)
    word = before.isalnum() or before in _LIKE_WORDS
    within = word and (after.isalnum() or after in _LIKE_WORDS or after in "«“")
    shortened = not word and before not in "'’" and _SHORTENED.match(state.text, at + 1) is not None
    if within or shortened or not (_straight(state, at, (before, after)) or not before.isalpha()):
        state.placed[at] = "’"


def _straight(state: _Pairs, at: int, around: tuple[str, str]) -> bool:
    """Close with a straight mark what the same mark opened, or open with it; says whether it did either."""
    sign, (before, after) = state.text[at], around
    mine = _last(state.opened, sign)
    if mine is not None and before not in _SPACES and after in _CLOSES_BEFORE:
        state.placed[mine.at], state.placed[at] = _pair(sign, mine.depth, state.marks)
        del state.opened[mine.depth :]
        return True
    if before in _OPENS_AFTER and after not in _SPACES:
        state.opened.append(_Open(at=at, sign=sign, depth=len(state.opened)))
        return True
    return False


def _pair(sign: str, depth: int, marks: Marks) -> tuple[str, str]:
    if sign == "'" and depth == 0:
        return marks.single
    return marks.inner if depth % 2 else marks.outer


def _neighbour(text: str, at: int, step: int) -> str:
    """Return the sign beside a place, joints between pieces not counted; beyond the ends is the end."""
    at += step
    while 0 <= at < len(text) and text[at] == "\ue000":
        at += step
    return text[at] if 0 <= at < len(text) else "\ue004"
