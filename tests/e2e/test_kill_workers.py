"""Workers killed with SIGKILL and frozen with SIGSTOP past their lease: nobody twice, nobody lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cluster_team import thawed
from e2e_project import braked, wait_for
from sqlalchemy import func, insert, literal, select, text

from newsletter.audience.audience import Audience
from newsletter.audience.lists import MailingList
from newsletter.config import Sender, Site
from newsletter.delivery.confirm import Order, Terms, confirm
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.send import Send, find_send
from newsletter.delivery.states import SendState
from newsletter.edition.edition import Edition
from newsletter.store.database import Store
from newsletter.store.tables import ledger, people

ROOT = Path(__file__).parents[2]
WINDOW, LEASE = 10, 2.0
#: who is put in doubt with one lease: by the transaction that found its holder dead, and by batch
LOSSES = """
    SELECT count(*) FROM attempt_event e
      JOIN send_batch b ON b.send_id = e.send_id AND e.n BETWEEN b.first_n AND b.last_n
     WHERE e.what = 'unknown' GROUP BY CAST(CAST(e.xmin AS text) AS bigint), b.seq"""


def a_send(store: Store, count: int) -> Send:
    """Confirm a send to so many invented people."""
    with store.write() as connection:
        connection.execute(insert(people.mailing_list).values(id=1, name="membres"))
        rows = [
            {"id": n, "key": f"{n:032x}", "address": f"p{n}@exemple.org", "address_key": f"{n * 7919:032x}"}
            | {"domain": "exemple.org", "lang": "fr-CA", "fields": {}, "created_at": 0.0}
            for n in range(1, count + 1)
        ]
        connection.execute(insert(people.subscriber), rows)
        on = {"list_id": 1, "status": "active", "started_at": 0.0, "consented": True}
        connection.execute(insert(people.subscription), [{"subscriber_id": row["id"], **on} for row in rows])
    person = people.subscriber.c
    query = select(person.id.label("subscriber_id"), person.address_key, literal(1).label("list_id"), person.lang)
    audience = Audience(
        lists=("membres",),
        query=query.add_columns(person.domain),
        total=count,
        by_language={},
        by_list={},
        exclusions={},
        digest="",
    )
    empty = {"subject": (), "preheader": (), "html_segments": (), "text_segments": ()}
    order = Order(
        editions=(Edition(slug="essai", lang="fr-CA", theme="", title="", **empty),),
        audience=audience,
        mailing_lists={1: MailingList(name="membres")},
        sender=Sender.model_validate({"from": "essai@exemple.org"}),
        site=Site(),
        transport="logbook",
        real=True,
        batch=50,
    )
    return confirm(store, order, plan="", expect=count, record={}, terms=Terms())


@dataclass
class Team:
    """Worker processes on one send."""

    store: Store
    send: Send
    log: Path
    seconds: float = 0.003
    crew: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self) -> None:
        url = self.store.engine.url.render_as_string(hide_password=False)
        script = str(Path(__file__).with_name("kill_worker.py"))
        arguments = [url, str(self.send.id), str(self.log), str(LEASE), str(WINDOW), str(self.seconds)]
        self.crew.append(
            subprocess.Popen(
                [sys.executable, script, *arguments], env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=self.log.parent
            )
        )

    def accepted(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def wait(self) -> None:
        for process in self.crew:
            process.wait(timeout=300)

    def losses(self) -> list[int]:
        """Return how many were put in doubt each time that a lease ran out."""
        with self.store.read() as connection:
            return [] if self.store.is_sqlite else list(connection.scalars(text(LOSSES)))

    def check(self, *, doubts: int) -> None:
        accepted = self.accepted()
        assert not [line for line in accepted if line.startswith("!")], "a mail left without a committed claim"
        assert len(accepted) == len(set(accepted)), "somebody got it twice"
        row, person = ledger.delivery.c, people.subscriber.c
        with self.store.read() as connection:
            joined = select(person.address).join(ledger.delivery, row.subscriber_id == person.id)
            sent = set(connection.scalars(joined.where(row.state == "sent")))
            unknown = set(connection.scalars(joined.where(row.state == "unknown")))
        assert sent <= set(accepted), "said to be sent and was not"
        assert set(accepted) <= sent | unknown, "sent and not said so"
        assert len(sent) + len(unknown) == self.send.total, "somebody was lost"
        assert max(self.losses(), default=0) <= WINDOW + 1
        assert len(unknown) <= doubts
        found = find_send(self.store, self.send.ref)
        assert found.state is SendState.DONE
        assert verify(self.store, found).ok


def torment(team: Team, *, workers: int, kills: int, freezes: int, seed: int) -> None:
    """Kill and freeze workers by chance until the deeds are done, keep their number, let the rest finish."""
    chance = random.Random(seed)
    deeds = ["kill"] * kills + ["freeze"] * freezes
    chance.shuffle(deeds)
    frozen: list[tuple[float, subprocess.Popen[bytes]]] = []
    for _ in range(workers):
        team.hire()
    total = team.send.total
    share = total / (len(deeds) + 2)
    for number, deed in enumerate(deeds, 1):
        deadline = time.monotonic() + 300
        while len(team.accepted()) < number * share:
            assert time.monotonic() < deadline
            frozen = thawed(frozen)
            time.sleep(0.02)
        at_work = [one for one in team.crew if one.poll() is None and one not in [it for _, it in frozen]]
        if not at_work:
            team.hire()
            continue
        victim = chance.choice(at_work)
        victim.send_signal(signal.SIGKILL if deed == "kill" else signal.SIGSTOP)
        if deed == "freeze":
            frozen.append((time.monotonic() + LEASE + 1.5, victim))
        else:
            team.hire()
    while frozen:
        frozen = thawed(frozen)
        time.sleep(0.05)
    team.wait()


@pytest.mark.postgres
def test_workers_on_postgres_killed_and_frozen(make_postgres: Callable[[], Store], tmp_path: Path) -> None:
    store = make_postgres()
    team = Team(store, a_send(store, 3_000), tmp_path / "accepted.log")
    torment(team, workers=3, kills=4, freezes=2, seed=1)
    team.check(doubts=6 * (WINDOW + 1))


@pytest.mark.torture
@pytest.mark.postgres
def test_workers_on_postgres_killed_and_frozen_at_length(make_postgres: Callable[[], Store], tmp_path: Path) -> None:
    store = make_postgres()
    team = Team(store, a_send(store, 30_000), tmp_path / "accepted.log")
    torment(team, workers=4, kills=30, freezes=20, seed=2)
    team.check(doubts=50 * (WINDOW + 1))


@pytest.mark.torture
def test_one_worker_on_sqlite_killed_a_hundred_times(make_store: Callable[[], Store], tmp_path: Path) -> None:
    store = make_store()
    team = Team(store, a_send(store, 20_000), tmp_path / "accepted.log", seconds=0.001)
    torment(team, workers=1, kills=100, freezes=0, seed=3)
    team.check(doubts=100 * (WINDOW + 1))


def test_a_frozen_sender_on_sqlite_still_holds_its_lock_and_goes_on(
    make_store: Callable[[], Store], tmp_path: Path
) -> None:
    store = make_store()
    team = Team(store, a_send(store, 500), tmp_path / "accepted.log", seconds=0.002)
    with braked(team.log, 50):
        team.hire()
        wait_for(team.log, 50)
        team.crew[0].send_signal(signal.SIGSTOP)
        time.sleep(LEASE + 0.5)
        second = Team(store, team.send, team.log)
        second.hire()
        assert second.crew[0].wait(timeout=120) != 0
        team.crew[0].send_signal(signal.SIGCONT)
    team.wait()
    team.check(doubts=0)
    with store.read() as connection:
        assert connection.scalar(select(func.max(ledger.delivery.c.attempt))) == 1
    assert counts(store, team.send.id).sent == 500
