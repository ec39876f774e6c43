"""Worker processes on PostgreSQL, killed and frozen past their lease: nobody twice, nobody lost, all of it said."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from calm import until, watched
from cluster_team import CONNECTIONS, WINDOW, Team, a_team, torment
from e2e_project import braked, taken

from newsletter.store.database import Store

pytestmark = pytest.mark.postgres
IN_DOUBT = WINDOW + CONNECTIONS
#: nobody loses a lease for having been slow
UNHURRIED = {"NEWSLETTER_TRANSPORT_LEASE": "60"}


@pytest.fixture
def url(make_postgres: Callable[[], Store]) -> str:
    return make_postgres().engine.url.render_as_string(hide_password=False)


def test_three_workers_killed_and_frozen(url: str, tmp_path: Path) -> None:
    with a_team(tmp_path, url, 900) as team:
        team.confirm(900)
        torment(team, 900, workers=3, kills=2, freezes=1, seed=1)
        team.check(900, doubts=5 * IN_DOUBT)  # a busy machine may lose a lease of its own


@pytest.mark.torture
def test_three_workers_killed_and_frozen_twenty_times_each(url: str, tmp_path: Path) -> None:
    with a_team(tmp_path, url, 20_000) as team:
        team.confirm(20_000)
        torment(team, 20_000, workers=3, kills=20, freezes=20, seed=2)
        team.check(20_000, doubts=40 * IN_DOUBT)


@pytest.mark.torture
def test_a_hundred_thousand_through_four_workers_and_random_kills(url: str, tmp_path: Path) -> None:
    with a_team(tmp_path, url, 100_000, wait=0.0, batch=500) as team:
        team.confirm(100_000)
        torment(team, 100_000, workers=4, kills=25, freezes=0, seed=3)
        team.check(100_000, doubts=25 * IN_DOUBT)


def test_pause_and_cancel_reach_every_process_within_two_seconds(url: str, tmp_path: Path) -> None:
    with a_team(tmp_path, url, 3000, wait=0.05) as team:
        team.project.variables |= UNHURRIED
        team.confirm(3000)
        team.hire(3)
        team.wait_for(60)
        watched = seen_at_work(team)
        assert len(watched) == 3
        assert {worker["role"] for worker in watched} == {"worker"}
        assert all(worker["alive"] for worker in watched)
        stands_still(team, "pause", "S1")
        team.project.run("resume", "S1", "--detach")
        team.wait_for(len(taken(team.log)) + 30)
        stands_still(team, "cancel", "S1", "--yes")
        counts = team.project.json("status", "S1")["sends"][0]["counts"]
        assert counts["queued"] == counts["sending"] == counts["unknown"] == 0
        assert counts["sent"] == len(taken(team.log))
        assert counts["sent"] + counts["skipped"] == 3000
        team.project.run("verify", "S1")


def stands_still(team: Team, *words: str) -> None:
    """Say so to all three: what each has in hand goes within two seconds, and nothing more leaves."""
    team.project.run(*words)
    before = len(taken(team.log))
    with watched() as stood:
        said = time.monotonic()
        until(lambda: team.ask("SELECT count(*) FROM send_batch WHERE state = 'leased'") == 0)
        took = time.monotonic() - said
    assert took < 2.0 + stood.total
    held = len(taken(team.log))
    assert held - before <= 3 * IN_DOUBT
    time.sleep(1.0)
    assert len(taken(team.log)) == held < 3000


def seen_at_work(team: Team) -> list[dict]:
    """Read `status --watch --json`, a line a look, until three workers have a batch in hand."""
    command = team.project.command("status", "S1", "--watch", "--json")
    environment, folder = team.project.environment(), team.project.folder
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        for line in watch.stdout:
            look = json.loads(line)
            assert look["lag"]["recipients"] >= 0
            if len(look["workers"]) == 3 and all(worker["batch"] for worker in look["workers"]):
                watch.terminate()
                return list(look["workers"])
    raise AssertionError("it ended before")


def test_a_worker_that_is_asked_to_end_leaves_nobody_in_doubt_and_its_batch_to_others(url: str, tmp_path: Path) -> None:
    with a_team(tmp_path, url, 300, wait=0.02) as team:
        team.project.variables |= UNHURRIED
        team.hire(2)
        until(lambda: team.ask("SELECT count(*) FROM worker") == 2)
        team.confirm(300)
        with braked(team.log, 50):
            team.wait_for(50)
            team.crew[0].send_signal(signal.SIGTERM)
            assert team.crew[0].wait(60) == 0
        team.wait_for_the_end()
        team.check(300, doubts=0)
        assert team.ask("SELECT count(*) FROM worker") == 1


def test_a_worker_of_another_version_refuses_clearly(url: str, tmp_path: Path) -> None:
    with a_team(tmp_path, url, 0) as team:
        team.hire(1)
        until(lambda: team.ask("SELECT count(*) FROM worker") == 1)
        team.ask("UPDATE alembic_version SET version_num = '9999' RETURNING 1")
        # asked beside the program, and never committed: nothing has changed for the worker yet
        time.sleep(1.5)
        assert team.crew[0].poll() is None
        migrated(team, "9999")
        assert team.crew[0].wait(60) == 2
        assert "newer than this program" in team.said()
        team.hire(1)
        assert team.crew[1].wait(60) == 2
        migrated(team, "0000")
        team.hire(1)
        assert team.crew[2].wait(60) == 2
        assert "newsletter migrate" in team.said()


def migrated(team: Team, version: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(team.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    engine.dispose()
