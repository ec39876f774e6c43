"""The commands about people, as a coordinator uses them: find, show, history, export, forget, the registers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
IMPORT = ("--list", "demo", "--consent", "express", "--source", "Assemblée")


@pytest.fixture
def people(run: Run) -> Path:
    """Make a project in the current folder, with the demonstration's people."""
    assert run("init", ".", "--no-git").exit_code == 0
    assert run("subscribers", "import", "subscribers/demo.csv", *IMPORT).exit_code == 0
    return Path.cwd()


def test_people_are_found_by_a_part_without_accents_and_shown_only_when_asked(people: Path, run: Run, run_json) -> None:
    said = run("subscribers", "find", "HETU").stdout
    assert "z…@example.org" in said
    assert "zoe.hetu" not in said
    assert "Zoé" not in said
    found = run_json("subscribers", "find", "noemie modele", "--show-addresses")["people"]
    assert [one["address"] for one in found] == ["noemie.modele@example.com"]
    assert found[0]["lists"] == {"demo": "active"}
    assert len(run_json("subscribers", "find", "--list", "demo", "--status", "ended")["people"]) == 1
    assert run_json("subscribers", "find", "nobody of this name")["people"] == []
    assert run("subscribers", "find", "x", "--list", "dmo").exit_code == 2


@pytest.mark.parametrize(("lang", "word"), [("fr-CA", "Consentements"), ("en-CA", "Consents")])
def test_a_dossier_is_said_in_both_languages_without_the_address(people: Path, run: Run, lang: str, word: str) -> None:
    """Statement 42."""
    said = run("subscribers", "show", "zoe.hetu@example.org", "--lang", lang).stdout
    assert word in said
    assert "Assemblée" in said
    assert "zoe.hetu" not in said
    told = run("subscribers", "history", "zoe.hetu@example.org", "--lang", lang)
    assert told.exit_code == 0
    assert len(told.stdout.splitlines()) == 2


def test_json_of_a_dossier_holds_no_address_unless_asked(people: Path, run: Run, run_json) -> None:
    assert "zoe.hetu" not in json.dumps(run_json("subscribers", "show", "zoe.hetu@example.org"))
    held = run_json("subscribers", "show", "zoe.hetu@example.org", "--show-addresses")
    assert held["profile"]["address"] == "zoe.hetu@example.org"
    assert held["consents"][0]["source"] == "Assemblée"


def test_lists_are_listed_and_one_is_shown_whole(people: Path, run: Run, run_json) -> None:
    assert [one["name"] for one in run_json("lists", "list")["lists"]] == ["demo"]
    assert run_json("lists", "show")["lists"] == run_json("lists", "list")["lists"]
    shown = run_json("lists", "show", "demo")
    assert shown["subscriptions"] == {"pending": 0, "active": 5, "ended": 1}
    assert shown["consents_ending"] == {"30": 0, "60": 0}
    assert "consentement" in shown["consent"]["fr-CA"]
    assert run("lists", "show", "dmo").exit_code == 2


def test_an_export_comes_back_as_it_went(people: Path, run: Run, run_json) -> None:
    """Statement 58, and peers 14: the own export changes nothing."""
    first = run("subscribers", "export", "--list", "demo").stdout
    assert run("subscribers", "export", "--list", "demo", "-o", "out.csv").exit_code == 0
    assert Path("out.csv").stat().st_mode & 0o777 == 0o600
    report = run_json("subscribers", "import", "out.csv", *IMPORT)
    assert report["counts"] == {"accepted": 0, "merged": 5, "suppressed": 1, "rejected": 0}
    assert run("subscribers", "export", "--list", "demo").stdout == first
    assert len(json.loads(run("subscribers", "export", "--list", "demo", "--format", "json").stdout)) == 6


def test_an_import_says_how_it_read_the_file(people: Path, run: Run, run_json) -> None:
    """Statement 52."""
    Path("m.csv").write_bytes("courriel;prénom\nelise@example.org;Élise\n".encode("cp1252"))
    said = run("subscribers", "import", "m.csv", *IMPORT, "--dry-run").stdout
    assert "Windows-1252" in said
    report = run_json("subscribers", "import", "m.csv", *IMPORT, "--dry-run")
    assert report["file"]["encoding"] == "Windows-1252"
    assert report["file"]["separator"] == ";"
    assert report["rows"] == [{"row": 2, "outcome": "accepted", "reason": "new"}]


