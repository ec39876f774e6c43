"""The subject: one line of text, the same for everybody or with merge fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from newsletter.edition.segments import Choice, Literal, Segment, Segments, Slot
from newsletter.message.encode import safe_text

if TYPE_CHECKING:
    from newsletter.message.program import Compile, Decide

Values = Mapping[str, object]
#: gives a text for one reader
Fill = Callable[[Values], str]


def constant(segments: Segments) -> str | None:
    """Return the text when it is the same for everybody, else None."""
    if all(isinstance(segment, Literal) for segment in segments):
        return safe_text("".join(segment.text for segment in segments if isinstance(segment, Literal)))
    return None


def filler(segments: Segments, compile_expression: Compile, decide: Decide) -> Fill:
    """Return what fills a header's text for one reader, on one line."""
    parts = tuple(_part(segment, compile_expression, decide) for segment in segments)
    return lambda values: safe_text("".join(part(values) for part in parts))


def _part(segment: Segment, compile_expression: Compile, decide: Decide) -> Fill:
    if isinstance(segment, Literal):
        text = segment.text
        return lambda _values: text
    if isinstance(segment, Slot):
        return compile_expression(segment.expression)
    if isinstance(segment, Choice):
        holds, inner = decide(segment.condition), filler(segment.inner, compile_expression, decide)
        return lambda values: inner(values) if holds(values) else ""
    raise TypeError(f"a segment of an unknown kind: {type(segment).__name__}")
