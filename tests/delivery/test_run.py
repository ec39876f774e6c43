"""A confirmed send, run to its end, or to what stops it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
from delivery_parts import Recorder, accepted, adds_up, domain, suppress
from sqlalchemy import insert, select, update

from newsletter.delivery.confirm import Terms
from newsletter.delivery.control import cancel, pause, resume, stopped_lanes
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.lock import sender, sole_sender
from newsletter.delivery.run import run_send
from newsletter.delivery.send import find_send
from newsletter.delivery.states import SendState
from newsletter.delivery.stopping import Stop
from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Receipt
from newsletter.errors import BusyError, CredentialsError, RefusedError, TransientError
from newsletter.store.database import Store
from newsletter.store.tables import events, ledger


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


def test_a_canary_that_fails_stops_the_send(store: Store, make_send, make_means) -> None:
    send = make_send(store, 100, terms=Terms(canary=5))
    refuse = Recorder(lambda parcel: Receipt(key=parcel.key, outcome=Outcome.REFUSED, code=550, blame=Blame.RECIPIENT))
    outcome = run_send(store, send.id, make_means(refuse))
    assert outcome.send.state is SendState.STOPPED
    assert "5 of 5" in outcome.send.reason
    adds_up(store, send.ref, failed=5, queued=95)
    resume(store, send.ref)
    assert run_send(store, send.id, make_means(Recorder(accepted))).done
    adds_up(store, send.ref, failed=5, sent=95)


def test_failures_past_the_threshold_stop_the_send_and_are_not_counted_again(
    store: Store, make_send, make_means
) -> None:
    send = make_send(store, 300)
    answers = {Outcome.REFUSED: 30, Outcome.ACCEPTED: 270}
    kinds = [kind for kind, count in answers.items() for _ in range(count)]

    def answer(parcel: Parcel) -> Receipt:
        time.sleep(0.01)
        return Receipt(key=parcel.key, outcome=kinds[parcel.key - 1], blame=Blame.RECIPIENT)

    outcome = run_send(store, send.id, make_means(Recorder(answer)))
    assert outcome.send.state is SendState.STOPPED
    resume(store, send.ref)
    assert run_send(store, send.id, make_means(Recorder(accepted))).done


def test_a_threshold_of_zero_never_stops(store: Store, make_send, make_means) -> None:
    send = make_send(store, 60)
    refuse = Recorder(lambda parcel: Receipt(key=parcel.key, outcome=Outcome.REFUSED, code=550))
    assert run_send(store, send.id, make_means(refuse, settings={"stop_at_failures": 0})).done
    adds_up(store, send.ref, failed=60)


def test_complaints_stop_the_send(store: Store, make_send, make_means) -> None:
    """Statement 92: a send under way stops itself."""
    send = make_send(store, 60)
    with store.write() as connection:
        rows = [
            {"dedupe": str(n), "kind": "complained", "source": "arf", "send_id": send.id, "at": 0.0, "received_at": 0.0}
            for n in range(2)
        ]
        connection.execute(insert(events.event), rows)

    def slow(parcel: Parcel) -> Receipt:
        time.sleep(0.02)
        return accepted(parcel)

    outcome = run_send(store, send.id, make_means(Recorder(slow)))
    assert outcome.send.state is SendState.STOPPED
    assert "2 people" in outcome.send.reason


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


def test_the_deferred_are_tried_again_when_they_are_due(store: Store, make_send, make_means) -> None:
    send = make_send(store, 20)
    tried: list[int] = []

    def answer(parcel: Parcel) -> Receipt:
        tried.append(parcel.key)
        if tried.count(parcel.key) == 1 and parcel.key % 4 == 0:
            return Receipt(key=parcel.key, outcome=Outcome.DEFERRED, code=451, retry_after=0.3)
        return accepted(parcel)

    assert run_send(store, send.id, make_means(Recorder(answer))).done
    assert len(tried) == 25
    adds_up(store, send.ref, sent=20)


def test_a_run_does_not_stay_for_a_retry_that_is_far_off(store: Store, make_send, make_means) -> None:
    send = make_send(store, 3)
    later = Recorder(lambda parcel: Receipt(key=parcel.key, outcome=Outcome.DEFERRED, code=451))
    outcome = run_send(store, send.id, make_means(later, stay=60))
    assert outcome.next_due is not None
    assert 200 < outcome.next_due < 400
    adds_up(store, send.ref, deferred=3)
    resume(store, send.ref, at_once=True)
    assert run_send(store, send.id, make_means(Recorder(accepted))).done
    adds_up(store, send.ref, sent=3)


def test_the_deferred_are_given_up_after_the_deadline(store: Store, make_send, make_means) -> None:
    send = make_send(store, 3)
    later = Recorder(lambda parcel: Receipt(key=parcel.key, outcome=Outcome.DEFERRED, code=451))
    run_send(store, send.id, make_means(later, settings={"deadline_days": 0.001}))
    adds_up(store, send.ref, failed=3)


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


def test_pause_lets_at_most_one_more_window_leave_and_resume_sends_to_the_rest(
    store: Store, make_send, make_means
) -> None:
    send = make_send(store, 200)
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 30:
            pause(store, send.ref)
        return accepted(parcel)

    recorder.answer = answer
    outcome = run_send(store, send.id, make_means(recorder))
    assert outcome.send.state is SendState.PAUSED
    assert 30 <= len(recorder.got) <= 51
    adds_up(store, send.ref, sent=len(recorder.got), queued=200 - len(recorder.got))
    resume(store, send.ref)
    recorder.answer = accepted
    assert run_send(store, send.id, make_means(recorder)).done
    assert len(recorder.got) == len(set(recorder.got)) == 200


def test_cancel_leaves_nobody_queued(store: Store, make_send, make_means) -> None:
    send = make_send(store, 200)
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 30:
            cancel(store, send.ref)
        return accepted(parcel)

    recorder.answer = answer
    assert run_send(store, send.id, make_means(recorder)).send.state is SendState.CANCELLED
    adds_up(store, send.ref, sent=len(recorder.got), skipped=200 - len(recorder.got))
    with pytest.raises(RefusedError):
        resume(store, send.ref)


def test_during_the_hold_nobody_gets_it_and_cancel_ends_it(store: Store, make_send, make_means) -> None:
    send = make_send(store, 5, terms=Terms(hold=60))
    recorder = Recorder(accepted)
    thread = threading.Timer(0.5, lambda: cancel(store, send.ref))
    thread.start()
    began = time.monotonic()
    outcome = run_send(store, send.id, make_means(recorder))
    thread.join()
    assert time.monotonic() - began < 10
    assert (outcome.send.state, recorder.got) == (SendState.CANCELLED, [])
    adds_up(store, send.ref, skipped=5)


def test_asked_to_end_it_answers_for_what_is_in_flight_and_gives_back_the_rest(
    store: Store, make_send, make_means
) -> None:
    send = make_send(store, 200)
    stop = Stop()
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 30:
            stop.ask()
            time.sleep(0.5)
        return accepted(parcel)

    recorder.answer = answer
    outcome = run_send(store, send.id, make_means(recorder, stop=stop))
    assert outcome.interrupted
    adds_up(store, send.ref, sent=31, queued=169)


def test_asked_twice_it_ends_now_and_what_is_in_flight_is_in_doubt(store: Store, make_send, make_means) -> None:
    send = make_send(store, 200)
    stop = Stop()
    release = threading.Event()
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 30:
            stop.ask()
            stop.ask()
            release.wait(10)
        return accepted(parcel)

    recorder.answer = answer
    began = time.monotonic()
    assert run_send(store, send.id, make_means(recorder, stop=stop)).interrupted
    assert time.monotonic() - began < 5
    adds_up(store, send.ref, sent=30, unknown=1, queued=169)
    release.set()
    deadline = time.monotonic() + 5
    while counts(store, send.id).unknown and time.monotonic() < deadline:
        time.sleep(0.02)
    adds_up(store, send.ref, sent=31, queued=169)  # the late answer settled it


def test_a_refused_login_stops_the_send_and_says_so(store: Store, make_send, make_means) -> None:
    class Refused(Recorder):
        def deliver(self, parcels, report) -> None:
            raise CredentialsError("535 not you")

    send = make_send(store, 5)
    with pytest.raises(CredentialsError):
        run_send(store, send.id, make_means(Refused()))
    found = find_send(store, send.ref)
    assert (found.state, found.reason) == (SendState.STOPPED, "535 not you")
    adds_up(store, send.ref, queued=5)


def test_a_server_that_is_away_for_a_moment_is_waited_for(store: Store, make_send, make_means) -> None:
    class Away(Recorder):
        times = 0

        def deliver(self, parcels, report) -> None:
            self.times += 1
            if self.times < 3:
                raise TransientError("no connection")
            super().deliver(parcels, report)

    send = make_send(store, 5)
    assert run_send(store, send.id, make_means(Away(accepted))).done


def test_a_server_that_stays_away_ends_the_run_and_loses_nothing(store: Store, make_send, make_means) -> None:
    class Away(Recorder):
        def deliver(self, parcels, report) -> None:
            raise TransientError("no connection")

    send = make_send(store, 5)
    with pytest.raises(TransientError):
        run_send(store, send.id, make_means(Away(), patience=0.5))
    assert find_send(store, send.ref).state is SendState.RUNNING
    adds_up(store, send.ref, queued=5)


def test_our_own_address_refused_three_times_in_a_row_stops_the_send(store: Store, make_send, make_means) -> None:
    def answer(parcel: Parcel) -> Receipt:
        time.sleep(0.05)
        return Receipt(key=parcel.key, outcome=Outcome.DEFERRED, code=550, status="5.7.1", blame=Blame.SENDER)

    send = make_send(store, 300)
    outcome = run_send(store, send.id, make_means(Recorder(answer)))
    assert outcome.send.state is SendState.STOPPED
    found = counts(store, send.id)
    assert found.failed == 0
    assert found.deferred <= 21


def test_a_provider_that_refuses_our_domain_is_left_alone_and_the_others_get_it(
    store: Store, make_send, make_means
) -> None:
    def answer(parcel: Parcel) -> Receipt:
        if domain(parcel) == "gmail.com":
            return Receipt(
                key=parcel.key, outcome=Outcome.REFUSED, code=550, status="5.7.26", text="no DMARC", blame=Blame.DOMAIN
            )
        return accepted(parcel)

    send = make_send(store, 600)
    outcome = run_send(store, send.id, make_means(Recorder(answer), settings={"stop_at_failures": 0}))
    assert outcome.send.state is SendState.STOPPED
    assert stopped_lanes(store, send.id) == {"gmail": "550 5.7.26 no DMARC"}
    found = counts(store, send.id)
    assert found.sent == 400
    assert found.failed <= 50
    resume(store, send.ref)
    assert run_send(store, send.id, make_means(Recorder(accepted))).done


def test_a_small_domain_that_refuses_us_is_left_alone_too(store: Store, make_send, make_means) -> None:
    def answer(parcel: Parcel) -> Receipt:
        if domain(parcel) == "petit.example":
            return Receipt(key=parcel.key, outcome=Outcome.REFUSED, code=550, status="5.7.26", blame=Blame.DOMAIN)
        return accepted(parcel)

    send = make_send(store, 90, domains=("petit.example", "autre.example", "tiers.example"))
    outcome = run_send(store, send.id, make_means(Recorder(answer), settings={"stop_at_failures": 0}))
    assert outcome.send.state is SendState.STOPPED
    assert list(stopped_lanes(store, send.id)) == ["petit.example"]
    assert counts(store, send.id).sent == 60
    resume(store, send.ref)
    assert run_send(store, send.id, make_means(Recorder(accepted))).done


def test_a_throttled_domain_holds_up_nobody_else(store: Store, make_send, make_means) -> None:
    at: dict[str, list[float]] = {}
    began = time.monotonic()

    def answer(parcel: Parcel) -> Receipt:
        at.setdefault(domain(parcel), []).append(time.monotonic() - began)
        return accepted(parcel)

    domains = [d for n in range(12) for d in ("gmail.com", *(f"d{n}-{k}.example" for k in range(4)))]
    send = make_send(store, 60, domains=domains)
    assert run_send(store, send.id, make_means(Recorder(answer), settings={"per_domain": 5})).done
    gmail = at.pop("gmail.com")
    assert len(gmail) == 12
    assert max(gmail) > 1.5
    assert max(moment for times in at.values() for moment in times) < 1.5
    adds_up(store, send.ref, sent=60)


def test_a_small_domain_is_limited_within_its_shared_lane(store: Store, make_send, make_means) -> None:
    at: dict[str, list[float]] = {}

    def answer(parcel: Parcel) -> Receipt:
        at.setdefault(domain(parcel), []).append(time.monotonic())
        return accepted(parcel)

    send = make_send(store, 16, domains=("petit.example", "autre.example"))
    assert run_send(store, send.id, make_means(Recorder(answer), settings={"per_domain": 4})).done
    assert all(times[-1] - times[0] > 1.0 for times in at.values())


def test_the_limit_for_a_second_holds_in_a_send(store: Store, make_send, make_means) -> None:
    at: list[float] = []

    def answer(parcel: Parcel) -> Receipt:
        at.append(time.monotonic())
        return accepted(parcel)

    send = make_send(store, 60)
    assert run_send(store, send.id, make_means(Recorder(answer), settings={"per_second": 30})).done
    assert max(sum(0 <= other - moment < 1.0 for other in at) for moment in at) <= 31
    assert at[-1] - at[0] < 4


def test_an_hours_limit_ends_the_run_when_it_should_not_stay(store: Store, make_send, make_means) -> None:
    send = make_send(store, 30)
    outcome = run_send(store, send.id, make_means(Recorder(accepted), settings={"per_hour": 12}, stay=10))
    assert outcome.next_due is not None
    adds_up(store, send.ref, sent=12, queued=18)


def test_nothing_leaves_in_quiet_hours(store: Store, make_send, make_means) -> None:
    send = make_send(store, 3)
    night = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)  # 2 in the morning in Toronto
    means = make_means(Recorder(accepted), settings={"quiet_hours": "22:00-07:00"}, stay=60, clock=lambda: night)
    assert run_send(store, send.id, means).next_due == pytest.approx(5 * 3600)
    adds_up(store, send.ref, queued=3)


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
