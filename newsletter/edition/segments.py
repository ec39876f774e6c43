"""Texts with places to fill: literals, slots and choices, and how one reader fills them.

A literal is the same for everybody, a slot is a merge field escaped for where it stands, a choice is a
part for some readers. `message/` encodes the literals once and joins; preview, archive and checks fill
the same segments with `fill`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from newsletter.issue.document import Condition


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
class Choice:
    """A part that is there only for readers of whom `condition` is true."""

    condition: Condition
    inner: tuple[Segment, ...]


Segment = Literal | Slot | Choice
Segments = tuple[Segment, ...]
