"""A project on PostgreSQL, its `newsletter worker` processes as on hosts of their own, and what they must add up to."""

from __future__ import annotations

import contextlib
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from calm import a_port, until
from e2e_project import Coalition, braked, taken
from sqlalchemy import create_engine, make_url, select, text

from newsletter.store.database import open_store
from newsletter.store.tables import ledger, people

WINDOW, CONNECTIONS, LEASE = 10, 2, 5
CONFIGURATION = """
[site]
name = "Coalition d'essai"
postal_address = "1, rue de l'Essai, Montréal"
contact = "essai@example.org"
privacy_officer_title = "Essai"
privacy_officer_contact = "essai@example.org"
[sender.essai]
from = "Essai <essai@example.org>"
"""
ISSUE = """---
subject: "Essai d'endurance"
lang: fr-CA
status: ready
audience: [demo]
---

Bonjour, ceci est un essai.
"""


@dataclass
class Team:
    """One project with people and an issue, and workers in folders that hold nothing but the configuration."""

    project: Coalition
    log: Path
    url: str
    crew: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self, count: int = 1, *, before: Sequence[str] = (), **variables: str) -> None:
        """Start workers; `before` is put before their command, as for another network namespace."""
        for _ in range(count):
            host = self.project.folder.parent / f"host{len(self.crew)}"
            host.mkdir()
            (host / "newsletter.toml").write_text(CONFIGURATION, encoding="utf-8")
            with (host / "stderr").open("wb") as said:
                worker = subprocess.Popen(
                    [*before, *self.project.command("worker")],
                    cwd=host,
                    env={**self.project.environment(), **variables},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                )
            self.crew.append(worker)

    def said(self) -> str:
        """What the workers wrote to stderr, all of it."""
        return "".join(path.read_text() for path in self.project.folder.parent.glob("host*/stderr"))

    def confirm(self, count: int) -> None:
        self.project.run("send", "essai", "--confirm", "essai", "--expect", str(count), "--detach")

    def wait_for(self, count: int, seconds: float = 300) -> None:
        until(lambda: len(taken(self.log)) >= count, seconds)

    def wait_for_the_end(self, seconds: float = 300) -> None:
        until(lambda: self.state() == "done", seconds, every=0.1)

    def state(self) -> str:
        return str(self.ask("SELECT state FROM send ORDER BY id DESC LIMIT 1"))

    def ask(self, question: str) -> object:
        """Ask the database itself, beside the program."""
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return connection.scalar(text(question))
        finally:
            engine.dispose()

    def dismiss(self) -> None:
        for one in self.crew:
            one.send_signal(signal.SIGCONT)
            one.terminate()
        for one in self.crew:
            try:
                one.wait(60)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()

    def check(self, count: int, *, doubts: int) -> None:
        """Nobody twice, nobody lost, what is said to be sent was, what was sent is said or in doubt."""
        # whoever came back late may still hand over what it had claimed, and settle what was in doubt: the books
        # are read as they are at one moment, and before the mails
        books = self.books()
        sent, unknown = books["sent"], books["unknown"]
        accepted = taken(self.log)
        assert len(accepted) == len(set(accepted)), "somebody got it twice"
        assert sent <= set(accepted), "said to be sent and was not"
        assert set(accepted) <= sent | unknown, "sent and not said so"
        assert len(sent) + len(unknown) == count, "somebody was lost"
        assert len(unknown) <= doubts
        self.project.run("verify", "S1")
        assert "Traceback" not in self.said()
        assert "@" not in self.said()

    def books(self) -> dict[str, set[str]]:
        """Return the addresses that are in each state."""
        from newsletter.project import open_project

        row, person = ledger.delivery.c, people.subscriber.c
        keys = open_project(self.project.folder, self.project.environment()).keys
        store = open_store(self.url, encryption=keys.encryption)
        try:
            with store.read() as connection:
                query = select(row.state, person.address).join(ledger.delivery, row.subscriber_id == person.id)
                found: dict[str, set[str]] = defaultdict(set)
                for state, address in connection.execute(query):
                    found[state].add(address)
                return found
        finally:
            store.close()


