"""Whatever happens in whatever order: the states add up, and nobody gets it twice without a person's word."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from delivery_parts import SmallEdition, add_people, audience_of_all, suppress
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import update

from newsletter.audience.lists import MailingList
from newsletter.config import Sender, Site
from newsletter.delivery import ledger as book
from newsletter.delivery.confirm import Order, Terms, confirm
from newsletter.delivery.control import cancel, close_finished, pause, resume
from newsletter.delivery.counts import verify
from newsletter.delivery.ledger import Claim
from newsletter.delivery.resolve import Decision, resolve
from newsletter.delivery.results import Result, record
from newsletter.delivery.send import find_send
from newsletter.delivery.states import State
from newsletter.delivery.throttle import Throttle
from newsletter.delivery.windows import Flight, Windows
from newsletter.delivery.windows import Terms as WorkTerms
from newsletter.errors import RefusedError
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure
from newsletter.store.tables import ledger as tables

PEOPLE, BATCH, WINDOW = 5, 3, 2
#: where a commit costs nothing
MEMORY = Path("/dev/shm")
NAMES = ("one", "other")
NAME = st.sampled_from(NAMES)


@dataclass
class Worker:
    """What one worker believes: its windows, who it has in flight, and whom it may still send to."""

    windows: Windows
    flying: list[Flight] = field(default_factory=list)

    def hear(self, flight: Flight, state: State) -> None:
        """Take an answer, as a feed does: it is written with the next window."""
        flight.held.open -= 1
        claim, seq = flight.claim, flight.held.lease.seq
        self.windows.results.append(Result(n=claim.n, attempt=claim.attempt, seq=seq, state=state))


class Books(RuleBasedStateMachine):
    """Two workers, a world that takes mails, and a person, on one send."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="newsletter-machine-", dir=MEMORY if MEMORY.is_dir() else None))
        shutil.copy(self.template, self.folder / "newsletter.db")
        self.store: Store = open_store(f"sqlite:///{self.folder / 'newsletter.db'}")
        self.send = find_send(self.store, "S1")
        self.eye = sqlite3.connect(self.store.path or "", isolation_level=None)
        self.workers = {name: self.hire() for name in NAMES}
        #: answers that were on their way when their worker died or was frozen: they may come yet
        self.late: list[tuple[Claim, bool]] = []
        self.taken: Counter[int] = Counter()
        self.again: Counter[int] = Counter()
        self.gone: set[int] = set()
        #: how often each recipient came out of a window
        self.claims: Counter[int] = Counter()
        self.cancelled = False

    def hire(self) -> Worker:
        terms = WorkTerms(token=uuid4().hex, window=WINDOW, in_flight=1, lease=3600, alone=False)
        return Worker(Windows(self.store, self.send, terms=terms, throttle=Throttle(name="recorder")))

    def teardown(self) -> None:
        for worker in self.workers.values():
            worker.windows.close(unanswered=worker.flying, unbegun=())
        self.eye.close()
        self.store.close()
        shutil.rmtree(self.folder)

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Look at the books directly: quicker than by way of the store, and nobody's transaction."""
        return self.eye.execute(question, values).fetchall()

    def seq(self, n: int) -> int:
        return int(self.ask("SELECT seq FROM send_batch WHERE ? BETWEEN first_n AND last_n", n)[0][0])

    def rows(self) -> dict[int, tuple[str, int]]:
        return {n: (state, attempt) for n, state, attempt in self.ask("SELECT n, state, attempt FROM delivery")}

    def row(self, n: int) -> tuple[str, int]:
        return self.rows()[n]

    def write(self, claim: Claim, state: State) -> None:
        """Write an answer; that of an older attempt must change nothing."""
        before = self.row(claim.n)
        with self.store.write() as connection:
            result = Result(n=claim.n, attempt=claim.attempt, seq=self.seq(claim.n), state=state, delay=0.0)
            record(connection, self.send.id, [result])
        if before[1] != claim.attempt:
            assert self.row(claim.n) == before

    def busy(self) -> bool:
        return any(worker.flying for worker in self.workers.values())

    def some(self, name: str) -> Worker:
        """The worker asked for, or the other one when that has nothing in flight."""
        worker = self.workers[name]
        return worker if worker.flying else next(other for other in self.workers.values() if other.flying)

    @rule(name=NAME)
    def claim(self, name: str) -> None:
        """The next window, with the answers so far; who comes out of it leaves at once, or is given back."""
        worker = self.workers[name]
        for flight in worker.windows.next(flying=len(worker.flying)).flights:
            n, attempt = flight.claim.n, flight.claim.attempt
            assert self.row(n) == ("sending", attempt), "a mail may leave only for a row that is committed as sending"
            assert flight.claim.subscriber not in self.gone
            assert self.seq(n) == flight.held.lease.seq
            self.claims[n] += 1
            assert attempt == self.claims[n], "an attempt that was never made"
            worker.flying.append(flight)
        if not worker.windows.alive and not worker.flying:
            worker.windows.close(unanswered=(), unbegun=())
            self.workers[name] = self.hire()

    @precondition(busy)
    @rule(
        name=NAME,
        state=st.sampled_from((State.SENT, State.SENT, State.FAILED, State.DEFERRED, State.UNKNOWN)),
        took=st.booleans(),
        written=st.booleans(),
    )
    def answer(self, name: str, state: State, took: bool, written: bool) -> None:
        worker = self.some(name)
        flight = worker.flying.pop(0)
        if state is State.SENT or (state is State.UNKNOWN and took):
            self.taken[flight.claim.n] += 1
        worker.hear(flight, state)
        if written:
            worker.windows.pulse()

    @rule(name=NAME)
    def beat(self, name: str) -> None:
        self.workers[name].windows.pulse()

    @precondition(busy)
    @rule(name=NAME, took=st.booleans())
    def hand_over_and_freeze(self, name: str, took: bool) -> None:
        """The mail leaves, and its answer is written much later, if ever; the worker itself does not hear it."""
        worker = self.some(name)
        flight = worker.flying.pop(0)
        self.taken[flight.claim.n] += took
        self.late.append((flight.claim, took))

    @precondition(lambda self: self.late)
    @rule()
    def thaw(self) -> None:
        claim, took = self.late.pop(0)
        self.write(claim, State.SENT if took else State.FAILED)

    @rule(name=NAME, begun=st.integers(0, 2), took=st.booleans())
    def end(self, name: str, begun: int, took: bool) -> None:
        """A worker ends: who was begun has no answer, the others never left."""
        worker = self.workers[name]
        unanswered, unbegun = worker.flying[:begun], worker.flying[begun:]
        for flight in unanswered:
            self.taken[flight.claim.n] += took
        worker.windows.close(unanswered=unanswered, unbegun=unbegun)
        assert not self.held_by(worker)
        self.workers[name] = self.hire()

    @precondition(busy)
    @rule(name=NAME, took=st.lists(st.booleans(), min_size=WINDOW * 2, max_size=WINDOW * 2))
    def die(self, name: str, took: list[bool]) -> None:
        """Killed: its batch stays leased, its answers are lost, and nobody knows what was taken."""
        worker = self.some(name)
        for flight, taken in zip(worker.flying, took, strict=False):
            self.taken[flight.claim.n] += taken
        self.workers = {name: self.hire() if other is worker else other for name, other in self.workers.items()}

    def held_by(self, worker: Worker) -> int:
        return len(self.ask("SELECT seq FROM send_batch WHERE token = ?", worker.windows.token))

    @precondition(lambda self: self.row_states()["sending"])
    @rule()
    def leases_run_out(self) -> None:
        with self.store.write() as connection:
            connection.execute(update(tables.send_batch).values(lease_until=0.0))
            book.expire(connection, send=self.send.id)

    @precondition(lambda self: self.row_states()["deferred"])
    @rule()
    def time_passes(self) -> None:
        with self.store.write() as connection:
            connection.execute(update(tables.send_batch).values(not_before=0.0))
            connection.execute(update(tables.delivery).values(not_before=0.0))

    @rule(for_long=st.booleans())
    def person_pauses(self, for_long: bool) -> None:
        try:
            pause(self.store, self.send.ref)
        except RefusedError:
            return
        for name in self.workers:
            before = self.claims.total()
            self.claim(name)
            assert self.claims.total() == before, "something was claimed after the pause"
        if not for_long:
            resume(self.store, self.send.ref)

    @rule(at_once=st.booleans())
    def person_resumes(self, at_once: bool) -> None:
        before = self.settled()
        try:
            resume(self.store, self.send.ref, at_once=at_once)
        except RefusedError:
            return
        assert self.settled() == before, "what is settled or in doubt is no business of a resume"

    def settled(self) -> dict[int, tuple[str, int]]:
        return {
            n: row for n, row in self.rows().items() if row[0] in ("sent", "failed", "unknown", "skipped", "sending")
        }

    @precondition(lambda self: sum(self.taken.values()) >= PEOPLE - 1)
    @rule()
    def person_cancels(self) -> None:
        try:
            cancel(self.store, self.send.ref)
        except RefusedError:
            return
        self.cancelled = True

    @precondition(lambda self: self.row_states()["unknown"])
    @rule(decision=st.sampled_from(Decision))
    def person_decides(self, decision: Decision) -> None:
        doubtful = [n for n, (state, _attempt) in self.rows().items() if state == "unknown"]
        try:
            settled = resolve(self.store, self.send.ref, decision, reason="I asked them")
        except RefusedError:
            return
        assert settled == len(doubtful)
        if decision is Decision.AGAIN:
            self.again.update(doubtful)

    @precondition(lambda self: len(self.gone) < 2)
    @rule(number=st.integers(1, PEOPLE))
    def somebody_leaves(self, number: int) -> None:
        if number not in self.gone:
            suppress(self.store, number)
            self.gone.add(number)

    @precondition(lambda self: not self.row_states().keys() & {"queued", "sending", "deferred"})
    @rule()
    def close(self) -> None:
        if close_finished(self.store, self.send.id):
            states = self.row_states()
            assert states["queued"] == states["sending"] == states["deferred"] == 0

    def row_states(self) -> Counter[str]:
        return Counter(state for state, _attempt in self.rows().values())

    @invariant()
    def states_add_up(self) -> None:
        assert sum(self.row_states().values()) == PEOPLE
        assert verify(self.store, find_send(self.store, self.send.ref)).problems == ()

    @invariant()
    def a_cancelled_send_has_nobody_left(self) -> None:
        if self.cancelled and not self.ask("SELECT seq FROM send_batch WHERE state = 'leased'"):
            states = self.row_states()
            assert states["queued"] == states["deferred"] == 0

    @invariant()
    def every_attempt_was_somebodys_claim(self) -> None:
        assert all(attempt == self.claims[n] for n, (_state, attempt) in self.rows().items())

    @invariant()
    def nobody_twice(self) -> None:
        for n, times in self.taken.items():
            assert times <= 1 + self.again[n]

    @invariant()
    def sent_means_taken(self) -> None:
        for n, (state, _attempt) in self.rows().items():
            if state == "sent" and not self.taken[n]:
                assert self.decided(n)

    def decided(self, n: int) -> bool:
        return bool(self.ask("SELECT id FROM attempt_event WHERE n = ? AND what = 'decision'", n))


@pytest.mark.parametrize("examples", [25, pytest.param(3000, marks=pytest.mark.torture)])
def test_the_books_are_right_whatever_happens(tmp_path: Path, examples: int) -> None:
    template = tmp_path / "template.db"
    store = open_store(f"sqlite:///{template}")
    ensure(store)
    add_people(store, PEOPLE, domains=("exemple.org",))
    order = Order(
        editions=(SmallEdition(),),
        audience=audience_of_all(store),
        mailing_lists={1: MailingList(name="membres")},
        sender=Sender.model_validate({"from": "info@exemple.org"}),
        site=Site(),
        transport="recorder",
        real=False,
        batch=BATCH,
    )
    confirm(store, order, plan="", expect=PEOPLE, record={}, terms=Terms())
    store.close()
    Books.template = template
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
