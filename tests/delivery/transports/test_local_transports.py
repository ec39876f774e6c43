"""The transports that keep mails on this machine, in their particulars."""

from __future__ import annotations

import errno
import io
import os
import stat

import pytest

from newsletter.delivery.transports.base import Outcome, Receipt
from newsletter.delivery.transports.console import console
from newsletter.delivery.transports.files import outbox
from newsletter.delivery.transports.maildir import maildir
from newsletter.delivery.transports.memory import Memory
from newsletter.errors import TransientError


def test_mails_on_disk_are_for_their_owner_only(tmp_path, make_parcels) -> None:
    before = os.umask(0)
    try:
        outbox(tmp_path / "outbox").deliver(iter(make_parcels(1)), lambda _: None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "outbox" / "S12" / "1.eml").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "outbox" / "S12").stat().st_mode) == 0o700


def test_the_same_delivery_writes_the_same_file(tmp_path, make_parcels) -> None:
    for _ in range(2):
        outbox(tmp_path).deliver(iter(make_parcels(2)), lambda _: None)
    assert sorted(path.name for path in (tmp_path / "S12").iterdir()) == ["1.eml", "2.eml"]


def test_a_full_disk_defers_the_mail_and_says_so(tmp_path, make_parcels, monkeypatch) -> None:
    receipts: list[Receipt] = []

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("newsletter.delivery.transports.files.os.fdopen", full)
    with pytest.raises(TransientError, match="No space left") as caught:
        outbox(tmp_path).deliver(iter(make_parcels(3)), receipts.append)
    assert [receipt.outcome for receipt in receipts] == [Outcome.DEFERRED]
    assert "resume S12" in caught.value.hint
    assert not list((tmp_path / "S12").glob("*.part"))


def test_a_maildir_notes_the_envelope_and_takes_a_repeated_attempt_once(tmp_path, make_parcels) -> None:
    for _ in range(2):
        maildir(tmp_path).deliver(iter(make_parcels(1)), lambda _: None)
    (only,) = (tmp_path / "new").iterdir()
    head = only.read_bytes().decode().split("\r\n")
    assert head[0].startswith("Return-Path: <rebonds+")
    assert head[1] == "Delivered-To: lecteur1@exemple.org"
    assert not list((tmp_path / "tmp").iterdir())


def test_the_console_shows_each_mail(make_parcels) -> None:
    stream = io.StringIO()
    console(stream).deliver(iter(make_parcels(2)), lambda _: None)
    assert stream.getvalue().count("Message-ID:") == 2
    assert stream.getvalue().startswith("===== S12 1 =====\n")


def test_memory_answers_as_told(make_parcels) -> None:
    receipts: list[Receipt] = []
    answers = {1: Outcome.REFUSED, 3: Outcome.UNKNOWN}
    memory = Memory(
        lambda parcel: Receipt(key=parcel.key, outcome=answers[parcel.key]) if parcel.key in answers else None
    )
    memory.deliver(iter(make_parcels(3)), receipts.append)
    assert [receipt.outcome for receipt in receipts] == [Outcome.REFUSED, Outcome.ACCEPTED, Outcome.UNKNOWN]
    assert [kept.key for kept in memory.kept] == [2, 3]
