"""The transactions of one worker: take a batch, claim a window with the last one's answers, give batches back.

No threads and no waiting here: `Feed` calls it under its lock, and says after how many seconds to ask again.
A failed transaction changes nothing, in the database or here; it can simply be done again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from newsletter.audience.directory import load
from newsletter.delivery import ledger
from newsletter.delivery.lanes import MIXED, provider_of
from newsletter.delivery.results import Result, record
from newsletter.delivery.states import State
from newsletter.delivery.throttle import Grant
from newsletter.errors import TransientError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.audience.subscriber import Subscriber
    from newsletter.delivery.ledger import Candidate, Claim, Lease
    from newsletter.delivery.send import Send
    from newsletter.delivery.throttle import Throttle
    from newsletter.store.database import Store

T = TypeVar("T")
#: seconds before a transaction is tried again
PAUSES = (0.05, 0.2, 1.0)
#: seconds that permits may lie before they are spent
FRESH = 1.0
#: people read at once, and for how many seconds what was read is used
AHEAD = 250
STALE = 30.0


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How a worker works."""

    #: who holds the leases: 32 hexadecimal digits, new for each run
    token: str
    #: recipients committed at once
    window: int
    #: parcels the transport may have in flight
    in_flight: int
    #: seconds of a lease
    lease: float
    #: the operating system proves that nobody else sends
    alone: bool
    #: only this batch; 0: whatever is due
    batch: int = 0


