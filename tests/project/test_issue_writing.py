"""Files written from the page: whole, never over somebody else's change, and every step can be gone back."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.errors import RefusedError, UsageError
from newsletter.project.writing import (
    KEPT,
    ChangedElsewhereError,
    earlier_forms,
    earlier_text,
    open_sheet,
    place_picture,
    read_sheet,
    save_sheet,
)

CONFIG = '[site]\nname = "A"\nlang = "fr-CA"\nlanguages = ["fr-CA", "en-CA"]\n'
TEXT = "---\nsubject: A\n---\n\n# Bonjour\n"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 3, 2) + b"\x08\x02\x00\x00\x00"


@pytest.fixture
def project(make_project):
    return make_project(CONFIG, files={"issues/a.md": TEXT, "issues/b.fr.md": TEXT, "issues/b.en.md": TEXT})


def test_a_sheet_is_saved_and_the_form_it_had_can_be_had_again(project):
    sheet = open_sheet(project, "a", "fr-CA")
    saved = save_sheet(project, sheet, TEXT + "Fin.\n", version=sheet.version, now=NOW)
    assert (project.root / "issues/a.md").read_text(encoding="utf-8") == TEXT + "Fin.\n"
    [earlier] = earlier_forms(project, sheet.path)
    assert (earlier.at, earlier_text(project, sheet.path, earlier.name)) == (NOW, TEXT)
    assert saved.version != sheet.version
    with pytest.raises(UsageError):
        earlier_text(project, sheet.path, "../a")


def test_a_change_from_elsewhere_is_never_written_over(project):
    sheet = open_sheet(project, "a", "fr-CA")
    sheet.path.write_text("from elsewhere\n", encoding="utf-8")
    with pytest.raises(ChangedElsewhereError) as caught:
        save_sheet(project, sheet, "mine\n", version=sheet.version, now=NOW)
    assert caught.value.now.text == "from elsewhere\n"
    assert sheet.path.read_text(encoding="utf-8") == "from elsewhere\n"
    assert earlier_forms(project, sheet.path) == ()


def test_saving_what_is_there_writes_nothing(project):
    sheet = open_sheet(project, "a", "fr-CA")
    before = sheet.path.stat().st_mtime_ns
    assert save_sheet(project, sheet, TEXT, version=sheet.version, now=NOW) == sheet
    assert sheet.path.stat().st_mtime_ns == before


def test_line_ends_and_the_mark_stay_as_they_were(project):
    path = project.root / "issues/a.md"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    sheet = read_sheet(project.root, path)
    assert sheet.text == TEXT
    save_sheet(project, sheet, "a\nb\n", version=sheet.version, now=NOW)
    assert path.read_bytes() == b"\xef\xbb\xbfa\r\nb\r\n"


def test_each_language_has_its_own_file(project):
    assert open_sheet(project, "b", "en-CA").path.name == "b.en.md"
    assert open_sheet(project, "b", "fr-CA").path.name == "b.fr.md"


def test_the_oldest_forms_are_let_go(project):
    sheet = open_sheet(project, "a", "fr-CA")
    for number in range(KEPT + 5):
        sheet = save_sheet(project, sheet, f"{number}\n", version=sheet.version, now=NOW + timedelta(seconds=number))
    assert len(earlier_forms(project, sheet.path)) == KEPT


def test_what_lies_outside_or_is_a_link_is_refused(project, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "x.md"
    outside.write_text("secret\n", encoding="utf-8")
    link = project.root / "issues/link.md"
    link.symlink_to(outside)
    for path in (link, outside, project.root / "issues/../newsletter.toml"):
        with pytest.raises(RefusedError, match="outside"):
            read_sheet(project.root, path)


def test_other_encodings_are_refused_rather_than_damaged(project):
    path = project.root / "issues/a.md"
    path.write_bytes("été".encode("cp1252"))
    with pytest.raises(RefusedError, match="UTF-8"):
        read_sheet(project.root, path)


def test_a_picture_is_put_beside_the_issues_once_and_never_over_another(project):
    assert place_picture(project, "Le Pont de Québec.JPG", PNG) == "images/le-pont-de-quebec.png"
    assert place_picture(project, "../Le pont de Québec.png", PNG) == "images/le-pont-de-quebec.png"
    assert place_picture(project, "le-pont-de-quebec.png", PNG + b"other") == "images/le-pont-de-quebec-2.png"
    assert len(list((project.root / "issues/images").iterdir())) == 2


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"", b"\x89PNG", b"MZ\x90", b"\xff\xd8\xff"])
def test_what_is_no_picture_is_refused(project, content):
    with pytest.raises(RefusedError, match="picture"):
        place_picture(project, "x.png", content)
