"""The webhook for everybody else: signed with a shared secret over the exact bytes."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RefusedError
from newsletter.feedback.event import EventKind
from newsletter.feedback.verdict import Verdict
from newsletter.feedback.webhooks import generic

AT = 1_790_000_000
SECRET = "whsec_" + base64.b64encode(b"une clef de trente-deux octets !").decode()
BODY = json.dumps({"event": "complained", "delivery": "S12.345"}).encode()


def headers(body: bytes = BODY, *, at: int = AT, secret: str = SECRET) -> dict[str, str]:
    signature = generic.sign("msg_1", str(at), body, secret=secret)
    return {generic.ID: "msg_1", generic.TIMESTAMP: str(at), generic.SIGNATURE: signature}


def test_a_signed_call_is_taken_with_either_form_of_secret() -> None:
    for secret in (SECRET, "un secret en clair", "whsec_%%%"):
        generic.verify(headers(secret=secret), BODY, secret=secret, at=AT, max_age=300)


def test_one_of_several_signatures_is_enough_while_a_secret_changes() -> None:
    several = {**headers(), generic.SIGNATURE: f"v1,AAAA {headers()[generic.SIGNATURE]} v1a,x"}
    generic.verify(several, BODY, secret=SECRET, at=AT, max_age=300)


@pytest.mark.parametrize(
    "change",
    [
        {generic.ID: "msg_2"},
        {generic.TIMESTAMP: str(AT + 1)},
        {generic.TIMESTAMP: "٣"},
        {generic.TIMESTAMP: ""},
        {generic.SIGNATURE: ""},
        {generic.SIGNATURE: "é"},
        {generic.SIGNATURE: "v1,"},
    ],
)
def test_a_changed_call_is_refused(change) -> None:
    with pytest.raises(RefusedError):
        generic.verify({**headers(), **change}, BODY, secret=SECRET, at=AT, max_age=300)


def test_other_bytes_an_old_call_and_no_secret_are_refused() -> None:
    for body, secret, at in ((BODY + b"\n", SECRET, AT), (BODY, "autre", AT), (BODY, "", AT), (BODY, SECRET, AT + 301)):
        with pytest.raises(RefusedError):
            generic.verify(headers(), body, secret=secret, at=at, max_age=300)


def test_the_documented_body_is_read() -> None:
    body = {
        "event": "bounced",
        "delivery": "S12.345",
        "at": "2026-09-21T12:00:00Z",
        "status": "5.1.1",
        "reason": "550 5.1.1 user unknown",
    }
    (event,) = generic.parse(json.dumps([body, {"event": "opened"}]).encode(), received_at=AT)
    assert (event.kind, event.verdict, event.send, event.key) == (EventKind.BOUNCED, Verdict.HARD, 12, 345)


@given(st.binary(max_size=100), st.dictionaries(st.sampled_from(list(headers())), st.text(max_size=20)))
def test_nothing_makes_it_raise_anything_else(body: bytes, given_headers: dict[str, str]) -> None:
    with pytest.raises(RefusedError):
        generic.verify(given_headers, body, secret=SECRET, at=AT, max_age=300)