@dataclass(kw_only=True, slots=True)
class Held:
    """A batch in our hands: how far it was claimed, and how many of it have no answer yet."""

    lease: Lease
    claimed: int = 0
    open: int = 0
    #: the next people of it, read ahead
    ahead: deque[Candidate] = field(default_factory=deque)
    people: Mapping[int, Subscriber] = field(default_factory=dict)
    #: when they were read (monotonic)
    read_at: float = 0.0
    #: nothing more is claimed from it now
    drained: bool = False
    #: until then (monotonic) its whole lane is left alone
    aside: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Flight:
    """A recipient who is `sending`, and the batch they are of."""

    claim: Claim
    subscriber: Subscriber
    held: Held


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What the next window brought: people to send to, or when to ask again; neither: nothing can be had."""

    flights: Sequence[Flight] = ()
    wait: float = 0.0


@dataclass(kw_only=True, slots=True)
class _Permits:
    """What was reserved of a limit and not yet used."""

    count: int = 0
    #: from when on (monotonic) they may be used
    since: float = 0.0

    @classmethod
    def of(cls, grant: Grant) -> _Permits:
        return cls(count=grant.count, since=time.monotonic() + grant.wait)

    @property
    def wait(self) -> float:
        """Seconds until they may be used, or until one may ask again."""
        return max(0.0, self.since - time.monotonic())

    @property
    def fresh(self) -> bool:
        """They are there, and not so old that spending them now would be too much at once."""
        return self.wait > 0 or (self.count > 0 and time.monotonic() < self.since + FRESH)


class Windows:
    """The batches one worker holds, the windows it claims from them, and the answers not yet written."""

    def __init__(self, store: Store, send: Send, *, terms: Terms, throttle: Throttle) -> None:
        self._store = store
        self._send = send
        self._terms = terms
        self._throttle = throttle
        self._held: dict[int, Held] = {}
        self._current: Held | None = None
        self._all = _Permits()
        self._lane = _Permits()
        #: answers that wait for the next transaction
        self.results: list[Result] = []
        #: no pause, no lost lease so far
        self.alive = True

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
        with self._store.write() as connection:
            alive = [self._beat(connection, held) for held in self._held.values()]
            retired = self._settle(connection)
        self._settled(retired)
        self.alive = self.alive and all(alive)

    def close(self, *, unanswered: Sequence[Flight], unbegun: Sequence[Flight]) -> None:
        """Put what has no answer in doubt, queue again what was not begun, and give every batch back."""
        with self._store.write() as connection:
            for held in self._held.values():
                self._beat(connection, held)  # batches before their rows: two workers never wait for one another
            record(connection, self._send.id, [*self.results, *(_doubtful(flight) for flight in unanswered)])
            ledger.give_back(connection, self._send.id, [flight.claim for flight in unbegun])
            for held in self._held.values():
                ledger.put_back(connection, held.lease)
        self._settled(list(self._held))

    def _take(self) -> Held | None:
        """Lease a batch."""
        terms = self._terms
        with self._store.write() as connection:
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
                    self._lane = _Permits.of(self._throttle.reserve_domain(connection, held.lease.lane, room))
            if not self._lane.count:
                return self._leave_alone(held, self._lane.wait)
            room = min(room, self._lane.count)
            waits.append(self._lane.wait)
        if self._throttle.limited:
            if not self._all.fresh:
                self._all = _Permits.of(self._throttle.reserve(self._store, room))
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

    def _window(self, held: Held, count: int) -> list[Flight]:
        """Beat, write the answers, and claim: one transaction. An empty list: nothing more is due in this batch."""
        flights: list[Flight] = []
        with self._store.write() as connection:
            alive = self._beat(connection, held)
            retired = self._settle(connection)
            rows = self._next_rows(held, count) if alive else []
            if rows:
                flights = self._claim(connection, held, rows)
        self._settled(retired)
        self.alive = self.alive and alive
        self._passed(held, rows)
        held.open += len(flights)
        self._all.count -= len(flights)
        self._lane.count -= len(flights)
        return flights

    def _read_ahead(self, held: Held) -> None:
        """Read who comes next, many at a time; whether they still want it is looked at when they are claimed."""
        if held.ahead and time.monotonic() - held.read_at < STALE:
            return
        with self._store.read() as connection:
            rows = ledger.candidates(connection, held.lease, limit=AHEAD, after=held.claimed)
            held.people = load(connection, [row.subscriber for row in rows])
        held.ahead = deque(rows)
        held.read_at = time.monotonic()

    def _next_rows(self, held: Held, count: int) -> list[Candidate]:
        return list(islice(held.ahead, count))

    def _passed(self, held: Held, rows: Sequence[Candidate]) -> None:
        for _row in rows:
            held.claimed = held.ahead.popleft().n
        if not rows:
            self._drained(held)

    def _claim(self, connection: Connection, held: Held, rows: Sequence[Candidate]) -> list[Flight]:
        """Claim those who still want it; who left since the plan is skipped, whose domain is full comes later."""
        if self._throttle.per_domain and held.lease.lane in MIXED:
            rows = self._by_domain(connection, held, rows)
        numbers = [row.n for row in rows]
        claims = ledger.claim(connection, held.lease, numbers, at=time.time())
        if len(claims) < len(numbers):
            ledger.skip(connection, held.lease, sorted(set(numbers) - {claim.n for claim in claims}))
        return [Flight(claim=claim, subscriber=held.people[claim.subscriber], held=held) for claim in claims]

    def _by_domain(self, connection: Connection, held: Held, rows: Sequence[Candidate]) -> list[Candidate]:
        """Return those whose domain has room; the others become due one after the other."""
        domains: dict[str, list[Candidate]] = {}
        for row in rows:
            person = held.people.get(row.subscriber)
            domains.setdefault(provider_of(domain_of(person)) if person else "", []).append(row)
        now: list[Candidate] = []
        for domain, members in sorted(domains.items()):  # in one order: two workers never wait for one another
            grant = self._throttle.reserve_domain(connection, domain, len(members))
            now += members[: grant.count]
            for place, row in enumerate(members[grant.count :], 1):
                wait = grant.wait + place / self._throttle.per_domain
                ledger.postpone(connection, held.lease, row.n, seconds=wait)
        return sorted(now, key=lambda row: row.n)

    def _beat(self, connection: Connection, held: Held) -> bool:
        return ledger.beat(connection, held.lease, seconds=self._terms.lease, alone=self._terms.alone)

    def _settle(self, connection: Connection) -> list[int]:
        """Write the answers, and give back batches that nothing more will be done with; return their numbers."""
        record(connection, self._send.id, self.results)
        over = [held for held in self._held.values() if held.drained and not held.open]
        for held in over:
            ledger.put_back(connection, held.lease)
            if (seconds := held.aside - time.monotonic()) > 0:
                ledger.set_aside(connection, held.lease, seconds=seconds)
        return [held.lease.seq for held in over]

    def _settled(self, retired: Sequence[int]) -> None:
        """Forget what is committed, and only then."""
        self.results.clear()
        for seq in retired:
            del self._held[seq]

    def _drained(self, held: Held) -> None:
        held.drained = True
        self._current = None
        self._lane = _Permits()


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
