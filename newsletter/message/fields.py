"""The merge fields and conditions of one letter, compiled once.

Each expression is evaluated once for a reader, wherever it stands; a condition on language and lists once
for all readers of the same language and lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from newsletter.edition.segments import Given, Slot, escape_for, holds
from newsletter.issue.document import Condition
from newsletter.issue.expression import compile_expression

Values = Mapping[str, object]
#: combinations of language and lists that are remembered
_MOST = 1_024


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What stands in the open places of a letter, in their order."""

    expressions: tuple[Callable[[Values], str], ...]
    #: which expression, and what escapes it for where it stands
    slots: tuple[tuple[int, Callable[[str], str]], ...]

    def texts(self, values: Values) -> list[str]:
        """Return the text of each slot for one reader, escaped for where it stands."""
        found = [evaluate(values) for evaluate in self.expressions]
        return [escape(found[number]) for number, escape in self.slots]


def compile_fields(slots: Iterable[Slot]) -> Fields:
    """Compile slots; raises IssueError for what is no expression."""
    slots = tuple(slots)
    sources = {source: number for number, source in enumerate(dict.fromkeys(slot.expression for slot in slots))}
    return Fields(
        expressions=tuple(compile_expression(source) for source in sources),
        slots=tuple((sources[slot.expression], escape_for(slot.context)) for slot in slots),
    )


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """The conditions of a letter, in their order."""

    all: tuple[Condition | Given, ...]
    _known: dict[tuple[object, object], tuple[bool, ...]] = field(default_factory=dict, repr=False)

    def truths(self, values: Values) -> tuple[bool, ...]:
        """Say which hold for a reader."""
        if not self.all:
            return ()
        reader = values.get("subscriber")
        if not self._shared or not (type(reader) is dict or isinstance(reader, Mapping)):
            return self._decide(values)
        traits = reader.get("lang"), reader.get("lists")
        found = self._known.get(traits)
        if found is None:
            found = self._decide(values)
            if len(self._known) < _MOST:
                self._known[traits] = found
        return found

    def _decide(self, values: Values) -> tuple[bool, ...]:
        return tuple(holds(condition, values) for condition in self.all)

    @cached_property
    def _shared(self) -> bool:
        """Nothing but language and lists decides."""
        return all(isinstance(each, Condition) and not each.segment for each in self.all)
