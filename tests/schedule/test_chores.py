"""Chores are done every so often, once for all clocks, and tried again when they failed."""

from datetime import timedelta

import pytest

from newsletter.errors import TransientError
from newsletter.schedule.chores import Chore, run_chores


@pytest.fixture
def start(at):
    """When the clock first sees the chore."""
    return at("2026-05-01 09:00")


@pytest.fixture
def done():
    """What was done: from when to when."""
    return []


@pytest.fixture
def chore(done):
    """Return a daily chore."""
    return Chore(name="consents", every=timedelta(days=1), do=lambda since, now: done.append((since, now)))


def test_it_is_done_at_once_and_then_every_so_often(store, chore, done, start):
    assert run_chores(store, [chore], now=start) == ["consents"]
    assert run_chores(store, [chore], now=start + timedelta(hours=23)) == []
    assert run_chores(store, [chore], now=start + timedelta(days=1)) == ["consents"]
    assert done == [(start - timedelta(days=1), start), (start, start + timedelta(days=1))]


def test_after_a_long_sleep_it_is_done_once_for_all_of_it(store, chore, done, start):
    run_chores(store, [chore], now=start)
    run_chores(store, [chore], now=start + timedelta(days=9))
    assert done[1] == (start, start + timedelta(days=9))
    assert len(done) == 2


def test_what_failed_is_tried_again_with_the_time_since_it_was_last_done(store, chore, done, start):
    run_chores(store, [chore], now=start)

    def fail(since, now):
        raise TransientError("The relay does not answer.")

    failing = Chore(name="consents", every=timedelta(days=1), do=fail)
    later = start + timedelta(days=1)
    assert run_chores(store, [failing], now=later) == []
    assert run_chores(store, [chore], now=later + timedelta(minutes=59)) == []
    assert run_chores(store, [chore], now=later + timedelta(hours=1)) == ["consents"]
    assert done[1] == (start, later + timedelta(hours=1))


def test_two_clocks_never_do_the_same(store, chore, done, start):
    def work(since, now):
        # while one clock works, another looks
        assert run_chores(store, [chore], now=now) == []
        done.append((since, now))

    assert run_chores(store, [Chore(name="consents", every=timedelta(days=1), do=work)], now=start) == ["consents"]
    assert len(done) == 1
