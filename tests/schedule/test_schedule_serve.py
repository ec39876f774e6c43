"""`newsletter serve` sends what is due at once at its time; killed before and started after, once and late."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from calm import until
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
TOML = """
[site]
name = "Coalition"
lang = "fr-CA"
postal_address = "1, rue de l’Exemple, Montréal"
contact = "contact@example.org"

[sender.coordination]
from = "Coalition <infolettre@example.org>"
"""
FILES = {
    "newsletter.toml": TOML,
    "subscribers/membres.toml": 'sender = "coordination"\n',
    "issues/numero.md": "---\nsubject: Bonjour\nlang: fr-CA\nstatus: ready\naudience: [membres]\n---\n\nLe texte.\n",
    "people.csv": "email,name\na@example.org,A\nb@example.org,B\n",
}
IMPORT = ("subscribers", "import", "people.csv", "--list", "membres", "--consent", "express", "--source", "test")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with two readers, by the command line."""
    for name, content in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
    call(tmp_path, *IMPORT)
    return tmp_path


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def call(folder: Path, *words: str) -> dict:
    from newsletter.cli.root import newsletter

    with chdir(folder), patch.dict(os.environ, environment(), clear=True):
        told = CliRunner().invoke(newsletter, [*words, "--json", "--no-input"])
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "newsletter", "serve", "--port", str(port)]
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def mails(folder: Path) -> list[Path]:
    return [path for path in (folder / "var/outbox").rglob("*.eml") if path.parent.name.startswith("S")]


def book(folder: Path, **ahead: float) -> None:
    at = (datetime.now(UTC) + timedelta(**ahead)).isoformat(timespec="seconds")
    call(folder, "schedule", "numero", "--at", at, "--confirm", "numero", "--expect", "2")


@pytest.mark.slow
def test_what_is_scheduled_is_sent_by_serve_once_its_time_has_come(project, free_port):
    running = serve(project, free_port)
    try:
        book(project, minutes=30)
        assert mails(project) == []
        set_back(project, minutes=30)
        until(lambda: len(mails(project)) == 2)
    finally:
        running.terminate()
        assert running.wait(timeout=120) == 0
    assert call(project, "status")["sends"][0]["counts"]["sent"] == 2


@pytest.mark.slow
def test_killed_before_and_started_after_its_time_it_is_sent_once_and_late(project, free_port):
    running = serve(project, free_port)
    book(project, minutes=30)
    running.kill()
    running.wait()
    assert mails(project) == []
    set_back(project, minutes=90)
    running = serve(project, free_port)
    try:
        until(lambda: call(project, "schedule", "show", "numero")["state"] == "done")
        until(lambda: len(mails(project)) == 2)
    finally:
        running.terminate()
        assert running.wait(timeout=120) == 0
    [turn] = call(project, "schedule", "show", "numero")["occurrences"]
    assert (turn["outcome"], turn["send"]) == ("sent", "S1")
    assert turn["late"] >= 3600
    assert len(call(project, "status")["sends"]) == 1


def set_back(folder: Path, **earlier: float) -> None:
    """Let the time of the booking lie in the past, as if the machine had slept."""
    from sqlalchemy import update

    from newsletter.store.database import open_store
    from newsletter.store.tables import clock as tables

    store = open_store(f"sqlite:///{folder / 'var/newsletter.db'}")
    with store.write() as connection:
        moved = tables.schedule.c.next_at - timedelta(**earlier).total_seconds()
        connection.execute(update(tables.schedule).values(next_at=moved))
    store.close()
