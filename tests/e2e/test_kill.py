"""A send killed without warning: nobody twice, nobody missing, the rest known to be unknown."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest
from e2e_project import SLUG, Coalition, braked, sink, taken, wait_for

WINDOW, CONNECTIONS = 20, 4


def _settle(coalition: Coalition, log: Path, people: int, kills: int) -> None:
    """What is true after any number of kills and a last resume."""
    accepted = taken(log)
    assert len(accepted) == len(set(accepted)), "somebody got it twice"
    counts = coalition.counts()
    assert sum(counts.values()) == people
    assert counts["sent"] + counts["unknown"] == people
    assert counts["unknown"] <= kills * (WINDOW + CONNECTIONS)
    assert counts["sent"] <= len(accepted) <= people
    assert len(accepted) + counts["unknown"] >= people, "somebody is missing"


def _send(coalition: Coalition, people: int) -> list[str]:
    return ["send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", str(people)]


@pytest.mark.slow
def test_one_kill_in_the_middle_of_five_thousand(coalition: Coalition, free_port: int, tmp_path: Path) -> None:
    people = 5000
    coalition.import_crowd(people)
    coalition.by_smtp(free_port)
    log = tmp_path / "taken"
    with sink(free_port, log):
        with braked(log, 1500):
            sender = coalition.start(*_send(coalition, people))
            wait_for(log, 1500)
            sender.send_signal(signal.SIGKILL)
            sender.wait()
        resumed = coalition.run("resume", SLUG, code=1)  # everybody else has it; some are in doubt
        assert "resolve" in resumed.stdout + resumed.stderr
    _settle(coalition, log, people, kills=1)
    coalition.run("verify", SLUG)


@pytest.mark.torture
def test_many_kills_at_random_moments(coalition: Coalition, free_port: int, tmp_path: Path) -> None:
    people, kills, chance = 20_000, 25, random.Random(7)
    coalition.import_crowd(people)
    coalition.by_smtp(free_port)
    log = tmp_path / "taken"
    with sink(free_port, log, 0.003):
        words = _send(coalition, people)
        for _ in range(kills):
            before = len(taken(log))
            sender = coalition.start(*words)
            wait_for(log, before + 1)
            time.sleep(chance.uniform(0, 0.4))
            sender.send_signal(signal.SIGKILL)
            sender.wait()
            words = ["resume", SLUG]
        coalition.run("resume", SLUG, code=1)
    _settle(coalition, log, people, kills=kills)


@pytest.mark.slow
def test_ctrl_c_leaves_a_send_that_can_be_resumed(coalition: Coalition, free_port: int, tmp_path: Path) -> None:
    people = 2000
    coalition.import_crowd(people)
    coalition.by_smtp(free_port)
    log = tmp_path / "taken"
    with sink(free_port, log, 0.003):
        with braked(log, 300):
            sender = coalition.start(*_send(coalition, people))
            wait_for(log, 300)
            sender.send_signal(signal.SIGINT)
            assert sender.wait(120) == 130
        counts = coalition.counts()
        assert counts["unknown"] == 0
        assert counts["sent"] == len(taken(log)) < people
        coalition.run("resume", SLUG)
    assert len(taken(log)) == len(set(taken(log))) == people
