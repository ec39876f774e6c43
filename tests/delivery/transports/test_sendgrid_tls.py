"""The SendGrid transport over TLS, to a look-alike whose certificate the machine trusts, or does not."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import certificate
from sendgrid_lookalike import Lookalike
from transport_driver import A, D, deliver, outcomes

from newsletter.errors import CredentialsError


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Lookalike]:
    """Listen with a certificate of its own."""
    with Lookalike(certificate=certificate(tmp_path, "localhost")) as lookalike:
        yield lookalike


def test_certificates_are_read_once_for_all_calls(secure, make_sendgrid, make_parcels, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
    read: list[bool] = []
    make = ssl.create_default_context

    def counted(*args: object, **options: object) -> ssl.SSLContext:
        read.append(True)
        return make(*args, **options)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    monkeypatch.setattr(ssl, "_create_default_https_context", counted)
    receipts = deliver(make_sendgrid(secure, threads=4), make_parcels(60))
    assert list(outcomes(receipts).values()) == [A] * 60
    assert secure.calls == 6
    assert len(read) == 1


def test_a_certificate_that_is_not_trusted_stops_the_send_before_anything_is_written(
    secure, make_sendgrid, make_parcels
) -> None:
    with pytest.raises(CredentialsError):
        deliver(make_sendgrid(secure, threads=4), make_parcels(20))
    assert set(outcomes(deliver.last).values()) == {D}
    assert secure.heard == 0
