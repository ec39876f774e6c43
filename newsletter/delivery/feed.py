"""The iterator a transport pulls from: every parcel it yields is committed as `sending` before.

It claims a window of recipients with the answers of the window before, in one transaction, and gives
back what was claimed and never pulled. It ends when nothing can be had now: the run then waits and
begins again. At most window + in flight rows are `sending` at any moment.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from newsletter.delivery import ledger
from newsletter.delivery.outcomes import result_of
from newsletter.delivery.results import Result, record
from newsletter.delivery.states import State
from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Pause, Receipt
from newsletter.errors import NewsletterError, TransientError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.audience.subscriber import Subscriber
    from newsletter.delivery.ledger import Candidate, Claim, Lease
    from newsletter.delivery.outcomes import Patience
    from newsletter.delivery.send import Send
    from newsletter.message.personalise import Letter
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
T = TypeVar("T")
#: seconds before a transaction is tried again
PAUSES = (0.05, 0.2, 1.0)


class People(Protocol):
    """Whom the ledger's numbers stand for, looked at in the transaction that claims them."""

    def wanted(self, connection: Connection, rows: Sequence[Candidate]) -> set[int]:
        """Return the `n` of those who may still be written to: subscribed, and not suppressed since the plan."""
        ...

    def load(self, connection: Connection, ids: Sequence[int]) -> Mapping[int, Subscriber]:
        """Return the subscribers with these ids."""
        ...


