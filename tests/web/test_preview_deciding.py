"""What only a person can know, from the studio: recipients in doubt, and what a clock holds; the command's ceremony."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from desk_client import ISSUE, PEOPLE, PLAN, Desk, confirm, ended, mails_of, plan_of, until

from newsletter.delivery.results import recount
from newsletter.project import opened
from newsletter.project.scheduling import clockwork
from newsletter.schedule.tick import tick

HOW = "Vu au journal du serveur"


@pytest.fixture
def doubtful(desk: Desk) -> Desk:
    """A studio whose send has recipients 2 and 3 in doubt, as after a machine that died."""
    from sqlalchemy import text

    confirm(desk)
    until(desk, "S1", ended)
    with opened(desk.root) as project, project.store.write() as connection:
        connection.execute(text("UPDATE delivery SET state = 'unknown' WHERE n IN (2, 3)"))
        recount(connection, 1, 1)
    assert desk.get("/sends/S1/progress.json").json()["unknown"] == 2
    return desk


def _settle(desk: Desk, decision: str, **more: object) -> Any:
    return desk.post("/sends/S1/resolve", {"decision": decision, "reason": HOW, **more})


def _counts(desk: Desk) -> dict[str, str]:
    now = desk.get("/sends/S1/progress.json").json()
    return {each["name"]: each["number"] for each in now["counts"] if each["number"] != "0"}


def test_who_is_in_doubt_is_named_by_number_on_the_page(doubtful: Desk) -> None:
    page = doubtful.get("/sends/S1").text
    assert "In doubt: 2, 3" in page
    assert "@" not in page


@pytest.mark.parametrize(("decision", "counts"), [("sent", {"sent": "7"}), ("failed", {"sent": "5", "failed": "2"})])
def test_a_person_says_what_became_of_them(doubtful: Desk, decision: str, counts: dict[str, str]) -> None:
    answer = _settle(doubtful, decision)
    assert answer.json()["said"] == "2 recipients were in doubt and are settled."
    assert _counts(doubtful) == counts
    assert len(mails_of(doubtful)) == PEOPLE


def test_only_those_that_are_named_are_settled(doubtful: Desk) -> None:
    assert _settle(doubtful, "failed", only="3").json()["settled"] == 1
    assert _counts(doubtful) == {"sent": "5", "failed": "1", "unknown": "1"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"decision": "lost"}, "What became of them?"),
        ({"reason": "  "}, "How do you know?"),
        ({"only": "deux"}, "“deux” is not a number."),
        ({"only": "9" * 40}, "is not a number."),
        ({"decision": "again"}, "Sending again was not confirmed: nothing was changed."),
        ({"decision": "again", "typed": "DECEMBRE"}, "Sending again was not confirmed: nothing was changed."),
    ],
)
def test_what_is_not_said_or_not_agreed_to_settles_nobody(doubtful: Desk, body: dict[str, object], words: str) -> None:
    answer = doubtful.post("/sends/S1/resolve", {"decision": "sent", "reason": HOW, **body})
    assert answer.status_code in (400, 409)
    assert words in answer.json()["error"]["message"]
    assert _counts(doubtful) == {"sent": "5", "unknown": "2"}


def test_whoever_gets_it_again_is_agreed_to_by_the_issues_name_and_gone_on_with_by_hand(doubtful: Desk) -> None:
    assert "Somebody may get it twice. To agree, type the issue&#39;s name: decembre" in doubtful.get("/sends/S1").text
    assert _settle(doubtful, "again", typed="decembre").json()["settled"] == 2
    now = until(doubtful, "S1", lambda now: now["idle"])
    assert (now["state"], now["can"]) == ("running", ["resume", "cancel"])
    assert len(mails_of(doubtful)) == PEOPLE
    doubtful.post("/sends/S1/resume", {"at_once": True})
    until(doubtful, "S1", ended)
    assert _counts(doubtful) == {"sent": "7"}


@pytest.fixture
def held(desk: Desk) -> Desk:
    """A studio with a booking that its clock holds: the file changed after it was confirmed."""
    wish = {"date": "2031-12-01", "time": "09:00", "zone": "", "typed": "decembre"}
    assert desk.post(f"{PLAN}/schedule", {**plan_of(desk), **wish}).status_code == 200
    desk.issue(text=ISSUE.replace("Un texte", "Un autre texte"))
    _tick(desk)
    return desk


def _tick(desk: Desk, later: timedelta = timedelta()) -> None:
    with opened(desk.root) as project:
        tick(project.store, clockwork(project), now=datetime(2031, 12, 1, 14, 1, tzinfo=UTC) + later)


def test_what_is_held_says_why_and_offers_each_decision(held: Desk) -> None:
    page = held.get("/sends").text
    assert "changed" in page
    for words in ("Send it as it was confirmed…", "Confirm it anew", "Take it off the schedule"):
        assert words in page
    assert "To send it now, type its name: decembre" in page
    assert "Send nothing this time" not in page


@pytest.mark.parametrize("typed", ["", "DECEMBRE", "decembre "])
def test_another_name_lets_nothing_go(held: Desk, typed: str) -> None:
    answer = held.post("/bookings/keep", {"ref": "decembre", "typed": typed})
    assert answer.status_code == 409
    assert "is not its name: nothing was sent." in answer.json()["error"]["message"]
    _tick(held, timedelta(minutes=1))
    assert "/sends/S1" not in held.get("/sends").text


def test_its_typed_name_lets_it_go_as_it_was_confirmed(held: Desk) -> None:
    said = held.post("/bookings/keep", {"ref": "decembre", "typed": "decembre"}).json()["said"]
    assert said == "decembre goes as soon as serve runs."
    _tick(held, timedelta(minutes=1))
    assert "/sends/S1" in held.get("/sends").text
    assert "Send it as it was confirmed…" not in held.get("/sends").text


def test_what_is_held_may_fall_away_and_what_is_not_held_can_not_be_kept(held: Desk) -> None:
    assert "is not sent" in held.post("/bookings/drop", {"ref": "decembre"}).json()["said"]
    answer = held.post("/bookings/keep", {"ref": "decembre", "typed": "decembre"})
    assert answer.status_code == 409
    assert "waits for a decision" in answer.json()["error"]["message"]
    assert "/sends/S1" not in held.get("/sends").text
