"""Events: times in words as each language writes them, and files that any calendar takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from edition_parts import READER
from icalendar import Calendar

from newsletter.edition.calendar import calendar_file
from newsletter.edition.dates import long_date, occasion
from newsletter.edition.edition import Edition
from newsletter.issue.document import Event

MONTREAL = ZoneInfo("America/Toronto")


def event(start: datetime, end: datetime | None = None, **more: object) -> Event:
    return Event(line=1, title="Réunion, « été »; 5 $", start=start, end=end, uid="essai-1", **more)  # type: ignore[arg-type]


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=MONTREAL)


@pytest.mark.parametrize(
    ("start", "end", "lang", "line"),
    [
        (at(12, 9), at(12, 12, 30), "fr-CA", "jeudi 12 mars 2026, de 9 h à 12 h 30 (heure de l’Est)"),
        (at(1, 14, 5), None, "fr-CA", "dimanche 1er mars 2026, à 14 h 05 (heure de l’Est)"),
        (at(12, 9), at(12, 12, 30), "en-CA", "Thursday, March 12, 2026, 9 a.m. to 12:30 p.m. (Eastern Time)"),
        (at(12, 0), None, "en-CA", "Thursday, March 12, 2026, at 12 a.m. (Eastern Time)"),
        (at(12, 19), at(13, 0), "fr-CA", "jeudi 12 mars 2026, de 19 h à 0 h (heure de l’Est)"),
        (at(12, 9), at(14, 16), "fr-CA", "du jeudi 12 mars 2026 au samedi 14 mars 2026, à 9 h (heure de l’Est)"),
    ],
)
def test_times_are_written_as_people_write_them(start: datetime, end: datetime | None, lang: str, line: str) -> None:
    assert occasion(event(start, end), lang).line.replace("\u00a0", " ") == line


def test_whole_days_have_no_hours() -> None:
    found = occasion(event(at(1), at(2), all_day=True), "fr-CA")
    assert (found.day, found.month, found.hours) == ("1er", "mars", "")
    assert found.date.replace("\u00a0", " ") == "du dimanche 1er mars 2026 au lundi 2 mars 2026"


def test_zones_of_the_same_instant_keep_their_names() -> None:
    there = at(12, 9).astimezone(ZoneInfo("America/Vancouver"))
    assert "Pacifique" in occasion(event(there), "fr-CA").line
    assert "Est" in occasion(event(at(12, 9)), "fr-CA").line


def test_a_date_in_words_never_breaks() -> None:
    assert long_date(at(1).date(), "fr-CA") == "1er\u00a0mars\u00a02026"
    assert long_date(at(1).date(), "en-CA") == "March 1, 2026"


def test_the_file_parses_with_its_zone_and_its_uid() -> None:
    file = calendar_file(
        event(at(12, 9), at(12, 12), location="Ici", url="https://e.example/?a=1&b=2", text="Un\nDeux"),
        organisation="Coalition",
        host="exemple.org",
    )
    assert file.filename == "reunion-ete-5.ics"
    calendar = Calendar.from_ical(file.content)
    entry = calendar.walk("VEVENT")[0]
    assert str(entry["summary"]) == "Réunion, « été »; 5 $"
    assert str(entry["uid"]) == "essai-1@exemple.org"
    assert entry.decoded("dtstart").astimezone(UTC) == at(12, 9).astimezone(UTC)
    assert str(entry["url"]) == "https://e.example/?a=1&b=2"
    assert entry["dtstart"].params["TZID"] == "America/Toronto"
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["America/Toronto"]
    assert all(len(line) <= 75 for line in file.content.split(b"\r\n"))


def test_a_whole_day_ends_on_the_day_after() -> None:
    calendar = Calendar.from_ical(calendar_file(event(at(1), at(2), all_day=True), organisation="", host="").content)
    entry = calendar.walk("VEVENT")[0]
    assert str(entry.decoded("dtend")) == "2026-03-03"
    assert not calendar.walk("VTIMEZONE")


def test_the_mail_says_that_the_file_is_there_or_links_to_it(edit: Callable[..., Edition]) -> None:
    body = "```event\ntitle: Rencontre\nstart: 2026-12-12 09:00\nurl: https://e.example/r\n```\n"
    attached = edit(body)
    assert "rencontre.ics" in attached.html(READER)
    assert "rencontre.ics" in attached.text(READER)
    assert "rencontre.ics" not in attached.web({})
    linked = edit(body, calendar_url="https://web.example/c/{slug}/{uid}.ics")
    for part in (linked.html(READER), linked.text(READER), linked.web({})):
        assert "https://web.example/c/essai/essai-1.ics" in part
    assert [file.media_type for file in linked.attachments] == ["text/calendar"]


def test_two_events_of_one_name_have_two_files(edit: Callable[..., Edition]) -> None:
    body = "".join(f"```event\ntitle: Rencontre\nstart: 2026-12-{day} 09:00\n```\n\n" for day in (12, 13))
    assert [file.filename for file in edit(body).attachments] == ["rencontre.ics", "rencontre-2.ics"]
