"""What SendGrid refuses, puts off or never answers: what becomes of each, and when the send stops."""

from __future__ import annotations

import time

import pytest
from calm import closed_once, in_time
from sendgrid_lookalike import Lookalike, refusal
from transport_driver import A, D, R, U, deliver, outcomes

from newsletter.delivery.transports.base import Blame
from newsletter.errors import CredentialsError, TransientError


def test_a_refused_row_is_named_and_the_others_are_tried_again_soon(make_sendgrid, make_parcels) -> None:
    def answer(_number: int, _body: dict) -> object:
        return 400, {}, refusal("Does not contain a valid address.", "personalizations.2.to.0.email")

    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(4))
    assert outcomes(receipts) == {1: D, 2: D, 3: R, 4: D}
    assert receipts[3].text == "Does not contain a valid address."
    assert receipts[1].retry_after == 1.0
    assert receipts[1].blame is Blame.NOBODY


def test_a_refused_content_is_our_fault(make_sendgrid, make_parcels) -> None:
    answer = lambda _number, _body: (400, {}, refusal("The content value must be a string", "content.0.value"))  # noqa: E731
    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(3))
    assert {(receipt.outcome, receipt.blame) for receipt in receipts.values()} == {(D, Blame.SENDER)}


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_accepted_stops_the_send(make_sendgrid, make_parcels, status) -> None:
    pulled = iter(make_parcels(100))
    answer = lambda _n, _b: (status, {}, refusal("No"))  # noqa: E731
    with Lookalike(answer=answer) as lookalike, pytest.raises(CredentialsError, match=str(status)):
        deliver(make_sendgrid(lookalike), pulled)
    assert set(outcomes(deliver.last).values()) == {D}
    assert len(list(pulled)) == 90
    assert lookalike.calls == 1


def test_a_wrong_key_stops_the_send(make_sendgrid, make_parcels) -> None:
    with Lookalike() as lookalike, pytest.raises(CredentialsError):
        deliver(make_sendgrid(lookalike, key="SG.wrong"), make_parcels(1))


@pytest.mark.parametrize("key", ["", "with space", "with\nline"])
def test_a_key_that_can_not_be_one_is_never_sent(make_sendgrid, key) -> None:
    with pytest.raises(CredentialsError) as caught:
        make_sendgrid(None, key=key)
    assert not key or key not in str(caught.value)


def test_too_many_calls_are_waited_out(make_sendgrid, make_parcels) -> None:
    def answer(number: int, _body: dict) -> object:
        return (429, {"Retry-After": "1"}, refusal("too many requests")) if number == 2 else None

    with Lookalike(answer=answer) as lookalike:
        began = time.monotonic()
        receipts = deliver(make_sendgrid(lookalike, threads=1), make_parcels(40))
    assert time.monotonic() - began >= 1
    deferred = [receipt for receipt in receipts.values() if receipt.outcome is D]
    assert len(deferred) == 10
    assert {(receipt.code, receipt.blame, receipt.retry_after) for receipt in deferred} == {(429, Blame.RELAY, 1.0)}
    assert len(lookalike.mails) == 30


def test_the_time_of_a_reset_is_waited_for(make_sendgrid, make_parcels) -> None:
    answer = lambda _n, _b: (429, {"X-RateLimit-Reset": str(int(time.time()) + 1000)}, None)  # noqa: E731
    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike), make_parcels(1))
    assert 900 < receipts[1].retry_after <= 1000


@pytest.mark.parametrize("status", [500, 502, 503, 504, 299])
def test_a_fault_after_the_request_leaves_the_call_in_doubt(make_sendgrid, make_parcels, status) -> None:
    answer = lambda number, _body: (status, {}, None) if number == 2 else None  # noqa: E731
    with Lookalike(answer=answer) as lookalike:
        receipts = deliver(make_sendgrid(lookalike, threads=1), make_parcels(30))
    assert [key for key, receipt in receipts.items() if receipt.outcome is U] == list(range(11, 21))
    assert lookalike.calls == 3


@pytest.mark.parametrize("end", ["hang", "drop"])
def test_a_lost_answer_leaves_the_call_in_doubt_and_is_not_repeated(make_sendgrid, make_parcels, end) -> None:
    def attempt(patience: float) -> None:
        with Lookalike(answer=lambda number, _body: end if number == 2 else None) as lookalike:
            receipts = deliver(make_sendgrid(lookalike, threads=1, timeout=patience), make_parcels(30))
        assert [key for key, receipt in receipts.items() if receipt.outcome is U] == list(range(11, 21))
        assert lookalike.calls == 3
        addresses = lookalike.recipients()
        assert len(addresses) == len(set(addresses))

    in_time(attempt, 0.5)


def test_a_network_that_is_down_costs_one_call(make_sendgrid, make_parcels, free_port) -> None:
    pulled = iter(make_parcels(100))
    with pytest.raises(TransientError):
        deliver(make_sendgrid(None, base_url=f"http://127.0.0.1:{free_port}"), pulled)
    assert len(list(pulled)) == 90
    assert {(receipt.outcome, receipt.blame) for receipt in deliver.last.values()} == {(D, Blame.RELAY)}


@pytest.mark.parametrize("status", [307, 404, 405])
def test_what_is_no_sendgrid_is_said(make_sendgrid, make_parcels, status) -> None:
    answer = lambda _n, _b: (status, {"Location": "/x"}, None)  # noqa: E731
    with Lookalike(answer=answer) as lookalike, pytest.raises(CredentialsError, match="base_url"):
        deliver(make_sendgrid(lookalike), make_parcels(2))
    assert set(outcomes(deliver.last).values()) == {D}


def test_outside_the_sandbox_200_is_no_acceptance(make_sendgrid, make_parcels) -> None:
    with Lookalike(answer=lambda _n, _b: (200, {}, None)) as lookalike:
        assert set(outcomes(deliver(make_sendgrid(lookalike), make_parcels(3))).values()) == {U}


def test_closing_from_another_thread_says_what_is_known_and_returns(make_sendgrid, make_parcels) -> None:
    with Lookalike(answer=lambda number, _body: "hang" if number > 1 else None) as lookalike:
        sendgrid = make_sendgrid(lookalike, threads=1, timeout=100)
        with closed_once(lambda: lookalike.calls == 2, sendgrid.close, within=2):
            receipts = deliver(sendgrid, make_parcels(40))
    assert [receipt.outcome for _key, receipt in sorted(receipts.items())] == [A] * 10 + [U] * 10


def test_what_the_key_may_do_is_asked(make_sendgrid, free_port) -> None:
    with Lookalike() as lookalike:
        make_sendgrid(lookalike).check()
        with pytest.raises(CredentialsError):
            make_sendgrid(lookalike, key="SG.wrong").check()
        lookalike.scopes = ("stats.read",)
        with pytest.raises(CredentialsError, match="may not send"):
            make_sendgrid(lookalike).check()
    with pytest.raises(TransientError):
        make_sendgrid(None, base_url=f"http://127.0.0.1:{free_port}").check()


def test_a_redirection_is_never_followed_with_the_key(make_sendgrid, make_parcels) -> None:
    with Lookalike() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            answer = lambda _n, _b, status=status: (status, {"Location": f"{elsewhere.url}/v3/mail/send"}, None)  # noqa: E731
            with Lookalike(answer=answer) as lookalike, pytest.raises(CredentialsError, match="base_url"):
                deliver(make_sendgrid(lookalike), make_parcels(2))
            assert lookalike.heard == 1
    assert elsewhere.heard == 0
