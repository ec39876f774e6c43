"""`newsletter schedule`, as a person and as a program run it."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli.root import newsletter
from newsletter.config import read_config
from newsletter.project import Project
from newsletter.schedule.book import book_once
from newsletter.schedule.moment import parse_moment
from newsletter.schedule.policy import policy_of
from newsletter.schedule.tick import Clockwork, tick

pytestmark = pytest.mark.usefixtures("in_an_empty_folder")
TOML = """
[site]
name = "Coalition"
lang = "fr-CA"
tz = "America/Toronto"

[series.trimestrielle]
rule = "first tuesday of january, april, july, october at 09:00"
issues = "issues/trim-*.md"
lists = ["membres"]
"""


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(newsletter, ["schedule", *words])


@pytest.fixture
def project(tmp_path):
    Path("newsletter.toml").write_text(TOML, encoding="utf-8")
    opened = Project(read_config(tmp_path, os.environ))
    yield opened
    opened.close()


def test_a_rule_is_shown_as_a_program_wants_it_without_a_project(run):
    result = run(
        *("preview", "--rule", "first tuesday of january, april at 09:00", "--tz", "America/Toronto"),
        *("--from", "2026-01-07T00:00:00", "--count", "3", "--json"),
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["schema"], found["ok"]) == ("newsletter.schedule.preview/1", True)
    assert found["occurrences"] == [
        {"local": "2026-04-07T09:00:00", "utc": "2026-04-07T13:00:00Z"},
        {"local": "2027-01-05T09:00:00", "utc": "2027-01-05T14:00:00Z"},
        {"local": "2027-04-06T09:00:00", "utc": "2027-04-06T13:00:00Z"},
    ]


def test_a_rule_is_said_in_words_in_both_languages_with_what_the_clocks_do(run):
    words = (
        "preview",
        "--rule",
        "every day at 02:30",
        "--tz",
        "America/Toronto",
        "--from",
        "2026-03-08",
        "--count",
        "1",
    )
    english = run(*words, "--lang", "en")
    assert english.output.splitlines() == [
        "every day at 02:30 (America/Toronto)",
        "  Sunday 8 March 2026 at 02:30  (2026-03-08 07:30 UTC)",
        "      02:30 does not exist that day, clocks go forward: it goes at 03:30.",
    ]
    french = run(*words, "--lang", "fr")
    assert "dimanche 8 mars 2026" in french.output
    assert "n’existe pas ce jour-là" in french.output


def test_a_rule_that_is_reckoned_from_a_day_begins_with_the_first_shown(run):
    result = run(
        *("preview", "--rule", "every 2 weeks on thursday at 09:00", "--tz", "UTC", "--from", "2026-01-08"),
        *("--count", "2", "--json"),
    )
    assert [each["local"][:10] for each in json.loads(result.stdout)["occurrences"]] == ["2026-01-08", "2026-01-22"]


def test_a_series_of_the_configuration_is_shown(run, project):
    result = run("preview", "trimestrielle", "--from", "2026-01-07", "--lang", "fr")
    assert result.output.startswith("trimestrielle  le premier mardi de janvier, avril, juillet et octobre à 9")
    assert len(result.output.splitlines()) == 9


def test_without_a_name_every_series_is_shown(run, project):
    assert json.loads(run("preview", "--count", "2", "--json").stdout)["name"] == "trimestrielle"
    more = '[series.b]\nrule = "every monday at 9"\nissues = "x"\nlists = ["membres"]\n'
    Path("newsletter.toml").write_text(TOML + more, encoding="utf-8")
    found = json.loads(run("preview", "--count", "2", "--json").stdout)["series"]
    assert [(each["name"], len(each["occurrences"])) for each in found] == [("trimestrielle", 2), ("b", 2)]


def test_quiet_hours_of_the_project_are_noted_beside_the_rule(run, project):
    Path("newsletter.toml").write_text(TOML + '[transport]\nquiet_hours = "08:00-10:00"\n', encoding="utf-8")
    found = json.loads(run("preview", "--from", "2026-01-07", "--count", "1", "--json").stdout)
    assert found["occurrences"] == [{"local": "2026-04-07T09:00:00", "utc": "2026-04-07T13:00:00Z"}]
    assert "10\N{NO-BREAK SPACE}h" in found["notes"][0]["text"]


def test_help_says_how_an_issue_is_scheduled(run):
    assert "ISSUE" in run("--help").output
    shown = run("2026-12", "--help").output
    assert "newsletter schedule ISSUE [OPTIONS]" in shown
    assert "--at" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("preview", "--rule", "0 9 * * 1", "--tz", "UTC"),
        ("preview", "--rule", "every monday", "--tz", "UTC"),
        ("preview", "--rule", "every monday at 9", "--tz", "Mars/Olympus"),
        ("preview", "--rule", "every monday at 9", "--tz", "UTC", "--from", "soon"),
        ("preview", "--rule", "every monday at 9"),
        ("preview", "--tz", "UTC"),
        ("preview", "--rule", "every monday at 9", "--tz", "UTC", "--from", "9999-12-31"),
        ("preview", "--rule", "every monday at 9 from 9999-12-01", "--tz", "UTC"),
        ("preview", "--rule", "every monday at 9", "--tz", "UTC", "--count", "0"),
    ],
)
def test_what_can_not_be_shown_is_a_usage_error(run, words):
    result = run(*words, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["ok"] is False


def test_an_unknown_series_is_refused_with_the_nearest(run, project):
    result = run("preview", "trimestriele", "--json")
    assert "trimestrielle" in json.loads(result.stdout)["error"]["hint"]


@pytest.fixture
def booked(project, make_confirmed, at):
    config = project.config
    moment = parse_moment("2026-12-01 09:00", policy_of(config).zone)
    return book_once(project.store, make_confirmed(), moment, policy=policy_of(config), now=at("2026-11-01 09:00"))


def test_bookings_are_listed_shown_and_cancelled(run, booked):
    listed, series = json.loads(run("list", "--json").stdout)["schedules"]
    assert (series["name"], series["kind"], series["state"]) == ("trimestrielle", "series", "waiting")
    assert (listed["name"], listed["local"], listed["utc"]) == (
        "2026-12",
        "2026-12-01T09:00:00",
        "2026-12-01T14:00:00Z",
    )
    assert (
        "2026-12  waiting for its time  Tuesday 1 December 2026 at 09:00 (America/Toronto)  membres"
        in run("list", "--lang", "en").output
    )
    assert json.loads(run("cancel", "2026-12", "--json").stdout)["state"] == "cancelled"
    assert len(json.loads(run("list", "--json").stdout)["schedules"]) == 1
    assert len(json.loads(run("list", "--all", "--json").stdout)["schedules"]) == 2
    assert run("cancel", "2026-12").exit_code == 3
    assert run("cancel", "2026-13").exit_code == 2


def test_what_became_of_a_booking_is_shown(run, booked, project, at):
    from schedule_parts import Ledger

    store = project.store
    tick(store, Clockwork(policy=policy_of(project.config), fire=Ledger(store)), now=at("2026-12-01 10:00"))
    shown = json.loads(run("show", "2026-12", "--json").stdout)
    assert shown["occurrences"][0] | {"send": "S1"} == {
        "local": "2026-12-01T09:00:00",
        "utc": "2026-12-01T14:00:00Z",
        "outcome": "sent",
        "issue": "2026-12",
        "send": "S1",
        "late": 3600,
        "reason": "",
    }
    assert "60 min late" in run("show", "2026-12", "--lang", "en").output


def test_what_waits_for_a_decision_says_how_to_decide(run, booked, project, at):
    from schedule_parts import Ledger

    store = project.store
    tick(store, Clockwork(policy=policy_of(project.config), fire=Ledger(store)), now=at("2026-12-02 10:00"))
    output = run("list", "--lang", "en").output
    assert "held" in output
    assert "newsletter schedule keep, renew or cancel 2026-12" in output
    assert "newsletter schedule keep, renew or cancel 2026-12" in status("--lang", "en").output
    [held] = json.loads(status("--json").stdout)["schedule"]
    assert (held["name"], held["outcome"]) == ("2026-12", "held")
    dropped = json.loads(run("cancel", "2026-12", "--held", "--json").stdout)
    assert dropped["state"] == "cancelled"
    assert json.loads(status("--json").stdout)["schedule"] == []


def status(*words):
    return CliRunner().invoke(newsletter, ["status", *words])
