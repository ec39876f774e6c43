"""Batches handed out by the job engine on PostgreSQL: jobs are hints, the ledger decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from calm import BOUND, until
from delivery_parts import Recorder, add_people
from sqlalchemy import text

from newsletter.config.model import TransportSection
from newsletter.delivery import ledger
from newsletter.delivery.cluster import Pace, Work, hand_out, refill, work
from newsletter.delivery.confirm import Terms, confirm
from newsletter.delivery.control import cancel, pause, resume
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.one_batch import BatchRun, look_after
from newsletter.delivery.send import Send, find_send
from newsletter.delivery.states import SendState
from newsletter.delivery.stopping import Stop
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.errors import BusyError, RefusedError, TransientError
from newsletter.store.database import Store
from newsletter.store.line import Line

pytestmark = pytest.mark.postgres
#: nobody is taken for dead who only stood still for a while: the dead of these tests are so for an hour
PACE = Pace(heartbeat=0.3, dead_after=60.0, poll=0.2)
#: as many as a worker may have in hand: a window, and one in flight
IN_HAND = 21


def accepted(parcel: Parcel) -> Receipt:
    return Receipt(key=parcel.key, outcome=Outcome.ACCEPTED)


def jobs(store: Store, where: str = "queue_name = 'batches'") -> int:
    with store.read() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM procrastinate_jobs WHERE {where}")))


@pytest.fixture
def at_work(make_means):
    """Let workers take batches in threads of this process until the block ends."""

    @contextmanager
    def start(store: Store, transport: Recorder, *, workers: int = 1, **changes) -> Iterator[Stop]:
        stop = changes.setdefault("stop", Stop())
        settings = TransportSection(**changes.get("settings", {}))
        runs: dict[tuple[int, int], BatchRun] = {}

        def task(place: int) -> Work:
            def batch(send: int, seq: int) -> float:
                if (place, send) not in runs:
                    runs[place, send] = BatchRun(store, send, make_means(transport, **changes))
                return runs[place, send].batch(seq)

            return Work(batch=batch, care=lambda: look_after(store, "recorder", settings))

        crew = [
            threading.Thread(target=work, args=(store, task(place)), kwargs={"stop": stop, "pace": PACE})
            for place in range(workers)
        ]
        for one in crew:
            one.start()
        try:
            yield stop
        finally:
            stop.ask()
            for one in crew:
                one.join(BOUND)
            assert not any(one.is_alive() for one in crew)

    return start


def done(store: Store, send: Send) -> Callable[[], bool]:
    return lambda: find_send(store, send.ref).state is SendState.DONE


def leased(store: Store) -> int:
    with store.read() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM send_batch WHERE state = 'leased'")))


def adds_up(store: Store, send: Send, **expected: int) -> None:
    found = counts(store, send.id)
    assert {name: value for name, value in found.as_dict().items() if value} == expected
    assert verify(store, find_send(store, send.ref)).ok


def test_each_batch_has_its_job_in_the_transaction_that_makes_the_send(make_postgres, make_send, make_order) -> None:
    store = make_postgres()
    make_send(store, 500)
    with store.read() as connection:
        batches = connection.scalar(text("SELECT count(*) FROM send_batch"))
    assert jobs(store) == batches > 5
    with store.write() as connection:
        assert hand_out(connection) == 0
    add_people(store, 1, first=1001)
    order = make_order(store, slug="autre")
    with pytest.raises(RefusedError):
        confirm(store, order, plan="", expect=order.audience.total + 1, record={}, terms=Terms())
    assert jobs(store) == batches


def test_a_send_that_is_held_back_has_jobs_for_later_and_a_canary_one_alone(make_postgres, make_send) -> None:
    store = make_postgres()
    make_send(store, 200, terms=Terms(hold=60, canary=5))
    assert jobs(store) == 1
    assert jobs(store, "scheduled_at > now() + interval '50 seconds'") == 1


def test_several_workers_send_everything_once(make_postgres, make_send, at_work) -> None:
    store = make_postgres()
    send, transport = make_send(store, 1000), Recorder(accepted)
    with at_work(store, transport, workers=3):
        until(done(store, send))
        until(lambda: jobs(store) == 0)
    assert len(transport.got) == len(set(transport.got)) == 1000
    adds_up(store, send, sent=1000)


def test_the_canary_goes_first_and_the_others_follow(make_postgres, make_send, at_work) -> None:
    store = make_postgres()
    send, transport = make_send(store, 200, terms=Terms(canary=5)), Recorder(accepted)
    with at_work(store, transport):
        until(done(store, send))
    adds_up(store, send, sent=200)


def test_who_is_deferred_gets_it_when_it_is_due(make_postgres, make_send, at_work) -> None:
    store, tried = make_postgres(), list[int]()

    def answer(parcel: Parcel) -> Receipt:
        tried.append(parcel.key)
        if tried.count(parcel.key) == 1 and parcel.key % 10 == 0:
            return Receipt(key=parcel.key, outcome=Outcome.DEFERRED, code=451, retry_after=1.0)
        return accepted(parcel)

    send = make_send(store, 100)
    with at_work(store, Recorder(answer)):
        until(done(store, send))
    assert len(tried) == 110
    adds_up(store, send, sent=100)


def test_a_lost_job_is_made_again(make_postgres, make_send, at_work) -> None:
    store = make_postgres()
    send = make_send(store, 100)
    with store.write() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs"))
    with at_work(store, Recorder(accepted)):
        until(done(store, send))
    adds_up(store, send, sent=100)


def test_what_a_dead_worker_had_in_hand_is_given_on(make_postgres, make_send, at_work) -> None:
    store = make_postgres()
    send = make_send(store, 100)
    with store.write() as connection:
        connection.execute(text("SELECT procrastinate_register_worker_v1()"))
        connection.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
        fetch = "SELECT procrastinate_fetch_job_v2(NULL, (SELECT max(id) FROM procrastinate_workers))"
        connection.execute(text(fetch))
        lease = ledger.lease_batch(connection, send.id, token="f" * 32, seconds=-1, seq=1)
        assert lease is not None
        people = ledger.candidates(connection, lease, limit=3)
        claimed = ledger.claim(connection, lease, people, at=time.time())
    assert jobs(store, "status = 'doing'") == 1
    with at_work(store, Recorder(accepted)):
        until(done(store, send))
    adds_up(store, send, sent=97, unknown=3)
    assert verify(store, find_send(store, send.ref)).unknown == tuple(row.n for row in claimed)


def test_a_batch_in_a_living_workers_hands_is_busy_and_left_alone(make_postgres, make_send, make_means) -> None:
    store = make_postgres()
    send = make_send(store, 100)
    with store.write() as connection:
        assert ledger.lease_batch(connection, send.id, token="f" * 32, seconds=60, seq=1)
    transport = Recorder(accepted)
    with pytest.raises(BusyError):
        BatchRun(store, send.id, make_means(transport)).batch(1)
    assert transport.got == []


def test_a_job_for_what_is_done_or_not_yet_due_does_nothing(make_postgres, make_send, make_means) -> None:
    store, transport = make_postgres(), Recorder(accepted)
    send = make_send(store, 60)
    run = BatchRun(store, send.id, make_means(transport))
    assert run.batch(1) == 0.0
    first = len(transport.got)
    assert run.batch(1) == 0.0
    assert run.batch(999) == 0.0
    assert len(transport.got) == first > 0


def test_a_pause_reaches_every_worker_and_a_resumed_send_goes_on(make_postgres, make_send, at_work) -> None:
    store = make_postgres()

    send, transport, gate = make_send(store, 500), Recorder(), [100]

    def up_to_the_gate(parcel: Parcel) -> Receipt:
        until(lambda: len(transport.got) <= gate[0])
        return accepted(parcel)

    def turned(turn: Callable[[Store, str], object]) -> int:
        """Pause or cancel it with mails in hand: what is in hand goes, and no more; return how many have gone."""
        until(lambda: len(transport.got) > gate[0])
        turn(store, send.ref)
        before, gate[0] = len(transport.got), 1_000
        until(lambda: not leased(store))
        gone = len(transport.got)
        assert gone - before <= 2 * IN_HAND
        time.sleep(0.5)
        assert len(transport.got) == gone
        return gone

    transport.answer = up_to_the_gate
    with at_work(store, transport, workers=2):
        held = turned(pause)
        gate[0] = held + 100
        resume(store, send.ref)
        ended = turned(cancel)
    assert held < ended < 500
    found = counts(store, send.id)
    assert found.sent == ended
    assert found.sent + found.skipped == 500
    assert verify(store, find_send(store, send.ref)).ok


def test_quiet_hours_put_jobs_off_and_send_nothing(make_postgres, make_send, make_means) -> None:
    store, transport = make_postgres(), Recorder(accepted)
    send = make_send(store, 60)
    night = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)  # midnight in Toronto
    means = make_means(transport, settings={"quiet_hours": "22:00-07:00"}, clock=lambda: night)
    assert BatchRun(store, send.id, means).batch(1) == pytest.approx(timedelta(hours=7).total_seconds())
    assert transport.got == []


def test_a_limit_of_a_second_holds_across_workers(make_postgres, make_send, at_work) -> None:
    store, moments = make_postgres(), list[float]()

    def noted(parcel: Parcel) -> Receipt:
        moments.append(time.monotonic())
        return accepted(parcel)

    send = make_send(store, 400)
    with at_work(store, Recorder(noted), workers=3, settings={"per_second": 100}):
        until(done(store, send))
    moments.sort()
    worst = max(sum(1 for other in moments if one <= other < one + 1) for one in moments)
    assert worst <= 110
    adds_up(store, send, sent=400)


def test_an_hours_allowance_that_is_used_up_puts_the_rest_off(make_postgres, make_send, make_means) -> None:
    store, transport = make_postgres(), Recorder(accepted)
    send = make_send(store, 100, domains=("exemple.org",))
    run = BatchRun(store, send.id, make_means(transport, settings={"per_hour": 30}))
    assert run.batch(1) > 60
    assert len(transport.got) == 30
    assert counts(store, send.id).queued == 70


def test_a_fault_of_ours_puts_a_batch_off_and_the_worker_lives(make_postgres, make_send, monkeypatch) -> None:
    from newsletter.delivery import cluster

    monkeypatch.setattr(cluster, "AFTER_FAULT", 0.2)
    store, stop, seen = make_postgres(), Stop(), list[int]()
    make_send(store, 50, domains=("exemple.org",))

    def batch(_send: int, seq: int) -> float:
        seen.append(seq)
        if len(seen) == 1:
            raise ZeroDivisionError("nobody@example.org")
        if len(seen) == 2:
            raise TransientError("nobody@example.org")
        stop.ask()
        return 0.0

    work(store, Work(batch=batch, care=lambda: None), stop=stop, pace=PACE)
    assert seen == [1, 1, 1]


def test_answers_wait_for_a_database_that_is_away(make_postgres, make_send, make_means, monkeypatch) -> None:
    """It goes after the mails have left and comes back: what was answered is written down, nobody is in doubt."""
    from newsletter.delivery import one_batch, windows

    monkeypatch.setattr(windows, "PAUSES", (0.01,))
    store = make_postgres()
    send = make_send(store, 40, domains=("exemple.org",))
    away, waits = threading.Event(), list[float]()
    real = Line._take

    def waited(seconds: float) -> None:
        """It is back once it was waited for three times, however long that took."""
        waits.append(seconds)
        if len(waits) == 3:
            away.clear()

    def take(line: Line):
        if away.is_set():
            raise TransientError("away")
        return real(line)

    def answer(parcel: Parcel) -> Receipt:
        if parcel.key == 15:
            away.set()
        return accepted(parcel)

    monkeypatch.setattr(one_batch, "time", SimpleNamespace(monotonic=time.monotonic, sleep=waited))
    monkeypatch.setattr(Line, "_take", take)
    transport = Recorder(answer)
    run = BatchRun(store, send.id, make_means(transport))
    assert run.batch(1) > 0
    assert waits == [one_batch.WRITE_AGAIN] * 3
    assert run.batch(1) == 0
    assert len(transport.got) == len(set(transport.got)) == 40
    adds_up(store, send, sent=40)


def test_no_more_jobs_are_made_while_enough_wait(make_postgres, make_send, monkeypatch) -> None:
    from newsletter.delivery import cluster

    store = make_postgres()
    make_send(store, 300)
    with store.write() as connection:
        connection.execute(text("DELETE FROM procrastinate_jobs WHERE args->>'seq' <> '1'"))
        monkeypatch.setattr(cluster, "ENOUGH", 1)
        assert refill(connection) == 0
        monkeypatch.setattr(cluster, "ENOUGH", 2)
        assert refill(connection) > 3