class Letters(Protocol):
    """The editions of one send, ready to be made out."""

    def __call__(self, lang: str, list_id: int) -> Letter:
        """Return the letter of a language and of the list that owns the delivery."""
        ...


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How a feed works."""

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
class _Held:
    """A batch in our hands: how far it was claimed, and how many of it have no answer yet."""

    lease: Lease
    claimed: int = 0
    open: int = 0
    drained: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Flight:
    """A recipient who is `sending`, and the batch they are of."""

    claim: Claim
    subscriber: Subscriber
    held: _Held


def uptime() -> float:
    """Return seconds that also pass while the machine sleeps: a lease runs out in a closed laptop, too."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Feed(Iterator[Parcel | Pause]):
    """One run's hold on the ledger; safe to pull from and report to by any thread."""

    def __init__(
        self,
        store: Store,
        send: Send,
        *,
        terms: Terms,
        people: People,
        letters: Letters,
        patience: Patience,
        watch: Callable[[Receipt, str], None],
    ) -> None:
        self._store = store
        self._send = send
        self._terms = terms
        self._people = people
        self._letters = letters
        self._patience = patience
        self._watch = watch
        self._lock = threading.RLock()
        self._held: dict[int, _Held] = {}
        self._current: _Held | None = None
        self._ready: deque[_Flight] = deque()
        self._flying: dict[int, _Flight] = {}
        self._results: list[Result] = []
        self._deadline = 0.0
        self._ending = False
        self._closed = False
        #: why the ledger could not be written, when it could not
        self.failure: NewsletterError | None = None
        #: mails that the other side took from this feed
        self.accepted = 0

    def __next__(self) -> Parcel | Pause:
        """Yield the next parcel; it is committed as `sending`."""
        with self._lock:
            if self._ending or not (self._ready or self._refill()):
                raise StopIteration
            if uptime() > self._deadline and not self._terms.alone:
                self._ending = True  # frozen past the lease: somebody else may hold the batch now
                raise StopIteration
            flight = self._ready.popleft()
            self._flying[flight.claim.n] = flight
            letter = self._letters(flight.claim.lang, flight.claim.list)
            return Parcel(key=flight.claim.n, send=self._send.ref, letter=letter, subscriber=flight.subscriber)

    def report(self, receipt: Receipt) -> None:
        """Take the answer for one parcel; it reaches the ledger with the next window or pulse."""
        with self._lock:
            flight = self._flying.pop(receipt.key, None)
            if flight is None:
                log.warning("a second answer for one delivery", extra={"send": self._send.id, "delivery": receipt.key})
                return
            self.accepted += receipt.outcome is Outcome.ACCEPTED
            self._results.append(result_of(receipt, flight.claim, seq=flight.held.lease.seq, patience=self._patience))
            flight.held.open -= 1
            if receipt.blame is not Blame.NOBODY or receipt.outcome is Outcome.ACCEPTED:
                self._watch(receipt, flight.subscriber.address.rpartition("@")[2])
            if self._closed:
                self.pulse()

    def end(self) -> None:
        """Claim no further window; what was claimed and not pulled goes back."""
        self._ending = True

    def pulse(self) -> None:
        """Write the answers so far and keep the leases: called a few times a second beside long waits."""
        with self._lock:
            began = uptime()
            try:
                with self._store.write() as connection:
                    alive = [self._beat(connection, held) for held in self._held.values()]
                    retired = self._settle(connection)
            except TransientError as error:  # the answers stay with us; the next pulse writes them
                log.warning("the ledger could not be written", extra={"send": self._send.id, "code": error.code})
                return
            self._settled(retired)
            if all(alive):
                self._deadline = began + self._terms.lease
            else:
                self._ending = True

    def close(self) -> None:
        """Leave nothing behind: what was not begun is queued again, what was begun and never answered is in doubt.

        Raises TransientError when the ledger can not be written: what was in flight is then found to be in
        doubt when the lease ends.
        """
        with self._lock:
            self._ending = self._closed = True
            self._patiently(self._close)
            self._results.clear()
            self._ready.clear()
            self._held.clear()

    def _close(self) -> None:
        unanswered = [_doubtful(flight) for flight in self._flying.values()]
        with self._store.write() as connection:
            self._settle(connection)
            record(connection, self._send.id, unanswered)
            ledger.give_back(connection, self._send.id, [flight.claim for flight in self._ready])
            for held in self._held.values():
                ledger.put_back(connection, held.lease)

    def _refill(self) -> bool:
        """Claim the next window; False when nothing can be had now."""
        try:
            while not self._ending:
                held = self._current = self._current or self._patiently(self._take)
                if held is None:
                    return False
                if self._patiently(partial(self._window, held)):
                    return True
        except NewsletterError as error:  # raised in the run's own thread, once the transport has finished
            self.failure = error
            self._ending = True
        return False

    def _take(self) -> _Held | None:
        """Lease a batch."""
        terms = self._terms
        with self._store.write() as connection:
            lease = ledger.lease_batch(
                connection, self._send.id, token=terms.token, seconds=terms.lease, seq=terms.batch
            )
        if lease is None:
            return None
        self._held[lease.seq] = held = _Held(lease=lease, claimed=lease.first - 1)
        return held

    def _window(self, held: _Held) -> bool:
        """Record the last window's answers, beat, and claim the next window: one transaction."""
        began = uptime()
        flights: list[_Flight] = []
        with self._store.write() as connection:
            alive = self._beat(connection, held)
            retired = self._settle(connection)
            rows = self._candidates(connection, held) if alive else []
            if rows:
                flights = self._claim(connection, held, rows)
        self._settled(retired)
        self._ending |= not alive
        if rows:
            held.claimed = rows[-1].n
        else:
            self._drained(held)
        held.open += len(flights)
        self._ready.extend(flights)
        self._deadline = began + self._terms.lease
        return bool(flights)

    def _candidates(self, connection: Connection, held: _Held) -> list[Candidate]:
        terms = self._terms
        room = terms.window + terms.in_flight - len(self._flying)
        limit = max(1, min(terms.window, room))
        return ledger.candidates(connection, held.lease, limit=limit, after=held.claimed)

    def _claim(self, connection: Connection, held: _Held, rows: Sequence[Candidate]) -> list[_Flight]:
        """Claim those who still want it; people who left since the plan are skipped."""
        wanted = self._people.wanted(connection, rows)
        if gone := [row.n for row in rows if row.n not in wanted]:
            ledger.skip(connection, self._send.id, gone, reason="withdrawn")
        claims = ledger.claim(connection, held.lease, [row.n for row in rows if row.n in wanted])
        people = self._people.load(connection, [claim.subscriber for claim in claims])
        return [_Flight(claim=claim, subscriber=people[claim.subscriber], held=held) for claim in claims]

    def _beat(self, connection: Connection, held: _Held) -> bool:
        return ledger.beat(connection, held.lease, seconds=self._terms.lease, alone=self._terms.alone)

    def _settle(self, connection: Connection) -> list[int]:
        """Write the answers, and give back batches that nothing more will be done with; return their numbers."""
        record(connection, self._send.id, self._results)
        over = [seq for seq, held in self._held.items() if held.drained and not held.open]
        for seq in over:
            ledger.put_back(connection, self._held[seq].lease)
        return over

    def _settled(self, retired: Sequence[int]) -> None:
        """Forget what is committed, and only then."""
        self._results.clear()
        for seq in retired:
            del self._held[seq]

    def _drained(self, held: _Held) -> None:
        held.drained = True
        self._current = None
        if self._terms.batch:
            self._ending = True

    def _patiently(self, step: Callable[[], T]) -> T:
        """Do a transaction again when two workers stood in each other's way or the database was away for a moment."""
        for pause in PAUSES:
            try:
                return step()
            except TransientError:
                time.sleep(pause)
        return step()


def _doubtful(flight: _Flight) -> Result:
    claim = flight.claim
    return Result(n=claim.n, attempt=claim.attempt, seq=flight.held.lease.seq, state=State.UNKNOWN)
