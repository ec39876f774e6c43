"""A send at a time to come, from the studio: said, booked, given another time, taken off, decided when held."""

from __future__ import annotations

from collections.abc import Callable

from desk_client import PLAN, Desk, mails_of, plan_of


def _tomorrow(desk: Desk) -> dict[str, object]:
    return {**plan_of(desk), "date": "2031-12-01", "time": "09:00", "zone": "America/Toronto", "typed": "decembre"}


def test_a_time_to_come_is_said_in_words_with_what_clocks_do_to_it(desk: Desk) -> None:
    said = desk.post(f"{PLAN}/moment", {"date": "2031-12-01", "time": "09:00", "zone": ""}).json()
    assert said["said"] == "Monday 1 December 2031 at 09:00 (America/Toronto)"
    gap = desk.post(f"{PLAN}/moment", {"date": "2031-03-09", "time": "02:30", "zone": "America/Toronto"}).json()
    assert "clocks go forward" in gap["notes"][0]
    past = desk.post(f"{PLAN}/moment", {"date": "2014-01-01", "time": "09:00", "zone": ""})
    assert past.status_code == 409
    assert "is past" in past.json()["error"]["message"]
    nowhere = desk.post(f"{PLAN}/moment", {"date": "2031-12-01", "time": "09:00", "zone": "America/Toronta"})
    assert "America/Toronto" in nowhere.json()["error"]["hint"]


def test_quiet_hours_move_a_time_and_the_page_says_so(make: Callable[..., Desk]) -> None:
    desk = make(config='[transport]\nquiet_hours = "22:00-07:00"\n')
    said = desk.post(f"{PLAN}/moment", {"date": "2031-12-01", "time": "23:30", "zone": ""}).json()
    assert "quiet hours" in said["notes"][0]


def test_an_issue_is_booked_shown_given_another_time_and_taken_off(desk: Desk) -> None:
    wish = _tomorrow(desk)
    refused = desk.post(f"{PLAN}/schedule", {**wish, "typed": "janvier"})
    assert refused.status_code == 409
    assert "Nothing is scheduled" not in desk.get("/sends").text
    assert desk.post(f"{PLAN}/schedule", wish).json()["page"] == "/sends"
    assert "Monday 1 December 2031 at 09:00 (America/Toronto), waiting for its time" in desk.get("/sends").text
    assert "Give it this time" in desk.get(PLAN).text
    assert desk.post(f"{PLAN}/schedule", {**wish, "time": "10:00"}).status_code == 200
    assert "2031 at 10:00" in desk.get("/sends").text
    assert desk.post("/bookings/cancel", {"ref": "decembre"}).status_code == 200
    assert "2031" not in desk.get("/sends").text
    assert not mails_of(desk)
