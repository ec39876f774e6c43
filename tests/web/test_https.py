"""A certificate is looked at before anything is served with it, and what is wrong with it is said in words."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from newsletter.errors import ConfigError
from newsletter.language import speaking
from newsletter.web.https import warnings_of

sys.path.append(str(Path(__file__).parents[1]))  # what several parts of the tests share
from certificates import certificate

DAY = 86_400


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with speaking("en-CA"):
        yield


def test_a_certificate_that_browsers_take_has_nothing_to_be_said(tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost", days=90)
    assert warnings_of(path, None, at=time.time(), host="localhost") == []
    assert warnings_of(path, path, at=time.time(), host="127.0.0.1") == []


def test_what_ends_soon_or_is_for_another_host_is_said(tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost", days=90)
    [soon] = warnings_of(path, None, at=time.time() + 80 * DAY)
    assert "renew it" in soon
    [other] = warnings_of(path, None, at=time.time(), host="infolettre.example.org")
    assert "not for infolettre.example.org" in other


@pytest.mark.parametrize(
    ("host", "fits"),
    [("a.example.org", True), ("A.Example.org", True), ("a.b.example.org", False), ("example.org", False)],
)
def test_a_star_stands_for_one_word(tmp_path: Path, host: str, fits: bool) -> None:
    path = certificate(tmp_path, "*.example.org", days=90)
    assert (warnings_of(path, None, at=time.time(), host=host) == []) is fits


def test_a_certificate_out_of_its_time_is_refused(tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost", days=90)
    with pytest.raises(ConfigError, match="ended on"):
        warnings_of(path, None, at=time.time() + 91 * DAY)
    with pytest.raises(ConfigError, match="begins on"):
        warnings_of(path, None, at=time.time() - 30 * DAY)


def test_files_that_hold_something_else_are_named(tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost", days=90)
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "folder.pem").mkdir()
    alone = tmp_path / "alone.pem"
    alone.write_bytes(b"-----BEGIN CERTIFICATE" + path.read_bytes().partition(b"-----BEGIN CERTIFICATE")[2])
    another = certificate(tmp_path, "example.org", days=90)
    for cert, key, word in (
        (tmp_path / "empty.pem", None, "empty.pem holds no certificate"),
        (tmp_path / "folder.pem", None, "folder.pem can not be read"),
        (tmp_path / "missing.pem", None, "missing.pem can not be read"),
        (alone, None, "alone.pem holds no key"),
        (path, another, "holds no key for this certificate"),
        (path, tmp_path / "missing.pem", "missing.pem can not be read"),
    ):
        with pytest.raises(ConfigError, match=word) as raised:
            warnings_of(cert, key, at=time.time())
        assert raised.value.hint
        assert str(tmp_path) not in raised.value.message


def test_a_key_behind_a_password_asks_nobody(tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost", days=90)
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"word"),
        )
    )
    with pytest.raises(ConfigError, match="locked with a password"):
        warnings_of(path, locked, at=time.time())
