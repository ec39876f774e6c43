"""A run that somebody pauses, cancels or ends, or that a server leaves: who got it, and who gets it later."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from calm import BOUND, until, watched
from delivery_parts import Recorder, accepted, adds_up

from newsletter.delivery.confirm import Terms
from newsletter.delivery.control import cancel, pause, resume
from newsletter.delivery.counts import counts
from newsletter.delivery.feed import Feed
from newsletter.delivery.run import run_send
from newsletter.delivery.send import find_send
from newsletter.delivery.states import SendState
from newsletter.delivery.stopping import Stop
from newsletter.delivery.transports.base import Parcel, Receipt
from newsletter.errors import RefusedError, TransientError
from newsletter.store.database import Store


def after_thirty(act: Callable[[], None]) -> Recorder:
    """Take everything, and act while the thirty-first mail is handed over."""
    recorder = Recorder()

    def answer(parcel: Parcel) -> Receipt:
        if len(recorder.got) == 30:
            act()
        return accepted(parcel)

    recorder.answer = answer
    return recorder


def test_pause_lets_at_most_one_more_window_leave_and_resume_sends_to_the_rest(
    store: Store, make_send, make_means
) -> None:
    send = make_send(store, 200)
    recorder = after_thirty(lambda: pause(store, send.ref))
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
    recorder = after_thirty(lambda: cancel(store, send.ref))
    assert run_send(store, send.id, make_means(recorder)).send.state is SendState.CANCELLED
    adds_up(store, send.ref, sent=len(recorder.got), skipped=200 - len(recorder.got))
    with pytest.raises(RefusedError):
        resume(store, send.ref)


def test_during_the_hold_nobody_gets_it_and_cancel_ends_it(store: Store, make_send, make_means) -> None:
    send = make_send(store, 5, terms=Terms(hold=60))
    recorder = Recorder(accepted)
    thread = threading.Timer(0.5, lambda: cancel(store, send.ref))
    thread.start()
    with watched() as stood:
        began = time.monotonic()
        outcome = run_send(store, send.id, make_means(recorder))
        took = time.monotonic() - began
    thread.join()
    assert took < 10 + stood.total  # the hold would have been waited for
    assert (outcome.send.state, recorder.got) == (SendState.CANCELLED, [])
    adds_up(store, send.ref, skipped=5)


def test_asked_to_end_it_answers_for_what_is_in_flight_and_gives_back_the_rest(
    store: Store, make_send, make_means, monkeypatch
) -> None:
    send = make_send(store, 200)
    stop, heard = Stop(), threading.Event()
    end = Feed.end

    def ended(feed: Feed) -> None:
        end(feed)
        heard.set()

    monkeypatch.setattr(Feed, "end", ended)

    def act() -> None:
        stop.ask()
        assert heard.wait(BOUND)

    recorder = after_thirty(act)
    outcome = run_send(store, send.id, make_means(recorder, stop=stop))
    assert outcome.interrupted
    adds_up(store, send.ref, sent=31, queued=169)


def test_asked_twice_it_ends_now_and_what_is_in_flight_is_in_doubt(store: Store, make_send, make_means) -> None:
    send = make_send(store, 200)
    stop = Stop()
    release = threading.Event()

    def act() -> None:
        stop.ask()
        stop.ask()
        release.wait(BOUND)

    recorder = after_thirty(act)
    with watched() as stood:
        began = time.monotonic()
        assert run_send(store, send.id, make_means(recorder, stop=stop, settings={"grace": 60})).interrupted
        took = time.monotonic() - began
    assert took < 5 + stood.total  # neither the grace time nor the answer were waited for
    adds_up(store, send.ref, sent=30, unknown=1, queued=169)
    release.set()
    until(lambda: not counts(store, send.id).unknown)
    adds_up(store, send.ref, sent=31, queued=169)  # the late answer settled it


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
