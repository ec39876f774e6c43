"""What a person may do to a send reaches everybody it must, and nobody else."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from delivery_parts import Recorder, accepted, adds_up
from sqlalchemy import update

from newsletter.delivery import control
from newsletter.delivery import ledger as book
from newsletter.delivery.control import cancel, pause, resume
from newsletter.delivery.run import run_send
from newsletter.delivery.states import SendState
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.store.database import Store
from newsletter.store.tables import ledger


def later(parcel: Parcel) -> Receipt:
    return Receipt(key=parcel.key, outcome=Outcome.DEFERRED, code=451, retry_after=3600)


def test_who_waits_for_another_try_is_left_out_by_a_cancellation(store: Store, make_send, make_means) -> None:
    send = make_send(store, 20)
    recorder = Recorder(lambda parcel: later(parcel) if parcel.key % 2 else accepted(parcel))
    assert run_send(store, send.id, make_means(recorder, stay=1)).next_due is not None
    adds_up(store, send.ref, sent=10, deferred=10)
    assert cancel(store, send.ref).state is SendState.CANCELLED
    adds_up(store, send.ref, sent=10, skipped=10)


def test_who_is_put_off_while_the_send_is_cancelled_is_left_out(store: Store, make_send, make_means) -> None:
    send = make_send(store, 60, domains=("exemple.org",))
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if parcel.key < 5:
            return accepted(parcel)
        if parcel.key == 5:
            cancel(store, send.ref)
        return later(parcel)

    recorder.answer = answer
    run_send(store, send.id, make_means(recorder, stay=1))
    adds_up(store, send.ref, sent=4, skipped=56)


def test_the_deadline_of_those_who_wait_counts_from_the_beginning_of_the_send(
    store: Store, make_send, make_means
) -> None:
    send = make_send(store, 3)
    with store.write() as connection:
        almost = time.time() - 5 * 86400 + 60
        connection.execute(update(ledger.send).values(starts_at=almost, created_at=almost))
    run_send(store, send.id, make_means(Recorder(later), settings={"deadline_days": 5}, stay=1))
    adds_up(store, send.ref, failed=3)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "turn", [cancel, lambda store, ref: resume(store, ref, at_once=True)], ids=["cancel", "resume"]
)
def test_a_worker_in_the_middle_of_a_window_and_a_person_never_wait_for_one_another(
    make_postgres, make_send, turn
) -> None:
    store = make_postgres()
    send = make_send(store, 40)
    batch, delivery = ledger.send_batch, ledger.delivery
    with ThreadPoolExecutor(1) as person:
        with store.write() as worker:  # its batch first, then its rows
            worker.execute(update(batch).where(batch.c.send_id == send.id).values(lease_until=time.time() + 60))
            turned = person.submit(turn, store, send.ref)
            with pytest.raises(TimeoutError):
                turned.result(0.5)
            worker.execute(update(delivery).where(delivery.c.send_id == send.id).values(code=250))
        assert turned.result(20).id == send.id


@pytest.mark.postgres
def test_a_worker_that_gives_back_a_cancelled_batch_and_the_person_never_wait_for_one_another(
    make_postgres, make_send
) -> None:
    store = make_postgres()
    send = make_send(store, 40)
    with store.write() as connection:
        held = book.lease_batch(connection, send.id, token="a" * 32, seconds=60)
        assert held is not None
    pause(store, send.ref)
    with store.write() as connection:
        connection.execute(update(ledger.send).values(state="cancelled"))
    with ThreadPoolExecutor(1) as person:
        with store.write() as worker:  # it has left out who was queued, and has yet to give the batch back
            assert book._clear(worker, held, {})
            swept = person.submit(sweep, store, send.id, held)
            with pytest.raises(TimeoutError):
                swept.result(0.5)
            book.put_back(worker, held)
        swept.result(60)
    cancel(store, send.ref)
    adds_up(store, send.ref, skipped=40)


def sweep(store: Store, number: int, held: book.Lease) -> None:
    """Leave out who is queued in one batch, as a cancellation does once the send is said to be cancelled."""
    with store.write() as connection:
        control._leave_out(connection, number, held.seq, (held.first, held.last))


def test_resuming_never_sends_again_to_who_is_in_doubt(store: Store, make_send, make_means) -> None:
    send = make_send(store, 12)

    def answer(parcel: Parcel) -> Receipt:
        if parcel.key > 8:
            return later(parcel)
        return Receipt(key=parcel.key, outcome=Outcome.UNKNOWN) if parcel.key <= 3 else accepted(parcel)

    recorder = Recorder(answer)
    run_send(store, send.id, make_means(recorder, stay=1))
    adds_up(store, send.ref, sent=5, unknown=3, deferred=4)
    pause(store, send.ref)
    resume(store, send.ref)
    adds_up(store, send.ref, sent=5, unknown=3, deferred=4)
    resume(store, send.ref, at_once=True)
    recorder.answer = accepted
    assert run_send(store, send.id, make_means(recorder, stay=1)).done
    adds_up(store, send.ref, sent=9, unknown=3)
    assert len(recorder.got) == len(set(recorder.got)) == 12
