"""The cycle's rules one by one, on both databases."""

from __future__ import annotations

import pytest
from delivery_parts import suppress
from sqlalchemy import select, update

from newsletter.delivery import ledger as book
from newsletter.delivery.control import pause
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.ledger import Claim, Lease
from newsletter.delivery.resolve import Decision, resolve
from newsletter.delivery.results import Result, record
from newsletter.delivery.send import Send, find_send
from newsletter.delivery.states import BatchState, State
from newsletter.errors import RefusedError
from newsletter.store.database import Store
from newsletter.store.tables import ledger

A, B = "a" * 32, "b" * 32


def lease(store: Store, send: Send, token: str, *, seconds: float = 60, seq: int = 0) -> Lease | None:
    with store.write() as connection:
        return book.lease_batch(connection, send.id, token=token, seconds=seconds, seq=seq)


def claim(store: Store, held: Lease, count: int) -> list[Claim]:
    with store.write() as connection:
        if not book.beat(connection, held, seconds=60):
            return []
        return book.claim(connection, held, book.candidates(connection, held, limit=count), at=0.0)


def due(store: Store, held: Lease, count: int) -> list[Claim]:
    with store.read() as connection:
        return book.candidates(connection, held, limit=count)


def write(store: Store, send: Send, row: Claim, state: State, *, seq: int = 1, delay: float = 0.0) -> None:
    with store.write() as connection:
        record(connection, send.id, [Result(n=row.n, attempt=row.attempt, seq=seq, state=state, delay=delay)])


def state_of(store: Store, n: int) -> tuple[str, int]:
    with store.read() as connection:
        row = connection.execute(
            select(ledger.delivery.c.state, ledger.delivery.c.attempt).where(ledger.delivery.c.n == n)
        ).one()
    return row.state, row.attempt


def expire(store: Store, send: Send) -> int:
    with store.write() as connection:
        connection.execute(update(ledger.send_batch).values(lease_until=0.0))
        return book.expire(connection, send=send.id)


def history(store: Store, n: int) -> list[tuple[str, int]]:
    event = ledger.attempt_event.c
    with store.read() as connection:
        return [
            (row.what, row.attempt)
            for row in connection.execute(select(event.what, event.attempt).where(event.n == n).order_by(event.id))
        ]


@pytest.fixture
def send(store: Store, make_send) -> Send:
    return make_send(store, 12, domains=("exemple.org",), batch=6)


def test_a_batch_is_leased_to_one_only(store: Store, send: Send) -> None:
    first, second = lease(store, send, A), lease(store, send, B)
    assert first is not None
    assert second is not None
    assert (first.seq, second.seq) == (1, 2)
    assert lease(store, send, A) is None


def test_exactly_the_batch_asked_for_is_leased(store: Store, send: Send) -> None:
    held = lease(store, send, A, seq=2)
    assert held is not None
    assert held.seq == 2
    assert lease(store, send, B, seq=2) is None


