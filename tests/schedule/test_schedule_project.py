"""A project's clock, end to end: an issue is scheduled on the command line and lies in the outbox at its time."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from calm import until, watched
from click.testing import CliRunner
from schedule_parts import join_list, make_list
from sqlalchemy import update

from newsletter.cli.root import newsletter
from newsletter.config import read_config
from newsletter.delivery.send import sends
from newsletter.errors import UsageError
from newsletter.project import Project
from newsletter.project.scheduling import book_configured, clockwork, wind_up
from newsletter.schedule.booking import State, bookings, find_booking
from newsletter.schedule.tick import tick
from newsletter.store.tables import clock as tables
from newsletter.store.tables import people

TOML = """
[site]
name = "Coalition"
lang = "fr-CA"
tz = "America/Toronto"
postal_address = "1, rue de l’Exemple, Montréal"
contact = "contact@example.org"

[sender.coordination]
from = "Coalition <infolettre@example.org>"
reply_to = "coordination@example.org"
"""
SERIES = """
[series.mensuelle]
rule = "every day at 09:00"
issues = "issues/serie-*.md"
lists = ["membres"]
remind = ["3 days"]
contributors = ["comite@example.org"]
"""
ISSUE = """---
subject: Bonjour
preheader: Des nouvelles
date: "{date}"
lang: fr-CA
status: {status}
audience: [membres]
---

# Bonjour

