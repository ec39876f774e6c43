"""A project moves from SQLite to PostgreSQL and back: everything comes along, proven by rows and checksums."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.postgres
ISSUE = "bienvenue"


def tables(path: Path) -> dict[str, dict[str, object]]:
    with ZipFile(path) as archive:
        return dict(json.loads(archive.read("manifest.json"))["tables"])


def test_a_project_moves_to_postgresql_and_back(project, run, make_postgres, monkeypatch, outbox):
    def ok(*words: str) -> str:
        result = run(*words)
        assert result.exit_code == 0, result.output
        return str(result.output)

    ok("send", ISSUE, "--list", "demo", "--confirm", ISSUE, "--expect", "5", "--no-input")
    ok("backup", "-o", "one.zip")
    keys = tomllib.loads((project / "var" / "secret.key").read_text())
    url = make_postgres().engine.url.render_as_string(hide_password=False)
    with monkeypatch.context() as there:
        there.setenv("NEWSLETTER_DATABASE_URL", url)
        there.setenv("NEWSLETTER_SECRET_KEY", f"hex:{keys['signing'][0]}")
        there.setenv("NEWSLETTER_SUPPRESSION_KEY", f"hex:{keys['suppression']}")
        ok("restore", "one.zip")
        assert "All 5 recipients are accounted for" in ok("verify", "S1")
        assert "5 sent" in ok("status")
        everybody_has_it = ok("send", ISSUE, "--list", "demo", "--confirm", ISSUE, "--expect", "5", "--no-input")
        assert "Everybody has" in everybody_has_it
        ok("backup", "-o", "two.zip")
    (project / "var").rename(project / "before")
    ok("restore", "two.zip")
    ok("verify", "S1")
    ok("backup", "-o", "three.zip")
    assert tables(Path("one.zip")) == tables(Path("two.zip")) == tables(Path("three.zip"))


def test_on_postgresql_nothing_but_the_address_changes(project, run, run_json, make_postgres, monkeypatch):
    """Import, plan, send, status, verify, report, export: the same commands, the same answers."""
    url = make_postgres().engine.url.render_as_string(hide_password=False)
    people = ("subscribers", "import", "subscribers/demo.csv", "--list", "demo", "--consent", "express")
    commands = (
        (*people, "--source", "Essai", "--no-input"),
        ("send", ISSUE, "--list", "demo", "--dry-run"),
        ("send", ISSUE, "--list", "demo", "--confirm", ISSUE, "--expect", "5", "--no-input"),
        ("verify", "S1"),
        ("report", "S1"),
        ("schedule", "list"),
    )
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", "5e" * 32)
    (project / "var").rename(project / "before")
    on_sqlite = [run_json(*command) for command in commands]
    (project / "var").rename(project / "between")
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", url)
    on_postgresql = [run_json(*command) for command in commands]
    assert [plain(each) for each in on_postgresql] == [plain(each) for each in on_sqlite]
    found = run_json("status")
    assert found["workers"] == []
    assert found["lag"]["batches"] == 0


def plain(answer: object) -> object:
    """Leave out of an answer what is another at another moment."""
    if isinstance(answer, dict):
        moments = ("_at", "date", "plan", "id", "seconds", "digest", "key")
        return {key: plain(value) for key, value in answer.items() if not key.endswith(moments)}
    return [plain(each) for each in answer] if isinstance(answer, list) else answer
