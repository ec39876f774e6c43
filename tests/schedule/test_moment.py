"""One moment, as a person gives it; what the clocks do to it is said; the past is refused."""

from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RefusedError, UsageError
from newsletter.language import speaking
from newsletter.schedule.duration import parse_duration
from newsletter.schedule.moment import future_moment, parse_moment
from newsletter.schedule.policy import Why
from newsletter.schedule.saying import say_move, say_shift, say_wall

TORONTO = ZoneInfo("America/Toronto")
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("text", "local", "utc"),
    [
        ("2026-12-01 09:00", "2026-12-01T09:00:00", "2026-12-01T14:00:00"),
        ("2026-12-01T09:00:30", "2026-12-01T09:00:30", "2026-12-01T14:00:30"),
        ("2026-12-01 09:00:30.25", "2026-12-01T09:00:30", "2026-12-01T14:00:30"),
        ("2026-12-01 09:00+01:00", "2026-12-01T03:00:00", "2026-12-01T08:00:00"),
        ("2026-12-01T14:00Z", "2026-12-01T09:00:00", "2026-12-01T14:00:00"),
        ("2026-11-01 01:30", "2026-11-01T01:30:00", "2026-11-01T05:30:00"),
        ("2026-11-01 01:30-05:00", "2026-11-01T01:30:00", "2026-11-01T06:30:00"),
        ("2026-03-08 02:30", "2026-03-08T02:30:00", "2026-03-08T07:30:00"),
    ],
)
def test_wall_times_seconds_and_offsets_are_understood(text, local, utc):
    moment = parse_moment(text, TORONTO)
    assert (moment.local.isoformat(), moment.utc.isoformat()) == (local, f"{utc}+00:00")


@pytest.mark.parametrize("text", ["", "2026-12-01", "demain", "2026-02-30 09:00", "20261201", "0001-01-01 00:00+14:00"])
def test_what_is_no_date_and_time_is_refused(text):
    with pytest.raises(UsageError, match="date and time"):
        parse_moment(text, TORONTO)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_a_clear_refusal(text):
    with suppress(UsageError):
        assert parse_moment(text, TORONTO).utc.tzinfo is not None


def test_the_past_is_refused_and_never_sent_at_once(at):
    now = at("2026-12-01 09:00")
    with pytest.raises(RefusedError, match="2026-11-30 09:00 is past"):
        future_moment("2026-11-30 09:00", TORONTO, now=now)
    with pytest.raises(RefusedError):
        future_moment("2026-12-01 08:59:50", TORONTO, now=now)
    assert future_moment("2026-12-01 09:00:02", TORONTO, now=now).utc - now == timedelta(seconds=2)


def test_what_the_clocks_do_is_said():
    with speaking("en-CA"):
        gap = say_shift(parse_moment("2026-03-08 02:30", TORONTO))
        assert gap == "02:30 does not exist that day, clocks go forward: it goes at 03:30."
        assert "comes twice" in say_shift(parse_moment("2026-11-01 01:30", TORONTO))
        assert say_shift(parse_moment("2026-11-01 03:30", TORONTO)) == ""
    with speaking("fr-CA"):
        assert f"2{NBSP}h{NBSP}30 n’existe pas" in say_shift(parse_moment("2026-03-08 02:30", TORONTO))


def test_moments_and_moves_are_said_in_both_languages():
    wall = parse_moment("2026-12-01 09:00:05", TORONTO).local
    with speaking("fr-CA"):
        assert say_wall(wall) == f"mardi 1er décembre 2026 à 9{NBSP}h{NBSP}00{NBSP}min{NBSP}5{NBSP}s"
        assert "heures de silence" in say_move(Why.QUIET, wall)
    with speaking("en-CA"):
        assert say_wall(wall) == "Tuesday 1 December 2026 at 09:00:05"
        assert "a day without mail" in say_move(Why.BLACKOUT, wall)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("6 hours", timedelta(hours=6)),
        ("14 days", timedelta(days=14)),
        ("3 jours", timedelta(days=3)),
        ("2 semaines", timedelta(weeks=2)),
        ("1.5 h", timedelta(minutes=90)),
        ("1,5 h", timedelta(minutes=90)),
        ("90s", timedelta(seconds=90)),
        ("0 days", timedelta(0)),
    ],
)
def test_lengths_of_time_are_understood(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "6", "hours", "6 moons", "-1 day", "99999 weeks", "9999999999999 s"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(UsageError, match="length of time"):
        parse_duration(text)
