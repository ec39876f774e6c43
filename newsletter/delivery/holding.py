"""What one worker holds: its terms, the batches in its hands, who is in flight, and permits not yet used."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from newsletter.audience.subscriber import Subscriber
    from newsletter.delivery.ledger import Claim, Lease
    from newsletter.delivery.throttle import Grant

#: seconds that permits may lie before they are spent
FRESH = 1.0


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
    ahead: deque[Flight] = field(default_factory=deque)
    #: when they were read (monotonic)
    read_at: float = 0.0
    #: everybody of it wants it as long as the database is at this version, and until then (wall clock)
    version: int | None = None
    read_on: float = 0.0
    #: nobody comes after those
    read_up: bool = False
    #: nothing more is claimed from it now
    drained: bool = False
    #: until then (monotonic) its whole lane is left alone
    aside: float = 0.0


class Flight(NamedTuple):
    """A recipient who is `sending`, or will be, and the batch they are of; a tuple, as one is made for everybody."""

    claim: Claim
    subscriber: Subscriber
    held: Held


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What the next window brought: people to send to, or when to ask again; neither: nothing can be had."""

    flights: Sequence[Flight] = ()
    wait: float = 0.0


@dataclass(kw_only=True, slots=True)
class Permits:
    """What was reserved of a limit and not yet used."""

    count: int = 0
    #: from when on (monotonic) they may be used
    since: float = 0.0

    @classmethod
    def of(cls, grant: Grant) -> Permits:
        """Return what was granted."""
        return cls(count=grant.count, since=time.monotonic() + grant.wait)

    @property
    def wait(self) -> float:
        """Seconds until they may be used, or until one may ask again."""
        return max(0.0, self.since - time.monotonic())

    @property
    def fresh(self) -> bool:
        """They are there, and not so old that spending them now would be too much at once."""
        return self.wait > 0 or (self.count > 0 and time.monotonic() < self.since + FRESH)
