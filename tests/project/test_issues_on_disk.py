from datetime import date

import pytest

from newsletter.errors import UsageError

DAY = date(2026, 12, 1)


@pytest.fixture
def shelf(make_project):
    head = "---\nsubject: x\n{}\n---\n"
    return make_project(
        files={
            "issues/2014-premiere.md": head.format("date: 2014"),
            "issues/ete.fr.md": head.format('slug: "2026-07"\ndate: "2026-07-01"'),
            "issues/ete.en.md": head.format('slug: "2026-07"'),
            "issues/2021-fondation.md": "no head at all",
            "issues/partages/pied.md": "shared",
        }
    ).shelf


def test_issues_are_listed_newest_first_once_for_all_languages(shelf):
    assert shelf.slugs() == ("2026-07", "2021-fondation", "2014-premiere")


@pytest.mark.parametrize("name", ["2014-premiere", "2014-premiere.md", "issues/2014-premiere.md"])
def test_an_issue_is_found_by_slug_name_or_path(shelf, name):
    assert shelf.find(name).name == "2014-premiere.md"


def test_a_slug_of_the_head_and_a_stem_without_language_are_found_too(shelf):
    assert shelf.find("2026-07").name.startswith("ete.")
    assert shelf.find("ete").name.startswith("ete.")
    assert shelf.find(str(shelf.folder / "ete.en.md")).name == "ete.en.md"


def test_a_misspelt_issue_names_the_nearest(shelf):
    with pytest.raises(UsageError) as caught:
        shelf.find("2014-permiere")
    assert "2014-premiere" in caught.value.hint


@pytest.mark.parametrize("name", ["a" * 5000, "é" * 200, "\0", "[", "../" * 2000])
def test_a_name_that_no_file_can_have_is_that_of_no_issue(shelf, name):
    with pytest.raises(UsageError, match="There is no issue"):
        shelf.find(name)


def test_a_new_issue_is_named_after_month_and_title(shelf):
    assert shelf.new_path("L’été déjà", today=DAY).name == "2026-12-l-ete-deja.md"
    assert shelf.new_path("Été", lang="en-CA", today=DAY).name == "2026-12-ete.en.md"
