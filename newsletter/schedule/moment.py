"""One moment as a person gives it, `2026-12-01 09:00`, perhaps with seconds or an offset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.errors import RefusedError, UsageError
from newsletter.language import _
from newsletter.schedule.wallclock import Shift, instant, shift, wall_of

#: starting a command may take that long: two seconds ahead is two seconds ahead, also on a busy machine
STARTING = timedelta(seconds=10)
#: years that clocks and calendars can be reckoned in, with room on both sides
YEARS = range(1900, 9000)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A wall time in a zone, its instant, and what the clocks did to it."""

    #: naive: the identity
    local: datetime
    #: aware, in UTC
    utc: datetime
    zone: ZoneInfo
    shift: Shift = Shift.NONE

    @property
    def shown(self) -> datetime:
        """What a clock on the wall shows when it comes: later than `local` when that was jumped over."""
        return wall_of(self.utc, self.zone)


def parse_moment(text: str, zone: ZoneInfo) -> Moment:
    """Read a date and time; without an offset it is wall time in `zone`. Raises UsageError for anything else."""
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        given = None
    if given is None or not _has_time(text) or given.year not in YEARS:
        raise UsageError(
            _("“{text}” is not a date and time.").format(text=text), hint=_("For example: 2026-12-01 09:00")
        )
    return _moment(given.replace(microsecond=0), zone)


def future_moment(text: str, zone: ZoneInfo, *, now: datetime) -> Moment:
    """Read a moment that is still to come; raises RefusedError for one that is past: it is never sent at once."""
    moment = parse_moment(text, zone)
    if moment.utc <= now - STARTING:
        raise RefusedError(
            _("{moment} is past: nothing was scheduled.").format(moment=f"{moment.local:%Y-%m-%d %H:%M}"),
            hint=_("Give a time to come; to send now, use newsletter send."),
            page_hint=_("Give a time to come."),
        )
    return moment


def _has_time(text: str) -> bool:
    """Tell whether a time was given: a bare date would mean midnight, which nobody meant."""
    return ":" in text


def _moment(given: datetime, zone: ZoneInfo) -> Moment:
    try:
        if given.tzinfo is not None:
            # an offset names the instant: of a time that comes twice it can be the second
            return Moment(local=wall_of(given, zone), utc=given.astimezone(UTC), zone=zone)
        return Moment(local=given, utc=instant(given, zone), zone=zone, shift=shift(given, zone))
    except OverflowError:
        raise UsageError(_("“{text}” is not a date and time.").format(text=given)) from None
