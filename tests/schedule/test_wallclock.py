# ruff: noqa: DTZ001 - wall times are naive
"""Right on both days a year when clocks change, in every zone, over five years."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import UsageError
from newsletter.schedule.recurrence import parse_rule
from newsletter.schedule.rule import Frequency, Rule
from newsletter.schedule.wallclock import Shift, following, instant, occurrences, shift, wall_of, zone_named

ZONES = [
    "America/Toronto",
    "America/St_Johns",
    "America/Halifax",
    "America/Santiago",
    "Europe/Paris",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "UTC",
]
TORONTO = ZoneInfo("America/Toronto")
FIRST, LAST = datetime(2026, 1, 1), datetime(2031, 1, 1)


def between(rule: Rule, zone: ZoneInfo, first: datetime = FIRST, last: datetime = LAST) -> list:
    return list(takewhile(lambda occurrence: occurrence.local < last, occurrences(rule, first, zone)))


def daily(at: time) -> Rule:
    return Rule(frequency=Frequency.DAILY, times=(at,))


@pytest.mark.parametrize("name", ZONES)
def test_every_quarter_hour_comes_on_each_wall_day_once_and_instants_ascend(name: str) -> None:
    zone = ZoneInfo(name)
    for quarter in range(96):
        found = between(daily(time(*divmod(quarter * 15, 60))), zone, last=datetime(2027, 1, 1))
        assert [occurrence.local.date() for occurrence in found] == [
            date(2026, 1, 1) + timedelta(n) for n in range(365)
        ]
        assert all(one.utc < two.utc for one, two in pairwise(found))


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("at", [time(0), time(0, 30), time(1, 30), time(2, 0), time(2, 15), time(2, 30), time(23, 45)])
def test_five_years_of_days_have_each_day_once(name: str, at: time) -> None:
    found = between(daily(at), ZoneInfo(name))
    assert len(found) == (LAST - FIRST).days
    assert all(one.utc < two.utc for one, two in pairwise(found))


@pytest.mark.parametrize("name", ZONES)
def test_five_years_of_quarter_hours_of_the_night_are_never_equal_and_always_ascend(name: str) -> None:
    rule = Rule(frequency=Frequency.DAILY, times=tuple(time(*divmod(n * 15, 60)) for n in range(17)))
    found = between(rule, ZoneInfo(name))
    assert all(one.utc < two.utc for one, two in pairwise(found))
    assert len({occurrence.local for occurrence in found}) == len(found)


@pytest.mark.parametrize("name", ZONES)
def test_the_31st_comes_seven_times_a_year_and_the_last_day_twelve_times(name: str) -> None:
    zone = ZoneInfo(name)
    thirty_firsts = between(parse_rule("31 of each month at 02:30"), zone)
    assert [occurrence.local.month for occurrence in thirty_firsts] == [1, 3, 5, 7, 8, 10, 12] * 5
    assert len(between(parse_rule("last day of each month at 01:30"), zone)) == 60
    leap = between(parse_rule("yearly on 29 february at 02:30"), zone, last=datetime(2041, 1, 1))
    assert [occurrence.local.year for occurrence in leap] == [2028, 2032, 2036, 2040]
    month_ends = [day.local.day for day in between(parse_rule("last day of february at 9"), zone)]
    assert month_ends == [28, 28, 29, 28, 28]


def test_a_time_that_does_not_exist_is_put_off_by_the_gap() -> None:
    found = between(daily(time(2, 30)), TORONTO, datetime(2026, 3, 7), datetime(2026, 3, 10))
    assert [f"{occurrence.utc:%d %H:%M}" for occurrence in found] == ["07 07:30", "08 07:30", "09 06:30"]
    assert [occurrence.local.hour for occurrence in found] == [2, 2, 2]
    assert shift(datetime(2026, 3, 8, 2, 30), TORONTO) is Shift.GAP


def test_of_a_time_that_comes_twice_the_first_is_taken() -> None:
    found = between(daily(time(1, 30)), TORONTO, datetime(2026, 10, 31), datetime(2026, 11, 3))
    assert [f"{occurrence.utc:%d %H:%M}" for occurrence in found] == ["31 05:30", "01 05:30", "02 06:30"]
    assert shift(datetime(2026, 11, 1, 1, 30), TORONTO) is Shift.FOLD
    assert shift(datetime(2026, 11, 1, 2, 30), TORONTO) is Shift.NONE


def test_a_time_put_off_past_a_later_one_comes_after_it_and_never_beside_an_equal_one() -> None:
    day = (datetime(2026, 3, 8), datetime(2026, 3, 9))
    later = between(parse_rule("every day at 02:30 and 03:00"), TORONTO, *day)
    assert [f"{occurrence.local:%H:%M}" for occurrence in later] == ["03:00", "02:30"]
    equal = between(parse_rule("every day at 02:30 and 03:30"), TORONTO, *day)
    assert [f"{occurrence.local:%H:%M}" for occurrence in equal] == ["03:30"]


def test_the_quarterly_rule_gives_the_four_dates() -> None:
    rule = parse_rule("first tuesday of january, april, july, october at 09:00")
    found = list(islice(occurrences(rule, datetime(2026, 1, 7), TORONTO), 4))
    assert [f"{occurrence.local:%Y-%m-%d %H:%M}" for occurrence in found] == [
        "2026-04-07 09:00",
        "2026-07-07 09:00",
        "2026-10-06 09:00",
        "2027-01-05 09:00",
    ]
    assert [f"{occurrence.utc:%H:%M}" for occurrence in found] == ["13:00", "13:00", "13:00", "14:00"]


def test_midnight_rules_do_not_lose_the_days_that_the_clock_library_loses() -> None:
    zone = TORONTO
    first = between(parse_rule("1 of each month at 00:00"), zone, datetime(2026, 3, 2), datetime(2026, 5, 2))
    assert [occurrence.local.month for occurrence in first] == [4, 5]
    mondays = between(parse_rule("every monday at 00:00"), zone, datetime(2026, 3, 1), datetime(2026, 3, 17))
    assert [occurrence.local.day for occurrence in mondays] == [2, 9, 16]


def test_until_as_an_instant_ends_a_rule_in_any_zone() -> None:
    rule = parse_rule("FREQ=DAILY;BYHOUR=9;UNTIL=20260103T130000Z")
    assert [occurrence.local.day for occurrence in between(rule, ZoneInfo("Europe/Paris"))] == [1, 2, 3]
    assert [occurrence.local.day for occurrence in between(rule, TORONTO)] == [1, 2]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(available_timezones())),
    st.datetimes(datetime(2005, 1, 1), datetime(2035, 1, 1)),
    st.lists(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=4, unique=True),
)
def test_going_on_from_any_instant_gives_what_the_whole_row_gives(
    name: str, since: datetime, times: list[time]
) -> None:
    zone = ZoneInfo(name)
    rule = Rule(frequency=Frequency.DAILY, times=tuple(sorted(times)))
    row = list(islice(occurrences(rule, since, zone), 12))
    assert all(one.utc < two.utc for one, two in pairwise(row))
    for one, two in pairwise(row[:8]):
        assert next(following(rule, one.utc, zone)) == two


@given(st.sampled_from(ZONES), st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)))
def test_a_wall_time_that_exists_is_what_the_wall_shows_at_its_instant(name: str, wall: datetime) -> None:
    zone = ZoneInfo(name)
    shown = wall_of(instant(wall, zone), zone)
    assert (shown == wall) == (shift(wall, zone) is not Shift.GAP)
    assert instant(wall, zone).tzinfo is UTC


def test_an_unknown_zone_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="Torento") as caught:
        zone_named("America/Torento")
    assert caught.value.hint is not None
    assert "America/Toronto" in caught.value.hint
    for name in ("", "../etc/passwd", "America"):
        with pytest.raises(UsageError):
            zone_named(name)
