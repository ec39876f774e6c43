import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from newsletter.audience.consent import ConsentKind
from newsletter.audience.importing import ImportOptions
from newsletter.project import open_project
from newsletter.project.archive import ATOM, build_archive, page_name
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


def wish(project, word):
    for path in (project.root / "issues").glob("*.md"):
        text = re.sub(r"\narchive: \w+", "", path.read_text())
        path.write_text(text.replace("status: ready", f"status: ready\narchive: {word}"))


def pages(folder):
    return {path.name for path in folder.glob("*.html")} - {"index.html", "index.en-CA.html"}


def test_an_issue_that_is_for_nobody_on_the_web_has_no_page(project, tmp_path):
    project.send(project.plan("bienvenue"))
    wish(project, "none")
    build_archive(project, tmp_path / "out", rehearsals=True)
    assert pages(tmp_path / "out") == set()
    assert "bienvenue" not in (tmp_path / "out" / "index.html").read_text()


def test_an_unlisted_page_has_a_name_that_nobody_can_guess_and_that_stays(project, tmp_path):
    project.send(project.plan("bienvenue"))
    wish(project, "unlisted")
    build_archive(project, tmp_path / "out", rehearsals=True)
    names = pages(tmp_path / "out")
    assert len(names) == 2
    for name in names:
        assert re.fullmatch("[0-9a-f]{32}[.]html", name)
        html = (tmp_path / "out" / name).read_text()
        assert '<meta name="robots" content="noindex">' in html
    for path in tmp_path.glob("out/*.*"):
        if path.name not in names:
            assert not any(name in path.read_text() for name in names)
            assert "bienvenue" not in path.read_text()
    build_archive(project, tmp_path / "again", rehearsals=True)
    assert pages(tmp_path / "again") == names


def test_the_name_of_an_unlisted_page_is_of_the_projects_own_key(project, tmp_path):
    names = []
    for octets in (b"1" * 32, b"2" * 32):
        keys = replace(project.keys, suppression=octets)
        names.append(page_name("bienvenue", "fr-CA", keys))
    assert len({*names, page_name("bienvenue", "en-CA", keys), page_name("autre", "fr-CA", keys)}) == 4
    assert page_name("bienvenue", "fr-CA", replace(keys, signing=(b"new", *keys.signing))) == names[1]


@pytest.mark.parametrize("word", ["unlisted", "none"])
def test_a_page_is_taken_down_from_the_same_folder_when_its_author_says_so_later(project, tmp_path, word):
    project.send(project.plan("bienvenue"))
    build_archive(project, tmp_path / "out", rehearsals=True)
    (tmp_path / "out" / "other.html").write_text("of somebody else")
    assert "bienvenue.fr-CA.html" in pages(tmp_path / "out")
    wish(project, word)
    build_archive(project, tmp_path / "out", rehearsals=True)
    assert "bienvenue.fr-CA.html" not in pages(tmp_path / "out")
    assert "other.html" in pages(tmp_path / "out")
    wish(project, "none")
    build_archive(project, tmp_path / "out", rehearsals=True)
    assert pages(tmp_path / "out") == {"other.html"}
