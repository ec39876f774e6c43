"""How columns that speak of standing are read: of any file, and of the export of a tool that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience.importing.words import Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """How one column is read."""

    column: int = -1
    #: word -> standing; a word that is not in it is a fault
    words: Mapping[str, Standing] = field(default_factory=dict)
    #: standing of a cell that says yes, or holds a moment
    yes: Standing = Standing.ACTIVE
    #: standing of a cell that says no
    no: Standing = Standing.ACTIVE
    #: standing of an empty cell
    empty: Standing = Standing.ACTIVE
    #: a cell that says neither is a text about something else, not a fault
    lenient: bool = False
    #: any text means yes: a reason for having left
    text: bool = False


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program people come from: by which headers its export is known, and how its columns are read."""

    name: str
    #: sets of headers; one whole set is its signature
    signatures: Sequence[frozenset[str]]
    #: words of its status column that are read differently
    words: Mapping[str, Standing] = field(default_factory=dict)
    #: header -> how it is read, where it is not read as everywhere
    reads: Mapping[str, Rule] = field(default_factory=dict)
    #: headers that look as if they spoke of standing, and do not
    silent: frozenset[str] = frozenset()
