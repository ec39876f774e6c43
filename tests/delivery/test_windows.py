"""One worker's windows: whom they bring, what they write, and what a fault between two of them leaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from delivery_parts import suppress
from sqlalchemy import Connection, select, update

from newsletter.delivery import windows as windows_module
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.results import Result
from newsletter.delivery.send import Send, find_send
from newsletter.delivery.states import State
from newsletter.delivery.throttle import Throttle
from newsletter.delivery.windows import Flight, Terms, Windows
from newsletter.errors import TransientError
from newsletter.store.database import Store
from newsletter.store.line import Line
from newsletter.store.tables import ledger, people


@pytest.fixture
def send(store: Store, make_send) -> Send:
    return make_send(store, 12, domains=("exemple.org",), batch=6)


@pytest.fixture
def windows(store: Store, send: Send) -> Iterator[Windows]:
    terms = Terms(token="a" * 32, window=3, in_flight=1, lease=60, alone=store.is_sqlite)
    made = Windows(store, send, terms=terms, throttle=Throttle(name="recorder"))
    yield made
    made.close(unanswered=(), unbegun=())


def hear(windows: Windows, *flights: Flight, state: State = State.SENT) -> None:
    for claim, _person, held in flights:
        held.open -= 1
        windows.results.append(Result(n=claim.n, attempt=claim.attempt, seq=held.lease.seq, state=state))


def numbers(windows: Windows) -> list[int]:
    """The next window, at once answered."""
    flights = windows.next(flying=0).flights
    assert not flights or windows.results == []  # written with the claim, and written once
    hear(windows, *flights)
    return [flight.claim.n for flight in flights]


def state_of(store: Store, n: int) -> str:
    with store.read() as connection:
        return str(connection.scalar(select(ledger.delivery.c.state).where(ledger.delivery.c.n == n)))


def adds_up(store: Store) -> bool:
    return verify(store, find_send(store, "S1")).ok


def test_windows_follow_one_another_through_every_batch(store: Store, windows: Windows) -> None:
    assert [numbers(windows) for _ in range(5)] == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12], []]
    windows.pulse()
    assert counts(store, 1).sent == 12
    assert adds_up(store)


def test_the_books_are_right_after_each_window(store: Store, windows: Windows) -> None:
    while numbers(windows):
        assert adds_up(store)


def test_who_leaves_between_two_windows_gets_nothing(store: Store, windows: Windows) -> None:
    assert numbers(windows) == [1, 2, 3]
    suppress(store, 5)
    assert numbers(windows) == [4, 6]
    assert state_of(store, 5) == "skipped"
    assert adds_up(store)


def test_who_ends_their_subscription_between_two_windows_gets_nothing(store: Store, windows: Windows) -> None:
    assert numbers(windows) == [1, 2, 3]
    with store.write() as connection:
        row = people.subscription
        connection.execute(update(row).where(row.c.subscriber_id == 4).values(status="ended"))
    assert numbers(windows) == [5, 6]


def test_whose_consent_ends_between_two_windows_gets_nothing(store: Store, windows: Windows) -> None:
    with store.write() as connection:
        row = people.subscription
        connection.execute(update(row).where(row.c.subscriber_id == 4).values(consent_until=time.time() + 0.5))
    assert numbers(windows) == [1, 2, 3]
    time.sleep(0.6)
    assert numbers(windows) == [5, 6]


def test_whose_consent_ends_while_the_machine_sleeps_gets_nothing(store: Store, windows: Windows, monkeypatch) -> None:
    with store.write() as connection:
        row = people.subscription
        connection.execute(update(row).where(row.c.subscriber_id == 4).values(consent_until=time.time() + 600))
    assert numbers(windows) == [1, 2, 3]
    later = SimpleNamespace(time=lambda: time.time() + 3600, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(windows_module, "time", later)  # the monotonic clock stood still meanwhile
    assert numbers(windows) == [5, 6]


def test_who_was_put_off_since_they_were_read_waits(store: Store, windows: Windows) -> None:
    assert numbers(windows) == [1, 2, 3]
    with store.write() as connection:
        connection.execute(update(ledger.delivery).where(ledger.delivery.c.n == 5).values(not_before=9e9))
    assert numbers(windows) == [4, 6]
    assert state_of(store, 5) == "queued"


def failing(write: Callable, times: list[int], *, after: bool) -> Callable:
    """Transactions that fail while there are `times`: before their commit, or when it was done and is not heard of."""

    @contextmanager
    def broken(self: Line) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            if times and not after:
                times.pop()
                raise TransientError("not committed")
        if times and after:
            times.pop()
            raise TransientError("committed, but nobody heard")

    return broken


def test_a_transaction_that_failed_is_done_again_and_loses_no_answer(
    make_store, make_send, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store()
    send = make_send(store, 6, domains=("exemple.org",), batch=6)
    terms = Terms(token="a" * 32, window=3, in_flight=1, lease=60, alone=True)
    windows = Windows(store, send, terms=terms, throttle=Throttle(name="recorder"))
    assert numbers(windows) == [1, 2, 3]
    monkeypatch.setattr(Line, "write", failing(Line.write, [1], after=False))
    assert numbers(windows) == [4, 5, 6]
    assert [state_of(store, n) for n in (1, 4)] == ["sent", "sending"]
    windows.close(unanswered=(), unbegun=())
    assert counts(store, 1).sent == 6


def test_a_claim_whose_commit_was_never_heard_of_is_in_doubt_and_never_sent_twice(
    make_store, make_send, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store()
    send = make_send(store, 6, domains=("exemple.org",), batch=6)
    terms = Terms(token="a" * 32, window=3, in_flight=1, lease=60, alone=True)
    windows = Windows(store, send, terms=terms, throttle=Throttle(name="recorder"))
    assert numbers(windows) == [1, 2, 3]
    monkeypatch.setattr(Line, "write", failing(Line.write, [1], after=True))
    assert numbers(windows) == []  # nobody of the second window may leave: they were claimed, but not by us for sure
    windows.close(unanswered=(), unbegun=())
    assert [state_of(store, n) for n in range(1, 7)] == ["sent"] * 3 + ["unknown"] * 3
    assert adds_up(store)
