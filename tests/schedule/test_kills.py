"""Three clocks on one database, killed at random: every turn of every schedule happens once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from schedule_parts import Ledger, turns_of

from newsletter.config.model import Series
from newsletter.schedule.series import book_series
from newsletter.schedule.wallclock import instant, wall_of
from newsletter.store.database import Store

SCHEDULES, DAYS, CLOCKS = 20, 15, 3
SCRIPT = Path(__file__).with_name("ticker_process.py")


class Clocks:
    """Processes that tick, by a time that the test sets."""

    def __init__(self, store: Store, folder: Path, seed: int) -> None:
        self._url = store.engine.url.render_as_string(hide_password=False)
        self._file = folder / "clock"
        self._random = random.Random(seed)
        self._running: list[subprocess.Popen[bytes]] = []
        self.kills = 0

    def set(self, seconds: float) -> None:
        beside = self._file.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.replace(self._file)

    def start(self) -> None:
        root = SCRIPT.parents[2]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(SCRIPT.parent)])}
        command = [sys.executable, str(SCRIPT), self._url, str(self._file)]
        self._running.append(subprocess.Popen(command, env=environment, cwd=root))

    def kill_one(self) -> None:
        victim = self._running.pop(self._random.randrange(len(self._running)))
        victim.kill()
        victim.wait()
        self.kills += 1

    def stop(self) -> None:
        for process in self._running:
            assert process.poll() is None, "a clock died by itself"
            process.kill()
            process.wait()


@contextmanager
def clocks(store: Store, folder: Path, *, begin: float, seed: int) -> Iterator[Clocks]:
    made = Clocks(store, folder, seed)
    made.set(begin)
    for _ in range(CLOCKS):
        made.start()
    try:
        yield made
    finally:
        made.stop()


def book(store: Store, policy, now) -> None:
    series = {
        f"serie-{number}": Series(rule=f"every day at 09:{number:02}", issues="x", lists=("membres",))
        for number in range(SCHEDULES)
    }
    book_series(store, series, policy=policy, transport="files", now=now)


def run(store: Store, ledger: Ledger, folder: Path, policy, begin, *, kills: int) -> None:
    book(store, policy, begin)
    with clocks(store, folder, begin=begin.timestamp(), seed=7) as running:
        for day in range(1, DAYS + 1):
            # in wall time: the clocks go back on the way
            wall = wall_of(begin, policy.zone) + timedelta(days=day)
            midmorning = instant(wall, policy.zone)
            wait_for(store, running, midmorning.timestamp(), day * SCHEDULES, kills=kills * day // DAYS)
    assert running.kills == kills
    expected = sorted((begin + timedelta(days=day)).date().isoformat() for day in range(1, DAYS + 1))
    by_day = sorted(wall[:10] for wall in ledger.made())
    assert by_day == [day for day in expected for _ in range(SCHEDULES)]
    assert len(set(ledger.made())) == SCHEDULES * DAYS
    assert {state for _, state in turns_of(store)} == {"sent"}


def wait_for(store: Store, running: Clocks, now: float, turns: int, *, kills: int) -> None:
    """Let the time of the day go on until everything due has gone, killing clocks on the way."""
    deadline = time.monotonic() + 300
    while len([state for _, state in turns_of(store) if state == "sent"]) < turns or running.kills < kills:
        # five seconds a look: what a killed clock had leased is free again after two minutes
        now += 5
        running.set(now)
        if running.kills < kills:
            running.kill_one()
            running.start()
        assert time.monotonic() < deadline, turns_of(store)
        time.sleep(0.02)


def test_three_clocks_with_kills_make_every_turn_once(store, ledger, tmp_path, policy, at):
    run(store, ledger, tmp_path, policy, at("2026-10-20 10:00"), kills=6)


@pytest.mark.torture
def test_three_clocks_with_many_kills_make_every_turn_once(store, ledger, tmp_path, policy, at):
    run(store, ledger, tmp_path, policy, at("2026-10-20 10:00"), kills=60)
