"""When each gets it: retries, limits for a time or a domain, quiet hours."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from delivery_parts import Recorder, accepted, adds_up, domain

from newsletter.delivery.control import resume
from newsletter.delivery.run import run_send
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.store.database import Store


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


def test_a_throttled_domain_holds_up_nobody_else(store: Store, make_send, make_means) -> None:
    domains = [d for n in range(12) for d in ("gmail.com", *(f"d{n}-{k}.example" for k in range(4)))]
    send = make_send(store, 60, domains=domains)
    recorder, began = Recorder(accepted), time.monotonic()
    assert run_send(store, send.id, make_means(recorder, settings={"per_domain": 5})).done
    gmail = [place for place, address in enumerate(recorder.got) if address.endswith("@gmail.com")]
    assert len(gmail) == 12
    assert time.monotonic() - began > 1.5
    last_of_the_others = max(set(range(60)) - set(gmail))
    waited = [handed_over for _seconds, handed_over in recorder.pauses] + recorder.turns[1:]
    assert min(waited, default=60) > last_of_the_others, "somebody was waited for while others could go"
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

    send, recorder = make_send(store, 60), Recorder(answer)
    assert run_send(store, send.id, make_means(recorder, settings={"per_second": 30})).done
    assert max(sum(0 <= other - moment < 1.0 for other in at) for moment in at) <= 31
    assert sum(seconds for seconds, _handed_over in recorder.pauses) < 4
    assert recorder.turns == [0]  # no wait but the pauses


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
