"""Wall times become instants, in every zone and on both days a year when clocks change.

A time that does not exist (clocks go forward) is put off by as much as the clock jumps; a time that
comes twice (clocks go back) means the first. What an occurrence *is* remains its wall time: when a
country changes its clocks, the instant moves and the identity stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import dropwhile
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsletter.errors import UsageError
from newsletter.language import _, nearest
from newsletter.schedule.rule import Rule
from newsletter.schedule.walls import walls

#: no jump of any clock was longer (Samoa left out a whole day in 2011)
_LONGEST_JUMP = timedelta(days=2)


class Shift(StrEnum):
    """What the clocks do to a wall time."""

    NONE = "none"
    #: it does not exist that day
    GAP = "gap"
    #: it comes twice that day
    FOLD = "fold"


class Occurrence(NamedTuple):
    """One time of a rule: `local` is naive and its identity, `utc` is aware."""

    local: datetime
    utc: datetime


def zone_named(name: str) -> ZoneInfo:
    """Return the zone of that IANA name; raise UsageError, with the nearest name, when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise UsageError(_("There is no time zone “{name}”.").format(name=name), hint=_near(name))


def _near(name: str) -> str:
    from zoneinfo import available_timezones  # reads 600 files' names: only for the hint

    near = nearest(name, available_timezones())
    if near:
        return _("Did you mean “{near}”?").format(near=near)
    return _("Give a name of the IANA list, such as America/Toronto.")


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a naive wall time, in UTC: a gap is jumped over, of two the first is taken."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall_of(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock on the wall shows at that instant, naive."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def shift(wall: datetime, zone: ZoneInfo) -> Shift:
    """Tell what the clocks do to a wall time."""
    first = wall.replace(tzinfo=zone, fold=0)
    second = wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return Shift.NONE
    return Shift.FOLD if wall_of(first.astimezone(UTC), zone) == wall else Shift.GAP


def occurrences(rule: Rule, since: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    """Yield the rule's times at or after the naive wall time `since`; instants strictly ascend.

    A time that the clock jumps over may fall behind later ones, and then comes after them; when it falls
    on one of them, that one stands and it is dropped: no two are ever equal.
    """
    for occurrence in _in_order(rule, since, zone):
        if rule.until is not None and rule.until.tzinfo is not None and occurrence.utc > rule.until:
            return
        yield occurrence


def _in_order(rule: Rule, since: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    put_off: list[Occurrence] = []
    for wall in walls(rule, since):
        here = Occurrence(wall, instant(wall, zone))
        if wall_of(here.utc, zone) != wall:
            put_off.append(here)
            continue
        while put_off and put_off[0].utc < here.utc:
            yield put_off.pop(0)
        if put_off and put_off[0].utc == here.utc:
            put_off.pop(0)
        yield here
    yield from put_off


def following(rule: Rule, after: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    """Yield the rule's times whose instant is later than the aware `after`."""
    since = wall_of(after, zone) - _LONGEST_JUMP
    return dropwhile(lambda occurrence: occurrence.utc <= after, occurrences(rule, since, zone))
