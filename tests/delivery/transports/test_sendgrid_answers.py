"""Answers of SendGrid, and of what stands before it, that are not as one would like them."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from calm import in_time
from sendgrid_lookalike import Lookalike, Trickle, refusal
from transport_driver import A, D, R, U, deliver

from newsletter.delivery.transports.base import Blame, Receipt
from newsletter.delivery.transports.sendgrid_way import _Writing
from newsletter.errors import CredentialsError

PAGE = b"<html><body><h1>502 Bad Gateway</h1>lecteur1@exemple.org</body></html>"


@pytest.fixture
def answered(make_sendgrid, make_parcels) -> Callable[..., list[Receipt]]:
    """Give each call to two people this answer; return the receipts in order."""

    def told_so(told: object, *, timeout: float = 5) -> list[Receipt]:
        with Lookalike(answer=lambda _number, _body: told) as lookalike:
            receipts = deliver(make_sendgrid(lookalike, threads=1, timeout=timeout), make_parcels(2))
        assert lookalike.calls == 1
        return [receipt for _key, receipt in sorted(receipts.items())]

    return told_so


def packed(told: object) -> bytes:
    return gzip.compress(json.dumps(told).encode())


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "0"}, 1, 1),
        ({"Retry-After": "99999999"}, 3600, 3600),
        ({"X-RateLimit-Reset": "30"}, 30, 30),
        ({"X-RateLimit-Reset": "{now}"}, 1, 1),
        ({"X-RateLimit-Reset": "{now}000"}, 3600, 3600),
        ({"X-RateLimit-Reset": "soon", "Retry-After": "7"}, 7, 7),
    ],
)
def test_a_wait_is_never_so_long_that_a_mail_would_be_given_up_for_it(answered, headers, least, most) -> None:
    told = {name: value.replace("{now}", str(int(time.time()))) for name, value in headers.items()}
    for receipt in answered((429, told, None)):
        assert (receipt.outcome, receipt.blame) == (D, Blame.RELAY)
        assert receipt.retry_after is not None
        assert least <= receipt.retry_after <= most


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, {"Retry-After": "-5"}])
def test_without_a_wait_that_can_be_read_it_is_our_own(answered, headers) -> None:
    assert [each.retry_after for each in answered((429, headers, None))] == [None, None]


def test_a_packed_refusal_names_its_row(answered) -> None:
    told = refusal("Does not contain a valid address.", "personalizations.1.to.0.email")
    first, second = answered((400, {"Content-Encoding": "gzip"}, packed(told)))
    assert (first.outcome, second.outcome) == (D, R)
    assert second.text == "Does not contain a valid address."


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (502, PAGE, U),
        (500, b"{", U),
        (400, PAGE, D),
        (400, b"[]", D),
        (400, b'{"errors": null}', D),
        (400, b'{"errors": {"message": "x"}}', D),
        (400, b'{"errors": ["x", 3, {"field": 7}]}', D),
        (413, b"", D),
    ],
)
def test_a_body_that_is_none_of_sendgrids_is_borne(answered, status, body, outcome) -> None:
    receipts = answered((status, {}, body))
    assert [each.outcome for each in receipts] == [outcome, outcome]
    assert all(each.code == status and "@" not in each.text for each in receipts)


@pytest.mark.parametrize("body", [b"not packed at all", gzip.compress(PAGE, mtime=0)[:-20]])
def test_a_body_that_can_not_be_unpacked_is_borne(answered, body) -> None:
    receipts = answered((503, {"Content-Encoding": "gzip"}, body))
    assert [each.outcome for each in receipts] == [U, U]


def test_an_acceptance_counts_whatever_its_body(answered) -> None:
    told = (202, {"Content-Encoding": "gzip", "X-Message-Id": "abc"}, packed({"odd": "body"}))
    receipts = answered(told)
    assert [(each.outcome, each.text) for each in receipts] == [(A, "abc"), (A, "abc")]


HEAD = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: request-1\r\n"


@pytest.mark.parametrize(
    "told",
    [
        Trickle(HEAD + b"Content-Length: 1000000\r\n\r\n"),
        Trickle(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", rest=b"1\r\nx\r\n"),
        Trickle(HEAD + b"\r\n"),
        Trickle(HEAD + b"Content-Length: 1000000\r\n\r\n", every=60),
        (202, {"Content-Length": "1000000", "X-Message-Id": "request-1"}, None),
    ],
    ids=["trickles", "chunks", "without-length", "silent", "cut-short"],
)
def test_an_acceptance_is_known_by_its_status_whenever_its_body_ends(answered, told) -> None:
    def attempt(patience: float) -> None:
        began = time.monotonic()
        receipts = answered(told, timeout=patience)
        assert [(each.outcome, each.text) for each in receipts] == [(A, "request-1")] * 2
        assert time.monotonic() - began < 0.75 * patience

    in_time(attempt, 2)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (Trickle(b"", rest=b"HTTP/1.1 202 Accepted"), U),
        (Trickle(b"HTTP/1.1 202 Accepted\r\n", rest=b"X-A: b\r\n"), U),
        (Trickle(b"HTTP/1.1 100 Continue\r\n\r\n", rest=b"HTTP/1.1 100 Continue\r\n\r\n", every=0.01), U),
        (Trickle(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 1000000\r\n\r\n"), D),
        (Trickle(b"HTTP/1.1 503 Busy\r\n\r\n"), U),
    ],
    ids=["status", "head", "continues", "refusal", "fault"],
)
def test_an_answer_that_trickles_has_so_many_seconds_in_all(make_sendgrid, make_parcels, told, outcome) -> None:
    def attempt(patience: float) -> None:
        with Lookalike(answer=lambda number, _body: told if number == 2 else None) as lookalike:
            sendgrid = make_sendgrid(lookalike, timeout=patience, batch=2, threads=1)
            began = time.monotonic()
            receipts = deliver(sendgrid, make_parcels(4))
        assert 0.8 * patience < time.monotonic() - began < 4 * patience
        assert [each.outcome for each in receipts.values()] == [A, A, outcome, outcome]

    in_time(attempt, 0.5)


def test_a_key_that_is_refused_is_known_by_the_status_alone(answered) -> None:
    told = Trickle(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000000\r\n\r\n")
    with pytest.raises(CredentialsError):
        answered(told, timeout=0.5)


def test_a_side_that_does_not_read_has_no_more_than_ten_times_the_patience(monkeypatch) -> None:
    moments = iter(range(0, 1000, 2))
    clock = SimpleNamespace(monotonic=lambda: float(next(moments)))
    monkeypatch.setattr("newsletter.delivery.transports.sendgrid_way.time", clock)
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(0.5)
        far.settimeout(60)
        reading = threading.Thread(target=_taken, args=(far,))
        reading.start()
        connection = _Writing("127.0.0.1", timeout=0.5)
        connection.sock = near
        with pytest.raises(TimeoutError):
            connection.send(bytes(1_000_000))
        near.close()
        reading.join(60)


def _taken(far: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while far.recv(65_536):
            pass
