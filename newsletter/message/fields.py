"""The merge fields of one letter, compiled once: each expression is evaluated once for a reader, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from newsletter.edition.segments import Context, Slot, escaped
from newsletter.issue.expression import compile_expression

Values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What stands in the open places of a letter, in their order."""

    expressions: tuple[Callable[[Values], str], ...]
    #: which expression, and where it stands
    slots: tuple[tuple[int, Context], ...]

    def texts(self, values: Values) -> list[str]:
        """Return the text of each slot for one reader, escaped for where it stands."""
        found = [evaluate(values) for evaluate in self.expressions]
        return [escaped(found[number], context) for number, context in self.slots]


def compile_fields(slots: Iterable[Slot]) -> Fields:
    """Compile slots; raises IssueError for what is no expression."""
    slots = tuple(slots)
    sources = {source: number for number, source in enumerate(dict.fromkeys(slot.expression for slot in slots))}
    return Fields(
        expressions=tuple(compile_expression(source) for source in sources),
        slots=tuple((sources[slot.expression], slot.context) for slot in slots),
    )
