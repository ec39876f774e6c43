"""Encryption and login: what is offered in the clear is forgotten, and no secret leaves for whom it is not."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from certificates import certificate
from cryptography.hazmat.primitives import serialization
from scripted_relay import DROP, SILENT, ScriptedRelay
from transport_driver import A, deliver, outcomes

from newsletter.config import Config
from newsletter.config.model import Secrets
from newsletter.config.model import Smtp as Settings
from newsletter.delivery.transports.smtp import Smtp, open_transport
from newsletter.delivery.transports.smtp_opening import capabilities
from newsletter.delivery.transports.smtp_reply import Reply
from newsletter.errors import ConfigError, CredentialsError, TransientError

PASSWORD = "canary pässword"
OFFERS = ("PIPELINING", "STARTTLS", "8BITMIME")
AFTER = ("PIPELINING", "AUTH PLAIN LOGIN XOAUTH2", "SMTPUTF8")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    return {
        "right": certificate(folder, "localhost"),
        "other": certificate(folder, "other.example"),
        "old": certificate(folder, "localhost", valid=False),
    }


def serves(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
def make_smtp(make_smtp: Callable[..., Smtp], certificates: dict[str, Path]) -> Callable[..., Smtp]:
    """Make transports that encrypt, trust the right certificate and have a password."""
    plain = {"security": "starttls", "connections": 2, "ca_file": str(certificates["right"]), "command_timeout": 60}
    return lambda relay, **settings: make_smtp(relay, password=PASSWORD, **{**plain, **settings})


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mails_go_encrypted(make_smtp, make_parcels, certificates, security) -> None:
    parcels = make_parcels(30)
    with ScriptedRelay(
        tls=serves(certificates["right"]), wrapped=security == "tls", offers=OFFERS, offers_after_tls=AFTER
    ) as relay:
        smtp = make_smtp(relay, security=security)
        assert set(outcomes(deliver(smtp, parcels)).values()) == {A}
        smtp.close()
    assert {mail.recipient: mail.content for mail in relay.accepted} == {
        parcel.subscriber.address: parcel.message().content for parcel in parcels
    }
    assert relay.violations == []
    in_the_clear = [line for _, line in relay.commands].count("STARTTLS")
    assert (in_the_clear > 0) == (security == "starttls")


def test_after_starttls_everything_is_said_again_and_what_was_offered_before_is_forgotten(
    make_smtp, make_parcels, certificates
) -> None:
    with ScriptedRelay(
        tls=serves(certificates["right"]), offers=("STARTTLS", "PIPELINING", "SIZE 99", "SMTPUTF8"), offers_after_tls=()
    ) as relay:
        smtp = make_smtp(relay, connections=1)
        assert set(outcomes(deliver(smtp, make_parcels(3))).values()) == {A}
        smtp.close()
    said = [line.split()[0] for _, line in relay.commands]
    assert said[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]
    assert not any("SIZE=" in line for _, line in relay.commands)
    assert relay.violations == []


def test_encryption_that_is_not_offered_stops_the_send(make_smtp, make_parcels) -> None:
    pulled = iter(make_parcels(2))
    with ScriptedRelay(offers=("PIPELINING", "AUTH PLAIN")) as relay, pytest.raises(CredentialsError, match="STARTTLS"):
        make_smtp(relay, username="us").deliver(pulled, lambda _: None)
    assert [line.split()[0] for _, line in relay.commands] == ["EHLO"]
    assert len(list(pulled)) == 2


@pytest.mark.parametrize("answer", ["501 5.5.4 No", "554 5.7.0 No", "250 2.0.0 What?"])
def test_encryption_that_is_refused_stops_the_send(make_smtp, make_parcels, answer) -> None:
    script = lambda step, _c, _a: answer if step == "starttls" else None  # noqa: E731
    with ScriptedRelay(offers=OFFERS, script=script) as relay, pytest.raises(CredentialsError):
        deliver(make_smtp(relay), make_parcels(1))
    assert not any(line.startswith("MAIL") for _, line in relay.commands)


@pytest.mark.parametrize("which", ["other", "old"])
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_wrong_certificate_stops_the_send(make_smtp, make_parcels, certificates, which, security) -> None:
    pulled = iter(make_parcels(2))
    with ScriptedRelay(tls=serves(certificates[which]), wrapped=security == "tls", offers=OFFERS) as relay:
        smtp = make_smtp(relay, security=security, ca_file=str(certificates[which]), username="us")
        with pytest.raises(CredentialsError, match=r"certificat") as caught:
            smtp.deliver(pulled, lambda _: None)
    assert str(relay.port) in caught.value.message
    assert "ca_file" in caught.value.hint
    assert not any(line.startswith(("MAIL", "AUTH")) for _, line in relay.commands)
    assert len(list(pulled)) == 2


def test_a_certificate_of_nobody_we_know_stops_the_send(make_smtp, make_parcels, certificates) -> None:
    with ScriptedRelay(tls=serves(certificates["right"]), offers=OFFERS) as relay, pytest.raises(CredentialsError):
        deliver(make_smtp(relay, ca_file=""), make_parcels(1))


def test_a_file_of_certificates_that_is_none_is_a_fault_of_the_configuration(make_smtp, make_parcels, tmp_path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    for path in (tmp_path / "x.pem", tmp_path / "missing.pem"):
        with ScriptedRelay(offers=OFFERS) as relay, pytest.raises(ConfigError, match="ca_file"):
            deliver(make_smtp(relay, ca_file=str(path)), make_parcels(1))


def test_words_slipped_in_before_the_handshake_end_the_connection(make_smtp, make_parcels, certificates) -> None:
    script = lambda step, _c, _a: "220 Go on\r\n250 2.0.0 injected" if step == "starttls" else None  # noqa: E731
    with ScriptedRelay(tls=serves(certificates["right"]), offers=OFFERS, script=script) as relay:
        smtp = make_smtp(relay)
        with pytest.raises(TransientError):
            deliver(smtp, make_parcels(1))
    assert relay.accepted == []


@pytest.mark.parametrize("end", [DROP, SILENT])
def test_a_handshake_that_does_not_come_is_not_waited_for_for_ever(make_smtp, make_parcels, end) -> None:
    script = lambda step, _c, _a: end if step == "starttls" else None  # noqa: E731
    with ScriptedRelay(offers=OFFERS, script=script) as relay, pytest.raises(TransientError):
        deliver(make_smtp(relay, command_timeout=0.3), make_parcels(1))


@pytest.mark.parametrize(
    ("auth", "offered", "said"),
    [
        ("auto", "PLAIN LOGIN", ("PLAIN", f"\0us\0{PASSWORD}")),
        ("auto", "LOGIN", ("LOGIN", "us", PASSWORD)),
        ("plain", "PLAIN", ("PLAIN", f"\0us\0{PASSWORD}")),
        ("login", "PLAIN LOGIN", ("LOGIN", "us", PASSWORD)),
        ("xoauth2", "PLAIN XOAUTH2", ("XOAUTH2", f"user=us\x01auth=Bearer {PASSWORD}\x01\x01")),
    ],
)
def test_we_log_in_as_configured(make_smtp, make_parcels, certificates, auth, offered, said) -> None:
    heard: list[str] = []

    def script(step: str, _count: int, argument: str) -> str | None:
        if step == "auth":
            heard.append(argument)
        return None

    with ScriptedRelay(
        tls=serves(certificates["right"]), offers=OFFERS, offers_after_tls=(f"AUTH {offered}",), script=script
    ) as relay:
        receipts = deliver(make_smtp(relay, username="us", auth=auth, connections=1), make_parcels(1))
        assert outcomes(receipts) == {1: A}
    way, *secrets = heard[0].split(" ")
    assert (way, *(base64.b64decode(secret).decode() for secret in secrets)) == said


@pytest.mark.parametrize("auth", ["plain", "login", "xoauth2"])
def test_a_refused_login_stops_the_send_and_says_why_without_the_secret(
    make_smtp, make_parcels, certificates, auth, caplog
) -> None:
    caplog.set_level("DEBUG")
    fault = "334 eyJzdGF0dXMiOiI0MDAifQ==" if auth == "xoauth2" else f"535 5.7.8 Wrong password {PASSWORD}"

    def script(step: str, count: int, _argument: str) -> str | None:
        return (fault if not count else "535 5.7.8 Wrong token") if step == "auth" else None

    with (
        ScriptedRelay(tls=serves(certificates["right"]), offers=OFFERS, offers_after_tls=AFTER, script=script) as relay,
        pytest.raises(CredentialsError, match=r"535 5\.7\.8 Wrong") as caught,
    ):
        deliver(make_smtp(relay, username="us", auth=auth), make_parcels(1))
    assert PASSWORD not in str(caught.value) + caplog.text + repr(caught.value.__cause__)
    assert relay.accepted == []


def test_a_login_that_is_refused_for_now_is_tried_again_later(make_smtp, make_parcels, certificates) -> None:
    script = lambda step, _c, _a: "454 4.7.0 Temporary" if step == "auth" else None  # noqa: E731
    with (
        ScriptedRelay(tls=serves(certificates["right"]), offers=OFFERS, offers_after_tls=AFTER, script=script) as relay,
        pytest.raises(TransientError),
    ):
        deliver(make_smtp(relay, username="us"), make_parcels(1))


def test_a_way_to_log_in_that_is_not_offered_is_said(make_smtp, make_parcels, certificates) -> None:
    with (
        ScriptedRelay(tls=serves(certificates["right"]), offers=OFFERS, offers_after_tls=("AUTH CRAM-MD5",)) as relay,
        pytest.raises(CredentialsError) as caught,
    ):
        deliver(make_smtp(relay, username="us"), make_parcels(1))
    assert "cram-md5" in caught.value.hint
    assert not any(line.startswith("AUTH") for _, line in relay.commands)


def test_a_password_leaves_this_machine_only_encrypted(make_smtp, make_parcels) -> None:
    with ScriptedRelay(offers=("AUTH PLAIN",)) as relay:
        assert outcomes(deliver(make_smtp(relay, security="none", username="us"), make_parcels(1))) == {1: A}
        from newsletter.delivery.transports import smtp_opening

        assert not smtp_opening._is_here("mail.example")


def test_a_visit_logs_in_and_leaves(make_smtp, certificates) -> None:
    with ScriptedRelay(tls=serves(certificates["right"]), offers=OFFERS, offers_after_tls=AFTER) as relay:
        make_smtp(relay, username="us").check()
    assert [line.split()[0] for _, line in relay.commands] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]
    with pytest.raises(TransientError):
        make_smtp(relay).check()


def test_the_configuration_opens_it_and_no_repr_shows_the_password(tmp_path) -> None:
    config = Config(root=tmp_path, smtp=Settings(username="us"), secrets=Secrets(smtp_password=PASSWORD))
    transport = open_transport(config)
    assert transport.in_flight == 4
    assert transport.real
    assert PASSWORD not in repr(transport) + repr(vars(transport))


def test_the_answer_to_ehlo_is_read_whatever_its_case() -> None:
    read = capabilities(
        Reply(250, (b"relay", b"pipelining", b"Size 1000", b"AUTH plain Login", b"", b"STARTTLS", b"DSN", b"8bitmime"))
    )
    assert read.pipelining
    assert read.starttls
    assert read.dsn
    assert read.eight_bit
    assert not read.smtputf8
    assert read.size == 1000
    assert read.auth == ("plain", "login")
    assert capabilities(Reply(250, (b"relay", b"SIZE", b"AUTH=LOGIN"))).size == 0
    assert capabilities(Reply(250, (b"relay", b"SIZE x" + b"9" * 99))).size is None


def test_mails_are_signed_where_that_is_configured(tmp_path, make_parcels) -> None:
    import dkim_verifier
    from cryptography.hazmat.primitives.asymmetric import ed25519

    private = ed25519.Ed25519PrivateKey.generate()
    key = tmp_path / "key.pem"
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    key.chmod(0o600)
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    with ScriptedRelay() as relay:
        settings = Settings(
            host="127.0.0.1",
            port=relay.port,
            security="none",
            dkim_domain="coalition.example",
            dkim_selector="s",
            dkim_key_file="key.pem",
        )
        transport = open_transport(Config(root=tmp_path, smtp=settings))
        assert set(outcomes(deliver(transport, make_parcels(3))).values()) == {A}
        transport.close()
    for mail in relay.accepted:
        assert dkim_verifier.verify(
            mail.content, dnsfunc=lambda _name, timeout=5: b"v=DKIM1; k=ed25519; p=" + base64.b64encode(raw)
        )
