"""When a send stops itself: a canary holds the others back, and a share of failures ends it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from newsletter.delivery import ledger as book
from newsletter.delivery.confirm import Terms
from newsletter.delivery.results import Result, record
from newsletter.delivery.rules import Rules
from newsletter.delivery.send import Send, find_send
from newsletter.delivery.states import SendState, State
from newsletter.delivery.throttle import Throttle
from newsletter.store.database import Store
from newsletter.store.tables import ledger

#: judges a send whose canary has had these answers; None: claimed and not answered yet
Answered = Callable[..., tuple[SendState, int]]


def waiting(store: Store) -> int:
    batch = ledger.send_batch.c
    with store.read() as connection:
        return connection.scalar(select(func.count()).where(batch.state == "waiting")) or 0


@pytest.fixture
def answered(make_store: Callable[[], Store], make_send) -> Answered:
    """Claim the canary of five, answer it so, and judge; return where the send stands and how many batches wait."""

    def make(*states: State | None, claimed: int = 5, stop_at: float = 50.0) -> tuple[SendState, int]:
        store = make_store()
        send: Send = make_send(store, 30, terms=Terms(canary=5), domains=("exemple.org",))
        with store.write() as connection:
            held = book.lease_batch(connection, send.id, token="a" * 32, seconds=60)
            assert held is not None
            rows = book.claim(connection, held, book.candidates(connection, held, limit=claimed), at=0.0)
            results = [
                Result(n=row.n, attempt=row.attempt, seq=held.seq, state=state, delay=60 * (state is State.DEFERRED))
                for row, state in zip(rows, states, strict=False)
                if state is not None
            ]
            record(connection, send.id, results)
        assert waiting(store) > 0
        Rules(store=store, send=send, throttle=Throttle(name="recorder"), stop_at_failures=stop_at).judge()
        return find_send(store, send.ref).state, waiting(store)

    return make


SENT, FAILED, LATER, DOUBT = State.SENT, State.FAILED, State.DEFERRED, State.UNKNOWN


def test_while_some_of_the_canary_are_queued_the_others_wait(answered: Answered) -> None:
    state, held_back = answered(SENT, SENT, claimed=2)
    assert state is SendState.RUNNING
    assert held_back > 0


def test_while_some_of_the_canary_are_in_flight_the_others_wait(answered: Answered) -> None:
    state, held_back = answered(SENT, SENT, SENT, SENT, None)
    assert state is SendState.RUNNING
    assert held_back > 0


@pytest.mark.parametrize("last", [SENT, LATER, DOUBT])
def test_once_each_has_an_answer_the_others_follow(answered: Answered, last: State) -> None:
    assert answered(SENT, SENT, SENT, SENT, last) == (SendState.RUNNING, 0)


def test_a_canary_whose_failures_are_too_many_lets_nobody_follow(answered: Answered) -> None:
    state, held_back = answered(SENT, SENT, FAILED, FAILED, FAILED)
    assert state is SendState.STOPPED
    assert held_back > 0


def test_a_failure_or_two_are_nothing(answered: Answered) -> None:
    assert answered(SENT, SENT, SENT, FAILED, FAILED, stop_at=5.0) == (SendState.RUNNING, 0)


@pytest.mark.parametrize(
    ("stop_at", "state"), [(60.0, SendState.STOPPED), (60.1, SendState.RUNNING), (0.0, SendState.RUNNING)]
)
def test_a_share_at_the_threshold_stops_and_one_below_it_does_not(
    answered: Answered, stop_at: float, state: SendState
) -> None:
    assert answered(SENT, SENT, FAILED, FAILED, FAILED, stop_at=stop_at)[0] is state
