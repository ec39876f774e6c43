"""Answers of SendGrid, and of what stands before it, that are not as one would like them."""

from __future__ import annotations

import gzip
import json
import time

import pytest
from sendgrid_lookalike import KEY, Lookalike, refusal

from newsletter.config import Config
from newsletter.config.model import Secrets
from newsletter.config.model import SendGrid as Settings
from newsletter.delivery.transports.base import Blame, Outcome, Receipt
from newsletter.delivery.transports.sendgrid import open_transport

A, D, R, U = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.REFUSED, Outcome.UNKNOWN
PAGE = b"<html><body><h1>502 Bad Gateway</h1>lecteur1@exemple.org</body></html>"


def answered(tmp_path, make_parcels, told: object, *, count: int = 2) -> list[Receipt]:
    """Give each call this answer; return the receipts in order."""
    receipts: list[Receipt] = []
    with Lookalike(answer=lambda _number, _body: told) as lookalike:
        settings = Settings(base_url=lookalike.url, timeout=5, batch=10, threads=1)
        transport = open_transport(Config(root=tmp_path, sendgrid=settings, secrets=Secrets(sendgrid_api_key=KEY)))
        transport.deliver(iter(make_parcels(count)), receipts.append)
    assert lookalike.calls == 1
    return sorted(receipts, key=lambda receipt: receipt.key)


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
def test_a_wait_is_never_so_long_that_a_mail_would_be_given_up_for_it(
    tmp_path, make_parcels, headers, least, most
) -> None:
    told = {name: value.replace("{now}", str(int(time.time()))) for name, value in headers.items()}
    for receipt in answered(tmp_path, make_parcels, (429, told, None)):
        assert (receipt.outcome, receipt.blame) == (D, Blame.RELAY)
        assert receipt.retry_after is not None
        assert least <= receipt.retry_after <= most


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, {"Retry-After": "-5"}])
def test_without_a_wait_that_can_be_read_it_is_our_own(tmp_path, make_parcels, headers) -> None:
    assert [each.retry_after for each in answered(tmp_path, make_parcels, (429, headers, None))] == [None, None]


def test_a_packed_refusal_names_its_row(tmp_path, make_parcels) -> None:
    told = refusal("Does not contain a valid address.", "personalizations.1.to.0.email")
    first, second = answered(tmp_path, make_parcels, (400, {"Content-Encoding": "gzip"}, packed(told)))
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
def test_a_body_that_is_none_of_sendgrids_is_borne(tmp_path, make_parcels, status, body, outcome) -> None:
    receipts = answered(tmp_path, make_parcels, (status, {}, body))
    assert [each.outcome for each in receipts] == [outcome, outcome]
    assert all(each.code == status and "@" not in each.text for each in receipts)


@pytest.mark.parametrize("body", [b"not packed at all", gzip.compress(PAGE)[:-20]])
def test_a_body_that_can_not_be_unpacked_is_borne(tmp_path, make_parcels, body) -> None:
    receipts = answered(tmp_path, make_parcels, (503, {"Content-Encoding": "gzip"}, body))
    assert [each.outcome for each in receipts] == [U, U]


def test_an_acceptance_counts_whatever_its_body(tmp_path, make_parcels) -> None:
    told = (202, {"Content-Encoding": "gzip", "X-Message-Id": "abc"}, packed({"odd": "body"}))
    receipts = answered(tmp_path, make_parcels, told)
    assert [(each.outcome, each.text) for each in receipts] == [(A, "abc"), (A, "abc")]
