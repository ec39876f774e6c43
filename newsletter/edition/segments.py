"""Texts with places to fill: literals, slots and choices, and how one reader fills them.

A literal is the same for everybody, a slot is a merge field escaped for where it stands, a choice is a
part for some readers. `message/` encodes the literals once and joins; preview, archive and checks fill
the same segments with `fill`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from newsletter.edition.escaping import address, is_safe, one_line, words
from newsletter.issue.document import Condition
from newsletter.issue.expression import ExpressionError, compile_expression

Values = Mapping[str, object]


class Context(StrEnum):
    """Where a slot stands: how its value must be escaped."""

    HTML = "html"
    ATTRIBUTE = "attribute"
    URL = "url"
    PLAIN = "plain"
    HEADER = "header"


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal:
    """Text that is the same for everybody."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A merge field; `expression` is checked Jinja such as `subscriber.first_name | default("…")`."""

    expression: str
    context: Context


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """Holds where an expression has a value: nothing is said of a page that does not exist."""

    expression: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A part that is there only for readers of whom `condition` is true: see `holds`."""

    condition: Condition | Given
    inner: tuple[Segment, ...]


Segment = Literal | Slot | Choice
Segments = tuple[Segment, ...]


def fill(segments: Segments, values: Values) -> str:
    """Return the text that one reader gets; what `values` does not hold is empty."""
    return "".join(_filled(segments, values))


def _filled(segments: Segments, values: Values) -> Iterator[str]:
    for segment in segments:
        if isinstance(segment, Literal):
            yield segment.text
        elif isinstance(segment, Slot):
            yield fill_slot(segment, values)
        elif holds(segment.condition, values):
            yield from _filled(segment.inner, values)


def fill_slot(slot: Slot, values: Values) -> str:
    """Return a slot's value for one reader, escaped for where it stands."""
    return escaped(compile_expression(slot.expression)(values), slot.context)


def escaped(value: str, context: Context) -> str:
    """Return a merge field's value as it is written in `context`."""
    return _ESCAPES[context](value)


def escape_for(context: Context) -> Callable[[str], str]:
    """Return what writes values in `context`, to be looked up once for many."""
    return _ESCAPES[context]


def holds(condition: Condition | Given, values: Values) -> bool:
    """Say whether a part is for the reader whose `values` these are.

    Languages hold by their prefix (`fr` is `fr-CA`), lists when the reader is on one of them. Media
    were settled when the edition was made.
    """
    if isinstance(condition, Given):
        return bool(compile_expression(condition.expression)(values))
    reader = values.get("subscriber")
    facts: Values = reader if isinstance(reader, Mapping) else {}
    return (
        _speaks(condition.languages, str(facts.get("lang") or ""))
        and _subscribes(condition.lists, facts.get("lists"))
        and (not condition.segment or _belongs(condition.segment, facts, values))
    )


def _speaks(languages: tuple[str, ...], spoken: str) -> bool:
    spoken = spoken.lower()
    return not languages or any(
        spoken == wanted or spoken.startswith(f"{wanted}-") or wanted.startswith(f"{spoken}-")
        for wanted in map(str.lower, languages)
        if spoken
    )


def _subscribes(lists: tuple[str, ...], own: object) -> bool:
    return not lists or (isinstance(own, list | tuple | set | frozenset) and not set(lists).isdisjoint(own))


def _belongs(segment: str, facts: Values, values: Values) -> bool:
    """Evaluate a segment expression; its names are those of the subscriber, with or without the prefix."""
    try:
        return bool(compile_expression(f"'1' if ({segment}) else ''")({**facts, **values}))
    except ExpressionError:  # reported when the issue was read; a part for we do not know whom is for nobody
        return False


def _link(value: str) -> str:
    value = value.strip()
    return address(value) if is_safe(value, known=True) else ""


_ESCAPES: Mapping[Context, Callable[[str], str]] = {
    Context.HTML: words,
    Context.ATTRIBUTE: words,
    Context.URL: _link,
    Context.PLAIN: one_line,
    Context.HEADER: one_line,
}
