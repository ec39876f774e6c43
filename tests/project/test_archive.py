from datetime import date
from xml.etree import ElementTree

import pytest

from newsletter.audience.consent import ConsentKind
from newsletter.audience.importing import ImportOptions
from newsletter.project import open_project
from newsletter.project.archive import ATOM, build_archive
from newsletter.project.registry import import_people
from newsletter.project.starting import Wish, start_project


@pytest.fixture
def project(tmp_path):
    start_project(tmp_path, Wish(today=date(2026, 12, 1), bilingual=True))
    project = open_project(tmp_path, {})
    options = ImportOptions(list="demo", consent=ConsentKind.EXPRESS, source="test")
    import_people(project, tmp_path / "subscribers" / "demo.csv", options)
    yield project
    project.close()


def test_nothing_that_was_not_sent_is_in_the_archive(project, tmp_path):
    build_archive(project, tmp_path / "out")
    project.send(project.plan("bienvenue"))
    build_archive(project, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("index.html", "index.en-CA.html", "feed.fr-CA.xml", "feed.en-CA.xml")
    }
    assert (
        "Rien" in (tmp_path / "out" / "index.html").read_text()
        or "<ul>" not in (tmp_path / "out" / "index.html").read_text()
    )


def test_what_was_sent_is_there_in_each_language_without_any_reader(project, tmp_path):
    project.send(project.plan("bienvenue"))
    build_archive(project, tmp_path / "out", base_url="https://example.org/a", rehearsals=True)
    french = (tmp_path / "out" / "bienvenue.fr-CA.html").read_text()
    assert "Bonjour à toutes et à tous" in french
    assert "liste de démonstration" not in french
    assert "/u/" not in french
    assert "cid:" not in french
    [picture] = (tmp_path / "out" / "images").iterdir()
    assert f'"images/{picture.name}"' in french
    assert "bienvenue.fr-CA.html" in (tmp_path / "out" / "index.html").read_text()
    feed = ElementTree.fromstring((tmp_path / "out" / "feed.en-CA.xml").read_text())
    [link] = feed.findall(f"{{{ATOM}}}entry/{{{ATOM}}}link")
    assert link.get("href") == "https://example.org/a/bienvenue.en-CA.html"


@pytest.mark.parametrize(("wish", "page", "listed"), [("unlisted", True, False), ("none", False, False)])
def test_the_authors_wish_is_kept(project, tmp_path, wish, page, listed):
    project.send(project.plan("bienvenue"))
    for path in (tmp_path / "issues").glob("*.md"):
        path.write_text(path.read_text().replace("status: ready", f"status: ready\narchive: {wish}"))
    build_archive(project, tmp_path / "out", rehearsals=True)
    assert (tmp_path / "out" / "bienvenue.fr-CA.html").exists() is page
    assert ("bienvenue" in (tmp_path / "out" / "index.html").read_text()) is listed