{text}
"""


@pytest.fixture(autouse=True)
def _with_a_list(in_an_empty_folder):
    Path("newsletter.toml").write_text(TOML, encoding="utf-8")
    Path("issues").mkdir()
    Path("subscribers").mkdir()
    Path("subscribers/membres.toml").write_text('sender = "coordination"\n', encoding="utf-8")


@pytest.fixture
def write():
    """Write an issue."""

    def make(slug="numero", *, text="Le texte.", status="ready", date="2026-01-01"):
        Path(f"issues/{slug}.md").write_text(ISSUE.format(text=text, status=status, date=date), encoding="utf-8")

    return make


@pytest.fixture
def open_project(tmp_path):
    """Open the project in the current folder, as often as one likes."""
    opened = []

    def make() -> Project:
        project = Project(read_config(tmp_path, os.environ))
        opened.append(project)
        return project

    yield make
    for project in opened:
        project.close()


@pytest.fixture
def project(open_project, write):
    """Return a project with an issue and three readers."""
    write()
    made = open_project()
    make_list(made.store)
    join_list(made.store, 3)
    return made


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(newsletter, ["schedule", *words])


def run_json(run, *words, code=0):
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def ahead(**time_left) -> str:
    return (datetime.now(UTC) + timedelta(**time_left)).isoformat(timespec="seconds")


def outbox() -> list:
    found = sorted(Path("var/outbox").rglob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]


def send_all(project) -> None:
    for send in sends(project.store, unfinished=True):
        project.deliver(send)


def book(run, at, **more) -> dict:
    return run_json(run, "numero", "--at", at, "--confirm", "numero", *more)


def test_it_is_made_at_its_time_by_the_clock(run, project):
    booked = run_json(run, "numero", "--at", ahead(days=1), "--confirm", "numero", "--expect", "3")
    assert (booked["name"], booked["state"], booked["expect"]) == ("numero", "waiting", 3)
    clock = wind_up(project, alone=True)
    try:
        with watched() as stood:
            due = datetime.now(UTC) + timedelta(seconds=1.5)
            let_it_be_due(project, due)
            until(lambda: sends(project.store))
    finally:
        clock.stop()
    [send] = sends(project.store)
    assert due <= send.created_at <= due + timedelta(seconds=5 + stood.total)
    send_all(project)
    assert sorted(mail["To"].addresses[0].addr_spec for mail in outbox()) == [f"p{n}@example.org" for n in (1, 2, 3)]
    assert find_booking(project.store, "numero").state is State.DONE


def let_it_be_due(project, at: datetime) -> None:
    """Bring the one booking there is forward, or back."""
    with project.store.write() as connection:
        connection.execute(update(tables.schedule).values(next_at=at.timestamp()))


def test_what_was_frozen_is_what_is_sent(run, project, write, open_project):
    book(run, ahead(days=1))
    write(text="Un autre texte.")
    later = open_project()
    tick(later.store, clockwork(later), now=datetime.now(UTC) + timedelta(days=1, minutes=1))
    assert sends(later.store) == []
    assert "a changé depuis" in run_json(run, "show", "numero")["reason"]
    assert "has changed" in run_json(run, "show", "numero", "--lang", "en")["reason"]
    assert run_json(run, "keep", "numero", code=3)["error"]["exit"] == 3
    run_json(run, "keep", "numero", "--confirm", "numero")
    tick(later.store, clockwork(later), now=datetime.now(UTC) + timedelta(days=1, minutes=2))
    send_all(later)
    letters = [mail for mail in outbox() if mail["Subject"] == "Bonjour"]
    assert len(letters) == 3
    assert all("Le texte." in mail.get_body(("plain",)).get_content() for mail in letters)


def test_renewing_sends_the_file_as_it_is(run, project, write, open_project):
    book(run, ahead(days=1))
    write(text="Un autre texte.")
    run_json(run, "renew", "numero", "--confirm", "numero", "--expect", "3")
    later = open_project()
    tick(later.store, clockwork(later), now=datetime.now(UTC) + timedelta(days=1, minutes=1))
    send_all(later)
    letters = [mail for mail in outbox() if mail["Subject"] == "Bonjour"]
    assert len(letters) == 3
    assert all("Un autre texte." in mail.get_body(("plain",)).get_content() for mail in letters)
    assert run_json(run, "renew", "numero", "--confirm", "numero", code=3)


def test_another_time_takes_the_place_of_the_first(run, project):
    book(run, ahead(days=1))
    assert run_json(run, "numero", "--at", ahead(days=2), "--confirm", "numero", code=3)
    moved = run_json(run, "renew", "numero", "--at", "2040-03-11 02:30", "--confirm", "numero")
    assert (moved["local"], moved["utc"]) == ("2040-03-11T02:30:00", "2040-03-11T07:30:00Z")
    assert "n’existe pas" in moved["notes"][0]
    assert len(bookings(project.store)) == 1


def test_the_coordinator_is_told_by_mail_what_is_held(run, project):
    book(run, ahead(days=1))
    tick(project.store, clockwork(project), now=datetime.now(UTC) + timedelta(days=2))
    [mail] = outbox()
    assert mail["To"].addresses[0].addr_spec == "coordination@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert "numero" in mail["Subject"]
    assert "newsletter schedule keep numero" in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("numero", "--at", "2020-01-01 09:00", "--confirm", "numero"), 3),
        (("numero", "--at", "2040-01-01", "--confirm", "numero"), 2),
        (("numero", "--confirm", "numero"), 2),
        (("numero", "--at", "2040-01-01 09:00"), 3),
        (("numero", "--at", "2040-01-01 09:00", "--confirm", "autre"), 3),
        (("numero", "--at", "2040-01-01 09:00", "--confirm", "numero", "--expect", "4"), 3),
        (("numero", "--at", "2040-01-01 09:00", "--confirm", "numero", "--tz", "Mars/Olympus"), 2),
        (("nulle-part", "--at", "2040-01-01 09:00", "--confirm", "nulle-part"), 2),
        (("--at", "2040-01-01 09:00"), 2),
    ],
)
def test_what_is_not_confirmed_or_not_right_books_nothing(run, project, words, code):
    run_json(run, *words, "--no-input", code=code)
    assert bookings(project.store) == []


def test_a_draft_is_not_scheduled(run, project, write):
    write(status="draft")
    assert "brouillon" in book_refused(run)["error"]["message"]


def book_refused(run) -> dict:
    return run_json(run, "numero", "--at", ahead(days=1), "--confirm", "numero", code=3)


def test_a_zone_may_be_named(run, project):
    booked = run_json(run, "numero", "--at", "2040-07-01 09:00", "--tz", "Europe/Paris", "--confirm", "numero")
    assert (booked["utc"], booked["zone"]) == ("2040-07-01T07:00:00Z", "Europe/Paris")


def test_a_series_goes_by_its_files_and_reminds_its_contributors(run, project, write, open_project):
    Path("newsletter.toml").write_text(TOML + SERIES, encoding="utf-8")
    write("serie-b", text="Deux.", date="2026-02-01")
    write("serie-a", text="Un.", date="2026-01-01")
    write("serie-c", text="Trois.", date="2025-01-01", status="draft")
    again = open_project()
    book_configured(again)
    works = clockwork(again)
    tick(again.store, works)
    [reminder] = outbox()
    assert reminder["To"].addresses[0].addr_spec == "comite@example.org"
    found = []
    for _day in range(3):
        found += tick(again.store, works, now=find_booking(again.store, "mensuelle").next_at)
    assert [fired.issue for _, _, fired in found] == ["serie-a", "serie-b", ""]
    [told] = [mail for mail in outbox() if mail["Subject"].endswith("nothing was sent")]
    assert told["To"].addresses[0].addr_spec == "coordination@example.org"
    listed = run_json(run, "list")["schedules"]
    assert [each["name"] for each in listed] == ["mensuelle"]


def test_the_coordinator_is_told_once_that_implied_consents_are_about_to_end(project):
    now = datetime.now(UTC)
    with project.store.write() as connection:
        ends = (now + timedelta(days=60, hours=-1)).timestamp()
        connection.execute(update(people.subscription).values(consent_until=ends))
    works = clockwork(project)
    tick(project.store, works, now=now)
    tick(project.store, works, now=now + timedelta(days=1))
    [mail] = outbox()
    assert "membres: the consent of 3 people ends within 60 days." in mail.get_body(("plain",)).get_content()
    tick(project.store, works, now=now + timedelta(days=30))
    assert len(outbox()) == 2


def test_a_rule_that_can_not_be_read_keeps_the_clock_from_starting(project, open_project):
    Path("newsletter.toml").write_text(TOML + SERIES.replace("every day at 09:00", "0 9 * * *"), encoding="utf-8")
    with pytest.raises(UsageError, match="mensuelle"):
        wind_up(open_project(), alone=True)


def test_a_restart_sends_once_and_late_what_was_due_meanwhile(run, project, open_project):
    book(run, ahead(days=1))
    let_it_be_due(project, datetime.now(UTC) - timedelta(hours=1))
    project.close()
    restarted = open_project()
    clock = wind_up(restarted, alone=True)
    try:
        until(lambda: find_booking(restarted.store, "numero").state is State.DONE)
    finally:
        clock.stop()
    shown = run_json(run, "show", "numero")
    assert 3600 <= shown["occurrences"][0]["late"] < 3700
    assert len(sends(restarted.store)) == 1
