"""SendGrid's calls are checked on their exact bytes; whatever is wrong is refused, never an error."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RefusedError
from newsletter.feedback.calls import verify_webhook
from newsletter.feedback.webhooks import sendgrid

#: SendGrid's published sample (sendgrid-python, test_eventwebhook.py, MIT licence)
PUBLISHED_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="  # noqa: E501 - one key
PUBLISHED_SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
PUBLISHED_TIME = 1600112502
PUBLISHED_EVENT = {
    "email": "hello@world.com",
    "event": "dropped",
    "reason": "Bounced Address",
    "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
    "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
    "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
    "timestamp": 1600112492,
}
PUBLISHED_BODY = json.dumps([PUBLISHED_EVENT], sort_keys=True, separators=(",", ":")).encode() + b"\r\n"


@pytest.fixture(scope="module")
def private_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def shown(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def signed(key: ec.EllipticCurvePrivateKey, body: bytes, timestamp: str = "1790000000") -> dict[str, str]:
    signature = key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {sendgrid.SIGNATURE: base64.b64encode(signature).decode(), sendgrid.TIMESTAMP: timestamp}


def recorded(headers: dict[str, str]) -> bytes:
    return "".join(f"{name.title()}: {value}\r\n" for name, value in headers.items()).encode()


PUBLISHED_HEADERS = {sendgrid.SIGNATURE: PUBLISHED_SIGNATURE, sendgrid.TIMESTAMP: str(PUBLISHED_TIME)}


def test_trust_67_the_published_vector_passes() -> None:
    for headers in (recorded(PUBLISHED_HEADERS), json.dumps(PUBLISHED_HEADERS).encode()):
        assert verify_webhook(provider="sendgrid", public_key=PUBLISHED_KEY, headers=headers, body=PUBLISHED_BODY)


@pytest.mark.parametrize(
    "body",
    [
        PUBLISHED_BODY.rstrip(),
        PUBLISHED_BODY.replace(b"\r\n", b"\n"),
        json.dumps([PUBLISHED_EVENT]).encode() + b"\r\n",
        PUBLISHED_BODY + b" ",
        b"\xef\xbb\xbf" + PUBLISHED_BODY,
        b"",
    ],
    ids=["stripped", "line end", "written again", "longer", "marked", "empty"],
)
def test_trust_67_other_bytes_are_refused(body: bytes) -> None:
    headers = recorded(PUBLISHED_HEADERS)
    assert not verify_webhook(provider="sendgrid", public_key=PUBLISHED_KEY, headers=headers, body=body)


@pytest.mark.parametrize("signature", ["", "%%%", "é", "AAAA", PUBLISHED_SIGNATURE[:-2], PUBLISHED_SIGNATURE[::-1]])
@pytest.mark.parametrize("timestamp", [str(PUBLISHED_TIME), "", "-1", "1e9", "٣", "1600112502 0", "9" * 40])
def test_trust_67_malformed_headers_are_refused(signature: str, timestamp: str) -> None:
    headers = recorded({sendgrid.SIGNATURE: signature, sendgrid.TIMESTAMP: timestamp})
    assert not verify_webhook(provider="sendgrid", public_key=PUBLISHED_KEY, headers=headers, body=PUBLISHED_BODY)


def test_a_malformed_key_or_one_of_another_curve_is_refused(private_key: ec.EllipticCurvePrivateKey) -> None:
    others = (shown(private_key), shown(ec.generate_private_key(ec.SECP384R1())), "", "AAAA", "é", PUBLISHED_KEY[:-8])
    for key in others:
        headers = recorded(PUBLISHED_HEADERS)
        assert not verify_webhook(provider="sendgrid", public_key=key, headers=headers, body=PUBLISHED_BODY)


def test_trust_68_an_old_or_future_call_is_refused(private_key: ec.EllipticCurvePrivateKey) -> None:
    body = b"[]"
    headers, key = signed(private_key, body), shown(private_key)
    sendgrid.verify(headers, body, public_key=key, at=1790000299, max_age=300)
    for at in (1790000301, 1789999699):
        with pytest.raises(RefusedError):
            sendgrid.verify(headers, body, public_key=key, at=at, max_age=300)


@given(st.binary(max_size=200), st.text(max_size=80), st.text(max_size=20))
def test_no_headers_make_it_raise_anything_else(body: bytes, signature: str, timestamp: str) -> None:
    with pytest.raises(RefusedError):
        sendgrid.verify(
            {sendgrid.SIGNATURE: signature, sendgrid.TIMESTAMP: timestamp},
            body,
            public_key=PUBLISHED_KEY,
            at=0,
            max_age=None,
        )
