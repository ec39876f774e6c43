"""The frame of a page and what is spliced into it: no word of an author ever passes through MRML.

While templates run, every given value is an ASCII word of fixed form; after compiling, one pass puts the
values in and cuts the result into segments. Conditions are marked by words of their own, so that cutting a
part out leaves exactly what would be there without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import cast

from newsletter.edition.escaping import address, words
from newsletter.edition.segments import Choice, Context, Given, Literal, Segment, Segments, Slot
from newsletter.errors import ThemeError
from newsletter.issue.document import Condition, Expression
from newsletter.language import _

#: tried in turn until one does not occur in anything an author wrote
NONCES = ("", "A", "B", "C", "D", "E", "F", "G", "H", "K")


class Collision(Exception):  # noqa: N818  not an error: rendering begins again with another nonce
    """Something that an author wrote looks like one of our words."""


class Kind(StrEnum):
    """What a word stands for; the letter is part of it."""

    WORDS = "W"
    URL = "U"
    PROSE = "H"
    SLOT = "S"
    BEGIN = "B"
    END = "E"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """The beginning or the end of a part for some readers or some media."""

    part: Part
    begins: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part that is not for everybody."""

    condition: Condition | Given


Piece = str | Slot | Mark


@dataclass(kw_only=True)
class Frame:
    """The words of one page, or of one plain text, and what they stand for."""

    expressions: dict[str, Expression]
    nonce: str = ""
    #: plain text is not escaped
    plain: bool = False
    _values: list[str] = field(default_factory=list)
    _slots: dict[str, Slot] = field(default_factory=dict)
    _parts: dict[str, Part] = field(default_factory=dict)
    _kinds: list[Kind] = field(default_factory=list)

    @property
    def sign(self) -> str:
        """What every word of this frame begins with."""
        return f"ZF{self.nonce}"

    def words(self, text: str) -> str:
        """Return the word for a text; nothing for nothing, so that templates can ask whether it is there."""
        if not text:
            return ""
        self._guard(text)
        return self._new(Kind.WORDS, text if self.plain else words(text))

    def url(self, url: str) -> str:
        """Return the word for an address."""
        if not url:
            return ""
        self._guard(url)
        return self._new(Kind.URL, url if self.plain else address(url))

    def prose(self, html: str, *, own: int = 0) -> str:
        """Return the word for a finished fragment, in which `own` words of this frame stand."""
        if not html:
            return ""
        if html.count(self.sign) != own:
            raise Collision
        return self._new(Kind.PROSE, html)

    def slot(self, expression: str, context: Context) -> str:
        """Return the word for a value that each reader has of their own."""
        word = self._new(Kind.SLOT, "")
        self._slots[word] = Slot(expression=expression, context=Context.PLAIN if self.plain else context)
        return word

    def part(self, condition: Condition | Given) -> tuple[str, str]:
        """Return the words between which a part for some readers stands."""
        begin, end = self._new(Kind.BEGIN, ""), self._new(Kind.END, "")
        self._parts[begin] = self._parts[end] = Part(condition=condition)
        return begin, end

    def later(self) -> str:
        """Return a word for a fragment that is not known yet: see `put`."""
        return self._new(Kind.PROSE, "")

    def put(self, word: str, html: str) -> None:
        """Say what a word of `later` stands for."""
        self._values[int(word[-7:-2])] = html

    def _guard(self, text: str) -> None:
        if self.sign in text:
            raise Collision

    def _new(self, kind: Kind, value: str) -> str:
        self._values.append(value)
        self._kinds.append(kind)
        return f"{self.sign}{kind}{len(self._values) - 1:05d}FZ"

    def pattern(self) -> re.Pattern[str]:
        """Return what finds the words of this frame and merge fields in a text."""
        return _pattern(self.nonce)

    def splice(self, page: str) -> list[Piece]:
        """Put every value in its place; raises `ThemeError` when one of them has none."""
        seen: set[str] = set()
        pieces = list(self._pieces(page, seen, 0))
        self._all_placed(seen)
        return pieces

    def _pieces(self, page: str, seen: set[str], depth: int) -> Iterator[Piece]:
        done = 0
        for found in self.pattern().finditer(page):
            if found.start() > done:
                yield page[done : found.start()]
            done = found.end()
            word = found.group()
            if word.startswith("ZQ"):
                yield self._merged(word, page, found.start())
                continue
            seen.add(word)
            if word in self._slots:
                yield self._slots[word]
            elif word in self._parts:
                yield Mark(part=self._parts[word], begins=word[len(self.sign)] == Kind.BEGIN)
            elif depth < 60:
                yield from self._value(int(word[-7:-2]), seen, depth)
        yield page[done:]

    def _value(self, index: int, seen: set[str], depth: int) -> Iterator[Piece]:
        value = self._values[index]
        if self._kinds[index] is Kind.URL and value in self.expressions:
            yield Slot(expression=self.expressions[value].source, context=self._context(Context.URL))
        elif "Z" in value:
            yield from self._pieces(value, seen, depth + 1)
        else:
            yield value

    def _merged(self, word: str, page: str, at: int) -> Piece:
        expression = self.expressions.get(word)
        if expression is None:
            return word
        inside = page.endswith(('href="', "href='"), 0, at)
        return Slot(expression=expression.source, context=self._context(Context.URL if inside else Context.HTML))

    def _context(self, context: Context) -> Context:
        return Context.PLAIN if self.plain else context

    def _all_placed(self, seen: set[str]) -> None:
        """Make sure that a theme has not lost what an author wrote: fragments and conditions must be there."""
        for index, kind in enumerate(self._kinds):
            if kind in (Kind.PROSE, Kind.BEGIN, Kind.END) and f"{self.sign}{kind}{index:05d}FZ" not in seen:
                raise ThemeError(
                    _("the theme leaves out a part of the issue"),
                    hint=_("Every template must print the content that it is given."),
                )


