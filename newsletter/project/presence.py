"""A process that sends says every second that it lives, what it has in hand and how fast it is (PostgreSQL).

With SQLite one process sends and its lock says which: nothing is written there.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from newsletter.errors import ConfigError, NewsletterError
from newsletter.version import __version__

if TYPE_CHECKING:
    from newsletter.delivery.stopping import Stop
    from newsletter.delivery.transports.base import Parcels, Receipt, Report, Transport
    from newsletter.project.project import Project
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: seconds between two signs of life, and that a rate is taken over
EVERY, SPAN = 1.0, 30.0


class Presence:
    """The row of one process, kept by a thread of its own from `start` to `end`."""

    def __init__(self, store: Store, role: str, stop: Stop) -> None:
        self._store, self._role, self._stop = store, role, stop
        self._name = secrets.token_hex(16)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)
        self._answers = 0
        self._seen: deque[tuple[float, int]] = deque([(time.monotonic(), 0)])
        self._hands: list[tuple[int, int | None]] = []
        #: why the process must end: the schema is of another age now
        self.fault: ConfigError | None = None

    def start(self) -> Presence:
        """Say so from now on."""
        self._thread.start()
        return self

    def end(self) -> None:
        """Take the row away."""
        from newsletter.delivery.crew import leave

        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            leave(self._store, self._name)
        except NewsletterError:
            log.info("the roll was not reached")

    @contextmanager
    def at(self, send: int, seq: int | None = None) -> Iterator[None]:
        """Have something in hand until the block ends."""
        self._hands.append((send, seq))
        try:
            yield
        finally:
            self._hands.remove((send, seq))

    def answered(self) -> None:
        """Count one recipient."""
        self._answers += 1

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._once()
            except NewsletterError as error:
                log.info("the roll was not reached", extra={"fault": error.code})
            self._ended.wait(EVERY)

    def _once(self) -> None:
        from newsletter.delivery.crew import say
        from newsletter.store.schema import fits, version_of

        at = self._hands[-1] if self._hands else None
        say(self._store, name=self._name, role=self._role, version=__version__, at=at, rate=self._rate())
        try:
            fits(version_of(self._store))
        except ConfigError as fault:
            self.fault = fault
            self._stop.ask()

    def _rate(self) -> float:
        moment = time.monotonic()
        self._seen.append((moment, self._answers))
        while moment - self._seen[0][0] > SPAN:
            self._seen.popleft()
        since, before = self._seen[0]
        return (self._answers - before) / (moment - since) if moment - since > EVERY / 2 else 0.0


@dataclass(frozen=True)
class Counted:
    """A transport whose answers are counted."""

    transport: Transport
    presence: Presence

    def deliver(self, parcels: Parcels, report: Report) -> None:
        """Hand on, and count."""

        def counted(receipt: Receipt) -> None:
            self.presence.answered()
            report(receipt)

        self.transport.deliver(parcels, counted)

    def __getattr__(self, name: str) -> object:
        """Be the transport in everything else."""
        return getattr(self.transport, name)


def counted(transport: Transport, presence: Presence) -> Transport:
    """Return a transport whose answers `presence` counts."""
    return cast("Transport", Counted(transport, presence))


@contextmanager
def present(project: Project, role: str, stop: Stop) -> Iterator[Presence | None]:
    """Be on the roll until the block ends; None with SQLite."""
    if project.store.is_sqlite:
        yield None
        return
    presence = Presence(project.store, role, stop).start()
    try:
        yield presence
    finally:
        presence.end()
