"""The pipeline as a library: a dozen lines from a folder to mails, as the documentation shows them."""

from datetime import date

import pytest

import newsletter
from newsletter.audience.consent import ConsentKind
from newsletter.audience.importing import ImportOptions
from newsletter.errors import RefusedError
from newsletter.project.registry import import_people
from newsletter.project.starting import Wish, start_project


@pytest.fixture
def project(tmp_path):
    start_project(tmp_path, Wish(today=date(2026, 12, 1)))
    project = newsletter.open_project(tmp_path, {})
    options = ImportOptions(list="demo", consent=ConsentKind.EXPRESS, source="test")
    import_people(project, tmp_path / "subscribers" / "demo.csv", options)
    yield project
    project.close()


def test_a_project_reads_renders_plans_and_sends(project):
    issue = project.read_issue(project.root / "issues" / "bienvenue.md")
    edition = project.render(issue)
    assert edition.findings == issue.findings == ()
    assert "Bonjour Zoé" in edition.text({"subscriber": {"first_name": "Zoé", "lists": ("demo",), "lang": "fr-CA"}})
    plan = project.plan("bienvenue")
    outcome = project.send(plan)
    assert outcome.done
    assert outcome.counts.sent == plan.plan.recipients == 5
    assert project.plan("bienvenue").plan.everybody_has_it
    with pytest.raises(RefusedError):
        project.send(plan)


def test_the_theme_is_compiled_once(project):
    issue = project.read_issue(project.root / "issues" / "bienvenue.md")
    assert project.render(issue) == project.render(issue)
    assert project.press.theme() is project.press.theme()


def test_the_public_names_are_these():
    assert newsletter.__all__ == ["Project", "__version__", "open_project"]
    assert newsletter.Project.__name__ == "Project"
