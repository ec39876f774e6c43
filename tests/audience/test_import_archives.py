"""Packed files are unpacked within bounds; bombs and broken archives are refused."""

from __future__ import annotations

import gzip

import pytest
from import_outcomes import A, said
from packed_files import workbook, zipped

from newsletter.audience.importing.refused import RefusedFileError


def test_packed_files_are_unpacked_within_bounds(planned) -> None:
    """Statement 59."""
    text = b"email\na@example.org\n"
    assert said(planned(gzip.compress(text))) == [A]
    assert said(planned(zipped(**{"people.csv": text, "README": b"x"}))) == [A]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b"email\n" + b"a@example.org\n" * 3_000_000), "too_big"),
        (zipped(**{"a.csv": b"email\n" + b"\n" * 30_000_000}), "too_big"),
        (zipped(**{"../a.csv": b"email\na@example.org\n"}), "unsafe_archive"),
        (zipped(**{"/a.csv": b"email\na@example.org\n"}), "unsafe_archive"),
        (zipped(**{"a.csv": b"email\n", "b.csv": b"email\n"}), "several_tables"),
        (zipped(**{"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "not_a_table"),
        (zipped(**{f"{n}.txt": b"" for n in range(2001)}), "too_big"),
        (zipped(**{"[Content_Types].xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><Types/>"}), "unsafe_archive"),
        (zipped(**{"[Content_Types].xml": b"<Types/>"}), "damaged"),
        (workbook(A=[["email"]])[:-200], "damaged"),
        (gzip.compress(b"email\na@example.org\n" * 1000)[:-30], "damaged"),
        (b"PK\x03\x04 nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table"),
    ],
    # archives hold the time they were made, and every process must call a test by the same name
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_bombs_and_broken_archives_are_refused(content: bytes, reason: str, planned) -> None:
    """Statement 59."""
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == reason
