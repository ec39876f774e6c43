"""One issue in several languages: files side by side, or one head that says several."""

from __future__ import annotations

import pytest

from newsletter.errors import IssueError
from newsletter.issue.options import ReadOptions
from newsletter.issue.sets import issue_files, read_set

OPTIONS = ReadOptions()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "x.fr.md").write_text("---\nsubject: Bonjour\n---\nTexte\n", encoding="utf-8")
    (tmp_path / "x.en.md").write_text("---\nsubject: Hello\nslug: autre\n---\nText\n", encoding="utf-8")
    (tmp_path / "y.md").write_text("---\nsubject: {fr: Un, en: One}\n---\nTexte\n", encoding="utf-8")
    (tmp_path / "z.md").write_text("---\nsubject: Seul\nlang: fr-CA\n---\nTexte\n", encoding="utf-8")
    (tmp_path / "z.v2.md").write_text("---\nsubject: Autre\nlang: fr-CA\n---\nTexte\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", ["x", "x.md", "x.fr.md", "x.en.md"])
def test_any_file_and_the_slug_mean_the_whole_set(folder, name):
    issues = read_set(folder / name, root=folder, options=OPTIONS)
    assert [(one.lang, one.front.subject, one.slug) for one in issues] == [
        ("fr-CA", "Bonjour", "x"),
        ("en-CA", "Hello", "x"),
    ]


def test_a_head_that_says_two_languages_is_two_issues(folder):
    issues = read_set(folder / "y", root=folder, options=OPTIONS)
    assert [(one.lang, one.front.subject, one.slug) for one in issues] == [("fr-CA", "Un", "y"), ("en-CA", "One", "y")]


def test_a_file_without_translations_is_itself(folder):
    assert issue_files(folder / "z.md", OPTIONS) == (folder / "z.md",)
    assert issue_files(folder / "z.v2.md", OPTIONS) == (folder / "z.v2.md",)


def test_a_slug_that_is_nobodys_has_a_suggestion(folder):
    (folder / "2014-premiere-infolettre.md").write_text("x")
    with pytest.raises(IssueError) as raised:
        read_set(folder / "2014-premiere-infoletre", root=folder, options=OPTIONS)
    assert "2014-premiere-infolettre" in (raised.value.hint or "")
    with pytest.raises(IssueError):
        read_set(folder / "nulle" / "part.md", root=folder, options=OPTIONS)
