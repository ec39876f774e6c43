"""Two `serve` on one database: a scheduled time happens once; a sequence goes step by step and ends by leaving."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from calm import a_port, until
from cluster_team import CONFIGURATION
from e2e_project import Coalition
from sqlalchemy import text

from newsletter.store.database import Store, open_store

pytestmark = pytest.mark.postgres
SEQUENCE = """
[web]
base_url = "http://127.0.0.1:1"
[sequence.bienvenue]
lists = ["demo"]
steps = [
    { after = "0 minutes", issue = "un" },
    { after = "1 minute", issue = "deux" },
    { after = "2 minutes", issue = "trois" },
]
"""
ISSUE = "---\nsubject: {name}\nlang: fr-CA\nstatus: ready\naudience: [demo]\n---\n\nBonjour.\n"


@pytest.fixture
def coalition(tmp_path: Path, make_postgres: Callable[[], Store]) -> Coalition:
    """A project on PostgreSQL with five people and a sequence."""
    home = tmp_path / "home"
    (home / "issues").mkdir(parents=True)
    (home / "subscribers").mkdir()
    (home / "newsletter.toml").write_text(CONFIGURATION + SEQUENCE, encoding="utf-8")
    (home / "subscribers" / "demo.toml").write_text('public = true\n[title]\nfr-CA = "Essai"\n', encoding="utf-8")
    for name in ("un", "deux", "trois", "numero"):
        (home / "issues" / f"{name}.md").write_text(ISSUE.format(name=name), encoding="utf-8")
    url = make_postgres().engine.url.render_as_string(hide_password=False)
    project = Coalition(home, {"NEWSLETTER_DATABASE_URL": url, "NEWSLETTER_SECRET_KEY": "5e" * 32})
    project.import_crowd(5)
    return project


def mails(project: Coalition) -> list[Path]:
    return sorted(path for path in (project.folder / "var" / "outbox").rglob("*.eml") if path.parent.name[0] == "S")


def test_what_is_scheduled_goes_once_though_two_clocks_tick(coalition: Coalition) -> None:
    store = open_store(coalition.variables["NEWSLETTER_DATABASE_URL"])
    serves = [coalition.start("serve", "--port", str(a_port())) for _ in range(2)]
    try:
        until(lambda: len(coalition.json("status")["workers"]) == 2)
        at = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
        coalition.run("schedule", "numero", "--at", at, "--confirm", "numero", "--expect", "5")
        assert mails(coalition) == []
        hasten(store, "schedule", "next_at")
        until(lambda: len(mails(coalition)) == 5)
        until(lambda: [send["state"] for send in coalition.json("status")["sends"]] == ["done"])
        time.sleep(2)
        assert len(mails(coalition)) == 5
        found = coalition.json("status")
        assert [send["state"] for send in found["sends"]] == ["done"]
        assert {worker["role"] for worker in found["workers"]} == {"serve"}
    finally:
        for one in serves:
            one.terminate()
        store.close()
        assert [one.wait(120) for one in serves] == [0, 0]
    assert coalition.json("status")["workers"] == []
    coalition.run("verify", "S1")


def test_a_sequence_goes_step_by_step_and_leaving_ends_it(coalition: Coalition) -> None:
    store = open_store(coalition.variables["NEWSLETTER_DATABASE_URL"])
    serve = coalition.start("serve", "--port", str(a_port()))
    try:
        until(lambda: len(coalition.json("status")["workers"]) == 1)
        confirmed(coalition)
        until(lambda: subjects(coalition) == ["un"])
        until(lambda: states(store) == ["waiting"])  # the step before is noted as gone
        hasten(store, "sequence_entry", "due_at")
        until(lambda: subjects(coalition) == ["un", "deux"])
        until(lambda: states(store) == ["waiting"])
        coalition.run("subscribers", "unsubscribe", "nouvelle@example.org", "--list", "demo", "--yes")
        hasten(store, "sequence_entry", "due_at")
        until(lambda: states(store) == ["ended"])
        time.sleep(2)
        assert subjects(coalition) == ["un", "deux"]
        assert states(store) == ["ended"]
    finally:
        serve.terminate()
        assert serve.wait(120) == 0
        store.close()


def confirmed(coalition: Coalition) -> None:
    """Ask for the list as the public page does, and confirm as whoever got the mail."""
    from newsletter.audience.signup import confirm, waiting
    from newsletter.project import open_project
    from newsletter.project.desk import Desk
    from newsletter.project.visits import SignUp

    project = open_project(coalition.folder, coalition.environment())
    Desk(project=project).ask(SignUp(address="nouvelle@example.org", lang="fr-CA", lists=("demo",)))
    with project.store.read() as connection:
        key = connection.scalar(text("SELECT key FROM pending_signup"))
    assert len(waiting(project.store)) <= 1
    assert confirm(project.store, key, secret=project.keys.suppression, at=time.time()) is not None
    project.close()


def subjects(project: Coalition) -> list[str]:
    return [re.findall(rb"^Subject: (\w+)", path.read_bytes(), re.MULTILINE)[0].decode() for path in mails(project)]


def states(store: Store) -> list[str]:
    """Return how everybody on their way through a sequence stands."""
    with store.read() as connection:
        return list(connection.scalars(text("SELECT state FROM sequence_entry")))


def hasten(store: Store, table: str, column: str) -> None:
    """Let what waits be due now, as if its time had come."""
    now = "extract(epoch FROM clock_timestamp())"
    with store.write() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = {now} WHERE state = 'waiting'"))
