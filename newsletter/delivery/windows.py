"""The transactions of one worker: take a batch, claim a window with the last one's answers, give batches back.

No threads and no waiting here: `Feed` calls it under its lock, and says after how many seconds to ask again.
A failed transaction changes nothing, in the database or here; it can simply be done again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from newsletter.audience.crowd import load
from newsletter.audience.subscriber import Subscriber
from newsletter.delivery import ledger
from newsletter.delivery.holding import Flight, Held, Permits, Step, Terms
from newsletter.delivery.lanes import MIXED, provider_of
from newsletter.delivery.one_trip import usual_window
from newsletter.delivery.results import Result, all_sent, record
from newsletter.delivery.states import State
from newsletter.errors import TransientError
from newsletter.store.line import Line

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.delivery.send import Send
    from newsletter.delivery.throttle import Throttle
    from newsletter.store.database import Store

__all__ = ["Flight", "Held", "Step", "Terms", "Windows", "domain_of", "patiently"]

T = TypeVar("T")
#: seconds before a transaction is tried again
PAUSES = (0.05, 0.2, 1.0)
#: people read at once, as many as a batch usually has, and for how many seconds what was read is used
AHEAD = 500
STALE = 30.0


class _NotAllError(Exception):
    """Somebody of a run can not be claimed: the transaction is undone."""


class Windows:
    """The batches one worker holds, the windows it claims from them, and the answers not yet written."""

    def __init__(self, store: Store, send: Send, *, terms: Terms, throttle: Throttle) -> None:
        self._store = store
        self._line = Line(store)
        self._send = send
        self._terms = terms
        self._throttle = throttle
        self._held: dict[int, Held] = {}
        self._current: Held | None = None
        self._all = Permits()
        self._lane = Permits()
        #: answers that wait for the next transaction
        self.results: list[Result] = []
        #: no pause, no lost lease so far
        self.alive = True

    @property
    def token(self) -> str:
        """Who holds the batches in their leases."""
        return self._terms.token

    def next(self, *, flying: int) -> Step:
        """Claim the next window and write the answers so far, in one transaction.

        `flying` is how many are without an answer: at most window + in flight rows are ever `sending`.
        """
        room = max(1, min(self._terms.window, self._terms.window + self._terms.in_flight - flying))
        while self.alive:
            held = self._current = self._current or patiently(self._take)
            if held is None:
                return Step(wait=self._due())
            patiently(partial(self._read_ahead, held))
            count, wait = self._allowed(held, room)
            if wait:
                return Step(wait=wait)
            if count and (flights := patiently(partial(self._window, held, count))):
                return Step(flights=flights)
        return Step()

    def pulse(self) -> None:
        """Write the answers so far and keep every lease."""
        with self._line.write() as connection:
            alive = [self._beat(connection, held) for held in self._held.values()]
            retired = self._settle(connection)
        self._settled(retired)
        self.alive = self.alive and all(alive)

    def close(self, *, unanswered: Sequence[Flight], unbegun: Sequence[Flight]) -> None:
        """Put what has no answer in doubt, queue again what was not begun, and give every batch back."""
        with self._line.write() as connection:
            for held in self._held.values():
                self._beat(connection, held)  # batches before their rows: two workers never wait for one another
            record(connection, self._send.id, [*self.results, *(_doubtful(flight) for flight in unanswered)])
            ledger.give_back(connection, self._send.id, [flight.claim for flight in unbegun])
            for held in self._held.values():
                ledger.put_back(connection, held.lease)
        self._settled(list(self._held))
        self._line.close()

    def _take(self) -> Held | None:
        """Lease a batch."""
        terms = self._terms
        with self._line.write() as connection:
            lease = ledger.lease_batch(
                connection, self._send.id, token=terms.token, seconds=terms.lease, seq=terms.batch
            )
        if lease is None:
            return None
        self._held[lease.seq] = held = Held(lease=lease, claimed=lease.first - 1)
        return held

    def _due(self) -> float:
        """Return in how many seconds a batch may be had; 0: none by itself."""
        if self._terms.batch:
            return 0.0
        with self._store.read() as connection:
            return ledger.next_due(connection, self._send.id) or 0.0

    def _allowed(self, held: Held, room: int) -> tuple[int, float]:
        """Return how many may be claimed now, or after how many seconds to ask; (0, 0) when the lane must wait."""
        waits = [0.0]
        if self._throttle.per_domain and held.lease.lane not in MIXED:
            if not self._lane.fresh:
                with self._store.write() as connection:
                    self._lane = Permits.of(self._throttle.reserve_domain(connection, held.lease.lane, room))
            if not self._lane.count:
                return self._leave_alone(held, self._lane.wait)
            room = min(room, self._lane.count)
            waits.append(self._lane.wait)
        if self._throttle.limited:
            if not self._all.fresh:
                self._all = Permits.of(self._throttle.reserve(self._store, room))
            room = min(room, self._all.count)
            waits.append(self._all.wait)
        return room, max(waits)

    def _leave_alone(self, held: Held, seconds: float) -> tuple[int, float]:
        """Put a whole lane aside, so that it holds up nobody else."""
        with self._store.write() as connection:
            ledger.set_aside(connection, held.lease, seconds=seconds)
        held.aside = time.monotonic() + seconds
        self._drained(held)
        return 0, 0.0

    def _window(self, held: Held, count: int) -> Sequence[Flight]:
        """Beat, write the answers, and claim: one transaction. An empty list: nothing more is due in this batch."""
        rows = list(islice(held.ahead, count))
        claimed = self._at_once(held, rows)
        if claimed is None:
            claimed = self._step_by_step(held, rows)
        flights = rows if len(claimed) == len(rows) else [row for row in rows if row.claim.n in claimed]
        held.open += len(flights)
        self._all.count -= len(flights)
        self._lane.count -= len(flights)
        return flights

    def _at_once(self, held: Held, rows: Sequence[Flight]) -> Collection[int] | None:
        """Do the usual window in one statement, where that is faster; None: it is not the usual one."""
        if self._line.is_sqlite or not rows or self._limits_domains(held) or self._over():
            return None
        due = [row.claim for row in rows]
        claimed = usual_window(
            self._line,
            held.lease,
            self.results,
            due,
            seconds=self._terms.lease,
            alone=self._terms.alone,
            at=time.time(),
        )
        if claimed is None:
            return None
        self.results.clear()
        self._passed(held, rows)
        return claimed

    def _step_by_step(self, held: Held, rows: Sequence[Flight]) -> Collection[int]:
        """Do what a window is, one thing after the other, in one transaction."""
        due = [row.claim for row in rows]
        if due and not self._limits_domains(held) and ledger.is_run(due):
            with suppress(_NotAllError):
                return self._transaction(held, rows, self._claim_run)
        return self._transaction(held, rows, self._claim)

    def _transaction(
        self,
        held: Held,
        rows: Sequence[Flight],
        claim: Callable[[Connection, Held, Sequence[Flight]], Collection[int]],
    ) -> Collection[int]:
        with self._line.write() as connection:
            usual = all_sent(self.results, held.lease.seq)
            alive = self._beat(connection, held, sent=len(self.results) if usual else 0)
            retired = self._settle(connection, counted=usual and alive)
            claimed = claim(connection, held, rows) if alive and rows else ()
        self._settled(retired)
        self.alive = self.alive and alive
        if alive:
            self._passed(held, rows)
        return claimed

    def _read_ahead(self, held: Held) -> None:
        """Read who comes next, many at a time; whether they still want it is looked at when they are claimed."""
        if (held.ahead or held.read_up) and time.monotonic() - held.read_at < STALE:
            return
        version, moment = self._line.version(), time.time()
        with self._store.read() as connection:
            rows = ledger.candidates(connection, held.lease, limit=AHEAD, after=held.claimed)
            sure = version is not None and ledger.all_wanted(
                connection, held.lease, after=held.claimed, at=moment, until=moment + STALE
            )
            people = load(connection, [row.subscriber for row in rows])
        held.ahead = deque([Flight(row, people.get(row.subscriber, NOBODY), held) for row in rows])
        held.version, held.read_on = (version if sure else None), moment
        held.read_up = len(rows) < AHEAD or rows[-1].n == held.lease.last
        held.read_at = time.monotonic()

    def _passed(self, held: Held, rows: Sequence[Flight]) -> None:
        for _row in rows:
            held.ahead.popleft()
        if rows:
            held.claimed = rows[-1].claim.n
        if not rows or (held.read_up and not held.ahead):
            self._drained(held)

    def _claim_run(self, connection: Connection, held: Held, rows: Sequence[Flight]) -> Collection[int]:
        """Claim all of them at once."""
        moment = time.time()
        sure = held.version is not None and held.read_on <= moment < held.read_on + STALE
        sure = sure and self._line.version() == held.version
        if not ledger.claim_run(connection, held.lease, [row.claim for row in rows], at=moment, sure=sure):
            raise _NotAllError
        return range(rows[0].claim.n, rows[-1].claim.n + 1)

    def _claim(self, connection: Connection, held: Held, rows: Sequence[Flight]) -> Collection[int]:
        """Claim those who still want it; who left since the plan is skipped, whose domain is full comes later."""
        if self._limits_domains(held):
            rows = self._by_domain(connection, held, rows)
        due = [row.claim for row in rows]
        moment = time.time()
        claimed = {claim.n for claim in ledger.claim(connection, held.lease, due, at=moment)}
        if len(claimed) < len(due):
            ledger.skip(connection, held.lease, [row.n for row in due if row.n not in claimed], at=moment)
        return claimed

    def _limits_domains(self, held: Held) -> bool:
        return bool(self._throttle.per_domain) and held.lease.lane in MIXED

    def _by_domain(self, connection: Connection, held: Held, rows: Sequence[Flight]) -> list[Flight]:
        """Return those whose domain has room; the others become due one after the other."""
        domains: dict[str, list[Flight]] = {}
        for row in rows:
            domains.setdefault(provider_of(domain_of(row.subscriber)), []).append(row)
        now: list[Flight] = []
        for domain, members in sorted(domains.items()):  # in one order: two workers never wait for one another
            grant = self._throttle.reserve_domain(connection, domain, len(members))
            now += members[: grant.count]
            for place, row in enumerate(members[grant.count :], 1):
                wait = grant.wait + place / self._throttle.per_domain
                ledger.postpone(connection, held.lease, row.claim.n, seconds=wait)
        return sorted(now, key=lambda row: row.claim.n)

    def _beat(self, connection: Connection, held: Held, *, sent: int = 0) -> bool:
        return ledger.beat(connection, held.lease, seconds=self._terms.lease, alone=self._terms.alone, sent=sent)

    def _settle(self, connection: Connection, *, counted: bool = False) -> list[int]:
        """Write the answers, and give back batches that nothing more will be done with; return their numbers."""
        record(connection, self._send.id, self.results, counted=counted)
        over = self._over()
        for held in over:
            ledger.put_back(connection, held.lease)
            if (seconds := held.aside - time.monotonic()) > 0:
                ledger.set_aside(connection, held.lease, seconds=seconds)
        return [held.lease.seq for held in over]

    def _over(self) -> list[Held]:
        """Return the batches that nothing more will be done with."""
        return [held for held in self._held.values() if held.drained and not held.open]

    def _settled(self, retired: Sequence[int]) -> None:
        """Forget what is committed, and only then."""
        self.results.clear()
        for seq in retired:
            del self._held[seq]

    def _drained(self, held: Held) -> None:
        held.drained = True
        self._current = None
        self._lane = Permits()


#: stands for somebody who was forgotten since they were confirmed: nobody claims them
NOBODY = Subscriber(id=0, key="", address="")


def domain_of(subscriber: Subscriber) -> str:
    """Return the receiving domain."""
    return subscriber.address.rpartition("@")[2]


def patiently(step: Callable[[], T]) -> T:
    """Do a transaction again when two workers stood in each other's way or the database was away for a moment."""
    for pause in PAUSES:
        try:
            return step()
        except TransientError:
            time.sleep(pause)
    return step()


def _doubtful(flight: Flight) -> Result:
    claim = flight.claim
    return Result(n=claim.n, attempt=claim.attempt, seq=flight.held.lease.seq, state=State.UNKNOWN)