def test_a_row_is_claimed_by_one_only(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    seen_before = due(store, held, 3)
    assert [row.n for row in claim(store, held, 4)] == [1, 2, 3, 4]
    assert [row.n for row in claim(store, held, 4)] == [5, 6]
    with store.write() as connection:
        assert book.claim(connection, held, seen_before, at=0.0) == []
        assert not book.claim_run(connection, held, seen_before, at=0.0)
        assert not book.claim_run(connection, held, seen_before, at=0.0, sure=True)


@pytest.mark.parametrize("state", ["skipped", "failed", "unknown", "sent", "deferred"])
def test_only_a_queued_row_is_claimed(store: Store, send: Send, state: str) -> None:
    held = lease(store, send, A)
    assert held is not None
    rows = due(store, held, 3)
    with store.write() as connection:
        connection.execute(update(ledger.delivery).where(ledger.delivery.c.n == 2).values(state=state))
        assert [row.n for row in book.claim(connection, held, rows, at=0.0)] == [1, 3]
        assert not book.claim_run(connection, held, rows[1:2], at=0.0)
        assert not book.claim_run(connection, held, rows[1:2], at=0.0, sure=True)
    assert state_of(store, 2) == (state, 0)


def test_who_was_suppressed_is_not_claimed_and_is_skipped(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    rows = due(store, held, 3)
    suppress(store, 2)
    with store.write() as connection:
        assert [row.n for row in book.claim(connection, held, rows, at=0.0)] == [1, 3]
        book.skip(connection, held, [2, 3, 4], at=0.0)
    assert state_of(store, 2) == ("skipped", 0)
    assert history(store, 2) == [("skipped", 0)]


def test_a_lease_that_ran_out_is_fenced(store: Store, send: Send) -> None:
    held = lease(store, send, A, seconds=-1)
    assert held is not None
    assert claim(store, held, 4) == []
    with store.write() as connection:
        assert book.beat(connection, held, seconds=60, alone=True)


def test_a_batch_that_somebody_else_holds_now_is_fenced(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    expire(store, send)
    other = lease(store, send, B)
    assert other is not None
    assert other.seq == held.seq
    assert claim(store, held, 2) == []
    assert [row.n for row in claim(store, other, 2)] == [1, 2]


def test_a_paused_send_lets_nothing_be_claimed(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    pause(store, send.ref)
    assert claim(store, held, 4) == []
    assert lease(store, send, B) is None


def test_what_a_dead_worker_had_in_flight_is_in_doubt_and_the_rest_goes_on(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    claim(store, held, 4)
    assert expire(store, send) == 4
    again = lease(store, send, B)
    assert again is not None
    assert again.seq == 1
    assert [row.n for row in claim(store, again, 10)] == [5, 6]
    assert history(store, 1) == [("unknown", 1)]


def test_a_living_workers_batch_is_left_alone(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    with store.write() as connection:
        assert book.expire(connection, send=send.id) == 0
        assert book.expire(connection, send=send.id, mine=A, alone=True) == 0


def test_a_late_answer_settles_what_was_in_doubt(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    one, two, three, _four = claim(store, held, 4)
    expire(store, send)
    write(store, send, one, State.SENT)
    write(store, send, two, State.FAILED)
    write(store, send, three, State.DEFERRED, delay=10)
    assert [state_of(store, n)[0] for n in (1, 2, 3, 4)] == ["sent", "failed", "unknown", "unknown"]
    assert history(store, 1) == [("unknown", 1), ("late", 1)]
    assert counts(store, send.id).unknown == 2
    assert verify(store, find_send(store, send.ref)).ok


def test_the_answer_of_an_old_attempt_never_settles_a_newer_one(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    [old] = claim(store, held, 1)
    expire(store, send)
    with store.write() as connection:  # a person said: again (the patience is tested elsewhere)
        connection.execute(update(ledger.delivery).where(ledger.delivery.c.n == 1).values(state="queued"))
    held = lease(store, send, B)
    assert held is not None
    [new] = claim(store, held, 1)
    assert (old.n, old.attempt, new.n, new.attempt) == (1, 1, 1, 2)
    for state in (State.SENT, State.FAILED, State.DEFERRED, State.UNKNOWN):
        write(store, send, old, state)
        assert state_of(store, 1) == ("sending", 2)
    expire(store, send)
    write(store, send, old, State.SENT)
    assert state_of(store, 1) == ("unknown", 2)


@pytest.mark.parametrize("settled", [State.SENT, State.FAILED])
def test_a_settled_recipient_stays_settled(store: Store, send: Send, settled: State) -> None:
    held = lease(store, send, A)
    assert held is not None
    [row] = claim(store, held, 1)
    write(store, send, row, settled)
    for state in (State.FAILED, State.DEFERRED, State.UNKNOWN, State.SENT):
        write(store, send, row, state)
        assert state_of(store, 1) == (settled, 1)
    assert counts(store, send.id).as_dict() == {**dict.fromkeys(map(str, State), 0), "queued": 11, settled: 1}


def test_what_was_not_begun_is_queued_again(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    rows = claim(store, held, 3)
    write(store, send, rows[0], State.SENT)
    with store.write() as connection:
        assert book.give_back(connection, send.id, rows) == 2
        assert book.put_back(connection, held) is BatchState.QUEUED
    assert [state_of(store, n)[0] for n in (1, 2, 3)] == ["sent", "queued", "queued"]


def test_only_what_is_in_flight_at_that_attempt_is_given_back(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    rows = claim(store, held, 2)
    with store.write() as connection:
        assert book.give_back(connection, send.id, [row._replace(attempt=7) for row in rows]) == 0
    expire(store, send)
    with store.write() as connection:
        assert book.give_back(connection, send.id, rows) == 0
    assert [state_of(store, n)[0] for n in (1, 2)] == ["unknown", "unknown"]


def test_a_batch_with_deferred_recipients_waits_for_the_first_of_them(store: Store, send: Send) -> None:
    held = lease(store, send, A)
    assert held is not None
    for row in claim(store, held, 6):
        write(store, send, row, State.DEFERRED, delay=1000.0 * row.n)
    with store.write() as connection:
        assert book.put_back(connection, held) is BatchState.QUEUED
    second = lease(store, send, A)
    assert second is not None
    assert second.seq == 2
    with store.read() as connection:
        due = book.next_due(connection, send.id)
    assert due is not None
    assert 900 < due <= 1000
    assert counts(store, send.id).deferred == 6


@pytest.mark.parametrize(("decision", "state"), [(Decision.SENT, "sent"), (Decision.FAILED, "failed")])
def test_a_person_settles_what_is_in_doubt(store: Store, send: Send, decision: Decision, state: str) -> None:
    held = lease(store, send, A)
    assert held is not None
    claim(store, held, 3)
    expire(store, send)
    assert resolve(store, send.ref, decision, reason="asked them", only=[1, 2]) == 2
    assert [state_of(store, n)[0] for n in (1, 2, 3)] == [state, state, "unknown"]
    assert history(store, 1) == [("unknown", 1), ("decision", 1)]
    assert verify(store, find_send(store, send.ref)).ok


def test_again_queues_them_once_more_and_a_done_send_is_opened(store: Store, send: Send) -> None:
    for token in (A, B):
        held = lease(store, send, token)
        assert held is not None
        for row in claim(store, held, 6):
            write(store, send, row, State.UNKNOWN if row.n < 3 else State.SENT, seq=held.seq)
        with store.write() as connection:
            assert book.put_back(connection, held) is BatchState.DONE
    with store.write() as connection:
        connection.execute(update(ledger.send).values(state="done", finished_at=1.0))
    assert resolve(store, send.ref, Decision.AGAIN, reason="not in their log", patience=0) == 2
    assert find_send(store, send.ref).state == "running"
    held = lease(store, send, A)
    assert held is not None
    assert [(row.n, row.attempt) for row in claim(store, held, 9)] == [(1, 2), (2, 2)]


def test_again_waits_while_a_server_might_still_answer(make_postgres, make_send) -> None:
    store = make_postgres()
    send = make_send(store, 3)
    held = lease(store, send, A)
    assert held is not None
    claim(store, held, 1)
    expire(store, send)
    with pytest.raises(RefusedError, match="may still answer"):
        resolve(store, send.ref, Decision.AGAIN, reason="impatient")
    assert resolve(store, send.ref, Decision.AGAIN, reason="patient", patience=0) == 1
