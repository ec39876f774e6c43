"""A letter for providers that fill in values themselves: texts with tags, and each reader's values.

Readers of whom the same conditions hold share one text. Each slot has a tag of its own, whose value is
already escaped for where it stands: providers do not escape.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.edition.segments import Choice, Given, Literal, Segments, Slot
from newsletter.message.encode import safe_text
from newsletter.message.fields import Conditions, Fields, compile_fields

if TYPE_CHECKING:
    from newsletter.edition.edition import Edition
    from newsletter.issue.document import Condition

Values = Mapping[str, object]
#: which conditions hold, in their order
Outcome = tuple[bool, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """What readers of one outcome share; tags stand where values differ."""

    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class Pattern:
    """The texts of an edition with tags in the place of slots."""

    edition: Edition = field(repr=False)
    #: of the subject
    prefix: str = ""

    def outcome(self, values: Values) -> Outcome:
        """Say which conditions hold for a reader."""
        return self._conditions.truths(values)

    def filled(self, values: Values) -> list[str]:
        """Return the value of each of `tags` for a reader."""
        return self._fields.texts(values)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """What stands in the place of each slot."""
        return tuple(self._tags.values())

    def texts(self, outcome: Outcome) -> Texts:
        """Return what the readers of one outcome share."""
        true = {condition for condition, truth in zip(self._conditions.all, outcome, strict=True) if truth}
        subject = "".join(self._written(self.edition.subject, true))
        return Texts(
            subject=safe_text(self.prefix + subject),
            html="".join(self._written(self.edition.html_segments, true)),
            text="".join(self._written(self.edition.text_segments, true)),
        )

    @property
    def _parts(self) -> tuple[Segments, ...]:
        return self.edition.subject, self.edition.html_segments, self.edition.text_segments

    @cached_property
    def _conditions(self) -> Conditions:
        found = dict.fromkeys(part.condition for part in self._all() if isinstance(part, Choice))
        return Conditions(all=tuple(found))

    @cached_property
    def _tags(self) -> dict[Slot, str]:
        """Number the slots; a tag occurs nowhere in the edition and is the beginning of no other."""
        stem = self._stem()
        slots = dict.fromkeys(part for part in self._all() if isinstance(part, Slot))
        return {slot: f"-{stem}{number}-" for number, slot in enumerate(slots)}

    @cached_property
    def _fields(self) -> Fields:
        return compile_fields(self._tags)

    def _stem(self) -> str:
        """Return a word that no literal holds, the same for the same edition."""
        literals = "".join(part.text for part in self._all() if isinstance(part, Literal))
        attempt = 0
        while True:
            stem = hashlib.sha256(f"{attempt} {self.edition.digest} {literals}".encode()).hexdigest()[:10] + "n"
            if stem not in literals:
                return stem
            attempt += 1

    def _all(self) -> Iterator[Literal | Slot | Choice]:
        for part in self._parts:
            yield from _walk(part)

    def _written(self, segments: Segments, true: set[Condition | Given]) -> Iterator[str]:
        for part in segments:
            if isinstance(part, Literal):
                yield part.text
            elif isinstance(part, Slot):
                yield self._tags[part]
            elif part.condition in true:
                yield from self._written(part.inner, true)


def _walk(segments: Segments) -> Iterator[Literal | Slot | Choice]:
    for part in segments:
        yield part
        if isinstance(part, Choice):
            yield from _walk(part.inner)
