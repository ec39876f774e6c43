"""The worker of a project: batches as they are handed out, on one more host, with no files but the configuration."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.project.delivering import means_for, refuse_examples
from newsletter.project.presence import counted, present
from newsletter.project.transports import open_transport

if TYPE_CHECKING:
    from newsletter.delivery.one_batch import BatchRun
    from newsletter.delivery.stopping import Stop
    from newsletter.delivery.transports.base import Transport
    from newsletter.project.presence import Presence
    from newsletter.project.project import Project

#: sends whose letters a worker keeps open
KEPT = 8


def work(project: Project, stop: Stop, *, at_once: int = 1) -> None:
    """Take batches until asked to end. Raises ConfigError when the schema becomes another than this program's."""
    from newsletter.delivery.cluster import Pace, Work
    from newsletter.delivery.cluster import work as take

    refuse_examples(project)
    settings = project.config.transport
    with present(project, "worker", stop) as presence:
        assert presence is not None, "a worker has a PostgreSQL database"
        hands = Hands(project, stop, presence, count=at_once)
        try:
            task = Work(batch=hands.batch, care=lambda: _care(project), at_once=at_once)
            take(project.store, task, stop=stop, pace=Pace.within(settings.lease))
        finally:
            hands.close()
        if presence.fault is not None:
            raise presence.fault


def _care(project: Project) -> None:
    """Do what one worker does for all: what is due is handed out, and what pages promised is mailed."""
    from newsletter.delivery.one_batch import look_after
    from newsletter.project.correspondence import mail_waiting

    look_after(project.store, project.config.transport.kind, project.config.transport)
    mail_waiting(project)


class Hands:
    """What batches are sent with: for each at once a transport of its own, and the runs that remember how it went."""

    def __init__(self, project: Project, stop: Stop, presence: Presence, *, count: int) -> None:
        self._project, self._stop, self._presence = project, stop, presence
        self._free = [Hand(counted(open_transport(project.config), presence)) for _ in range(count)]
        self._lock = threading.Lock()

    def batch(self, send: int, seq: int) -> float:
        """Send one batch; return after how many seconds to try again, 0 when it is through."""
        with self._hand() as hand, self._presence.at(send, seq):
            return self._run(hand, send).batch(seq)

    def close(self) -> None:
        """Give back every connection."""
        for hand in self._free:
            hand.transport.close()

    @contextmanager
    def _hand(self) -> Iterator[Hand]:
        with self._lock:
            hand = self._free.pop()
        try:
            yield hand
        finally:
            with self._lock:
                self._free.append(hand)

    def _run(self, hand: Hand, send: int) -> BatchRun:
        from newsletter.delivery.one_batch import BatchRun
        from newsletter.delivery.send import load_send

        if send not in hand.runs:
            if len(hand.runs) >= KEPT:
                del hand.runs[next(iter(hand.runs))]
            found = load_send(self._project.store, send)
            means = means_for(self._project, found, stop=self._stop, transport=hand.transport)
            hand.runs[send] = BatchRun(self._project.store, send, means)
        return hand.runs[send]


class Hand:
    """One transport, and the runs that go through it."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.runs: dict[int, BatchRun] = {}
