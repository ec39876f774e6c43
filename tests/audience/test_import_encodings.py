"""Encodings are recognised and named, or refused: never guessed in silence."""

from __future__ import annotations

import pytest
from import_outcomes import A, outcomes, said

from newsletter.audience.importing.decoding import name_of
from newsletter.audience.importing.refused import RefusedFileError

TEXT = "courriel;nom\nzoe@example.org;Zoé Hétu-L’Éveillée\n"
FRENCH = "courriel;prénom;nom\nzoe@example.org;Zoé;Hétu\nhelene@example.org;Hélène;Çôté\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
    ],
)
def test_encodings_are_recognised_and_named(content: bytes, planned) -> None:
    """Statement 52."""
    report = planned(
        content,
    )
    assert said(report) == [A]
    assert report.layout.encoding.startswith(("utf", "cp1252"))
    assert report.layout.separator == ";"
    assert report.layout.columns == {"email": "courriel", "name": "nom"}


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode() + "b@example.org;Hélène\n".encode("cp1252"),
        b"email;name\na@example.org;\x81\x8d\n",
        b"\xff\xfe" + b"e\0m\0a\0i\0l\0\n",
    ],
)
def test_two_encodings_at_once_are_refused(content: bytes, planned) -> None:
    with pytest.raises(RefusedFileError) as raised:
        planned(content)
    assert raised.value.reason == "wrong_encoding"


@pytest.mark.parametrize("ends", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman"), ("utf-8", "UTF-8"), ("utf-16", "UTF-16")],
)
def test_an_old_encoding_is_recognised_by_its_letters_and_said(encoding: str, name: str, ends: str, planned) -> None:
    """Statement 52: never guessed in silence."""
    report = planned(FRENCH.replace("\n", ends).encode(encoding))
    assert outcomes(report) == {2: A, 3: A}
    assert name_of(report.layout.encoding) == name
    assert report.layout.columns == {"email": "courriel", "first_name": "prénom", "last_name": "nom"}