def test_a_refused_file_and_a_day_to_come_have_their_exit_codes(people: Path, run: Run, run_json) -> None:
    """Statements 53 and 54."""
    Path("bad.csv").write_text('email,name\na@example.org,"A\n')
    assert run_json("subscribers", "import", "bad.csv", *IMPORT, code=1)["refused"] == "unterminated_quote"
    assert run("subscribers", "import", "bad.csv", *IMPORT, "--obtained", "2999-01-01").exit_code == 2
    assert run("subscribers", "import", "bad.csv", "--list", "demo", "--consent", "express").exit_code == 2


def test_who_was_forgotten_stays_away_when_imported_again(people: Path, run: Run, run_json) -> None:
    """Statements 43 and 44."""
    assert run_json("subscribers", "forget", "zoe.hetu@example.org")["known"]
    report = run_json("subscribers", "import", "subscribers/demo.csv", *IMPORT)
    assert report["rows"][1] == {"row": 3, "outcome": "suppressed", "reason": "known_suppressed"}
    for path in Path("var").rglob("*"):
        assert not path.is_file() or b"zoe.hetu" not in path.read_bytes(), path


def test_an_import_is_undone_and_the_ledger_stays_whole(people: Path, run: Run, run_json) -> None:
    assert run_json("subscribers", "undo", "1")["ended"] == 5
    assert run_json("lists", "show", "demo")["subscriptions"]["active"] == 0
    assert run_json("subscribers", "verify")["broken_at"] is None


def test_a_changed_consent_is_found(people: Path, run: Run, run_json) -> None:
    """Statement 32: append-only, and a changed row breaks the chain."""
    with sqlite3.connect("var/newsletter.db") as connection:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE consent SET obtained_at = 0 WHERE id = 2")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE consent SET obtained_at = 0 WHERE id = 2")
    assert run_json("subscribers", "verify", code=1)["broken_at"] == 2


def test_names_are_sealed_anew_with_another_key(people: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("subscribers", "reseal").exit_code == 2
    monkeypatch.setenv("NEWSLETTER_ENCRYPTION_KEY", "a" * 40)
    assert run("subscribers", "reseal").exit_code == 0
    assert b"zoe.hetu" not in Path("var/newsletter.db").read_bytes()
    monkeypatch.setenv("NEWSLETTER_ENCRYPTION_KEY", "b" * 40)
    assert run("subscribers", "find", "hetu").exit_code == 2
    monkeypatch.setenv("NEWSLETTER_PREVIOUS_ENCRYPTION_KEY", "a" * 40)
    assert run("subscribers", "reseal").exit_code == 0
    monkeypatch.delenv("NEWSLETTER_PREVIOUS_ENCRYPTION_KEY")
    assert "z…@example.org" in run("subscribers", "find", "hetu").stdout


def test_incidents_are_recorded_listed_written_out_and_never_deleted(people: Path, run: Run, run_json) -> None:
    """Statement 50."""
    words = ("--what", "Portable volé", "--kinds", "noms", "--people", "3", "--risk", "faible", "--notices", "CAI")
    assert run_json("incidents", "add", "--on", "2026-03-10", *words)["incident"] == 1
    assert run("incidents", "add", "--on", "2999-01-01", *words).exit_code == 2
    assert run_json("incidents", "list")["incidents"][0]["notices"] == "CAI"
    assert "Portable volé" in run("incidents", "export").stdout
    assert run("incidents", "export", "-o", "registre.csv").exit_code == 0
    assert Path("registre.csv").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect("var/newsletter.db") as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("DELETE FROM incident")


def test_a_purge_says_what_it_would_do_and_does_nothing(people: Path, run: Run, run_json) -> None:
    """Statement 48."""
    done = run_json("purge", "--dry-run")
    assert done["dry_run"]
    assert set(done["counts"]) >= {"requests", "expired", "deliveries"}
    assert run("purge", "--lang", "fr-CA").exit_code == 0


def test_suppressing_a_stranger_keeps_them_out_of_every_import(people: Path, run: Run, run_json) -> None:
    """Statement 30."""
    assert run_json("subscribers", "suppress", "stranger@example.org", "--reason", "téléphone")["added"]
    assert not run_json("subscribers", "suppress", "Stranger@Example.org")["added"]
    Path("s.csv").write_text("email\nSTRANGER@example.org\n")
    assert run_json("subscribers", "import", "s.csv", *IMPORT)["rows"][0]["outcome"] == "suppressed"
    assert run_json("subscribers", "unsubscribe", "taylor.sample@example.com", "--list", "demo")["ended"] == 1
    assert run_json("subscribers", "unsubscribe", "taylor.sample@example.com")["ended"] == 0
