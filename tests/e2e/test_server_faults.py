"""A send from the command line through mail servers with every fault: states add up, and it ends.

The short form has 40 recipients and a server that is away for two seconds; `make torture` has 600, and a minute.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from calm import until
from click.testing import CliRunner, Result
from e2e_project import ROOT, SLUG
from scripted_relay import DROP, RESET, Script, ScriptedRelay

from newsletter.cli import sending
from newsletter.cli.root import newsletter

CROWD = {"short": 40, "wide": 200, "long": 600}
USUAL: Script = lambda _step, _count, _argument: None  # noqa: E731
LENGTHS = ["short", pytest.param("long", marks=pytest.mark.torture)]


@dataclass
class Desk:
    """The command line in a project of so many people."""

    folder: Path
    count: int

    def run(self, *words: str) -> Result:
        result = CliRunner().invoke(newsletter, [*words, "--project", str(self.folder), "--no-input"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def send(self) -> Result:
        return self.run("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", str(self.count))

    def counts(self) -> Counter[str]:
        """Return how many are in each state; they always add up."""
        told = self.run("status", SLUG, "--json")
        found = Counter(json.loads(told.stdout)["sends"][0]["counts"])
        assert sum(found.values()) == self.count
        assert found["sending"] == 0
        return found

    def resume_to_the_end(self) -> Counter[str]:
        """Resume until nobody is left to be sent to; while the server is away, wait for it as a person would."""
        before: Counter[str] = Counter()
        for _turn in range(200):
            found = self.counts()
            if not found["queued"] and not found["deferred"]:
                break
            if found == before:
                time.sleep(0.5)
            before = found
            self.run("resume", SLUG, "--now")
        assert not found["queued"] + found["deferred"]
        assert self.run("verify", SLUG).exit_code == 0
        return found


@pytest.fixture(scope="module")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a project with a crowd, once for each length."""
    made: dict[str, Path] = {}

    def make(length: str) -> Path:
        if length not in made:
            folder = made[length] = tmp_path_factory.mktemp("crowds") / length
            folder.mkdir()
            shutil.copy(ROOT / "newsletter.toml", folder)
            for name in ("issues", "subscribers"):
                shutil.copytree(ROOT / name, folder / name)
            rows = "".join(f"p{number:05}@example.org,Personne {number}\n" for number in range(CROWD[length]))
            (folder / "crowd.csv").write_text(f"email,name\n{rows}", encoding="utf-8")
            words = ("subscribers", "import", str(folder / "crowd.csv"), "--list", "demo", "--consent", "express")
            told = CliRunner().invoke(newsletter, [*words, "--source", "test", "--project", str(folder), "--no-input"])
            assert told.exit_code == 0, told.output
        return made[length]

    return make


@pytest.fixture
def desk(request, crowds, tmp_path, monkeypatch) -> Callable[..., Desk]:
    """Open a copy of the crowd's project, its mails going to a port of 127.0.0.1."""

    def make(length: str, port: int, **more: object) -> Desk:
        folder = tmp_path / "project"
        shutil.copytree(crowds(length), folder)
        settings = {
            "TRANSPORT_KIND": "smtp",
            "TRANSPORT_STOP_AT_FAILURES": 0,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": port,
            "SMTP_SECURITY": "none",
            **more,
        }
        monkeypatch.setenv("NEWSLETTER_LANG", "en-CA")
        monkeypatch.setattr(sending, "PATIENCE", 0.0)  # nobody waits here for the retry of a deferred mail
        for name, value in settings.items():
            monkeypatch.setenv(f"NEWSLETTER_{name}", str(value))
        return Desk(folder, CROWD[length])

    return make


@dataclass
class Fault:
    """What a server does wrong, and what may be left of it at the end."""

    name: str
    script: Callable[[ScriptedRelay], Script]
    settings: dict[str, object] = field(default_factory=dict)
    #: recipients in doubt at the end, at most, for one time the fault happens
    doubts: int = 0
    #: share of recipients that are refused for good: one in so many
    refused: int = 0

    def __repr__(self) -> str:
        return self.name


