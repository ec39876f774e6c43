"""Calls of providers from the socket to the list: order of checks, replays, and where a subscription is confirmed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from starlette.applications import Starlette
from starlette.testclient import TestClient
from test_amazon import CERTIFICATE, SUBSCRIBE, TOPIC, made_certificate
from test_webhook_vectors import AT, KEY, RIGHT, Vector, der, vector

from newsletter.errors import RefusedError
from newsletter.feedback.applying import Applied
from newsletter.feedback.calls import Postroom, Secrets
from newsletter.feedback.inbox import waiting, work_off
from newsletter.feedback.score import Terms
from newsletter.feedback.webhooks import amazon
from newsletter.feedback.webhooks.sendgrid import SIGNATURE, TIMESTAMP
from newsletter.web.hooks import hook_routes

#: bodies that no parser of JSON takes
NO_JSON = (b"{", b"\xff\xfe", b"[" * 100_000, b"", b"NaN", b'{"a":' * 50_000)


def browser(store, *, at: float = AT, fetch: amazon.Fetch = lambda _url: b"", **secrets: object) -> TestClient:
    app = Starlette(routes=hook_routes())
    known = Secrets(**{"sendgrid_public_key": der(KEY.public_key()), **secrets})
    app.state.postroom = Postroom(store=store, secrets=known, clock=lambda: at, fetch=fetch)
    return TestClient(app)  # a fault within the application would be raised here


def told(client: TestClient, call: Vector) -> int:
    return client.post("/hooks/sendgrid", content=call.body, headers=call.headers).status_code


@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
def test_trust_67_the_signature_is_checked_before_anything_is_parsed(make_store, monkeypatch, body: bytes) -> None:
    """Signed, such bytes are stored as they are; unsigned, they are refused as any other: JSON is read afterwards."""

    def parsed(*_words: object, **_more: object) -> object:
        raise AssertionError("parsed before it was believed")

    store = make_store()
    client = browser(store)
    monkeypatch.setattr(json, "loads", parsed)
    assert told(client, Vector(body=body, signature=RIGHT.signature)) == 403
    assert waiting(store) == 0
    assert told(client, vector(body)) == 204


@pytest.mark.parametrize("name", [SIGNATURE, TIMESTAMP])
@pytest.mark.parametrize("value", [None, b"", b"\xff\xfe", b"%%%", b"A" * 60_000, b"0", "\u0663".encode()])
def test_trust_67_over_http_odd_headers_give_4xx(make_store, name: str, value: bytes | None) -> None:
    headers = [(key.lower().encode(), text.encode()) for key, text in RIGHT.headers.items() if key.lower() != name]
    if value is not None:
        headers.append((name.encode(), value))
    answer = browser(make_store()).post("/hooks/sendgrid", content=RIGHT.body, headers=headers)
    assert 400 <= answer.status_code < 500


def complaint(**more: str) -> bytes:
    event = {"email": "p1@example.com", "event": "spamreport", "timestamp": AT, "sg_message_id": "m", **more}
    return json.dumps([event]).encode()


def test_trust_68_a_replayed_call_takes_effect_once_whatever_id_its_event_has(store, make_sent) -> None:
    sent, terms = make_sent(store, count=1), Terms()
    client = browser(store)
    first = vector(complaint(sg_event_id="one"))
    assert [told(client, first) for _ in range(2)] == [204, 204]
    assert work_off(store, keys=sent.keys, terms=terms) == Applied(new=1, suppressed=1)
    for again in (first, vector(complaint(sg_event_id="two"), str(AT + 60)), vector(complaint())):
        assert told(client, again) == 204
        assert work_off(store, keys=sent.keys, terms=terms) == Applied(known=1)
    assert len(sent.events()) == 1


def test_trust_68_the_window_is_five_minutes_or_as_long_as_was_asked_for(make_store) -> None:
    longer = 7200
    late = AT + 3600
    assert told(browser(make_store(), at=late), RIGHT) == 403
    assert told(browser(make_store(), at=late, max_age=longer), RIGHT) == 204
    assert told(browser(make_store(), at=AT + 7201, max_age=longer), RIGHT) == 403


@pytest.fixture(scope="module")
def amazons_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def subscription(amazons_key) -> Callable[..., bytes]:
    """Make a signed request to confirm a subscription at `url`."""

    def make(url: str, topic: str = TOPIC) -> bytes:
        message = {
            **{"Type": "SubscriptionConfirmation", "MessageId": "1", "TopicArn": topic, "Message": "m", "Token": "t"},
            **{"Timestamp": "2026-09-21T12:00:00.000Z", "SignatureVersion": "2", "SigningCertURL": CERTIFICATE},
            "SubscribeURL": url,
        }
        text = "".join(f"{name}\n{message[name]}\n" for name in amazon.SIGNED["SubscriptionConfirmation"])
        signature = amazons_key.sign(text.encode("utf-8", "replace"), padding.PKCS1v15(), hashes.SHA256())
        return json.dumps({**message, "Signature": base64.b64encode(signature).decode()}).encode()

    return make


HOST = "sns.ca-central-1.amazonaws.com"
ELSEWHERE = (
    SUBSCRIBE.replace("https:", "http:"),
    SUBSCRIBE.replace(HOST, f"{HOST}.evil.example"),
    SUBSCRIBE.replace(HOST, f"user@{HOST}"),
    SUBSCRIBE.replace(HOST, f"user:word@{HOST}"),
    SUBSCRIBE.replace(HOST, f"{HOST}:8443"),
    SUBSCRIBE.replace(HOST, f"{HOST}\\@evil.example"),
    SUBSCRIBE.replace(HOST, f"evil.example/{HOST}"),
    SUBSCRIBE.replace(HOST, "sns.x.amazonaws.com"),
    SUBSCRIBE.replace(HOST, "s3.ca-central-1.amazonaws.com"),
    SUBSCRIBE.replace(HOST, "127.0.0.1"),
    SUBSCRIBE.replace("sns", "\u0455ns"),
    "file:///etc/passwd?Action=ConfirmSubscription",
    "",
)


@pytest.mark.parametrize("url", [SUBSCRIBE, *ELSEWHERE])
def test_trust_69_a_subscription_is_confirmed_at_amazons_own_address_only(
    make_store, subscription, amazons_key, url: str
) -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return made_certificate(amazons_key, datetime.fromtimestamp(AT, UTC))

    client = browser(make_store(), fetch=fetch, ses_topics=(TOPIC,))
    assert client.post("/hooks/ses", content=subscription(url)).status_code == 204
    assert asked == [CERTIFICATE, url][: 2 if url == SUBSCRIBE else 1]
    asked.clear()
    assert client.post("/hooks/ses", content=subscription(SUBSCRIBE, TOPIC + "2")).status_code == 403
    assert asked == [], "of a topic that nobody expects nothing is fetched"


def test_trust_69_without_an_expected_topic_no_call_is_believed(subscription) -> None:
    with pytest.raises(RefusedError):
        amazon.verify(subscription(SUBSCRIBE), topics=(), fetch=lambda _url: b"", at=AT)
