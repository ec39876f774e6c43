"""How a send is going, for a terminal's bar, a log line and a page."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.delivery.states import Counts

if TYPE_CHECKING:
    from newsletter.delivery.send import Send

#: seconds that a rate is taken over
SPAN = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """One look at a send under way."""

    send: str
    issue: str
    counts: Counts
    total: int
    #: recipients a second, lately
    rate: float = 0.0
    #: seconds until all are settled at that rate; None while it is not known
    left: float | None = None

    @property
    def share(self) -> float:
        """How much is settled, from 0 to 1."""
        return self.counts.settled / self.total if self.total else 1.0


class Meter:
    """Turns counts that are looked at now and then into a rate and a time left."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._seen: deque[tuple[float, int]] = deque()

    def look(self, counts: Counts) -> Progress:
        """Return the progress as of now."""
        moment = time.monotonic()
        self._seen.append((moment, counts.settled))
        while moment - self._seen[0][0] > SPAN:
            self._seen.popleft()
        first, before = self._seen[0]
        rate = (counts.settled - before) / (moment - first) if moment - first > 0.5 else 0.0
        return Progress(
            send=self._send.ref,
            issue=self._send.issue,
            counts=counts,
            total=self._send.total,
            rate=rate,
            left=counts.left / rate if rate else None,
        )
