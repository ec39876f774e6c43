# ruff: noqa: DTZ001 - wall times are naive
"""Quiet hours and days without mail move a send to a time that is allowed, always forward."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config.model import Config, ScheduleSection, Site, TransportSection
from newsletter.errors import ConfigError
from newsletter.schedule.ahead import ahead
from newsletter.schedule.policy import Policy, Why, policy_of
from newsletter.schedule.recurrence import parse_rule
from newsletter.schedule.wallclock import wall_of

TORONTO = ZoneInfo("America/Toronto")
NIGHT = Policy(zone=TORONTO, quiet=(time(22), time(7)))
HOLIDAYS = Policy(zone=TORONTO, blackout=frozenset([date(2026, 12, 25), date(2026, 12, 26)]))


@pytest.mark.parametrize(
    ("at_", "to", "why"),
    [
        ("2026-12-01 21:59", "2026-12-01 21:59", None),
        ("2026-12-01 22:00", "2026-12-02 07:00", Why.QUIET),
        ("2026-12-02 06:59", "2026-12-02 07:00", Why.QUIET),
        ("2026-12-02 07:00", "2026-12-02 07:00", None),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(at, at_, to, why):
    assert NIGHT.moved(at(at_)) == (at(to), why)


def test_quiet_hours_of_a_lunch_end_after_it(at):
    lunch = replace(NIGHT, quiet=(time(12), time(13)))
    assert lunch.moved(at("2026-12-01 12:30")) == (at("2026-12-01 13:00"), Why.QUIET)
    assert lunch.moved(at("2026-12-01 13:00")) == (at("2026-12-01 13:00"), None)


def test_days_without_mail_move_to_the_same_time_on_the_next_day(at):
    assert HOLIDAYS.moved(at("2026-12-25 09:00")) == (at("2026-12-27 09:00"), Why.BLACKOUT)


def test_both_together_end_at_a_time_that_is_allowed(at):
    both = replace(HOLIDAYS, quiet=(time(22), time(7)))
    assert both.moved(at("2026-12-24 23:00")) == (at("2026-12-27 07:00"), Why.QUIET)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC)),
    st.times(),
    st.times(),
    st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5),
    st.sampled_from(["America/Toronto", "Australia/Lord_Howe", "UTC"]),
)
def test_where_it_is_moved_to_nothing_is_against_it(at, begin, end, days, name):
    policy = Policy(zone=ZoneInfo(name), quiet=(begin, end), blackout=days)
    later, why = policy.moved(at)
    assert later >= at
    assert (why is None) == (later == at)
    assert policy.moved(later) == (later, None)
    assert later - at < timedelta(days=8)


def test_times_to_come_ascend_and_those_moved_onto_others_fall_away(at):
    rule = parse_rule("every day at 09:00")
    planned = []
    for each in ahead(rule, at("2026-12-24 08:00"), TORONTO, HOLIDAYS):
        planned.append(each)
        if len(planned) == 2:
            break
    assert [wall_of(each.at, TORONTO).day for each in planned] == [24, 27]
    assert [wall.day for wall in planned[1].dropped] == [25, 26]


def test_the_policy_is_read_from_the_configuration(tmp_path):
    config = Config(
        root=tmp_path,
        site=Site(tz="Europe/Paris"),
        transport=TransportSection(quiet_hours="22:00-07:00"),
        schedule=ScheduleSection(late_limit="2 heures", blackout=("2026-12-25",)),
    )
    assert policy_of(config) == Policy(
        zone=ZoneInfo("Europe/Paris"),
        late_limit=timedelta(hours=2),
        quiet=(time(22), time(7)),
        blackout=frozenset([date(2026, 12, 25)]),
    )
    with pytest.raises(ConfigError, match="25:00"):
        policy_of(config.model_copy(update={"transport": TransportSection(quiet_hours="25:00-07:00")}))
