"""A rule's wall times in order: calendar arithmetic on a calendar that knows no daylight saving.

Done here because the clock library's cron trigger, given a zone, fires 01:30 twice when clocks go back,
fires at times that do not exist when they go forward, and skips whole days after (apscheduler #529, #606,
#1059), and because it can not count « every two weeks ».
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, date, datetime, timedelta
from itertools import islice

from newsletter.schedule.rule import Frequency, Rule, Weekday

#: the Gregorian calendar repeats after 400 years: a rule without a time by then never has one
CYCLE_YEARS = 400
#: what is given when a rule has no anchor and the caller no beginning
_FIRST = date(2000, 1, 1)


def walls(rule: Rule, since: datetime) -> Iterator[datetime]:
    """Yield the rule's wall times at or after `since` (naive), ascending; it ends at `until`, `count`, or 400 years."""
    begin = _beginning(rule, since)
    times = _periods(rule, begin)
    if rule.count is not None:
        times = islice(times, rule.count)
    for wall in times:
        if rule.until is not None and rule.until.tzinfo is None and wall > rule.until:
            return
        if wall >= since:
            yield wall


def ever_comes(rule: Rule) -> bool:
    """Tell whether the rule has a time at all: the 30th of February has none."""
    begin = datetime.combine(rule.anchor or _FIRST, datetime.min.time())
    return next(walls(rule, begin), None) is not None


def _beginning(rule: Rule, since: datetime) -> date:
    """Return the day to start reckoning from: a count can only be reckoned from the anchor."""
    if rule.anchor is None:
        return since.date()
    if rule.count is not None:
        return rule.anchor
    return max(rule.anchor, since.date())


def _periods(rule: Rule, begin: date) -> Iterator[datetime]:
    """Yield the times of each period from the one that holds `begin`, nothing before the anchor."""
    first = _number(rule, rule.anchor or begin)
    number = first + -(-(_number(rule, begin) - first) // rule.interval) * rule.interval
    last_year = min(begin.year + CYCLE_YEARS, MAXYEAR - 1)
    while True:
        days = _days(rule, number)
        if days[0].year > last_year:
            return
        for wall in _times(rule, days):
            if rule.anchor is None or wall.date() >= rule.anchor:
                yield wall
        number += rule.interval


def _times(rule: Rule, days: list[date]) -> list[datetime]:
    chosen = [datetime.combine(day, at) for day in days if _is_meant(rule, day) for at in rule.times]
    if not rule.positions:
        return chosen
    found = {position if position < 0 else position - 1 for position in rule.positions}
    return sorted({chosen[index] for index in found if -len(chosen) <= index < len(chosen)})


def _number(rule: Rule, day: date) -> int:
    """Number the period that holds `day`, so that an interval is a difference."""
    match rule.frequency:
        case Frequency.DAILY:
            return day.toordinal()
        case Frequency.WEEKLY:
            return (day.toordinal() - 1 - rule.week_start) // 7
        case Frequency.MONTHLY:
            return day.year * 12 + day.month - 1
        case Frequency.YEARLY:
            return day.year


def _days(rule: Rule, number: int) -> list[date]:
    """List the days of the period with that number."""
    match rule.frequency:
        case Frequency.DAILY:
            return [date.fromordinal(number)]
        case Frequency.WEEKLY:
            return _from(date.fromordinal(number * 7 + 1 + rule.week_start), 7)
        case Frequency.MONTHLY:
            year, month = divmod(number, 12)
            return _from(date(year, month + 1, 1), monthrange(year, month + 1)[1])
        case Frequency.YEARLY:
            return _from(date(number, 1, 1), _length_of_year(number))


def _from(first: date, count: int) -> list[date]:
    return [first + timedelta(days=days) for days in range(count)]


def _length_of_year(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _is_meant(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.monthdays and not _is_monthday(rule, day):
        return False
    return not rule.weekdays or any(_is_weekday(rule, day, wanted) for wanted in rule.weekdays)


def _is_monthday(rule: Rule, day: date) -> bool:
    from_the_end = day.day - monthrange(day.year, day.month)[1] - 1
    return day.day in rule.monthdays or from_the_end in rule.monthdays


def _is_weekday(rule: Rule, day: date, wanted: Weekday) -> bool:
    if day.weekday() != wanted.day:
        return False
    if wanted.nth == 0:
        return True
    index, length = _within(rule, day)
    return wanted.nth == (index // 7 + 1 if wanted.nth > 0 else -((length - 1 - index) // 7 + 1))


def _within(rule: Rule, day: date) -> tuple[int, int]:
    """Return the day's index and the length of what « the first Tuesday » counts in: the month, or the year.

    In a yearly rule without months it is the year (RFC 5545, 3.3.10: BYDAY).
    """
    if rule.frequency is Frequency.YEARLY and not rule.months:
        return day.timetuple().tm_yday - 1, _length_of_year(day.year)
    return day.day - 1, monthrange(day.year, day.month)[1]
