"""Mail is found wherever it was put, one message at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.errors import UsageError
from newsletter.feedback.mailbox import read_paths

ONE = b"From: a@example.com\nSubject: un\n\nBonjour\n"
TWO = b"From: b@example.com\nSubject: deux\n\nFrom here on\n\nFrom what I know, 10:30 is late\n"


def test_a_file_is_one_message_whatever_stands_in_it(tmp_path: Path) -> None:
    file = tmp_path / "un.eml"
    file.write_bytes(TWO)
    assert [(found.file, found.raw) for found in read_paths([str(file)])] == [(str(file), TWO)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_mbox_is_split_at_its_from_lines_only(tmp_path: Path, end: bytes) -> None:
    line = b"From MAILER-DAEMON Thu Oct  1 09:00:00 2026\n"
    file = tmp_path / "boite.mbox"
    file.write_bytes((line + ONE + b"\n" + line + TWO).replace(b"\n", end))
    found = list(read_paths([str(file)]))
    assert [one.file for one in found] == [f"{file}#1", f"{file}#2"]
    assert b"deux" in found[1].raw
    assert b"deux" not in found[0].raw


def test_a_maildir_gives_what_was_delivered(tmp_path: Path) -> None:
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"1.{folder}").write_bytes(ONE)
    assert [Path(found.file).name for found in read_paths([str(tmp_path)])] == ["1.cur", "1.new"]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("z.eml", "a.eml", ".cache", "b/c.eml"):
        (tmp_path / name).write_bytes(ONE)
    found = [str(Path(one.file).relative_to(tmp_path)) for one in read_paths([str(tmp_path)])]
    assert found == ["a.eml", "z.eml", "b/c.eml"]


def test_an_empty_file_is_an_empty_message(tmp_path: Path) -> None:
    (tmp_path / "vide.eml").touch()
    assert [found.raw for found in read_paths([str(tmp_path)])] == [b""]


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can not be read"):
        list(read_paths([str(tmp_path / "rien.eml")]))
