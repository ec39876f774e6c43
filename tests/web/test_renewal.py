"""A renewed certificate is taken up by the next connection; one that does not fit changes nothing and is said once."""

from __future__ import annotations

import logging
import os
import ssl
import sys
from pathlib import Path

import pytest
from cryptography import x509

from newsletter.web.renewal import Renewal

sys.path.append(str(Path(__file__).parents[1]))  # what several parts of the tests share
import contextlib

from certificates import certificate


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """A server's context that follows its files."""

    def __init__(self, folder: Path) -> None:
        self.cert, self.key = folder / "chain.pem", folder / "key.pem"
        self.written = 1_700_000_000
        self.put("first", folder)
        self.clock = Clock()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, self.key)
        Renewal(self.cert, self.key, clock=self.clock).watch(self.context)

    def pair(self, name: str, folder: Path, *, valid: bool = True) -> tuple[bytes, bytes]:
        key, _begin, cert = certificate(folder, name, valid=valid, days=90).read_bytes().partition(b"-----BEGIN CERT")
        return b"-----BEGIN CERT" + cert, key

    def put(self, name: str, folder: Path, *, valid: bool = True) -> None:
        for path, content in zip((self.cert, self.key), self.pair(name, folder, valid=valid), strict=True):
            self.write(path, content)

    def write(self, path: Path, content: bytes) -> None:
        """Write a file, a second after the one before: a file system may not tell shorter times apart."""
        self.written += 1
        path.write_bytes(content)
        os.utime(path, (self.written, self.written))

    def shown(self, *, name: str | None = "localhost") -> str:
        """Return whose certificate a new connection is shown, a second later."""
        self.clock.now += 1
        client_in, client_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        server_in, server_out = ssl.MemoryBIO(), ssl.MemoryBIO()
        asking = ssl.create_default_context()
        asking.check_hostname = False
        asking.verify_mode = ssl.CERT_NONE
        client = asking.wrap_bio(client_in, client_out, server_hostname=name)
        server = self.context.wrap_bio(server_in, server_out, server_side=True)
        for _ in range(4):
            for side in (client, server):
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.do_handshake()
                server_in.write(client_out.read())
                client_in.write(server_out.read())
        shown = client.getpeercert(binary_form=True)
        assert shown is not None
        return str(x509.load_der_x509_certificate(shown).subject.rfc4514_string())


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@pytest.mark.parametrize("name", ["localhost", None], ids=["by-name", "by-address"])
def test_the_next_connection_gets_what_was_renewed(server: Server, tmp_path: Path, name: str | None) -> None:
    assert server.shown(name=name) == "CN=first"
    server.put("second", tmp_path)
    assert server.shown(name=name) == "CN=second"
    server.put("third", tmp_path)
    assert server.shown(name=name) == "CN=third"


def test_the_files_are_looked_at_no_more_than_once_a_second(server: Server, tmp_path: Path) -> None:
    assert server.shown() == "CN=first"
    server.put("second", tmp_path)
    server.clock.now -= 1
    assert server.shown() == "CN=first"
    assert server.shown() == "CN=second"


def test_half_a_pair_changes_nothing_and_is_said_once(server: Server, tmp_path: Path, caplog) -> None:
    cert, key = server.pair("second", tmp_path)
    with caplog.at_level(logging.INFO):
        server.write(server.cert, cert)
        assert [server.shown() for _ in range(3)] == ["CN=first"] * 3
        server.write(server.cert, cert[: len(cert) // 2])
        assert server.shown() == "CN=first"
        server.cert.unlink()
        assert server.shown() == "CN=first"
        assert len(caplog.records) == 1
        assert "the one before still is" in caplog.text
        assert str(tmp_path) not in caplog.text
        server.write(server.cert, cert)
        server.write(server.key, key)
        assert server.shown() == "CN=second"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_pair_that_is_over_is_not_taken_up(server: Server, tmp_path: Path, caplog) -> None:
    server.put("second", tmp_path, valid=False)
    assert server.shown() == "CN=first"
    assert "ended on" in caplog.text
