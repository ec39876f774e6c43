"""No sliding second, hour or day is over its limit, whoever asks."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, select

from newsletter.delivery import sql
from newsletter.delivery import throttle as module
from newsletter.delivery.throttle import Throttle
from newsletter.store.database import Store
from newsletter.store.tables.ledger import rate


class Part(NamedTuple):
    """What was granted at once: from when on by the database's clock, until when, how many, after what wait."""

    since: float
    until: float
    count: int
    wait: float


@pytest.fixture
def granted(monkeypatch: pytest.MonkeyPatch) -> list[Part]:
    """Note what is granted where it is: a thread that hears of it late says nothing of the limit."""
    parts: list[Part] = []
    take = module._take

    def noted(connection: Connection, key: str, count: int, per_second: float, **more: float) -> float:
        wait = take(connection, key, count, per_second, **more)
        end = connection.scalar(select(rate.c.tat).where(rate.c.key == key))
        assert end is not None
        parts.append(Part(end - count / (per_second * module.SHARE), end, count, wait))
        return wait

    monkeypatch.setattr(module, "_take", noted)
    return parts


def spend(store: Store, throttle: Throttle, left: int, refused: list[float]) -> None:
    while left > 0:
        grant = throttle.reserve(store, 20)
        if not grant.count:
            refused.append(grant.wait)
        time.sleep(grant.wait)
        left -= grant.count


def busiest_second(parts: list[Part]) -> int:
    at = sorted(part.since for part in parts for _ in range(part.count))
    first = worst = 0
    for last, moment in enumerate(at):
        while moment - at[first] >= 1.0:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


def test_four_workers_together_keep_to_the_limit_and_nobody_waits_for_longer_than_it_asks(
    store: Store, granted: list[Part]
) -> None:
    throttle = Throttle(name="smtp", per_second=200)
    refused: list[float] = []
    threads = [threading.Thread(target=spend, args=(store, throttle, 100, refused)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(part.count for part in granted) >= 400
    assert busiest_second(granted) <= 200
    granted.sort()
    for before, part in pairwise(granted):
        assert part.since > before.until - 0.002
        assert part.wait == 0 or part.since < before.until + 0.002, "it could have gone at once"
    assert max(refused, default=0) < module.AHEAD  # whoever asks again does so before the limit has room unused


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
    throttle = Throttle(name="smtp", per_domain=0.01)
    with store.write() as connection:
        grants = [throttle.reserve_domain(connection, "gmail", 5).count for _ in range(5)]
        assert grants == [1, 0, 0, 0, 0]
        assert throttle.reserve_domain(connection, "yahoo", 5).count == 1


def test_the_other_sides_wish_to_wait_reaches_everybody(store: Store) -> None:
    throttle = Throttle(name="smtp")
    assert throttle.braked(store) == 0
    throttle.brake(store, 500)
    assert 400 < Throttle(name="smtp").braked(store) <= 500
    assert Throttle(name="sendgrid").braked(store) == 0


def test_a_clock_that_jumped_back_holds_nobody_up(store: Store, monkeypatch) -> None:
    throttle = Throttle(name="smtp", per_second=10)
    later = {name: f"({text} + 7200)" for name, text in sql.NOW.items()}
    with monkeypatch.context() as jumped:
        jumped.setattr(sql, "NOW", later)
        assert throttle.reserve(store, 1).count == 1
    assert throttle.reserve(store, 1).count == 1