def at(step: str, every: int, answer: str) -> Callable[[ScriptedRelay], Script]:
    """Answer so each time a step has come `every` times."""
    return lambda _relay: lambda said, count, _argument: answer if said == step and count % every == every - 1 else None


def slowly(_relay: ScriptedRelay) -> Script:
    return lambda step, _count, _argument: "<after 0.02> 250 2.0.0 Ok" if step in ("mail", "dot") else None


def in_the_body(_relay: ScriptedRelay) -> Script:
    turns = Counter[str]()

    def script(step: str, _count: int, _argument: str) -> str | None:
        turns[step] += 1
        return DROP if step == "body" and turns[step] % 9 == 0 else None

    return script


def greylisting(_relay: ScriptedRelay) -> Script:
    seen: set[str] = set()

    def script(step: str, _count: int, argument: str) -> str | None:
        if step != "rcpt" or argument in seen:
            return None
        seen.add(argument)
        return "451 4.7.1 Greylisted, please try again later"

    return script


def two_at_a_time(relay: ScriptedRelay) -> Script:
    def script(step: str, _count: int, _argument: str) -> str | None:
        return "421 4.7.0 Too many connections" if step == "greeting" and len(relay._open) > 2 else None

    return script


def ten_a_connection(relay: ScriptedRelay) -> Script:
    taken = Counter[int]()

    def script(step: str, _count: int, _argument: str) -> str | None:
        if step != "mail":
            return None
        taken[relay.connections] += 1
        return "421 4.7.0 Enough for one connection" if taken[relay.connections] > 10 else None

    return script


