"""RFC 5545's RRULE becomes a Rule and back: the notation that calendars exchange.

A day taken for granted is written out: `FREQ=WEEKLY` after a start on a Thursday is every Thursday.
Accepted: FREQ from DAILY to YEARLY with INTERVAL, COUNT, UNTIL, WKST, BYMONTH, BYMONTHDAY, BYDAY, BYHOUR,
BYMINUTE and BYSETPOS, with or without `RRULE:`, and a `DTSTART:` before it. Refused with a reason: what
recurs within a day, BYSECOND other than 0, BYYEARDAY and BYWEEKNO.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TypeVar

from newsletter.errors import UsageError
from newsletter.language import _, nearest
from newsletter.schedule.rule import Frequency, Rule, Weekday

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset(
    (
        *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"),
        *("BYMONTH", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS"),
    )
)
_REFUSED = frozenset(("BYYEARDAY", "BYWEEKNO"))
_START = re.compile(r"^DTSTART(;[^:]*)?:(\d{8})(T(\d{6}))?\s+", re.IGNORECASE)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")

_Item = TypeVar("_Item")


def looks_like_rrule(text: str) -> bool:
    """Tell whether a rule is meant as RRULE and not as words."""
    return bool(re.search(r"\bFREQ\s*=", text, re.IGNORECASE)) or text.strip().upper().startswith("RRULE:")


def read_rrule(text: str) -> Rule:
    """Read `FREQ=MONTHLY;BYMONTH=1,4,7,10;BYDAY=1TU;BYHOUR=9;BYMINUTE=0`; raises UsageError with what is wrong."""
    start, rest = _start(text.strip())
    parts = _parts(rest.upper().removeprefix("RRULE:"))
    return _normal(_with_days(_rule(parts, start)))


def to_rrule(rule: Rule) -> str:
    """Write a rule as RRULE, after its DTSTART when it has a first day."""
    parts = [f"FREQ={rule.frequency}"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    parts += [f"{name}={','.join(map(str, values))}" for name, values in _lists(rule) if values]
    if rule.until is not None:
        parts.append(f"UNTIL={_until_text(rule.until)}")
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.week_start:
        parts.append(f"WKST={_DAYS[rule.week_start]}")
    start = f"DTSTART:{rule.anchor:%Y%m%d}\nRRULE:" if rule.anchor else ""
    return start + ";".join(parts)


def _lists(rule: Rule) -> list[tuple[str, list[int] | list[str]]]:
    return [
        ("BYMONTH", list(rule.months)),
        ("BYMONTHDAY", list(rule.monthdays)),
        ("BYDAY", [f"{day.nth or ''}{_DAYS[day.day]}" for day in rule.weekdays]),
        ("BYHOUR", sorted({at.hour for at in rule.times})),
        ("BYMINUTE", sorted({at.minute for at in rule.times})),
        ("BYSETPOS", list(rule.positions)),
    ]


def _until_text(until: datetime) -> str:
    if until.tzinfo is not None:
        return f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{until:%Y%m%d}" if until.time() == time.max else f"{until:%Y%m%dT%H%M%S}"


def _start(text: str) -> tuple[datetime | date | None, str]:
    found = _START.match(text)
    if found is None:
        return None, text
    day, clock = found[2], found[4]
    start = _moment(day, clock) if clock else _moment(day, "000000").date()
    return start, text[found.end() :]


def _moment(day: str, clock: str) -> datetime:
    try:
        return datetime.strptime(day + clock, "%Y%m%d%H%M%S")  # noqa: DTZ007 - wall time
    except ValueError:
        raise UsageError(_("There is no “{what}”.").format(what=f"{day}T{clock}")) from None


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, _equals, value = (piece.strip() for piece in part.partition("="))
        if name in _REFUSED:
            raise UsageError(
                _("{name} is not supported in a rule.").format(name=name), hint=_("Name months and days instead.")
            )
        if name not in _KNOWN:
            raise UsageError(_("The rule's part “{name}” is not known.").format(name=name), hint=_near(name))
        if name in found:
            raise UsageError(_("The rule names {name} twice.").format(name=name))
        found[name] = value
    return found


def _near(name: str) -> str | None:
    near = nearest(name, _KNOWN)
    return _("Did you mean “{near}”?").format(near=near) if near else None


def _rule(parts: Mapping[str, str], start: datetime | date | None) -> Rule:
    return Rule(
        frequency=_frequency(parts),
        times=_times(parts, start),
        interval=_one(parts, "INTERVAL", range(1, 10_000)) or 1,
        months=_numbers(parts, "BYMONTH", range(1, 13)),
        monthdays=_numbers(parts, "BYMONTHDAY", range(-31, 32)),
        weekdays=_weekdays(parts),
        positions=_numbers(parts, "BYSETPOS", range(-366, 367)),
        anchor=start.date() if isinstance(start, datetime) else start,
        until=_until(parts),
        count=_one(parts, "COUNT", range(1, 100_000)),
        week_start=_week_start(parts),
    )


def _frequency(parts: Mapping[str, str]) -> Frequency:
    wanted = parts.get("FREQ", "")
    if wanted in Frequency.__members__:
        return Frequency(wanted)
    raise UsageError(
        _("FREQ={value} is not for mail.").format(value=wanted) if wanted else _("The rule has no FREQ."),
        hint=_("Use DAILY, WEEKLY, MONTHLY or YEARLY."),
    )


def _times(parts: Mapping[str, str], start: datetime | date | None) -> tuple[time, ...]:
    begin = start.time() if isinstance(start, datetime) else None
    hours = _numbers(parts, "BYHOUR", range(24)) or ((begin.hour,) if begin else ())
    minutes = _numbers(parts, "BYMINUTE", range(60)) or (begin.minute if begin else 0,)
    if _numbers(parts, "BYSECOND", range(60)) not in ((), (0,)):
        raise UsageError(_("A rule is exact to the minute; leave out BYSECOND."))
    if not hours:
        raise UsageError(_("The rule does not say at what time."), hint=_("Add for example: ;BYHOUR=9;BYMINUTE=0"))
    return tuple(time(hour, minute) for hour in hours for minute in minutes)


def _one(parts: Mapping[str, str], name: str, allowed: range) -> int | None:
    found = _numbers(parts, name, allowed)
    if len(found) > 1:
        raise _wrong(name, parts[name])
    return found[0] if found else None


def _numbers(parts: Mapping[str, str], name: str, allowed: range) -> tuple[int, ...]:
    def number(text: str) -> int:
        found = int(text)
        if found not in allowed or (found == 0 and allowed.start < 0):
            raise ValueError(text)
        return found

    return tuple(sorted(set(_items(parts, name, number))))


def _weekdays(parts: Mapping[str, str]) -> tuple[Weekday, ...]:
    return tuple(sorted(set(_items(parts, "BYDAY", _weekday))))


def _weekday(text: str) -> Weekday:
    nth = int(text[:-2] or 0)
    if abs(nth) > 53 or (text[:-2] and nth == 0):
        raise ValueError(text)
    return Weekday(nth=nth, day=_DAYS.index(text[-2:]))


def _items(parts: Mapping[str, str], name: str, read: Callable[[str], _Item]) -> list[_Item]:
    text = parts.get(name)
    if text is None:
        return []
    try:
        return [read(item.strip()) for item in text.split(",")]
    except ValueError:
        raise _wrong(name, text) from None


def _wrong(name: str, value: str) -> UsageError:
    return UsageError(_("{name}={value} is not right.").format(name=name, value=value))


def _week_start(parts: Mapping[str, str]) -> int:
    wanted = parts.get("WKST", "MO")
    if wanted not in _DAYS:
        raise _wrong("WKST", wanted)
    return _DAYS.index(wanted)


def _until(parts: Mapping[str, str]) -> datetime | None:
    text = parts.get("UNTIL")
    if text is None:
        return None
    found = _UNTIL.fullmatch(text)
    if found is None:
        raise _wrong("UNTIL", text)
    if not found[2]:
        return datetime.combine(_moment(found[1], "000000").date(), time.max)
    until = _moment(found[1], found[2])
    return until.replace(tzinfo=UTC) if found[3] else until


def _with_days(rule: Rule) -> Rule:
    """Take days that are missing from the start (RFC 5545, 3.3.10: information not in the rule comes from DTSTART)."""
    if rule.frequency is Frequency.DAILY or rule.weekdays or rule.monthdays:
        return rule
    if rule.anchor is None:
        raise UsageError(
            _("The rule does not say on which days."), hint=_("Add BYDAY or BYMONTHDAY, or a DTSTART before it.")
        )
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, weekdays=(Weekday(day=rule.anchor.weekday()),))
    months = (rule.anchor.month,) if rule.frequency is Frequency.YEARLY and not rule.months else rule.months
    return replace(rule, monthdays=(rule.anchor.day,), months=months)


def _normal(rule: Rule) -> Rule:
    """Write the same times in the one way that words are known for, and refuse what the RFC does."""
    if any(day.nth for day in rule.weekdays) and rule.frequency in (Frequency.DAILY, Frequency.WEEKLY):
        raise UsageError(_("Only a month or a year has a first Monday."), hint=_("Use FREQ=MONTHLY."))
    if rule.monthdays and rule.frequency is Frequency.WEEKLY:
        raise UsageError(_("A weekly rule has no days of the month."), hint=_("Use FREQ=MONTHLY."))
    if rule.frequency is not Frequency.WEEKLY or rule.interval == 1:
        rule = replace(rule, week_start=0)
    if rule.interval > 1 or rule.positions:
        return rule
    return replace(rule, frequency=_simplest(rule))


def _simplest(rule: Rule) -> Frequency:
    counted = any(day.nth for day in rule.weekdays)
    if rule.weekdays and not (counted or rule.months or rule.monthdays):
        return Frequency.WEEKLY
    if rule.frequency is Frequency.YEARLY and (rule.months or not counted):
        return Frequency.MONTHLY
    return rule.frequency
