"""Whatever happens in whatever order: the states add up, and nobody gets it twice without a person's word."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from delivery_parts import SmallEdition, add_people, audience_of_all, suppress
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select, update

from newsletter.audience.lists import MailingList
from newsletter.config import Sender, Site
from newsletter.delivery import ledger as book
from newsletter.delivery.confirm import Order, Terms, confirm
from newsletter.delivery.control import cancel, close_finished, pause, resume
from newsletter.delivery.counts import verify
from newsletter.delivery.ledger import Claim, Lease
from newsletter.delivery.resolve import Decision, resolve
from newsletter.delivery.results import Result, record
from newsletter.delivery.send import find_send
from newsletter.delivery.states import State
from newsletter.errors import RefusedError
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure
from newsletter.store.tables import ledger as tables

PEOPLE, BATCH, WINDOW = 5, 3, 2
#: where a commit costs nothing
MEMORY = Path("/dev/shm")
WORKERS = st.sampled_from(("a" * 32, "b" * 32))


@dataclass
class Worker:
    """What one worker believes: the batch it holds, who it has in flight, and answers it has not written."""

    lease: Lease | None = None
    flying: list[Claim] = field(default_factory=list)


class Books(RuleBasedStateMachine):
    """Two workers, a world that takes mails, and a person, on one send."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="newsletter-machine-", dir=MEMORY if MEMORY.is_dir() else None))
        shutil.copy(self.template, self.folder / "newsletter.db")
        self.store: Store = open_store(f"sqlite:///{self.folder / 'newsletter.db'}")
        add_people(self.store, PEOPLE, domains=("exemple.org",))
        order = Order(
            editions=(SmallEdition(),),
            audience=audience_of_all(self.store),
            mailing_lists={1: MailingList(name="membres")},
            sender=Sender.model_validate({"from": "info@exemple.org"}),
            site=Site(),
            transport="recorder",
            real=False,
            batch=BATCH,
        )
        self.send = confirm(self.store, order, plan="", expect=PEOPLE, record={}, terms=Terms())
        self.workers = {"a" * 32: Worker(), "b" * 32: Worker()}
        #: what left its worker without an answer in the ledger: it may still come
        self.late: list[tuple[Claim, bool]] = []
        self.taken: Counter[int] = Counter()
        self.again: Counter[int] = Counter()
        self.gone: set[int] = set()

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def seq(self, n: int) -> int:
        with self.store.read() as connection:
            batch = tables.send_batch.c
            return int(connection.scalar(select(batch.seq).where(batch.first_n <= n, batch.last_n >= n)) or 0)

    def row(self, n: int) -> tuple[str, int]:
        with self.store.read() as connection:
            found = tables.delivery.c
            row = connection.execute(select(found.state, found.attempt).where(found.n == n)).one()
            return row.state, row.attempt

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

    def some(self, token: str) -> Worker:
        """The worker asked for, or the other one when that has nothing in flight."""
        worker = self.workers[token]
        return worker if worker.flying else next(other for other in self.workers.values() if other.flying)

    @rule(token=WORKERS)
    def claim(self, token: str) -> None:
        worker = self.workers[token]
        if worker.lease is None:
            with self.store.write() as connection:
                worker.lease = book.lease_batch(connection, self.send.id, token=token, seconds=3600)
        if worker.lease is None:
            return
        with self.store.write() as connection:
            if not book.beat(connection, worker.lease, seconds=3600):
                return
            rows = book.candidates(connection, worker.lease, limit=WINDOW)
            numbers = [row.n for row in rows]
            claims = book.claim(connection, worker.lease, numbers, at=0.0)
            if len(claims) < len(numbers):
                book.skip(connection, worker.lease, sorted(set(numbers) - {claim.n for claim in claims}))
        for claim in claims:
            assert claim.subscriber not in self.gone
            assert claim.attempt == 1 or self.row(claim.n)[1] == claim.attempt
        worker.flying += claims

    @precondition(busy)
    @rule(
        token=WORKERS,
        state=st.sampled_from((State.SENT, State.FAILED, State.DEFERRED, State.UNKNOWN)),
        took=st.booleans(),
    )
    def answer(self, token: str, state: State, took: bool) -> None:
        claim = self.some(token).flying.pop(0)
        if state is State.SENT or (state is State.UNKNOWN and took):
            self.taken[claim.n] += 1
        self.write(claim, state)

    @precondition(busy)
    @rule(token=WORKERS, took=st.booleans())
    def hand_over_and_freeze(self, token: str, took: bool) -> None:
        """The mail leaves, and its answer is written much later, if ever."""
        claim = self.some(token).flying.pop(0)
        self.taken[claim.n] += took
        self.late.append((claim, took))

    @precondition(lambda self: self.late)
    @rule()
    def thaw(self) -> None:
        claim, took = self.late.pop(0)
        self.write(claim, State.SENT if took else State.FAILED)

    @precondition(busy)
    @rule(token=WORKERS)
    def give_back_what_was_not_begun(self, token: str) -> None:
        worker = self.some(token)
        with self.store.write() as connection:
            book.give_back(connection, self.send.id, worker.flying)
        worker.flying.clear()

    @rule(token=WORKERS)
    def end_batch(self, token: str) -> None:
        worker = self.workers[token]
        if worker.lease is not None and not worker.flying:
            with self.store.write() as connection:
                book.put_back(connection, worker.lease)
            worker.lease = None

    @precondition(busy)
    @rule(token=WORKERS, took=st.lists(st.booleans(), min_size=WINDOW * 2, max_size=WINDOW * 2))
    def die(self, token: str, took: list[bool]) -> None:
        worker = self.some(token)
        for claim, taken in zip(worker.flying, took, strict=False):
            self.taken[claim.n] += taken
        worker.lease, worker.flying = None, []

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
        for token, worker in self.workers.items():
            if worker.lease is not None:
                before = list(worker.flying)
                self.claim(token)
                assert worker.flying == before, "something was claimed after the pause"
        if not for_long:
            resume(self.store, self.send.ref)

    @rule()
    def person_resumes(self) -> None:
        try:
            resume(self.store, self.send.ref)
        except RefusedError:
            return

    @precondition(lambda self: sum(self.taken.values()) >= PEOPLE - 1)
    @rule()
    def person_cancels(self) -> None:
        try:
            cancel(self.store, self.send.ref)
        except RefusedError:
            return
        assert self.row_states()["queued"] == self.row_states()["deferred"] == 0

    @precondition(lambda self: self.row_states()["unknown"])
    @rule(decision=st.sampled_from(Decision))
    def person_decides(self, decision: Decision) -> None:
        doubtful = [n for n in range(1, PEOPLE + 1) if self.row(n)[0] == "unknown"]
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
        with self.store.read() as connection:
            return Counter(connection.scalars(select(tables.delivery.c.state)))

    @invariant()
    def states_add_up(self) -> None:
        states = self.row_states()
        assert sum(states.values()) == PEOPLE
        found = verify(self.store, find_send(self.store, self.send.ref))
        assert found.problems == () or states["sending"], found.problems

    @invariant()
    def nobody_twice(self) -> None:
        for n, times in self.taken.items():
            assert times <= 1 + self.again[n]

    @invariant()
    def sent_means_taken(self) -> None:
        for n in range(1, PEOPLE + 1):
            state, _attempt = self.row(n)
            if state == "sent" and not self.taken[n]:
                assert any(claim.n == n for claim, _ in self.late) or self.decided(n)

    def decided(self, n: int) -> bool:
        with self.store.read() as connection:
            event = tables.attempt_event.c
            return (
                connection.scalar(select(event.id).where(event.n == n, event.what == "decision").limit(1)) is not None
            )


@pytest.mark.parametrize("examples", [60, pytest.param(3000, marks=pytest.mark.torture)])
def test_the_books_are_right_whatever_happens(tmp_path: Path, examples: int) -> None:
    template = tmp_path / "template.db"
    store = open_store(f"sqlite:///{template}")
    ensure(store)
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
