"""After a change of who writes, `doctor` says what mails, lists and pages still name (statement 90)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lawful_project import ISSUE, configuration, let_in, members
from sqlalchemy import text

from newsletter.project import Project, open_project
from newsletter.project.doctor import Health, examine

FIRST = {"place": "1, rue Première", "languages": ("fr-CA",)}
WORDING = "J’accepte que m’écrive {place}."
SOON, LATE = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)


@pytest.fixture
def sent(make_project, tmp_path) -> Project:
    """Return a project that wrote to one person; the rehearsal's row says that it was real."""
    files = {
        "subscribers/membres.toml": members(WORDING.format(**FIRST)),
        "issues/decembre.md": ISSUE,
        "p.csv": "email\na@example.org\n",
    }
    project = make_project(configuration(**FIRST), files=files)
    let_in(project, tmp_path / "p.csv")
    project.send(project.plan("decembre"))
    with project.store.write() as connection:
        connection.execute(text("UPDATE send SET kind = 'real', date = :at"), {"at": SOON.timestamp()})
    return project


def said(project: Project, at: datetime, **changes: str) -> list[str]:
    from newsletter.project.former import former_words

    (project.root / "newsletter.toml").write_text(configuration(**{**FIRST, **changes}), encoding="utf-8")
    later = open_project(project.root, {})
    try:
        return [f"{what} {hint}" for what, hint in former_words(later, at.timestamp())]
    finally:
        later.close()


def test_nothing_is_said_while_nothing_changed(sent: Project) -> None:
    assert said(sent, SOON) == []


def test_trust_90_a_new_postal_address_is_told_while_the_former_one_must_be_answered(sent: Project) -> None:
    mails, wording, pages = said(sent, SOON, place="2, rue Seconde")
    assert "S1 of 2026-12-01 says otherwise of the postal address" in mails
    assert "until 2027-01-30" in mails
    assert "subscribers/membres.toml still names" in wording
    assert "1 issue on the web" in pages
    assert "Première" not in mails + wording + pages


def test_trust_90_after_sixty_days_only_what_still_says_it_is_told(sent: Project) -> None:
    wording, pages = said(sent, LATE, place="2, rue Seconde")
    assert "consent wording" in wording
    assert "archive: none" in pages
    path = sent.root / "subscribers" / "membres.toml"
    path.write_text(members(WORDING.format(place="2, rue Seconde")), encoding="utf-8")
    issue = sent.root / "issues" / "decembre.md"
    issue.write_text(ISSUE.replace("status", "archive: none\nstatus"), encoding="utf-8")
    assert said(sent, LATE, place="2, rue Seconde") == []


def test_what_stands_within_the_new_words_is_not_the_former(sent: Project) -> None:
    path = sent.root / "subscribers" / "membres.toml"
    path.write_text(members(WORDING.format(place="1, rue Première, bureau 2")), encoding="utf-8")
    assert not [line for line in said(sent, SOON, place="1, rue Première, bureau 2") if "membres.toml" in line]


def test_trust_90_links_that_lead_to_a_former_address_of_the_pages_are_told(sent: Project) -> None:
    [moved] = said(sent, SOON, base_url="https://ailleurs.example.org")
    assert "links of S1 of 2026-12-01" in moved
    assert "until 2027-01-30" in moved
    assert said(sent, LATE, base_url="https://ailleurs.example.org") == []


def test_a_rehearsal_binds_nobody(sent: Project) -> None:
    with sent.store.write() as connection:
        connection.execute(text("UPDATE send SET kind = 'rehearsal'"))
    assert said(sent, SOON, place="2, rue Seconde") == []


def test_the_doctor_warns(sent: Project) -> None:
    (sent.root / "newsletter.toml").write_text(configuration(**{**FIRST, "place": "2, rue Seconde"}), encoding="utf-8")
    later = open_project(sent.root, {})
    found = [each for each in examine(later, only=("law",)) if each.health is Health.WARNING]
    later.close()
    assert any("membres.toml" in each.what for each in found)
