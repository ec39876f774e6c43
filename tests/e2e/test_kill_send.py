"""`kill -9` in the middle of a real send over SMTP, then `resume`: nobody twice, nobody lost, doubts said."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from calm import a_port, until
from click.testing import CliRunner
from e2e_project import braked, sink, taken, wait_for
from scripted_relay import SILENT, ScriptedRelay
from sqlalchemy import select

from newsletter.store.database import open_store
from newsletter.store.tables import ledger, people

ROOT = Path(__file__).parents[2]
WINDOW, CONNECTIONS = 20, 4
CONFIGURATION = """
[site]
name = "Coalition d'essai"
postal_address = "1, rue de l'Essai, Montréal"
contact = "essai@example.org"
[sender.essai]
from = "Essai <essai@example.org>"
[transport]
kind = "smtp"
window = {window}
[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}
"""
ISSUE = """---
subject: "Essai d'endurance"
lang: fr-CA
status: ready
audience: [essai]
---

Bonjour, ceci est un essai.
"""


@dataclass
class Project:
    """A project with people and an issue, whose mails go to a sink on this machine."""

    folder: Path
    log: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "newsletter", "--project", str(self.folder), "--no-input", *arguments]

    def run(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command here: only what is interrupted needs a process of its own."""
        from newsletter.cli.root import newsletter

        with patch.dict(os.environ, environment(), clear=True):
            told = CliRunner().invoke(newsletter, ["--project", str(self.folder), "--no-input", *arguments])
        assert told.exit_code in codes, told.output
        return told.stdout

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
        )

    def accepted(self) -> list[str]:
        return taken(self.log)

    def counts(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.run("status", "S1", "--json"))["sends"][0]["counts"]
        return found

    def addresses(self, *states: str) -> set[str]:
        store = open_store(f"sqlite:///{self.folder / 'var' / 'newsletter.db'}")
        row, person = ledger.delivery.c, people.subscriber.c
        with store.read() as connection:
            joined = select(person.address).join(ledger.delivery, row.subscriber_id == person.id)
            found = connection.scalars(joined.where(row.state.in_(states)))
            addresses = {str(address) for address in found}
        store.close()
        return addresses


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "LANG": "C.UTF-8"}


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[[int], Project]]:
    """Make a project with so many people, and its sink."""
    stack = ExitStack()

    def make(count: int) -> Project:
        log = tmp_path / "accepted.log"
        port = stack.enter_context(a_sink(log))
        folder = tmp_path / "projet"
        (folder / "issues").mkdir(parents=True)
        (folder / "subscribers").mkdir()
        configuration = CONFIGURATION.format(port=port, window=WINDOW, connections=CONNECTIONS)
        (folder / "newsletter.toml").write_text(configuration)
        (folder / "issues" / "essai.md").write_text(ISSUE)
        (folder / "subscribers" / "essai.toml").write_text('[title]\nfr-CA = "Essai"\n')
        shutil.copytree(ROOT / "templates", folder / "templates")
        lines = [f"personne{n}@{('gmail.com', 'exemple.org', 'outlook.com')[n % 3]}" for n in range(count)]
        (tmp_path / "people.csv").write_text("email\n" + "\n".join(lines) + "\n")
        project = Project(folder, log)
        source = ("--consent", "express", "--source", "essai", "--wording", "Oui")
        project.run("subscribers", "import", str(tmp_path / "people.csv"), "--list", "essai", *source)
        return project

    with stack:
        yield make


@contextmanager
def a_sink(log: Path) -> Iterator[int]:
    port = a_port()
    with sink(port, log, 0.001):
        yield port


