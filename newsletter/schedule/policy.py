"""When a due send may go: quiet hours and blackout days move it, and too late asks a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from newsletter.config import Config
from newsletter.errors import ConfigError
from newsletter.language import _
from newsletter.schedule.duration import parse_duration
from newsletter.schedule.wallclock import instant, wall_of, zone_named


class Why(StrEnum):
    """Why a send was moved."""

    QUIET = "quiet"
    BLACKOUT = "blackout"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The project's rules about time, in its own zone."""

    zone: ZoneInfo
    #: how late a due send may still go without asking
    late_limit: timedelta = timedelta(hours=6)
    #: nothing goes from the first time to the second, over midnight when the second is earlier
    quiet: tuple[time, time] | None = None
    #: nothing goes on these days
    blackout: frozenset[date] = frozenset()

    def moved(self, at: datetime) -> tuple[datetime, Why | None]:
        """Return when a send planned for the aware `at` may go, and why later; `at` when nothing is against it."""
        reason = None
        for later, why in self._moves(at):
            at, reason = later, reason or why
        return at, reason

    def _moves(self, at: datetime) -> Iterator[tuple[datetime, Why]]:
        """Yield each step on: to the end of quiet hours, to the same time on the next day."""
        while True:
            wall = wall_of(at, self.zone)
            if wall.date() in self.blackout:
                # from the planned time of day on the next day: quiet hours are looked at anew there
                at, why = self._at_least(wall + timedelta(days=1), at), Why.BLACKOUT
            elif (end := self._quiet_until(wall)) is not None:
                at, why = self._at_least(end, at), Why.QUIET
            else:
                return
            yield at, why

    def _at_least(self, wall: datetime, after: datetime) -> datetime:
        """Return the instant of a wall time, and never one that is not later: clocks may go back in between."""
        found = instant(wall, self.zone)
        return found if found > after else after + timedelta(hours=1)

    def _quiet_until(self, wall: datetime) -> datetime | None:
        if self.quiet is None or self.quiet[0] == self.quiet[1]:
            return None
        begin, end = self.quiet
        now = wall.time()
        if begin < end:
            return datetime.combine(wall.date(), end) if begin <= now < end else None
        if now >= begin:
            return datetime.combine(wall.date() + timedelta(days=1), end)
        return datetime.combine(wall.date(), end) if now < end else None


def policy_of(config: Config) -> Policy:
    """Make the policy from the configuration, which has checked the forms."""
    return Policy(
        zone=zone_named(config.site.tz),
        late_limit=parse_duration(config.schedule.late_limit),
        quiet=_quiet_hours(config.transport.quiet_hours),
        blackout=frozenset(date.fromisoformat(day) for day in config.schedule.blackout),
    )


def _quiet_hours(text: str) -> tuple[time, time] | None:
    if not text:
        return None
    begin, _dash, end = text.partition("-")
    try:
        return time.fromisoformat(begin), time.fromisoformat(end)
    except ValueError:
        raise ConfigError(
            _("The quiet hours “{text}” are not two times.").format(text=text),
            hint=_("For example: 22:00-07:00"),
        ) from None
