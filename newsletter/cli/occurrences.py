"""The next times of a rule as the command line shows them, with what clocks and the project's own rules do to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from newsletter.language import current
from newsletter.schedule.moment import Moment
from newsletter.schedule.recurrence import describe, parse_rule
from newsletter.schedule.saying import say_move, say_shift, say_wall
from newsletter.schedule.wallclock import Occurrence, occurrences, shift, wall_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from newsletter.schedule.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A rule and its next times; `policy` is None where there is no project."""

    #: of a series; empty for a rule that was given
    name: str
    rule: str
    zone: ZoneInfo
    found: tuple[Occurrence, ...]
    policy: Policy | None

    def as_object(self) -> dict[str, object]:
        """Return it as JSON shows it: wall times and instants of the rule, and notes beside them."""
        noted = [(each, note) for each in self.found for note in self._notes(each)]
        return {
            **({"name": self.name} if self.name else {}),
            "rule": self.rule,
            "zone": self.zone.key,
            "occurrences": [
                {"local": each.local.isoformat(), "utc": f"{each.utc:%Y-%m-%dT%H:%M:%SZ}"} for each in self.found
            ],
            "notes": [{"local": each.local.isoformat(), "text": note} for each, note in noted],
        }

    def lines(self) -> Iterator[str]:
        """Return it in words."""
        yield f"{self.name}  {self.rule} ({self.zone.key})".strip()
        for each in self.found:
            yield f"  {say_wall(each.local)}  ({each.utc:%Y-%m-%d %H:%M} UTC)"
            yield from (f"      {note}" for note in self._notes(each))

    def _notes(self, occurrence: Occurrence) -> list[str]:
        local, utc = occurrence
        notes = [say_shift(Moment(local=local, utc=utc, zone=self.zone, shift=shift(local, self.zone)))]
        if self.policy is not None:
            later, why = self.policy.moved(utc)
            notes.append(say_move(why, wall_of(later, self.zone)) if why else "")
        return [note for note in notes if note]


def preview_of(
    text: str, zone: ZoneInfo, since: datetime, *, count: int, name: str = "", policy: Policy | None = None
) -> Preview:
    """Read a rule and look at its next times from a wall time; raises UsageError for what is no rule."""
    rule = parse_rule(text, anchor=since.date())
    found = tuple(islice(occurrences(rule, since, zone), count))
    return Preview(name=name, rule=describe(rule, current()), zone=zone, found=found, policy=policy)