FAULTS = [
    Fault("drops before DATA", at("rcpt", 13, DROP)),
    Fault("resets before DATA", at("mail", 13, RESET)),
    Fault("drops in DATA", in_the_body, doubts=1),
    Fault("drops after DATA", at("dot", 13, DROP), doubts=1),
    Fault("answers slowly", slowly),
    Fault("answers garbage to RCPT", at("rcpt", 13, "\x16\x03\x01 tralala")),
    Fault("answers garbage after DATA", at("dot", 13, "%$#!"), doubts=1),
    Fault("refuses every third", at("rcpt", 3, "550 5.1.1 No such user"), refused=3),
    Fault("defers every third after DATA", at("dot", 3, "451 4.3.0 Try again later")),
    Fault("greylists", greylisting),
    Fault("takes two connections", two_at_a_time, settings={"SMTP_CONNECTIONS": 6}),
    Fault("closes after ten", ten_a_connection, settings={"SMTP_CONNECTIONS": 1}),
]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_send_survives_a_server_that(fault: Fault, length: str, desk: Callable[..., Desk]) -> None:
    with ScriptedRelay() as relay:
        relay.script = fault.script(relay)
        own = desk(length, relay.port, **fault.settings)
        own.send()
        first = own.counts()
        assert first["sent"] + first["failed"] or fault.name == "greylists"
        if not fault.refused:
            relay.script = USUAL
        found = own.resume_to_the_end()
        check(own, relay, found)
    times = own.count // 9 + 1
    assert found["unknown"] <= fault.doubts * times
    assert found["unknown"] or not fault.doubts
    assert found["failed"] == (own.count // fault.refused if fault.refused else 0)


def check(own: Desk, relay: ScriptedRelay, found: Counter[str]) -> None:
    """Nobody twice; who is `sent` has it, and who has it is `sent` or in doubt."""
    had = Counter(mail.recipient for mail in relay.accepted)
    assert not had or max(had.values()) == 1
    assert found["sent"] <= len(had) <= found["sent"] + found["unknown"]
    assert found["sent"] + found["unknown"] + found["failed"] == own.count
    assert relay.violations == []


@pytest.mark.parametrize(("length", "seconds"), [("short", 2), pytest.param("long", 60, marks=pytest.mark.torture)])
def test_a_send_waits_for_a_server_that_disappears(
    length: str, seconds: float, desk: Callable[..., Desk], free_port: int
) -> None:
    with disappearing(free_port, after=CROWD[length] // 3, seconds=seconds) as relays:
        own = desk(length, free_port)
        own.send()
        found = own.resume_to_the_end()
    had = Counter(mail.recipient for relay in relays for mail in relay.accepted)
    assert len(relays) == 2
    assert max(had.values()) == 1
    assert found["sent"] <= len(had) <= found["sent"] + found["unknown"]
    assert found["sent"] + found["unknown"] == own.count


class disappearing:  # noqa: N801  # reads as what it does
    """A server that goes away after so many mails, and is back after a while."""

    def __init__(self, port: int, *, after: int, seconds: float) -> None:
        self._port, self._after, self._seconds = port, after, seconds
        self._relays: list[ScriptedRelay] = []
        self._timer = threading.Timer(seconds, self._open)

    def __enter__(self) -> list[ScriptedRelay]:
        self._open().script = self._script
        return self._relays

    def _open(self) -> ScriptedRelay:
        relay = ScriptedRelay(port=self._port)
        self._relays.append(relay)
        return relay.__enter__()

    def _script(self, step: str, count: int, _argument: str) -> str | None:
        if step == "mail" and count == self._after:
            self._timer.start()
            self._relays[0].disappear()
            return DROP
        return None

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        for relay in self._relays:
            relay.__exit__()


def test_a_server_that_refuses_most_people_stops_the_send_and_says_so(desk: Callable[..., Desk]) -> None:
    def script(step: str, count: int, _argument: str) -> str | None:
        if step != "rcpt":
            return None
        if count >= 60:
            until(lambda: state_of_the_send(own.folder) == "stopped")  # however many go meanwhile
        return "550 5.1.1 No such user"

    with ScriptedRelay(script=script) as relay:
        own = desk("wide", relay.port, TRANSPORT_STOP_AT_FAILURES=10)
        told = own.send()
        found = own.counts()
    assert told.exit_code != 0
    assert found["queued"] > 0


def state_of_the_send(folder: Path) -> str:
    """Look beside the program."""
    with closing(sqlite3.connect(folder / "var" / "newsletter.db")) as connection:
        return str(connection.execute("SELECT state FROM send").fetchone()[0])


@pytest.mark.parametrize("status", ["5.7.26", "5.7.515"])
def test_a_domain_that_wants_our_mail_authenticated_is_left_alone_and_nobody_is_suppressed(
    desk: Callable[..., Desk], status: str
) -> None:
    script: Script = lambda step, _c, _a: f"<after 0.05> 550 {status} No" if step == "dot" else None  # noqa: E731
    with ScriptedRelay(script=script) as relay:
        own = desk("short", relay.port)
        told = own.send()
        found = own.counts()
        assert len([line for _, line in relay.commands if line == "DATA"]) < own.count
    assert found["sent"] == 0
    assert status in told.output or "authentic" in told.output.lower()
    suppressed = own.run("subscribers", "show", "p00001@example.org", "--json")
    assert "suppress" not in suppressed.stdout or '"suppressions": []' in suppressed.stdout


def test_a_refused_login_stops_the_send_with_its_own_code(desk: Callable[..., Desk], monkeypatch) -> None:
    script: Script = lambda step, _c, _a: "535 5.7.8 Bad credentials" if step == "auth" else None  # noqa: E731
    with ScriptedRelay(script=script, offers=("PIPELINING", "AUTH PLAIN LOGIN")) as relay:
        own = desk("short", relay.port, SMTP_USERNAME="us", SMTP_PASSWORD="canary-word")
        told = own.send()
        assert told.exit_code == 4
        assert "canary-word" not in told.output
        assert own.counts()["queued"] == own.count
        relay.script = USUAL
        assert own.run("resume", SLUG, "--now").exit_code == 0
        assert own.counts()["sent"] == own.count