@contextmanager
def a_team(folder: Path, url: str, count: int, *, wait: float = 0.005, batch: int = 50) -> Iterator[Team]:
    """Make the project, its people, its mail server; dismiss the workers at the end."""
    home = folder / "home"
    (home / "issues").mkdir(parents=True)
    (home / "subscribers").mkdir()
    (home / "newsletter.toml").write_text(CONFIGURATION, encoding="utf-8")
    (home / "issues" / "essai.md").write_text(ISSUE, encoding="utf-8")
    (home / "subscribers" / "demo.toml").write_text('[title]\nfr-CA = "Essai"\n', encoding="utf-8")
    port, log = a_port(), folder / "accepted.log"
    project = Coalition(
        home,
        {
            "NEWSLETTER_DATABASE_URL": url,
            "NEWSLETTER_SECRET_KEY": "5e" * 32,
            "NEWSLETTER_TRANSPORT_LEASE": str(LEASE),
            "NEWSLETTER_TRANSPORT_WINDOW": str(WINDOW),
            "NEWSLETTER_TRANSPORT_BATCH": str(batch),
            "NEWSLETTER_SMTP_CONNECTIONS": str(CONNECTIONS),
        },
    )
    project.by_smtp(port)
    script = Path(__file__).with_name("sink_process.py")
    arguments = [str(port), str(log), str(wait), "3600"]
    with subprocess.Popen([sys.executable, script, *arguments], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        team = Team(project, log, url)
        try:
            if count:
                project.import_crowd(count)
            yield team
        finally:
            team.dismiss()
            server.kill()


def torment(team: Team, count: int, *, workers: int, kills: int, freezes: int, seed: int) -> None:
    """Kill and freeze workers by chance while they send, keep their number, let the rest finish."""
    chance = random.Random(seed)
    deeds = ["kill"] * kills + ["freeze"] * freezes
    chance.shuffle(deeds)
    frozen: list[tuple[float, subprocess.Popen[bytes]]] = []
    team.hire(workers)
    for number, deed in enumerate(deeds, 1):
        goal = number * count // (len(deeds) + 2)
        with braked(team.log, goal):
            team.wait_for(goal)
            frozen = thawed(frozen)
            idle = [one for _, one in frozen]
            at_work = [one for one in team.crew if one.poll() is None and one not in idle]
            victim = chance.choice(at_work)
            victim.send_signal(signal.SIGKILL if deed == "kill" else signal.SIGSTOP)
        if deed == "freeze":
            frozen.append((time.monotonic() + LEASE + 1.5, victim))
        if deed == "kill" or len(at_work) == 1:
            team.hire()
    while frozen:
        frozen = thawed(frozen)
        time.sleep(0.05)
    team.wait_for_the_end(300)


def thawed(frozen: list[tuple[float, subprocess.Popen[bytes]]]) -> list[tuple[float, subprocess.Popen[bytes]]]:
    for end, process in frozen:
        if time.monotonic() >= end:
            process.send_signal(signal.SIGCONT)
    return [(end, process) for end, process in frozen if time.monotonic() < end]


class Wire:
    """A TCP line to somewhere that can stop carrying anything, and can be cut, as a network does."""

    def __init__(self, to: str | tuple[str, int], host: str = "127.0.0.1") -> None:
        self._to = to
        self._listener = socket.create_server((host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._silent = self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Carry nothing until the block ends: what was written waits, as in a network that lost its way."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Drop every connection, and whatever is opened anew, until the block ends."""
        self._silent = True
        for one in list(self._pairs):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self._silent = False

    def close(self) -> None:
        self._ended = True
        self._thread.join()
        for one in [*self._pairs, self._listener]:
            one.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._ended:
            if self._silent:
                time.sleep(0.02)
                continue
            for key, _ in self._selector.select(0.1):
                if key.fileobj is self._listener:
                    self._open()
                else:
                    self._carry(key.fileobj)

    def _open(self) -> None:
        near, _ = self._listener.accept()
        try:
            far = socket.socket(socket.AF_UNIX if isinstance(self._to, str) else socket.AF_INET)
            far.connect(self._to)
        except OSError:
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            self._pairs[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _carry(self, one: socket.socket) -> None:
        other = self._pairs.get(one)
        if other is None:
            return
        try:
            content = one.recv(65536)
            other.sendall(content)
        except OSError:
            content = b""
        if not content:
            for side in (one, other):
                self._selector.unregister(side)
                del self._pairs[side]
                side.close()


def through(wire: Wire, url: str, host: str = "127.0.0.1") -> str:
    """Return a database's address by way of a wire."""
    found = make_url(url)
    query = {name: value for name, value in found.query.items() if name != "host"}
    return found.set(host=host, port=wire.port, query=query).render_as_string(hide_password=False)


def socket_of(url: str) -> str:
    """Return the file of a server's socket."""
    return str(Path(str(make_url(url).query["host"])) / ".s.PGSQL.5432")
