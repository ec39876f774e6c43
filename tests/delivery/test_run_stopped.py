"""What stops a send of itself: failures, complaints, a refused login, a provider that does not want us."""

from __future__ import annotations

import pytest
from delivery_parts import Recorder, accepted, adds_up, domain, once_stopped
from sqlalchemy import insert

from newsletter.delivery.confirm import Terms
from newsletter.delivery.control import resume, stopped_lanes
from newsletter.delivery.counts import counts
from newsletter.delivery.run import run_send
from newsletter.delivery.send import find_send
from newsletter.delivery.states import SendState
from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Receipt
from newsletter.errors import CredentialsError
from newsletter.store.database import Store
from newsletter.store.tables import events


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
        if parcel.key > 60:
            once_stopped(store, send.ref)
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

    def answer(parcel: Parcel) -> Receipt:
        if parcel.key > 5:
            once_stopped(store, send.ref)
        return accepted(parcel)

    outcome = run_send(store, send.id, make_means(Recorder(answer)))
    assert outcome.send.state is SendState.STOPPED
    assert "2 people" in outcome.send.reason


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


def test_our_own_address_refused_three_times_in_a_row_stops_the_send(store: Store, make_send, make_means) -> None:
    def answer(parcel: Parcel) -> Receipt:
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
