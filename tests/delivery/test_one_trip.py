"""The usual window on PostgreSQL is one statement, and keeps every rule that the steps keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from delivery_parts import suppress
from sqlalchemy import select, update

from newsletter.delivery import ledger as book
from newsletter.delivery.control import pause
from newsletter.delivery.counts import verify
from newsletter.delivery.ledger import Claim, Lease
from newsletter.delivery.one_trip import usual_window
from newsletter.delivery.results import Result
from newsletter.delivery.send import find_send
from newsletter.delivery.states import State
from newsletter.store.database import Store
from newsletter.store.line import Line
from newsletter.store.tables import ledger

pytestmark = pytest.mark.postgres
TOKEN = "a" * 32


class Bench:
    """One worker's batch of six, all read ahead, on a line of its own."""

    def __init__(self, store: Store, number: int) -> None:
        self.store, self.line = store, Line(store)
        with store.write() as connection:
            held = book.lease_batch(connection, number, token=TOKEN, seconds=60)
            assert held is not None
            self.due = book.candidates(connection, held, limit=10)
        self.lease: Lease = held

    def window(self, first: int, last: int, *results: Result) -> set[int] | None:
        due = self.due[first - 1 : last]
        return usual_window(self.line, self.lease, results, due, seconds=60, alone=False, at=0.0)

    def states(self) -> list[str]:
        row = ledger.delivery.c
        with self.store.read() as connection:
            return list(connection.scalars(select(row.state).where(row.n <= 6).order_by(row.n)))

    def change(self, **values: object) -> None:
        with self.store.write() as connection:
            connection.execute(update(ledger.delivery).where(ledger.delivery.c.n == 2).values(**values))


def sent(claim: Claim, **changes: object) -> Result:
    return Result(n=claim.n, attempt=claim.attempt, seq=1, state=State.SENT, code=250, answer="ok")._replace(**changes)


@pytest.fixture
def bench(make_postgres: Callable[[], Store], make_send) -> Iterator[Bench]:
    store = make_postgres()
    made = Bench(store, make_send(store, 12, domains=("exemple.org",), batch=6).id)
    yield made
    made.line.close()


def test_answers_are_written_and_the_next_are_claimed_at_once(bench: Bench) -> None:
    assert bench.window(1, 3) == {1, 2, 3}
    assert bench.window(4, 6, *map(sent, bench.due[:3])) == {4, 5, 6}
    assert bench.states() == ["sent"] * 3 + ["sending"] * 3
    assert verify(bench.store, find_send(bench.store, "S1")).ok


def test_a_row_that_is_not_queued_is_not_claimed_again(bench: Bench) -> None:
    assert bench.window(1, 3) == {1, 2, 3}
    assert bench.window(1, 3) == set()
    assert bench.states()[:3] == ["sending"] * 3


@pytest.mark.parametrize("state", ["skipped", "failed", "unknown", "sent", "deferred"])
def test_only_a_queued_row_is_claimed_in_one_trip(bench: Bench, state: str) -> None:
    bench.change(state=state)
    assert bench.window(1, 3) == {1, 3}
    assert bench.states()[1] == state


def test_a_row_at_another_attempt_or_put_off_is_not_claimed(bench: Bench) -> None:
    bench.change(attempt=4)
    assert bench.window(1, 3) == {1, 3}
    bench.change(attempt=0, not_before=9e9)
    assert bench.window(2, 2) == set()
    assert bench.states()[1] == "queued"


def test_who_left_is_skipped(bench: Bench) -> None:
    suppress(bench.store, 2)
    assert bench.window(1, 3) == {1, 3}
    assert bench.states()[:3] == ["sending", "skipped", "sending"]
    assert verify(bench.store, find_send(bench.store, "S1")).ok


@pytest.mark.parametrize("change", [{"lease_until": 0.0}, {"token": "b" * 32}, {"state": "queued"}])
def test_a_batch_that_is_not_ours_any_more_is_left_alone(bench: Bench, change: dict[str, object]) -> None:
    bench.window(1, 3)
    with bench.store.write() as connection:
        connection.execute(update(ledger.send_batch).where(ledger.send_batch.c.seq == 1).values(**change))
    assert bench.window(4, 6, *map(sent, bench.due[:3])) is None
    assert bench.states() == ["sending"] * 3 + ["queued"] * 3


def test_after_a_pause_nothing_is_claimed(bench: Bench) -> None:
    bench.window(1, 3)
    pause(bench.store, "S1")
    assert bench.window(4, 6) is None
    assert bench.states()[3:] == ["queued"] * 3


def test_the_answer_of_another_attempt_settles_nothing(bench: Bench) -> None:
    bench.window(1, 3)
    stale = sent(bench.due[0], attempt=7)
    assert bench.window(4, 6, stale, sent(bench.due[1])) == {4, 5, 6}
    assert bench.states()[:3] == ["sending", "sent", "sending"]
    assert verify(bench.store, find_send(bench.store, "S1")).ok


@pytest.mark.parametrize("state", ["failed", "sent", "deferred", "queued", "skipped"])
def test_a_second_answer_to_the_same_attempt_changes_nothing(bench: Bench, state: str) -> None:
    bench.window(1, 3)
    bench.change(state=state)
    assert bench.window(4, 6, sent(bench.due[0]), sent(bench.due[1])) == {4, 5, 6}
    assert bench.states()[:3] == ["sent", state, "sending"]


@pytest.mark.parametrize("odd", [{"state": State.DEFERRED}, {"seq": 2}])
def test_what_is_not_usual_is_left_to_the_steps(bench: Bench, odd: dict[str, object]) -> None:
    bench.window(1, 3)
    assert bench.window(4, 6, sent(bench.due[0], **odd)) is None
    assert bench.states() == ["sending"] * 3 + ["queued"] * 3


def test_people_with_a_gap_between_them_are_left_to_the_steps(bench: Bench) -> None:
    del bench.due[1]
    assert bench.window(1, 3) is None
    assert bench.states() == ["queued"] * 6
