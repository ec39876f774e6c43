"""Series go at each time of their rule, and what was missed, moved or left out is recorded and told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time

import pytest
from schedule_parts import notices_of, turns_of

from newsletter.config.model import Series
from newsletter.errors import RefusedError, UsageError
from newsletter.schedule.book import cancel, drop_held, keep
from newsletter.schedule.booking import State, bookings, find_booking
from newsletter.schedule.series import Candidate, book_series, next_issue
from newsletter.schedule.tick import Clockwork, tick

QUARTERLY = "first tuesday of january, april, july, october at 09:00"


@pytest.fixture
def store(make_store):
    """Return one kind of store: what is tested here is the calendar, both kinds are in test_tick and test_kills."""
    return make_store()


@pytest.fixture
def book(store, policy, at):
    """Book one series as the configuration has it."""

    def make(rule=QUARTERLY, *, now="2026-01-10 09:00", policy=policy, **more):
        series = {"trimestrielle": Series(rule=rule, issues="issues/trim-*.md", lists=("membres",), **more)}
        book_series(store, series, policy=policy, transport="files", now=at(now))
        return series

    return make


@pytest.fixture
def works(policy, ledger):
    """Return what a tick works with."""
    return Clockwork(policy=policy, fire=ledger)


def test_a_year_of_a_quarterly_series(store, book, works, ledger, at):
    book()
    for day in ("2026-04-07", "2026-07-07", "2026-10-06", "2027-01-05"):
        assert tick(store, works, now=at(f"{day} 08:59")) == []
        assert len(tick(store, works, now=at(f"{day} 09:00"))) == 1
    assert ledger.made() == [f"{day}T09:00:00" for day in ("2026-04-07", "2026-07-07", "2026-10-06", "2027-01-05")]
    assert find_booking(store, "trimestrielle").next_wall.isoformat() == "2027-04-06T09:00:00"


def test_of_several_missed_times_the_newest_is_sent_and_the_others_recorded(store, book, works, ledger, at):
    book("every day at 09:00", now="2026-03-01 12:00")
    tick(store, works, now=at("2026-03-05 09:30"))
    assert turns_of(store) == [
        ("2026-03-02T09:00:00", "missed"),
        ("2026-03-03T09:00:00", "missed"),
        ("2026-03-04T09:00:00", "missed"),
        ("2026-03-05T09:00:00", "sent"),
    ]
    assert ("missed", "2026-03-04T09:00:00") in notices_of(store)


def test_of_several_missed_times_only_the_newest_is_proposed(store, book, works, ledger, at):
    book("every day at 09:00", now="2026-03-01 12:00")
    tick(store, works, now=at("2026-03-05 20:00"))
    assert [state for _, state in turns_of(store)] == ["missed", "missed", "missed", "held"]
    assert find_booking(store, "trimestrielle").state is State.WAITING
    keep(store, "trimestrielle")
    tick(store, works, now=at("2026-03-05 21:00"))
    assert ledger.made() == ["2026-03-05T09:00:00"]


def test_a_held_turn_does_not_stop_the_next(store, book, works, ledger, at):
    book("every day at 09:00", now="2026-03-01 12:00")
    tick(store, works, now=at("2026-03-02 20:00"))
    tick(store, works, now=at("2026-03-03 09:00"))
    assert [state for _, state in turns_of(store)] == ["held", "sent"]


def test_what_is_held_of_a_series_falls_away_and_the_series_goes_on(store, book, works, ledger, at):
    book("every day at 09:00", now="2026-03-01 12:00")
    tick(store, works, now=at("2026-03-02 20:00"))
    assert drop_held(store, "trimestrielle").state is State.WAITING
    with pytest.raises(RefusedError, match="decision"):
        drop_held(store, "trimestrielle")
    tick(store, works, now=at("2026-03-03 09:00"))
    assert turns_of(store) == [("2026-03-02T09:00:00", "cancelled"), ("2026-03-03T09:00:00", "sent")]


def test_two_processes_that_book_the_same_series_at_once_make_one(store, policy, at):
    series = {f"serie-{n}": Series(rule="every day at 09:00", issues="x", lists=("membres",)) for n in range(5)}

    def book(_number):
        book_series(store, series, policy=policy, transport="files", now=at("2026-03-01 12:00"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(book, range(8)))
    assert len(bookings(store)) == 5


def test_years_of_missed_times_are_recorded_up_to_a_hundred(store, book, works, at):
    book("every day at 09:00", now="2016-03-01 12:00")
    tick(store, works, now=at("2026-03-02 09:00"))
    assert [state for _, state in turns_of(store)] == ["missed"] * 100 + ["sent"]


def test_daily_turns_across_both_changes_of_the_clocks(store, book, works, ledger, at):
    book("every day at 02:30", now="2026-03-06 12:00")
    for day in ("2026-03-07 02:30", "2026-03-08 03:30", "2026-03-09 02:30"):
        assert len(tick(store, works, now=at(day))) == 1
    assert ledger.made() == ["2026-03-07T02:30:00", "2026-03-08T02:30:00", "2026-03-09T02:30:00"]


def test_quiet_hours_move_a_turn_and_say_so(store, book, policy, ledger, at):
    quiet = replace(policy, quiet=(time(22), time(7)))
    book("every day at 23:00", now="2026-03-01 12:00", policy=quiet)
    works = Clockwork(policy=quiet, fire=ledger)
    assert tick(store, works, now=at("2026-03-01 23:00")) == []
    assert ("moved", "2026-03-01T23:00:00") in notices_of(store)
    assert find_booking(store, "trimestrielle").moved
    tick(store, works, now=at("2026-03-02 07:00"))
    assert ledger.made() == ["2026-03-01T23:00:00"]


def test_a_late_turn_does_not_break_into_quiet_hours(store, book, policy, ledger, at):
    book("every day at 20:00", now="2026-03-01 12:00")
    works = Clockwork(policy=replace(policy, quiet=(time(22), time(7))), fire=ledger)
    assert tick(store, works, now=at("2026-03-01 23:00")) == []
    tick(store, works, now=at("2026-03-02 07:00"))
    assert ledger.made() == ["2026-03-01T20:00:00"]


def test_a_turn_on_a_day_without_mail_goes_the_next_day(store, book, policy, ledger, at):
    blackout = replace(policy, blackout=frozenset([date(2026, 4, 7), date(2026, 4, 8)]))
    book(policy=blackout)
    works = Clockwork(policy=blackout, fire=ledger)
    assert tick(store, works, now=at("2026-04-07 09:00")) == []
    tick(store, works, now=at("2026-04-09 09:00"))
    assert ledger.made() == ["2026-04-07T09:00:00"]


def test_a_turn_that_is_moved_onto_the_next_falls_away(store, book, policy, ledger, at):
    blackout = replace(policy, blackout=frozenset([date(2026, 3, 3)]))
    book("every day at 09:00", now="2026-03-01 12:00", policy=blackout)
    works = Clockwork(policy=blackout, fire=ledger)
    for day in ("02", "03", "04"):
        tick(store, works, now=at(f"2026-03-{day} 09:00"))
    assert turns_of(store) == [
        ("2026-03-02T09:00:00", "sent"),
        ("2026-03-03T09:00:00", "missed"),
        ("2026-03-04T09:00:00", "sent"),
    ]


def test_a_changed_rule_goes_on_from_now(store, book, works, at):
    book("every day at 09:00", now="2026-03-01 12:00")
    book("every day at 09:00", now="2026-03-01 13:00", max_recipients=50)
    assert find_booking(store, "trimestrielle").most == 50
    book("every day at 10:00", now="2026-03-05 12:00")
    assert find_booking(store, "trimestrielle").next_wall.isoformat() == "2026-03-06T10:00:00"
    assert turns_of(store) == []


def test_a_series_taken_out_is_cancelled_and_goes_on_when_it_comes_back(store, book, policy, at):
    book("every day at 09:00", now="2026-03-01 12:00")
    book_series(store, {}, policy=policy, transport="files", now=at("2026-03-02 12:00"))
    assert bookings(store) == []
    book("every day at 09:00", now="2026-03-05 12:00")
    assert find_booking(store, "trimestrielle").next_wall.isoformat() == "2026-03-06T09:00:00"


def test_a_series_that_a_person_cancelled_stays_cancelled_until_its_rule_changes(store, book):
    book("every day at 09:00")
    cancel(store, "trimestrielle")
    book("every day at 09:00")
    assert bookings(store) == []
    book("every day at 10:00")
    assert len(bookings(store)) == 1


def test_a_rule_that_ends_is_done_after_its_last_time(store, book, works, ledger, at):
    book("every day at 09:00 from 2026-03-02, 2 times", now="2026-03-01 12:00")
    for day in ("02", "03", "04"):
        tick(store, works, now=at(f"2026-03-{day} 09:00"))
    assert len(ledger.made()) == 2
    assert find_booking(store, "trimestrielle").state is State.DONE
    book("every day at 09:00 until 2026-03-05", now="2026-03-06 12:00")
    assert find_booking(store, "trimestrielle").state is State.DONE


def test_a_rule_that_can_not_be_read_names_its_series(book):
    with pytest.raises(UsageError, match="trimestrielle"):
        book("every blue moon at 09:00")


def test_the_oldest_ready_unsent_issue_is_next():
    def candidate(slug, day, *, ready=True):
        return Candidate(slug=slug, ready=ready, age=(day, 0, slug))

    issues = [candidate("c", "2026-03-01"), candidate("b", "2026-02-01"), candidate("a", "2026-01-01", ready=False)]
    assert next_issue(issues, sent=[]) == "b"
    assert next_issue(issues, sent=["b"]) == "c"
    assert next_issue(issues, sent=["b", "c"]) is None
