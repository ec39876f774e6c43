"""No sliding second, hour or day is over its limit, whoever asks."""

from __future__ import annotations

import threading
import time

import pytest

from newsletter.delivery import sql
from newsletter.delivery.throttle import Throttle
from newsletter.store.database import Store


def spend(store: Store, throttle: Throttle, seconds: float, at: list[float]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        grant = throttle.reserve(store, 20)
        due = time.monotonic() + grant.wait  # what was granted: a thread that wakes late says nothing of the limit
        time.sleep(grant.wait)
        at += [due] * grant.count


def busiest_second(at: list[float]) -> int:
    at = sorted(at)
    first = worst = 0
    for last, moment in enumerate(at):
        while moment - at[first] >= 1.0:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


def test_four_workers_together_keep_to_the_limit(store: Store) -> None:
    throttle = Throttle(name="smtp", per_second=200)
    at: list[float] = []
    threads = [threading.Thread(target=spend, args=(store, throttle, 2.5, at)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert busiest_second(at) <= 204  # a thread may be late to hear of a part that was granted earlier
    assert len(at) > 0.8 * 200 * 2.5


def test_an_hour_may_be_spent_at_once_and_never_twice(store: Store) -> None:
    throttle = Throttle(name="smtp", per_hour=50)
    assert [throttle.reserve(store, 20).count for _ in range(3)] == [20, 20, 10]
    grant = throttle.reserve(store, 20)
    assert grant.count == 0
    assert grant.wait == pytest.approx(600)  # asks again before the hour is over


def test_after_an_hour_there_is_room_again(store: Store, monkeypatch) -> None:
    throttle = Throttle(name="smtp", per_hour=50)
    throttle.reserve(store, 50)
    monkeypatch.setattr("newsletter.delivery.throttle.now", lambda _: time.time() + 3500)
    assert throttle.reserve(store, 1).count == 0
    monkeypatch.setattr("newsletter.delivery.throttle.now", lambda _: time.time() + 3725)
    assert throttle.reserve(store, 20).count == 20


def test_the_day_counts_beside_the_hour_and_a_refusal_uses_nothing(store: Store) -> None:
    throttle = Throttle(name="smtp", per_hour=50, per_day=30)
    assert throttle.reserve(store, 40).count == 30
    assert throttle.reserve(store, 40).count == 0
    assert Throttle(name="smtp", per_hour=50).reserve(store, 40).count == 20


def test_domains_are_limited_apart(store: Store) -> None:
    throttle = Throttle(name="smtp", per_domain=2)
    with store.write() as connection:
        grants = [throttle.reserve_domain(connection, "gmail", 5).count for _ in range(5)]
        assert grants[0] == 1
        assert 0 in grants
        assert throttle.reserve_domain(connection, "yahoo", 5).count == 1


def test_the_other_sides_wish_to_wait_reaches_everybody(store: Store) -> None:
    throttle = Throttle(name="smtp")
    assert throttle.braked(store) == 0
    throttle.brake(store, 30)
    assert 29 < Throttle(name="smtp").braked(store) <= 30
    assert Throttle(name="sendgrid").braked(store) == 0


def test_a_clock_that_jumped_back_holds_nobody_up(store: Store, monkeypatch) -> None:
    throttle = Throttle(name="smtp", per_second=10)
    later = {name: f"({text} + 7200)" for name, text in sql.NOW.items()}
    with monkeypatch.context() as jumped:
        jumped.setattr(sql, "NOW", later)
        assert throttle.reserve(store, 1).count == 1
    assert throttle.reserve(store, 1).count == 1
