"""Amazon's calls: believed only with Amazon's certificate, for a topic that is expected."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RefusedError
from newsletter.feedback.event import EventKind
from newsletter.feedback.verdict import Verdict
from newsletter.feedback.webhooks import amazon, ses_events

AT = 1_790_000_000.0
TOPIC = "arn:aws:sns:ca-central-1:123456789012:infolettre"
CERTIFICATE = "https://sns.ca-central-1.amazonaws.com/SimpleNotificationService-abc.pem"
SUBSCRIBE = "https://sns.ca-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> bytes:
    return made_certificate(key, datetime.fromtimestamp(AT, UTC))


def made_certificate(key: rsa.RSAPrivateKey, at: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(at - timedelta(days=1)).not_valid_after(at + timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def make_call(key: rsa.RSAPrivateKey) -> Callable[..., bytes]:
    """Make a call of SNS, signed; `forged` changes it after the signature."""

    def make(*, forged: dict[str, object] | None = None, **fields: str) -> bytes:
        message = {
            "Type": "Notification",
            "MessageId": "1",
            "TopicArn": TOPIC,
            "Message": "{}",
            "Timestamp": "2026-09-21T12:00:00.000Z",
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
            **fields,
        }
        names = amazon.SIGNED.get(message["Type"], ())
        text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode()
        signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        signed = {**message, "Signature": base64.b64encode(signature).decode(), **(forged or {})}
        return json.dumps(signed).encode()

    return make


def checked(body: bytes, pem: bytes, *, at: float = AT) -> object:
    return amazon.verify(body, topics=(TOPIC,), fetch=lambda _url: pem, at=at)


def test_trust_69_a_signed_call_about_our_topic_is_taken(make_call, certificate) -> None:
    for extra in ({}, {"Subject": "Amazon SES"}, {"Message": "é\n{}"}):
        assert checked(make_call(**extra), certificate)["Type"] == "Notification"


@pytest.mark.parametrize(
    "forged",
    [
        {"Message": "{ }"},
        {"Subject": "added"},
        {"Timestamp": "2027-09-21T12:00:00.000Z"},
        {"Signature": ""},
        {"Signature": "%%%"},
        {"Signature": None},
        {"Signature": "AAAA"},
        {"TopicArn": TOPIC + "2"},
        {"TopicArn": None},
        {"SignatureVersion": "1"},
        {"SignatureVersion": 2.0},
        {"Type": "Nothing"},
        {"Type": "SubscriptionConfirmation"},
        {"SigningCertURL": "http://sns.ca-central-1.amazonaws.com/a.pem"},
        {"SigningCertURL": None},
    ],
)
def test_trust_69_any_other_is_refused(make_call, certificate, forged) -> None:
    with pytest.raises(RefusedError):
        checked(make_call(forged=forged), certificate)


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.ca-central-1.amazonaws.com/a.pem",
        "https://sns.ca-central-1.amazonaws.com/a.txt",
        "https://sns.ca-central-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.ca-central-1.amazonaws.com/a.pem",
        "https://user@sns.ca-central-1.amazonaws.com/a.pem",
        "https://sns.ca-central-1.amazonaws.com:8443/a.pem",
        "https://sns.ca-central-1.amazonaws.com/a?x=.pem",
        "https://sns.ca-central-1.amazonaws.com/a#.pem",
        "https://sns.ca-central-1.amazonaws.com\\@evil.example/a.pem",
        "https://sns.x.amazonaws.com/a.pem",
        "https://s3.ca-central-1.amazonaws.com/a.pem",
        "https://sns.ca-central-1.amazonaws.com\n.evil.example/a.pem",
        "https://sns.ca-central-1.amazonaws.co/a.pem",
        "https://ѕns.ca-central-1.amazonaws.com/a.pem",
        "https://[sns/a.pem",
        "//sns.ca-central-1.amazonaws.com/a.pem",
        "",
    ],
)
def test_trust_69_no_other_address_passes_for_amazons(url) -> None:
    assert not amazon.is_amazons(url, ending=".pem")


def test_trust_69_the_addresses_of_amazon_pass() -> None:
    assert amazon.is_amazons(CERTIFICATE, ending=".pem")
    assert amazon.is_amazons("https://sns.cn-north-1.amazonaws.com.cn/a.pem", ending=".pem")


def test_a_certificate_that_is_over_or_none_is_refused(make_call, certificate, key) -> None:
    for pem, at in ((certificate, AT + 200_000), (certificate, AT - 200_000), (b"", AT), (b"\xff", AT)):
        with pytest.raises(RefusedError):
            checked(make_call(), pem, at=at)
    other = made_certificate(rsa.generate_private_key(65537, 2048), datetime.fromtimestamp(AT, UTC))
    with pytest.raises(RefusedError):
        checked(make_call(), other)


def test_a_subscription_is_confirmed_at_amazons_address_only(make_call, certificate) -> None:
    good = make_call(Type="SubscriptionConfirmation", Token="t", SubscribeURL=SUBSCRIBE)
    assert amazon.confirmation_url(checked(good, certificate)) == SUBSCRIBE
    for url in ("https://evil.example/?Action=ConfirmSubscription", SUBSCRIBE.replace("Confirm", "Delete")):
        bad = make_call(Type="SubscriptionConfirmation", Token="t", SubscribeURL=url)
        assert amazon.confirmation_url(checked(bad, certificate)) == ""


@given(st.binary(max_size=300))
def test_no_body_makes_it_raise_anything_else(body: bytes) -> None:
    with pytest.raises(RefusedError):
        checked(body, b"")


def told(kind: str, **parts: object) -> str:
    mail = {"messageId": "m", "source": "rebonds@example.org", "destination": ["chat@example.com"]}
    return json.dumps({"notificationType": kind, "mail": mail, **parts})


def bounce(bounce_type: str, subtype: str, **person: str) -> str:
    people = [{"emailAddress": "chat@example.com", **person}]
    about = {"bounceType": bounce_type, "bounceSubType": subtype, "bouncedRecipients": people, "feedbackId": "f"}
    return told("Bounce", bounce={**about, "timestamp": "2026-09-21T12:00:00.000Z"})


@pytest.mark.parametrize(
    ("message", "kind", "verdict"),
    [
        (bounce("Permanent", "General", status="5.1.1", diagnosticCode="550 user unknown"), "bounced", "hard"),
        (bounce("Permanent", "General"), "bounced", "hard"),
        (bounce("Permanent", "OnAccountSuppressionList"), "bounced", "hard"),
        (bounce("Permanent", "General", diagnosticCode="552 5.2.2 mailbox full"), "bounced", "soft"),
        (bounce("Permanent", "General", diagnosticCode="550 5.7.1 spam"), "blocked", "policy"),
        (bounce("Transient", "General"), "bounced", "soft"),
        (bounce("Transient", "General", diagnosticCode="550 5.1.1 user unknown"), "bounced", "soft"),
        (bounce("Transient", "MailboxFull"), "bounced", "soft"),
        (bounce("Transient", "ContentRejected"), "blocked", "policy"),
        (bounce("Undetermined", "Undetermined"), "bounced", "soft"),
        (
            told("Complaint", complaint={"complainedRecipients": [{"emailAddress": "c@example.com"}]}),
            "complained",
            None,
        ),
        (told("Delivery", delivery={"recipients": ["chat@example.com"]}), "delivered", None),
        (told("Send", send={}), "accepted", None),
        (told("Reject", reject={"reason": "Bad content"}), "blocked", None),
        (told("DeliveryDelay", deliveryDelay={"delayedRecipients": [{"emailAddress": "c@x.org"}]}), "deferred", None),
        (told("Subscription", subscription={}), "unsubscribed", None),
    ],
)
def test_each_kind_of_notification_is_read(message, kind, verdict) -> None:
    (event,) = ses_events.parse(message, received_at=AT)
    assert (event.kind, event.verdict) == (EventKind(kind), Verdict(verdict) if verdict else None)


def test_opening_clicking_and_what_is_no_complaint_are_passed_over() -> None:
    people = [{"emailAddress": "chat@example.com"}]
    no_complaint = {"complainedRecipients": people, "complaintFeedbackType": "not-spam"}
    for message in (told("Open"), told("Click"), "[]", "{}", told("Complaint", complaint=no_complaint)):
        assert ses_events.parse(message, received_at=AT) == []


def test_copies_of_a_notification_are_one_event() -> None:
    message = bounce("Transient", "MailboxFull")
    assert len({ses_events.parse(message, received_at=AT + n)[0].dedupe for n in range(3)}) == 1
