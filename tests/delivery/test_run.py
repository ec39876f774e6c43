"""A confirmed send, run to its end: everybody once, nobody who left, and what is in doubt said so."""

from __future__ import annotations

import threading

import pytest
from delivery_parts import Recorder, accepted, adds_up, suppress
from sqlalchemy import select, update

from newsletter.delivery.confirm import Terms
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.lock import sender, sole_sender
from newsletter.delivery.run import run_send
from newsletter.delivery.send import find_send
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.errors import BusyError
from newsletter.store.database import Store
from newsletter.store.tables import ledger


def test_everybody_gets_it_once(store: Store, make_send, make_means) -> None:
    send = make_send(store, 130)
    recorder = Recorder(accepted)
    outcome = run_send(store, send.id, make_means(recorder))
    assert outcome.done
    assert len(recorder.got) == len(set(recorder.got)) == 130
    adds_up(store, send.ref, sent=130)


def test_the_relays_words_are_kept(store: Store, make_send, make_means) -> None:
    send = make_send(store, 1)
    run_send(store, send.id, make_means(Recorder(accepted)))
    with store.read() as connection:
        row = connection.execute(select(ledger.delivery.c.code, ledger.delivery.c.answer)).one()
    assert tuple(row) == (250, "queued as 4F2B")


def test_a_canary_goes_first_and_the_others_follow(store: Store, make_send, make_means) -> None:
    send = make_send(store, 30, terms=Terms(canary=4))
    seen: list[int] = []

    def answer(parcel: Parcel) -> Receipt:
        seen.append(counts(store, send.id).sending)
        return accepted(parcel)

    run_send(store, send.id, make_means(Recorder(answer)))
    assert max(seen[:4]) <= 4
    adds_up(store, send.ref, sent=30)


def test_who_left_since_the_plan_gets_nothing(store: Store, make_send, make_means) -> None:
    send = make_send(store, 30)
    suppress(store, 3, 4)
    recorder = Recorder(accepted)
    run_send(store, send.id, make_means(recorder))
    assert not any(address.startswith(("personne3@", "personne4@")) for address in recorder.got)
    adds_up(store, send.ref, sent=28, skipped=2)


def test_who_leaves_during_the_send_gets_nothing_from_the_next_window_on(store: Store, make_send, make_means) -> None:
    """Statement 27: in a send under way, too."""
    send = make_send(store, 60, domains=("exemple.org",))

    def answer(parcel: Parcel) -> Receipt:
        if parcel.key == 5:
            suppress(store, 59)
        return accepted(parcel)

    run_send(store, send.id, make_means(Recorder(answer)))
    adds_up(store, send.ref, sent=59, skipped=1)


def test_what_may_have_been_taken_is_unknown_and_never_resent(store: Store, make_send, make_means) -> None:
    send = make_send(store, 20)
    doubt = Recorder(
        lambda parcel: Receipt(key=parcel.key, outcome=Outcome.UNKNOWN if parcel.key == 7 else Outcome.ACCEPTED)
    )
    assert run_send(store, send.id, make_means(doubt)).done
    adds_up(store, send.ref, sent=19, unknown=1)
    assert verify(store, find_send(store, send.ref)).unknown == (7,)


def test_what_a_transport_never_answers_for_is_unknown(store: Store, make_send, make_means) -> None:
    send = make_send(store, 20)
    silent = Recorder(lambda parcel: None if parcel.key == 7 else accepted(parcel))
    run_send(store, send.id, make_means(silent))
    adds_up(store, send.ref, sent=19, unknown=1)


def test_a_second_sender_is_refused_at_once_and_told_who_sends(make_store, make_send, make_means) -> None:
    store = make_store()
    send = make_send(store, 3)
    with sole_sender(store, role="serve"):
        with pytest.raises(BusyError, match="serve"):
            run_send(store, send.id, make_means(Recorder(accepted)))
        assert (sender(store) or "").startswith("serve ")
    assert sender(store) is None
    assert run_send(store, send.id, make_means(Recorder(accepted))).done


def test_two_senders_on_postgres_share_the_work(make_postgres, make_send, make_means) -> None:
    store = make_postgres()
    send = make_send(store, 400)
    recorders = [Recorder(accepted), Recorder(accepted)]
    threads = [
        threading.Thread(target=run_send, args=(store, send.id, make_means(recorder, settings={"window": 10})))
        for recorder in recorders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [address for recorder in recorders for address in recorder.got]
    assert len(got) == len(set(got)) == 400
    adds_up(store, send.ref, sent=400)


def test_a_dead_senders_batch_is_taken_over_and_what_it_had_in_flight_is_in_doubt(
    make_store, make_send, make_means
) -> None:
    store = make_store()
    send = make_send(store, 30, domains=("exemple.org",))
    with store.write() as connection:  # as a killed process leaves it
        connection.execute(update(ledger.send_batch).values(state="leased", token="dead", lease_until=9e9))
        connection.execute(update(ledger.delivery).where(ledger.delivery.c.n <= 4).values(state="sending", attempt=1))
    recorder = Recorder(accepted)
    assert run_send(store, send.id, make_means(recorder)).done
    assert len(recorder.got) == 26
    adds_up(store, send.ref, sent=26, unknown=4)
