"""The disk fills, the database is locked, the clock jumps, a server refuses: nothing is lost, nobody gets it twice."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from delivery_parts import Recorder
from sqlalchemy import Connection, select, update

from newsletter.delivery import sql
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.run import run_send
from newsletter.delivery.send import find_send
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.errors import TransientError
from newsletter.store.database import Store
from newsletter.store.line import Line
from newsletter.store.tables import ledger


def accepted(parcel: Parcel) -> Receipt:
    return Receipt(key=parcel.key, outcome=Outcome.ACCEPTED, code=250)


def finish(store: Store, ref: str, recorder: Recorder, make_means: Callable, total: int) -> None:
    """Resume to the end: everybody has it once, or is said to be in doubt."""
    recorder.answer = accepted
    send = find_send(store, ref)
    assert run_send(store, send.id, make_means(recorder)).done
    found = counts(store, send.id)
    assert found.sent + found.unknown == total
    assert len(recorder.got) == len(set(recorder.got))
    assert len(recorder.got) >= found.sent
    assert verify(store, find_send(store, ref)).ok


def filling(write: Callable, pages: list[int]) -> Callable:
    """Transactions that can not be committed once there are `pages`."""

    @contextmanager
    def full(self: Store | Line) -> Iterator[Connection]:
        with write(self) as connection:
            yield connection
            if pages:
                raise TransientError("The disk is full")

    return full


def test_nothing_can_be_committed_any_more(make_store, make_send, make_means, monkeypatch) -> None:
    store = make_store()
    send = make_send(store, 2_000, batch=500)
    recorder = Recorder()
    pages: list[int] = []

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 300:
            pages.append(1)
        return accepted(parcel)

    for owner in (Store, Line):
        monkeypatch.setattr(owner, "write", filling(owner.write, pages))
    recorder.answer = answer
    with pytest.raises(TransientError):
        run_send(store, send.id, make_means(recorder))
    assert 300 <= len(recorder.got) <= 321
    pages.clear()
    finish(store, send.ref, recorder, make_means, 2_000)
    assert counts(store, send.id).unknown <= 21


def test_a_database_that_is_locked_for_a_while_is_waited_for(make_store, make_send, make_means) -> None:
    store = make_store()
    send = make_send(store, 300)
    recorder = Recorder()
    threads: list[threading.Thread] = []

    def lock() -> None:
        other = sqlite3.connect(store.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(1.5)
        other.execute("COMMIT")
        other.close()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 100:
            threads.append(threading.Thread(target=lock))
            threads[0].start()
            time.sleep(0.1)
        return accepted(parcel)

    recorder.answer = answer
    assert run_send(store, send.id, make_means(recorder)).done
    threads[0].join()
    assert counts(store, send.id).sent == 300


@pytest.mark.parametrize("seconds", [86_400.0, -86_400.0])
def test_the_clock_jumps_in_the_middle(store: Store, make_send, make_means, monkeypatch, seconds: float) -> None:
    send = make_send(store, 200)
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 100:
            monkeypatch.setattr(sql, "NOW", {name: f"({text} + {seconds})" for name, text in sql.NOW.items()})
        return accepted(parcel)

    recorder.answer = answer
    run_send(store, send.id, make_means(recorder, stay=5))
    finish(store, send.ref, recorder, make_means, 200)
    if store.is_sqlite:  # nobody else sends: a clock takes nothing away
        assert counts(store, send.id).sent == 200


def test_a_batch_taken_from_under_a_worker_is_left_to_the_other(make_postgres, make_send, make_means) -> None:
    store = make_postgres()
    send = make_send(store, 100)
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 15:
            with store.write() as connection:
                connection.execute(
                    update(ledger.send_batch).where(ledger.send_batch.c.state == "leased").values(lease_until=0.0)
                )
        return accepted(parcel)

    recorder.answer = answer
    run_send(store, send.id, make_means(recorder))
    finish(store, send.ref, recorder, make_means, 100)


def test_a_transport_that_breaks_leaves_what_it_pulled_in_doubt_and_the_rest_queued(
    store: Store, make_send, make_means
) -> None:
    send = make_send(store, 100)
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 30:
            raise ZeroDivisionError
        return accepted(parcel)

    recorder.answer = answer
    with pytest.raises(ZeroDivisionError):
        run_send(store, send.id, make_means(recorder))
    found = counts(store, send.id)
    assert (found.sent, found.unknown, found.queued) == (30, 1, 69)
    finish(store, send.ref, recorder, make_means, 100)


@pytest.mark.parametrize("every", [3])
def test_every_third_is_refused(store: Store, make_send, make_means, every: int) -> None:
    send = make_send(store, 90)

    def answer(parcel: Parcel) -> Receipt:
        kind = Outcome.REFUSED if parcel.key % every == 0 else Outcome.ACCEPTED
        return Receipt(key=parcel.key, outcome=kind, code=550 if kind is Outcome.REFUSED else 250)

    assert run_send(store, send.id, make_means(Recorder(answer), settings={"stop_at_failures": 0})).done
    found = counts(store, send.id)
    assert (found.sent, found.failed) == (60, 30)


def test_a_mail_leaves_only_when_its_claim_is_committed(store: Store, make_send, make_means) -> None:
    send = make_send(store, 60)
    seen: set[str] = set()

    def answer(parcel: Parcel) -> Receipt:
        with store.read() as connection:
            row = ledger.delivery.c
            seen.add(str(connection.scalar(select(row.state).where(row.send_id == send.id, row.n == parcel.key))))
        return accepted(parcel)

    run_send(store, send.id, make_means(Recorder(answer)))
    assert seen == {"sending"}