_PATTERNS: dict[str, re.Pattern[str]] = {
    nonce: re.compile(rf"ZF{nonce}[WUHSBE]\d{{5}}FZ|ZQ[0-9A-F]{{6}}\d{{4}}QZ") for nonce in NONCES
}


def _pattern(nonce: str) -> re.Pattern[str]:
    return _PATTERNS[nonce]


#: what becomes of a part in one medium: its condition for readers, None for everybody, or False for nobody
Settle = Callable[[Condition | Given], "Condition | Given | bool | None"]


def segments_of(pieces: list[Piece], settle: Settle) -> Segments:
    """Cut spliced pieces into segments; `settle` decides what a condition means in this medium."""
    segments, _end = _nested(pieces, 0, settle)
    return segments


def _nested(pieces: list[Piece], at: int, settle: Settle) -> tuple[Segments, int]:
    """Return the segments from a position to the end of the part that it stands in."""
    made: list[Segment] = []
    texts: list[str] = []
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if isinstance(piece, Mark) and not piece.begins:
            break
        inner: Segments = ()
        verdict: Condition | Given | bool | None = False
        if isinstance(piece, Mark):
            inner, at = _nested(pieces, at, settle)
            verdict = settle(piece.part.condition)
            if verdict is False:
                continue
        _flush(texts, made)
        if isinstance(piece, Slot):
            made.append(piece)
        elif isinstance(verdict, Condition | Given):
            made.append(Choice(condition=verdict, inner=inner))
        else:
            made.extend(inner)
    _flush(texts, made)
    return merged(made), at


def _flush(texts: list[str], made: list[Segment]) -> None:
    text = "".join(texts)
    texts.clear()
    if text:
        made.append(Literal(text=text))


def merged(segments: list[Segment]) -> Segments:
    """Join literals that stand side by side."""
    made: list[Segment] = []
    for is_text, neighbours in groupby(segments, lambda segment: isinstance(segment, Literal)):
        if is_text:
            made.append(Literal(text="".join(cast("Literal", each).text for each in neighbours)))
        else:
            made.extend(neighbours)
    return tuple(made)
