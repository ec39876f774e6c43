"""Sending from the studio: what the command refuses, the page refuses, with the same words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_client import CONFIG, ISSUE, PEOPLE, PLAN, Desk, confirm, ended, enrol, mails_of, make_desk, plan_of, until

TESTED = "essai@example.org"


def test_the_plan_says_who_how_many_who_not_and_why(desk: Desk) -> None:
    page = desk.get(PLAN).text
    assert "7 people" in page
    assert "Send to 7 people" in page
    assert "type the issue&#39;s name: decembre" in page
    assert "infolettre@example.org" in page
    assert not mails_of(desk)


def test_who_left_stands_among_those_left_out_with_the_reason(desk: Desk) -> None:
    from newsletter.project import opened
    from newsletter.project.registry import take_off

    with opened(desk.root) as project:
        take_off(project, "personne1@example.org", name="membres")
    page = desk.get(PLAN).text
    assert "6 people" in page
    assert re.search(r"unsubscribed</th><td class=\"number\">1<", page)


def test_nobody_on_the_lists_is_a_page_with_the_commands_words(make: Callable[..., Desk]) -> None:
    answer = make(people=0).get(PLAN)
    assert answer.status_code == 409
    assert "Nobody would get it" in answer.text
    assert "Traceback" not in answer.text


def test_an_issue_that_is_not_there_is_not_found(desk: Desk) -> None:
    answer = desk.get("/plan/decembr")
    assert answer.status_code == 404
    assert "decembre" in answer.text


def test_the_typed_name_sends_to_each_once_and_the_page_tells(desk: Desk) -> None:
    answer = confirm(desk)
    assert answer.status_code == 200, answer.text
    assert answer.json()["page"] == "/sends/S1"
    now = until(desk, "S1", ended)
    assert {each["name"]: each["number"] for each in now["counts"]}["sent"] == "7"
    assert len(mails_of(desk)) == PEOPLE
    page = desk.get("/sends/S1")
    assert page.status_code == 200
    assert "7 people" in page.text
    assert "<h1>Décembre</h1>" in page.text


@pytest.mark.parametrize("typed", ["", "décembre", "decembre-2", "DECEMBRE"])
def test_02_another_name_sends_nothing(desk: Desk, typed: str) -> None:
    answer = confirm(desk, typed=typed)
    assert answer.status_code == 409
    assert "is not the issue's name: nothing was sent." in answer.json()["error"]["message"]
    assert desk.get("/sends").text.count("/sends/S") == 0
    assert not mails_of(desk)


def test_a_plan_that_no_longer_holds_is_refused_and_says_what_changed(desk: Desk) -> None:
    bound = plan_of(desk)
    desk.issue(text=ISSUE.replace("Bonjour", "Bonsoir"))
    answer = desk.post(f"{PLAN}/send", {**bound, "typed": "decembre"})
    assert answer.status_code == 409
    assert "the issue's content changed" in answer.json()["error"]["message"]
    enrol(desk, PEOPLE + 1)
    answer = desk.post(f"{PLAN}/send", {**plan_of(desk), "typed": "decembre", "plan": bound["plan"]})
    assert "who would get it" in answer.json()["error"]["message"]
    assert not mails_of(desk)


def test_without_a_plan_nothing_is_sent(desk: Desk) -> None:
    answer = desk.post(f"{PLAN}/send", {"typed": "decembre", "lists": ["membres"]})
    assert answer.status_code == 400
    assert "no plan" in answer.json()["error"]["message"]
    assert not mails_of(desk)


def test_a_draft_is_refused_until_its_author_says_it_is_ready(desk: Desk) -> None:
    path = desk.issue(text=ISSUE.replace("status: ready", "status: draft"))
    page = desk.get(PLAN).text
    assert "The issue is a draft: nothing was sent." in page
    assert 'id="send-form"' not in page
    assert confirm(desk).status_code == 409
    assert desk.post(f"{PLAN}/ready").status_code == 200
    assert path.read_text(encoding="utf-8") == ISSUE
    assert 'id="send-form"' in desk.get(PLAN).text


def test_an_issue_with_errors_is_refused(desk: Desk) -> None:
    desk.issue(text=ISSUE + "\n![](images/nulle.png)\n")
    page = desk.get(PLAN).text
    assert "The issue has errors: nothing was sent." in page
    assert "chip error" in page
    assert confirm(desk).status_code == 409
    assert not mails_of(desk)


def test_nobody_gets_it_twice_but_by_a_reason_and_a_word_of_its_own(desk: Desk) -> None:
    confirm(desk)
    until(desk, "S1", ended)
    assert "Everybody has “decembre” already" in desk.get(PLAN).text
    assert "already: nothing was sent" in confirm(desk).json()["error"]["message"]
    again = desk.post(PLAN, {"lists": [], "again": "Lien mort"}).json()
    assert "People will get it twice. Why: Lien mort" in again["html"]
    number = re.search(r'data-plan="(\w+)"', again["html"])
    assert number
    wish = {"plan": number[1], "lists": ["membres"], "again": "Lien mort", "typed": "decembre"}
    refused = desk.post(f"{PLAN}/send", wish)
    assert "was not confirmed: nothing was sent" in refused.json()["error"]["message"]
    assert len(mails_of(desk)) == PEOPLE
    assert desk.post(f"{PLAN}/send", {**wish, "typed_again": "decembre"}).json()["page"] == "/sends/S2"
    until(desk, "S2", ended)
    assert len(mails_of(desk)) == 2 * PEOPLE


def test_the_plan_stands_beside_the_last_send(desk: Desk) -> None:
    confirm(desk)
    until(desk, "S1", ended)
    enrol(desk, PEOPLE + 2)
    desk.issue("janvier", ISSUE.replace("Décembre", "Janvier"))
    page = desk.get("/plan/janvier").text
    assert "Then: decembre" in page
    row = re.search(r'Recipients</th><td>7</td><td>9 <span class="chip">changed', page)
    assert row, page
    assert re.search(r'<tr class="same"><th scope="row">Lists</th><td>membres</td><td>membres', page)


CHANGES = (
    f"{PLAN}/send",
    f"{PLAN}/schedule",
    f"{PLAN}/ready",
    PLAN,
    "/test/decembre",
    "/sends/S1/cancel",
    "/sends/S1/resume",
    "/bookings/cancel",
)


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "forged",
    [{"origin": "http://evil.example"}, {"x-newsletter-token": ""}, {"host": "evil.example"}],
    ids=["another-origin", "no-token", "another-host"],
)
def test_31_a_forged_change_is_refused_before_anything_is_looked_at(
    tmp_path: Path, path: str, forged: dict[str, str]
) -> None:
    desk = make_desk(tmp_path / "projet")
    body = json.dumps({"addresses": TESTED, "typed": "decembre"})
    answer = desk.client.post(path, content=body, headers={**desk.token, **forged})
    assert answer.status_code == 403
    assert not (desk.root / "var").exists()


def test_what_is_wrong_with_the_configuration_is_a_page_in_words(make: Callable[..., Desk]) -> None:
    desk = make(people=0, base=CONFIG.replace("[sender.redaction]", "[sendr.redaction]"))
    answer = desk.get(PLAN)
    assert answer.status_code == 409
    assert "sendr" in answer.text
    assert "Traceback" not in answer.text


def test_the_pages_speak_french(make: Callable[..., Desk]) -> None:
    desk = make(lang="fr-CA")
    page = html.unescape(desk.get(PLAN).text)
    for words in ("Envoyer à 7 personnes", "Pour envoyer à 7 personnes, tapez le nom du numéro", "Envoyer plus tard"):
        assert words in page
    confirm(desk)
    assert until(desk, "S1", ended)["word"] == "terminé"
