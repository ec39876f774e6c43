"""The SendGrid transport over TLS, to a look-alike whose certificate the machine trusts, or does not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import certificate
from sendgrid_lookalike import KEY, Lookalike

from newsletter.config import Config
from newsletter.config.model import Secrets
from newsletter.config.model import SendGrid as Settings
from newsletter.delivery.transports.base import Outcome, Receipt
from newsletter.delivery.transports.sendgrid import SendGrid, open_transport
from newsletter.errors import CredentialsError


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Lookalike]:
    """Listen with a certificate of its own."""
    with Lookalike(certificate=certificate(tmp_path, "localhost")) as lookalike:
        yield lookalike


def opened(lookalike: Lookalike, folder: Path) -> SendGrid:
    settings = Settings(base_url=lookalike.url, timeout=5, batch=10, threads=4)
    return open_transport(Config(root=folder, sendgrid=settings, secrets=Secrets(sendgrid_api_key=KEY)))


def test_certificates_are_read_once_for_all_calls(secure, tmp_path, make_parcels, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
    read: list[bool] = []
    make = ssl.create_default_context

    def counted(*args: object, **options: object) -> ssl.SSLContext:
        read.append(True)
        return make(*args, **options)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    monkeypatch.setattr(ssl, "_create_default_https_context", counted)
    receipts: list[Receipt] = []
    opened(secure, tmp_path).deliver(iter(make_parcels(60)), receipts.append)
    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED] * 60
    assert secure.calls == 6
    assert len(read) == 1


def test_a_certificate_that_is_not_trusted_stops_the_send_before_anything_is_written(
    secure, tmp_path, make_parcels
) -> None:
    receipts: list[Receipt] = []
    with pytest.raises(CredentialsError):
        opened(secure, tmp_path).deliver(iter(make_parcels(20)), receipts.append)
    assert {receipt.outcome for receipt in receipts} == {Outcome.DEFERRED}
    assert secure.heard == 0
