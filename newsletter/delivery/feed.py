"""The iterator a transport pulls from: every parcel it yields is committed as `sending` before.

It claims a window of recipients with the answers of the window before, in one transaction, and gives
back what was claimed and never pulled. When nothing may leave for a moment it says so with a `Pause`; it
ends when nothing can be had for longer, and the run then waits and begins again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from newsletter.delivery.outcomes import result_of
from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Pause, Receipt
from newsletter.delivery.windows import domain_of, patiently
from newsletter.errors import NewsletterError, TransientError

if TYPE_CHECKING:
    from newsletter.delivery.outcomes import Patience
    from newsletter.delivery.send import Send
    from newsletter.delivery.windows import Flight, Terms, Windows
    from newsletter.message.personalise import Letter

log = logging.getLogger(__name__)
#: seconds worth waiting for with batches in hand
SOON = 2.0
#: the longest pause that is asked of a transport: then it looks again whether it should end
LONGEST_PAUSE = 0.5


class Letters(Protocol):
    """The editions of one send, ready to be made out."""

    def __call__(self, lang: str, list_id: int) -> Letter:
        """Return the letter of a language and of the list that owns the delivery."""
        ...


class Watch(Protocol):
    """Who looks at answers beside the ledger: the rules that stop a send."""

    def see(self, receipt: Receipt, domain: str) -> None:
        """Take note of one answer from a receiving domain."""
        ...


def uptime() -> float:
    """Return seconds that also pass while the machine sleeps: a lease runs out in a closed laptop, too."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Feed(Iterator[Parcel | Pause]):
    """One turn of one send; safe to pull from and report to by any thread."""

    def __init__(
        self, send: Send, windows: Windows, *, terms: Terms, letters: Letters, patience: Patience, watch: Watch
    ) -> None:
        self._send = send
        self._windows = windows
        self._terms = terms
        self._letters = letters
        self._patience = patience
        self._watch = watch
        self._lock = threading.RLock()
        self._ready: deque[Flight] = deque()
        self._flying: dict[int, Flight] = {}
        self._deadline = 0.0
        self._hold_until = 0.0
        self._ending = False
        self._closed = False
        #: why the ledger could not be written, when it could not
        self.failure: NewsletterError | None = None
        #: everything is written down: nothing of it is lost when this process goes
        self.settled = False
        #: mails that the other side took
        self.accepted = 0
        #: when it ended for want of work: seconds after which there may be some
        self.wait = 0.0

    def __next__(self) -> Parcel | Pause:
        """Yield the next parcel, committed as `sending`, or a pause."""
        with self._lock:
            seconds = self._refill()
            if seconds and not self._ending:
                return Pause(seconds=min(seconds, LONGEST_PAUSE))
            if self._ending or self._late():
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
            self._windows.results.append(
                result_of(receipt, flight.claim, seq=flight.held.lease.seq, patience=self._patience)
            )
            flight.held.open -= 1
            if self._closed:  # after the grace time: it settles what was in doubt
                self.pulse()
        if receipt.outcome is Outcome.ACCEPTED or receipt.blame is not Blame.NOBODY:
            self._watch.see(receipt, domain_of(flight.subscriber))

    def end(self) -> None:
        """Claim no further window; what was claimed and not pulled goes back."""
        self._ending = True

    def hold(self, seconds: float) -> None:
        """Let nothing leave for some seconds: the other side asked for it."""
        self._hold_until = uptime() + seconds

    def pulse(self) -> None:
        """Write the answers so far and keep the leases: called a few times a second beside long waits."""
        with self._lock:
            began = uptime()
            try:
                self._windows.pulse()
            except TransientError as error:  # the answers stay with us; the next pulse writes them
                log.warning("the ledger could not be written", extra={"send": self._send.id, "code": error.code})
                return
            self._deadline = began + self._terms.lease
            self._ending |= not self._windows.alive

    def close(self) -> None:
        """Leave nothing behind: what was not begun is queued again, what was begun and never answered is in doubt.

        Raises TransientError when the ledger can not be written: what was in flight is then found to be in
        doubt when the lease ends.
        """
        with self._lock:
            self._ending = self._closed = True
            unanswered, unbegun = list(self._flying.values()), list(self._ready)
            patiently(lambda: self._windows.close(unanswered=unanswered, unbegun=unbegun))
            self._ready.clear()
            self.settled = True

    def _late(self) -> bool:
        """Tell whether this process was frozen past its lease: somebody else may hold the batch now."""
        self._ending |= uptime() > self._deadline and not self._terms.alone
        return self._ending

    def _refill(self) -> float:
        """Have somebody ready; return for how many seconds nobody can be."""
        if self._ending or self._ready:
            return 0.0
        held_for = self._hold_until - uptime()
        if held_for > 0:
            return held_for
        try:
            return self._claim()
        except NewsletterError as error:  # raised by the run, once the transport has finished
            self.failure = error
            self._ending = True
            return 0.0

    def _claim(self) -> float:
        began = uptime()
        step = self._windows.next(flying=len(self._flying))
        if step.flights:
            self._ready.extend(step.flights)
            self._deadline = began + self._terms.lease
        elif not 0 < step.wait <= SOON:
            self.wait = step.wait
            self._ending = True
        return step.wait if not step.flights else 0.0
