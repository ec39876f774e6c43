# ruff: noqa: DTZ001 - wall times are naive
"""RRULEs mean what another implementation of RFC 5545 says they mean."""

from contextlib import suppress
from datetime import date, datetime, time
from itertools import islice, pairwise

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import UsageError
from newsletter.schedule.recurrence import parse_rule
from newsletter.schedule.rrule import read_rrule
from newsletter.schedule.rule import Frequency
from newsletter.schedule.walls import walls

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(values: st.SearchStrategy) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3, unique=True).map(lambda found: ",".join(map(str, found)))


@st.composite
def rrules(draw: st.DrawFn) -> str:
    """Draw an RRULE of the kinds that are accepted."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    plain = some(st.sampled_from(DAYS))
    # never both: the other implementation then takes « MO,1MO » for the first Monday only
    counted = some(st.builds(lambda nth, day: f"{nth}{day}", st.sampled_from([1, 2, -1, 5]), st.sampled_from(DAYS)))
    parts = {
        "FREQ": st.just(frequency),
        "INTERVAL": st.integers(1, 4),
        "BYMONTH": some(st.integers(1, 12)),
        "BYDAY": plain | counted if frequency in ("MONTHLY", "YEARLY") else plain,
        "BYHOUR": some(st.integers(0, 23)),
        "BYMINUTE": some(st.integers(0, 59)),
        "WKST": st.sampled_from(DAYS),
    }
    if frequency != "WEEKLY":
        # not the 29th to 31st: for the 30th of February it would search until the year 9999
        parts["BYMONTHDAY"] = some(st.integers(-28, 28).filter(bool))
    # a nth weekday in a year beside days of the month is left undefined by the RFC
    wanted = {"FREQ"} | draw(st.sets(st.sampled_from(sorted(parts))))
    if {"BYMONTHDAY", "BYDAY"} <= wanted:
        parts["BYDAY"] = plain
    if "BYHOUR" in wanted:
        wanted.add("BYMINUTE")
    # in a first week cut short, the other implementation counts only the days that are left
    if wanted & {"BYDAY", "BYMONTHDAY"} and frequency != "WEEKLY" and draw(st.booleans()):
        parts["BYSETPOS"] = st.sampled_from([1, -1])
        wanted.add("BYSETPOS")
    ends = draw(st.sampled_from(["COUNT=7", "UNTIL=20290605T120000", "UNTIL=20281231"]))
    return ";".join([f"{name}={draw(parts[name])}" for name in sorted(wanted)] + [ends])


@settings(max_examples=150, deadline=None)
@given(rrules(), st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_times_are_those_of_another_implementation(text: str, start: date) -> None:
    begin = datetime.combine(start, time(0, 0))
    # the other implementation takes a bare date in UNTIL for its midnight, not for the whole day
    theirs = rrulestr(text.replace("UNTIL=20281231", "UNTIL=20281231T235959"), dtstart=begin)
    rule = read_rrule(f"DTSTART:{begin:%Y%m%dT%H%M%S}\nRRULE:{text}")
    assert list(islice(walls(rule, begin), 12)) == list(islice(theirs, 12))


@settings(deadline=None)
@given(rrules(), st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1)))
def test_looking_from_later_on_gives_the_rest_of_the_same_times(text: str, since: datetime) -> None:
    rule = read_rrule(f"DTSTART:20240101T000000\nRRULE:{text}")
    from_the_start = (wall for wall in walls(rule, datetime(2024, 1, 1)) if wall >= since)
    found = list(islice(walls(rule, since), 5))
    assert found == list(islice(from_the_start, len(found)))
    assert all(one < two for one, two in pairwise(found))


def test_days_that_are_not_said_come_from_the_start() -> None:
    rule = parse_rule("DTSTART:20260108T093000\nRRULE:FREQ=WEEKLY;INTERVAL=2")
    assert next(walls(rule, datetime(2026, 1, 9))) == datetime(2026, 1, 22, 9, 30)
    yearly = parse_rule("DTSTART;TZID=America/Toronto:20240229T090000 RRULE:FREQ=YEARLY")
    assert next(walls(yearly, datetime(2025, 1, 1))) == datetime(2028, 2, 29, 9)


def test_daily_on_some_days_is_weekly() -> None:
    assert parse_rule("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9").frequency is Frequency.WEEKLY


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FREQ=HOURLY", "not for mail"),
        ("RRULE:BYDAY=MO", "no FREQ"),
        ("FREQ=DAILY", "at what time"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24 is not right"),
        ("FREQ=DAILY;BYHOUR=9;BYSECOND=30", "exact to the minute"),
        ("FREQ=WEEKLY;BYDAY=1MO;BYHOUR=9", "has a first Monday"),
        ("FREQ=WEEKLY;BYMONTHDAY=1;BYDAY=MO;BYHOUR=9", "no days of the month"),
        ("FREQ=WEEKLY;BYHOUR=9", "on which days"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYHOUR=9", "BYWEEKNO is not supported"),
        ("FREQ=DAILY;BYHUOR=9", "BYHUOR"),
        ("FREQ=DAILY;BYHOUR=9;BYHOUR=10", "twice"),
        ("FREQ=DAILY;BYHOUR=9;UNTIL=tomorrow", "UNTIL=TOMORROW is not right"),
        ("FREQ=DAILY;BYHOUR=9;INTERVAL=2,3", "INTERVAL=2,3 is not right"),
        ("FREQ=DAILY;BYHOUR=9;INTERVAL=2", "from which day"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;BYHOUR=9", "BYMONTHDAY=0 is not right"),
        ("FREQ=MONTHLY;BYDAY=0MO;BYHOUR=9", "BYDAY=0MO is not right"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=9", "never comes"),
        ("DTSTART:20260231T090000 RRULE:FREQ=DAILY", "There is no"),
        ("FREQ=MONTHLY;WKST=XX;BYDAY=1MO;BYHOUR=9", "WKST=XX is not right"),
    ],
)
def test_what_is_not_right_is_said(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_rule(text)


@given(st.text(alphabet="FREQ=DAILYMONTH;BYSU0123,-:T ", max_size=50))
def test_any_text_is_a_rule_or_a_clear_refusal(text: str) -> None:
    with suppress(UsageError):
        assert read_rrule("FREQ=" + text).times
