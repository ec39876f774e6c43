"""A recurrence as a value: what RFC 5545's RRULE can say of days and times, and no more often than daily.

A rule knows no time zone: it speaks of wall times, as a person does. `walls` lists them, `wallclock`
turns them into instants.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum


class Frequency(StrEnum):
    """The period that a rule's days are looked for in (RFC 5545, 3.3.10: FREQ)."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Weekday:
    """A day of the week, 0 = Monday; `nth` counts within the month or year, from the end when negative."""

    #: 0: each of them
    nth: int = 0
    day: int


#: Monday to Friday
WORKING_DAYS = tuple(Weekday(day=day) for day in range(5))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When something recurs, in wall time. Empty tuples do not restrict; tuples are sorted and without doubles.

    A day that a month does not have is skipped, never moved: the 31st comes seven times a year
    (RFC 5545, 3.3.10: invalid dates are ignored). « The last day of each month » comes twelve times.
    """

    frequency: Frequency
    times: tuple[time, ...]
    interval: int = 1
    months: tuple[int, ...] = ()
    #: negative counts from the end: -1 is the last day
    monthdays: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    #: BYSETPOS: of all the period's times, only these
    positions: tuple[int, ...] = ()
    #: nothing before this day; an interval above 1 and a count are reckoned from it
    anchor: date | None = None
    #: nothing after: aware is an instant, naive is wall time
    until: datetime | None = None
    count: int | None = None
    #: the day a week begins with, 0 = Monday: it matters every second week
    week_start: int = 0

    @property
    def needs_anchor(self) -> bool:
        """Tell whether the rule means nothing without a first day."""
        return self.interval > 1 or self.count is not None
