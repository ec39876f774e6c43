"""A rule in words, French or English, becomes a Rule; what is missing or ambiguous is said, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.schedule.rule import WORKING_DAYS, Frequency, Rule, Weekday
from newsletter.schedule.tokens import Kind, Token, tokens
from newsletter.schedule.words import Unit, Word

_FREQUENCIES = {
    Unit.DAY: Frequency.DAILY,
    Unit.WEEK: Frequency.WEEKLY,
    Unit.MONTH: Frequency.MONTHLY,
    Unit.QUARTER: Frequency.MONTHLY,
    Unit.YEAR: Frequency.YEARLY,
}


@dataclass(kw_only=True)
class _Heard:
    """What was said so far, piece by piece."""

    times: list[time] = field(default_factory=list)
    months: list[int] = field(default_factory=list)
    monthdays: list[int] = field(default_factory=list)
    weekdays: list[Weekday] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    unit: Unit | None = None
    interval: int = 1
    anchor: date | None = None
    until: datetime | None = None
    count: int | None = None
    #: « every second Tuesday »: two weeks apart, when no month is named
    every_second: bool = False
    #: a day of the week that « to » goes on from
    since_day: int | None = None
    #: numbers and ordinals whose noun has not come yet: « first and third … »
    pending: list[int] = field(default_factory=list)
    #: days of a month as said last: « 15 january and 15 july » says them twice
    said_days: list[int] = field(default_factory=list)


def read(text: str) -> Rule:
    """Read a rule such as `first tuesday of january, april at 09:00` or `le 1er de chaque mois à 8 h`.

    Raises UsageError for what is not known, missing, or could be understood in two ways.
    """
    heard = _Heard()
    said = [token for token in tokens(text) if not token.is_(Word.FILLER)]
    at = 0
    while at < len(said):
        at = _clause(heard, said, at)
    _flush(heard)
    return _rule(heard)


def _clause(heard: _Heard, said: list[Token], at: int) -> int:
    """Take in the clause that begins at `at`; return where the next begins."""
    token = said[at]
    if token.is_(Word.AT):
        return _take_times(heard, said, at + 1)
    if token.is_(Word.FROM) and at + 1 < len(said) and said[at + 1].is_(Word.WEEKDAY) and _is_range(said, at + 1):
        return at + 1
    if token.is_(Word.FROM, Word.UNTIL):
        return _take_bound(heard, said, at)
    _take_day(heard, said, at)
    return at + 1


def _take_times(heard: _Heard, said: list[Token], at: int) -> int:
    if at >= len(said) or (hour := _hour(said[at])) is None:
        raise _no_time()
    heard.times.append(hour)
    at += 1
    while at + 1 < len(said) and said[at].is_(Word.AND) and _is_bare_hour(said, at + 1):
        heard.times.append(time(int(str(said[at + 1].value))))
        at += 2
    return at


def _is_bare_hour(said: list[Token], at: int) -> bool:
    """Tell whether « at 9 and 17 » names an hour: nothing that would make a day of it comes after."""
    ends = at + 1 == len(said) or said[at + 1].is_(Word.AND)
    return ends and said[at].is_(Word.NUMBER) and _hour(said[at]) is not None


def _is_range(said: list[Token], at: int) -> bool:
    return at + 2 < len(said) and said[at + 1].is_(Word.TO) and said[at + 2].is_(Word.WEEKDAY)


def _hour(token: Token) -> time | None:
    """Return the time that a token means after « at »: 09:00, noon, or a bare hour."""
    if isinstance(token.value, time):
        return token.value
    if token.is_(Word.CLOCK) and isinstance(token.value, int):
        return _clock(token.value)
    if token.is_(Word.NUMBER) and isinstance(token.value, int) and token.value < 24:
        return time(token.value)
    return None


def _clock(minutes: int) -> time:
    return time(*divmod(minutes, 60))


def _take_bound(heard: _Heard, said: list[Token], at: int) -> int:
    ahead = at + 1
    while ahead < len(said) and said[ahead].is_(Word.OF):
        ahead += 1
    bound = said[ahead].value if ahead < len(said) else None
    if not isinstance(bound, date):
        raise UsageError(
            _("After “{word}” a date with its year is wanted.").format(word=said[at].text),
            hint=_("For example: from 2026-01-08"),
        )
    if said[at].is_(Word.FROM):
        heard.anchor = bound
    else:
        heard.until = datetime.combine(bound, time.max)
    return ahead + 1


def _take_day(heard: _Heard, said: list[Token], at: int) -> None:
    """Take in one token that says days."""
    token, value = said[at], said[at].value
    match token.kind, token.word:
        case Kind.TIME, _word:
            assert isinstance(value, time)
            heard.times.append(value)
        case Kind.DATE, _word:
            raise UsageError(_("A rule recurs; for one date, use --at."))
        case Kind.COUNT, _word:
            heard.count = int(str(value))
        case _kind, Word.NUMBER | Word.ORDINAL:
            heard.pending.append(int(str(value)))
        case _kind, Word.WEEKDAY | Word.WORKING_DAY | Word.WEEKEND:
            heard.every_second |= _is_every_second(said, at)
            _take_weekday(heard, token)
            heard.since_day = int(str(value)) if _is_range(said, at) else None
        case _kind, Word.MONTH:
            _take_month(heard, int(str(value)))
        case _kind, Word.UNIT | Word.ADVERB:
            _take_unit(heard, Unit(str(value)), every=_follows_every(said, at))
        case _kind, Word.OTHER:
            heard.interval = 2
        case _kind, Word.CLOCK:
            heard.times.append(_clock(int(str(value))))
        case _:
            return


def _follows_every(said: list[Token], at: int) -> bool:
    """Tell whether the unit at `at` is counted: « every 2 weeks », « every second week »."""
    return at >= 2 and said[at - 2].is_(Word.EVERY) and said[at - 1].is_(Word.NUMBER, Word.ORDINAL)


def _take_unit(heard: _Heard, unit: Unit, *, every: bool) -> None:
    if every:
        heard.interval = heard.pending.pop()
        heard.unit = unit
    elif unit is Unit.DAY and heard.pending:
        _flush(heard)
    elif heard.interval == 1 or heard.unit is None:
        heard.unit = unit


def _is_every_second(said: list[Token], at: int) -> bool:
    """Tell whether « every second Tuesday » was said, which is every other one."""
    second = said[at - 1].text in ("second", "2nd") if at else False
    return second and at >= 2 and said[at - 2].is_(Word.EVERY)


def _take_weekday(heard: _Heard, token: Token) -> None:
    if heard.since_day is not None and token.is_(Word.WEEKDAY) and not heard.pending:
        last = int(str(token.value))
        heard.weekdays.extend(
            Weekday(day=(heard.since_day + n) % 7) for n in range(1, (last - heard.since_day) % 7 + 1)
        )
    elif token.is_(Word.WEEKEND):
        if heard.pending:
            raise UsageError(_("A weekend is two days."), hint=_("Say for example: first Saturday of each month."))
        heard.weekdays.extend((Weekday(day=5), Weekday(day=6)))
    elif token.is_(Word.WORKING_DAY):
        heard.positions.extend(heard.pending)
        heard.weekdays.extend(WORKING_DAYS)
    else:
        heard.weekdays.extend(Weekday(nth=nth, day=int(str(token.value))) for nth in heard.pending or [0])
    heard.pending.clear()


def _take_month(heard: _Heard, month: int) -> None:
    _flush(heard)
    heard.months.append(month)


def _flush(heard: _Heard) -> None:
    """Take pending numbers as days of the month; different days in different months are two rules."""
    if not heard.pending:
        return
    if heard.months and heard.said_days and sorted(heard.said_days) != sorted(heard.pending):
        raise UsageError(
            _("The rule names other days for other months."), hint=_("Make one series for each, or name the same days.")
        )
    heard.said_days = list(heard.pending)
    heard.monthdays.extend(heard.pending)
    heard.pending.clear()


def _rule(heard: _Heard) -> Rule:
    if not heard.times:
        raise _no_time()
    _refuse_ambiguity(heard)
    _complete(heard)
    return Rule(
        frequency=_frequency(heard),
        times=tuple(sorted(set(heard.times))),
        interval=heard.interval,
        months=tuple(sorted(set(heard.months))),
        monthdays=tuple(sorted(set(heard.monthdays))),
        weekdays=tuple(sorted(set(heard.weekdays))),
        positions=tuple(sorted(set(heard.positions))),
        anchor=heard.anchor,
        until=heard.until,
        count=heard.count,
    )


def _complete(heard: _Heard) -> None:
    """Add what was not said and can only be meant: the months of a quarter, each month, every other week."""
    nths = {day.nth for day in heard.weekdays if day.nth}
    if heard.unit is Unit.QUARTER:
        heard.months = _months_of_quarters(heard, nths | set(heard.positions) | set(heard.monthdays))
    elif heard.unit is None and not heard.months and heard.interval == 1:
        if heard.every_second and nths == {2}:
            heard.weekdays = [Weekday(day=day.day) for day in heard.weekdays]
            heard.unit, heard.interval = Unit.WEEK, 2
        elif heard.positions or len(nths) > 1 or nths & {1, -1, -2}:
            heard.unit = Unit.MONTH


def _months_of_quarters(heard: _Heard, places: set[int]) -> list[int]:
    """Return where the first, or the last, so-and-so of a quarter is: in its first month, or its last."""
    if heard.months or heard.interval != 1 or not places or not all(-5 < place < 32 for place in places):
        raise UsageError(
            _("The rule does not say which days of a quarter."),
            hint=_("Say for example: first Tuesday of each quarter, or name the months."),
        )
    if any(abs(day.nth) == 5 for day in heard.weekdays) or len({place > 0 for place in places}) > 1:
        raise UsageError(_("A quarter's days are counted from its beginning or from its end."), hint=_("Name months."))
    return [1, 4, 7, 10] if min(places) > 0 else [3, 6, 9, 12]


def _no_time() -> UsageError:
    return UsageError(_("The rule does not say at what time."), hint=_("Add for example: at 09:00"))


def _refuse_ambiguity(heard: _Heard) -> None:
    if heard.weekdays and heard.monthdays:
        raise UsageError(
            _("The rule names days of the week and days of the month."),
            hint=_("Name one of the two, or make two series."),
        )
    if len({day.nth == 0 for day in heard.weekdays}) > 1:
        raise UsageError(
            _("The rule counts one day of the week and not the other."),
            hint=_("Say for example: first Monday and first Tuesday of each month."),
        )
    if heard.positions and len(heard.times) > 1:
        raise UsageError(_("A rule with a counted weekday has one time."), hint=_("Make a series for each time."))
    _refuse_numbers(heard)


def _refuse_numbers(heard: _Heard) -> None:
    """Refuse what no month has: the 32nd, the sixth Monday; among others it would be left out in silence."""
    wrong = [day for day in heard.monthdays if day not in range(-31, 32) or day == 0]
    wrong += [day.nth for day in heard.weekdays if day.nth not in range(-5, 6)]
    wrong += [nth for nth in heard.positions if nth not in range(-23, 24) or nth == 0]
    if wrong:
        raise UsageError(_("No month has that day: {number}.").format(number=wrong[0]))
    if not 1 <= heard.interval < 1000 or heard.count == 0:
        raise UsageError(_("A rule recurs at least once, every 1 to 999 periods."))


def _frequency(heard: _Heard) -> Frequency:
    counted = bool(heard.monthdays or heard.positions or any(day.nth for day in heard.weekdays))
    if counted:
        return _frequency_of_counted(heard)
    if heard.weekdays:
        return _frequency_of_weekdays(heard)
    if heard.unit is Unit.DAY and (not heard.months or heard.interval == 1):
        return Frequency.DAILY
    raise UsageError(
        _("The rule does not say on which days."), hint=_("Add for example: on Monday, or: on the 1st of each month.")
    )


def _frequency_of_counted(heard: _Heard) -> Frequency:
    """Return the period that « the first Tuesday » or « the 15th » is looked for in."""
    if heard.unit in (Unit.DAY, Unit.WEEK) or not (heard.months or heard.unit):
        raise UsageError(
            _("The rule does not say of which months."),
            hint=_("Add “of each month” or names of months; for every second week say “every 2 weeks”."),
        )
    if heard.unit is Unit.YEAR and not heard.months:
        raise UsageError(_("The rule does not say in which month of the year."))
    return Frequency.YEARLY if heard.unit is Unit.YEAR and heard.interval > 1 else Frequency.MONTHLY


def _frequency_of_weekdays(heard: _Heard) -> Frequency:
    if heard.months:
        return Frequency.MONTHLY
    if heard.interval > 1 and heard.unit not in (None, Unit.WEEK):
        raise UsageError(
            _("The rule does not say which of the month's days it means."),
            hint=_("Say for example: every 2 months on the first Monday."),
        )
    return Frequency.WEEKLY
