"""Mailboxes on servers: TLS is verified, and only reports about our mail are marked or deleted."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from newsletter.config.model import Mailbox
from newsletter.errors import CredentialsError, TransientError
from newsletter.feedback.remote import _folder, visit_imap, visit_pop3
from tests.feedback.mail_servers import Box, Imap, Pop3, serving

REPORT = b"From: MAILER-DAEMON@example.net\r\n\r\nrebond\r\n.\r\nsuite"
LETTER = b"From: chat@example.com\r\n\r\nBonjour\r\n"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 and its key."""
    key, folder = ec.generate_private_key(ec.SECP256R1()), tmp_path_factory.mktemp("tls")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(names, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def make_server(certificate: tuple[Path, Path]) -> Callable[..., object]:
    """Serve a mailbox by `imap` or `pop3`, with `tls`, `starttls` or `none`."""

    @contextmanager
    def make(kind: str, security: str, box: Box) -> Iterator[Mailbox]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        talk = type("Own", (Imap if kind == "imap" else Pop3,), {})
        with serving(talk, box, None if security == "none" else context, plain_first=security != "tls") as port:
            yield Mailbox(kind=kind, host="127.0.0.1", port=port, security=security, username="boite")

    return make


@pytest.fixture
def trust(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


def is_report(raw: bytes) -> bool:
    return b"rebond" in raw


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_imap_marks_reports_as_read_and_nothing_else(make_server, trust, security) -> None:
    box, seen = Box([REPORT, LETTER, REPORT], read={0}), []
    with make_server("imap", security, box) as settings:
        count = visit_imap(settings, "secret", lambda raw: seen.append(raw) or is_report(raw), context=trust)
    assert (count, seen, box.read) == (2, [LETTER, REPORT], {0, 2})


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_pop3_deletes_reports_and_nothing_else(make_server, trust, security) -> None:
    box, seen = Box([REPORT, LETTER]), []
    with make_server("pop3", security, box) as settings:
        count = visit_pop3(settings, "secret", lambda raw: seen.append(raw) or is_report(raw), context=trust)
    assert (count, seen, box.deleted) == (2, [REPORT, LETTER.removesuffix(b"\r\n") + b"\r\n"], {0})


def test_pop3_passes_over_what_can_not_be_read(make_server, trust) -> None:
    box, seen = Box([LETTER, b"x" * 5_000, LETTER]), []
    with make_server("pop3", "none", box) as settings:
        assert visit_pop3(settings, "secret", lambda raw: bool(seen.append(raw)), context=trust) == 2
    assert len(seen) == 2


@pytest.mark.parametrize(("kind", "visit"), [("imap", visit_imap), ("pop3", visit_pop3)])
def test_a_wrong_password_is_said_without_the_servers_words(make_server, trust, kind, visit) -> None:
    with make_server(kind, "tls", Box([])) as settings, pytest.raises(CredentialsError) as caught:
        visit(settings, "wrong", is_report, context=trust)
    assert "@" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("kind", "visit"), [("imap", visit_imap), ("pop3", visit_pop3)])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_ends_the_visit(make_server, kind, visit, security) -> None:
    with make_server(kind, security, Box([REPORT])) as settings, pytest.raises(TransientError):
        visit(settings, "secret", is_report, context=ssl.create_default_context())


def test_an_empty_mailbox_and_a_missing_folder(make_server, trust) -> None:
    with make_server("pop3", "none", Box([])) as settings:
        assert visit_pop3(settings, "secret", is_report, context=trust) == 0
    with (
        make_server("imap", "none", Box([], folder="Autre")) as settings,
        pytest.raises(TransientError, match="folder"),
    ):
        visit_imap(settings, "secret", is_report, context=trust)


def test_nobody_there_is_said(free_port, trust) -> None:
    for kind, visit in (("imap", visit_imap), ("pop3", visit_pop3)):
        settings = Mailbox(kind=kind, host="127.0.0.1", port=free_port, security="none")
        with pytest.raises(TransientError):
            visit(settings, "secret", is_report, context=trust)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'),
        ("Boîte", '"Bo&AO4-te"'),
        ("a&b", '"a&-b"'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("台北", '"&U,BTFw-"'),
    ],
)
def test_a_folders_name_is_written_as_imap_wants_it(name, written) -> None:
    assert _folder(name) == written
