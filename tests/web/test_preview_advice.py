"""What a page of the studio advises can be done there: a command is for who stands at a terminal."""

from __future__ import annotations

import pytest
from desk_client import ISSUE, PLAN, Desk, confirm

from newsletter.errors import Finding, Location, NewsletterError, RefusedError, Severity
from newsletter.web.preview.shape import finding_as_json, hint_of

COMMANDS = [
    "See them with: newsletter check decembre",
    "Voyez-les avec\N{NO-BREAK SPACE}: newsletter check decembre",
    "Add: --confirm decembre",
    "Add --expect 12, or --plan abc.",
    "newsletter new --from-file converts it.",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_left_out_where_the_page_has_no_way_of_its_own(command: str) -> None:
    assert hint_of(NewsletterError("no", hint=command)) == ""
    where = Location(path="issues/x.md")
    assert (
        finding_as_json(Finding(code="NL1", severity=Severity.ERROR, message="no", hint=command, location=where))[
            "hint"
        ]
        == ""
    )


@pytest.mark.parametrize("hint", ["Write it in newsletter.toml.", "Choose another title.", "2 -- 3", ""])
def test_other_advice_stays(hint: str) -> None:
    assert hint_of(NewsletterError("no", hint=hint)) == hint
    assert hint_of(NewsletterError("no", hint=None)) == ""


def test_the_pages_own_way_takes_the_place_of_the_command() -> None:
    error = RefusedError("no", hint="Look again: newsletter send x --dry-run", page_hint="Look at the plan again.")
    assert hint_of(error) == "Look at the plan again."
    assert "--dry-run" in str(error.hint)


def test_a_page_of_no_send_names_the_list_of_sends(desk: Desk) -> None:
    answer = desk.get("/sends/S99")
    assert answer.status_code == 404
    assert "newsletter status" not in answer.text
    assert "Sends" in answer.text


def test_another_plan_than_was_shown_names_the_plan(desk: Desk) -> None:
    answer = confirm(desk, plan="0" * 12)
    assert answer.json()["error"]["hint"] == "Look at the plan again."


def test_a_faulty_issue_names_where_its_faults_are_listed(desk: Desk) -> None:
    desk.issue("decembre", ISSUE.replace("[adresse]", "[ici]").replace("https://example.org/page", "{{ nothing }}"))
    page = desk.get(PLAN).text
    assert "newsletter check" not in page
    assert "beside the issue" in page