def torment(project: Project, count: int, *, kills: int, seed: int) -> None:
    """Start the send, kill it again and again, resume it to its end; then compare the books with the sink."""
    chance = random.Random(seed)
    first = ("send", "essai", "--list", "essai", "--confirm", "essai", "--expect", str(count))
    done, killed = False, 0
    while not done:
        before = len(project.accepted())
        process = project.start(*(first if before == 0 and killed == 0 else ("resume", "S1")))
        if killed < kills:
            goal = before + chance.randint(1, max(2, (count - before) // (kills - killed + 1)))
            with braked(project.log, goal):
                until(lambda goal=goal, process=process: len(project.accepted()) >= goal or process.poll() is not None)
                time.sleep(chance.random() * 0.02)
                assert process.poll() is None
                process.send_signal(signal.SIGKILL)
                killed += 1
                process.wait()
        process.wait(timeout=300)
        done = process.returncode in (0, 1)
    assert killed == kills
    check(project, count, kills=kills)


def check(project: Project, count: int, *, kills: int) -> None:
    accepted = project.accepted()
    counts = project.counts()
    assert len(accepted) == len(set(accepted)), "somebody got it twice"
    assert sum(counts.values()) == count
    assert counts["sent"] + counts["unknown"] == count
    assert counts["unknown"] <= kills * (WINDOW + CONNECTIONS)
    assert project.addresses("sent") <= set(accepted), "said to be sent and was not"
    assert set(accepted) <= project.addresses("sent", "unknown"), "sent and not said so"
    project.run("verify", "S1")


def test_killed_three_times_nobody_gets_it_twice_and_nobody_is_lost(make_project) -> None:
    """Statement 93."""
    project = make_project(5_000)
    torment(project, 5_000, kills=3, seed=1)


@pytest.mark.torture
def test_killed_thirty_times(make_project) -> None:
    project = make_project(20_000)
    torment(project, 20_000, kills=30, seed=2)


def test_ctrl_c_leaves_a_send_that_can_be_resumed_and_says_how(make_project) -> None:
    project = make_project(600)
    with braked(project.log, 100):
        process = subprocess.Popen(
            project.command("send", "essai", "--list", "essai", "--confirm", "essai", "--expect", "600"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        wait_for(project.log, 100)
        process.send_signal(signal.SIGINT)
        _out, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "newsletter resume S1" in error
    counts = project.counts()
    assert counts["unknown"] == counts["sending"] == 0
    assert counts["sent"] == len(project.accepted())
    project.run("resume", "S1")
    check(project, 600, kills=0)


def test_ctrl_c_twice_ends_at_once_and_puts_in_doubt_only_who_has_no_answer(make_project) -> None:
    project = make_project(60)
    command = project.command("send", "essai", "--list", "essai", "--confirm", "essai", "--expect", "60")
    script = lambda step, count, _argument: SILENT if step == "dot" and count >= 10 else None  # noqa: E731
    with ScriptedRelay(script=script) as relay:
        where = {
            **environment(),
            "NEWSLETTER_SMTP_PORT": str(relay.port),
            "NEWSLETTER_TRANSPORT_GRACE": "300",  # the silent answers would be waited for so long
        }
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=where)
        until(lambda: len(relay.accepted) >= 10 + CONNECTIONS)
        for _time in range(2):
            process.send_signal(signal.SIGINT)
            until(lambda: heard(process.pid, signal.SIGINT))
            time.sleep(0.5)  # two at once would be one
        _out, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "newsletter resume S1" in error
    counts = project.counts()
    assert (counts["unknown"], counts["sending"], sum(counts.values())) == (CONNECTIONS, 0, 60)
    assert counts["sent"] == 10
    project.run("resume", "S1", "--now", codes=(0, 1))
    assert not set(relay.recipients()) & set(project.accepted()), "somebody got it twice"
    assert 10 + len(project.accepted()) == 60 - CONNECTIONS


def heard(pid: int, number: int) -> bool:
    """Tell whether a signal does not wait any more to be delivered to a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    waiting = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith(("SigPnd", "ShdPnd"))]
    return not any(mask >> (number - 1) & 1 for mask in waiting)


def test_two_sends_at_once_are_one(make_project) -> None:
    project = make_project(500)
    arguments = ("send", "essai", "--list", "essai", "--confirm", "essai", "--expect", "500")
    both = [project.start(*arguments) for _ in range(2)]
    codes = sorted(process.wait(timeout=300) for process in both)
    assert codes[0] == 0
    check(project, 500, kills=0)
    assert "S2" not in project.run("status")


def test_the_issues_file_may_vanish_in_the_middle(make_project) -> None:
    project = make_project(500)
    with braked(project.log, 50):
        process = project.start("send", "essai", "--list", "essai", "--confirm", "essai", "--expect", "500")
        wait_for(project.log, 50)
        process.send_signal(signal.SIGKILL)
        process.wait()
    shutil.rmtree(project.folder / "issues")
    shutil.rmtree(project.folder / "templates")
    project.run("resume", "S1", codes=(0, 1))
    check(project, 500, kills=1)


def test_the_disk_fills_in_the_middle(make_project) -> None:
    project = make_project(3_000)
    database = project.folder / "var" / "newsletter.db"

    def no_room_soon() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (database.stat().st_size + 400_000,) * 2)

    command = project.command("send", "essai", "--list", "essai", "--confirm", "essai", "--expect", "3000")
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(), preexec_fn=no_room_soon, timeout=300
    )
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr
    if project.accepted():
        project.run("resume", "S1", codes=(0, 1))
    else:
        project.run("send", "essai", "--list", "essai", "--confirm", "essai", "--expect", "3000")
    check(project, 3_000, kills=1)
