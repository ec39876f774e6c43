"""Crontab lines are recognised, refused, and told as the rule that they mean.

They are refused because 1 is Monday in cron and Tuesday in other readers of the same line (apscheduler
#286), and because a day of the month beside a day of the week means « or » there and « and » elsewhere.
"""

from __future__ import annotations

import re
from datetime import time

from newsletter.errors import UsageError
from newsletter.language import _, current
from newsletter.schedule.rule import Frequency, Rule, Weekday
from newsletter.schedule.telling import tell

_LINE = re.compile(r"(?:[\d*][\d*/,\-]*\s+){3}[\w*/,\-?]+\s+[\w*/,\-#?]+")
_NAMED = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0"}
_NAMED |= {"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def refuse_crontab(text: str) -> None:
    """Raise UsageError when `text` is a crontab line; the hint is the rule in words, where there is one."""
    line = text.strip().lower()
    if line not in _NAMED and not _LINE.fullmatch(line):
        return
    advice = _advice(_NAMED.get(line, line))
    hint = _("Write the rule in words: {rule}") if advice else _("Write it in words: first Tuesday of January at 09:00")
    raise UsageError(_("Crontab lines are not used for rules."), hint=hint.format(rule=advice))


def _advice(line: str) -> str | None:
    """Return the rule in words that a crontab line means, or None when it has none."""
    try:
        rule = _rule(line.split())
    except ValueError:
        return None
    return tell(rule, current()) if rule else None


def _rule(fields: list[str]) -> Rule | None:
    minutes, hours = _numbers(fields[0], range(60)), _numbers(fields[1], range(24))
    days, months = _numbers(fields[2], range(1, 32)), _numbers(fields[3], range(1, 13), _MONTHS)
    weekdays = sorted({day % 7 for day in _numbers(fields[4], range(8), _DAYS)})
    if (days and weekdays) or not minutes or not hours:
        return None
    return Rule(
        frequency=Frequency.MONTHLY if days or (weekdays and months) else _frequency(weekdays),
        times=tuple(time(hour, minute) for hour in hours for minute in minutes),
        months=tuple(months),
        monthdays=tuple(days),
        weekdays=tuple(sorted(Weekday(day=(day - 1) % 7) for day in weekdays)),
    )


def _frequency(weekdays: list[int]) -> Frequency:
    return Frequency.WEEKLY if weekdays else Frequency.DAILY


def _numbers(field: str, allowed: range, names: tuple[str, ...] = ()) -> list[int]:
    """Return the numbers that a field lists; empty for `*`. Raises ValueError for what can not be told in words."""
    if field in ("*", "?"):
        return []
    found: set[int] = set()
    for item in field.split(","):
        span, _slash, step = item.partition("/")
        found.update(_span(span, allowed, names)[:: int(step or 1)])
    return sorted(found)


def _span(span: str, allowed: range, names: tuple[str, ...]) -> list[int]:
    if span == "*":
        return list(allowed)
    first, _dash, last = span.partition("-")
    begin = _number(first, allowed, names)
    return list(range(begin, _number(last, allowed, names) + 1)) if last else [begin]


def _number(text: str, allowed: range, names: tuple[str, ...]) -> int:
    number = names.index(text) + allowed.start if text in names else int(text)
    if number not in allowed:
        raise ValueError(text)
    return number
