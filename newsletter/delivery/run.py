"""Sending in this process: run a confirmed send until it is done, paused, stopped or asked to end.

Workers need no files: the editions and lists stand with the send. Whoever calls brings a transport, the
letters, and a `Stop` that signals may set.
"""

from __future__ import annotations

import contextvars
import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.delivery import ledger
from newsletter.delivery.control import close_finished, stop_send
from newsletter.delivery.counts import counts
from newsletter.delivery.feed import Feed, Letters, People, Terms
from newsletter.delivery.lock import sole_sender
from newsletter.delivery.outcomes import Patience
from newsletter.delivery.progress import Meter, Progress
from newsletter.delivery.rules import Rules
from newsletter.delivery.send import Send, load_send
from newsletter.delivery.states import Counts, SendState
from newsletter.delivery.stopping import Stop
from newsletter.errors import CredentialsError, TransientError

if TYPE_CHECKING:
    from newsletter.config.model import TransportSection
    from newsletter.delivery.transports.base import Transport
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: seconds between two looks at leases, answers and wishes, beside the transport
PULSE = 0.2


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a run works with."""

    transport: Transport
    people: People
    letters: Letters
    settings: TransportSection
    stop: Stop = field(default_factory=Stop)
    #: told a few times a second; must not raise
    progress: Callable[[Progress], None] = lambda _: None
    #: the longest wait for a retry that is worth staying for, in seconds; beyond it the run ends as `waiting`
    stay: float = float("inf")
    #: seconds without any answer from the other side after which the run gives up with its error
    patience: float = 60.0
    random: random.Random = field(default_factory=random.SystemRandom)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended; the send's own state says the rest."""

    send: Send
    counts: Counts
    #: asked to end before it was done
    interrupted: bool = False
    #: seconds until the next retry, when the run did not stay for it
    next_due: float | None = None

    @property
    def done(self) -> bool:
        """Nothing is left to do."""
        return self.send.state is SendState.DONE


def run_send(store: Store, number: int, means: Means) -> Outcome:
    """Send what is due of one send, and stay until it is finished, as far as `means` allow.

    Raises BusyError when another process sends (SQLite), CredentialsError when the other side does not
    accept us (the send is then stopped), TransientError when it can not be reached for too long.
    """
    with sole_sender(store) as alone:
        run = _Run(store, load_send(store, number), means, alone=alone)
        return run.to_its_end()


class _Run:
    """One run of one send: turns of the transport, and the waits between them."""

    def __init__(self, store: Store, send: Send, means: Means, *, alone: bool) -> None:
        self._store = store
        self._send = send
        self._means = means
        self._alone = alone
        self._token = secrets.token_hex(16)
        self._meter = Meter(send)
        self._rules = Rules(store=store, send=send, stop_at_failures=means.settings.stop_at_failures)
        self._failing: float | None = None

    def to_its_end(self) -> Outcome:
        """Take turns until nothing is left that this run should wait for."""
        self._expire()
        while not self._means.stop.asked and self._still_running():
            self._turn()
            self._rules.judge()
            if self._means.stop.asked or close_finished(self._store, self._send.id):
                break
            wait = self._wait()
            if wait > self._means.stay:
                return self._outcome(next_due=wait)
            self._means.stop.wait(min(wait, 1.0))
            self._expire()
        return self._outcome()

    def _still_running(self) -> bool:
        self._send = load_send(self._store, self._send.id)
        return self._send.state is SendState.RUNNING

    def _expire(self) -> None:
        """End the leases of the dead: at once where the lock proves it, by time otherwise."""
        with self._store.write() as connection:
            ledger.expire(connection, send=self._send.id, mine=self._token, alone=self._alone)

    def _turn(self) -> None:
        """Let the transport pull until nothing can be had now."""
        feed = self._feed()
        try:
            pump(feed, self._means.transport, stop=self._means.stop, grace=self._means.settings.grace, tick=self._tick)
        except CredentialsError as error:
            stop_send(self._store, self._send.id, reason=error.message)
            raise
        except TransientError:
            self._failing = self._failing if self._failing is not None and not feed.accepted else time.monotonic()
            if time.monotonic() - self._failing > self._means.patience:
                raise
            log.warning("the other side can not be reached", extra={"send": self._send.id})
        else:
            self._failing = None

    def _feed(self) -> Feed:
        means, settings = self._means, self._means.settings
        terms = Terms(
            token=self._token,
            window=means.transport.window or max(settings.window, means.transport.in_flight),
            in_flight=means.transport.in_flight,
            lease=settings.lease,
            alone=self._alone,
        )
        age = (datetime.now(UTC) - self._send.starts_at).total_seconds()
        patience = Patience(left=settings.deadline_days * 86400 - age, random=means.random)
        return Feed(
            self._store,
            self._send,
            terms=terms,
            people=means.people,
            letters=means.letters,
            patience=patience,
            watch=self._rules.see,
        )

    def _wait(self) -> float:
        """Return in how many seconds something may be had again."""
        starts = (self._send.starts_at - datetime.now(UTC)).total_seconds()
        with self._store.read() as connection:
            due = ledger.next_due(connection, self._send.id)
        return max(PULSE, starts, due if due is not None else 1.0)

    def _tick(self) -> None:
        """Do what is done beside the transport, a few times a second."""
        self._rules.judge()
        self._show()

    def _show(self) -> None:
        self._means.progress(self._meter.look(counts(self._store, self._send.id)))

    def _outcome(self, next_due: float | None = None) -> Outcome:
        self._show()
        send = load_send(self._store, self._send.id)
        return Outcome(
            send=send,
            counts=counts(self._store, send.id),
            interrupted=self._means.stop.asked and not send.ended,
            next_due=next_due,
        )


def pump(feed: Feed, transport: Transport, *, stop: Stop, grace: float, tick: Callable[[], None]) -> None:
    """Let a transport work in a thread of its own, and watch beside it: leases, answers, wishes to end.

    Asked to end, what is in flight has `grace` seconds for its answers; what then has none is in doubt.
    Raises what the transport or the feed raised.
    """
    failures: list[BaseException] = []
    context = contextvars.copy_context()  # the thread speaks the caller's language
    thread = threading.Thread(target=lambda: context.run(_deliver, transport, feed, failures), daemon=True)
    thread.start()
    try:
        _watch(thread, feed, stop=stop, grace=grace, tick=tick)
    finally:
        feed.close()
    for failure in (*failures, feed.failure):
        if failure is not None:
            raise failure


def _deliver(transport: Transport, feed: Feed, failures: list[BaseException]) -> None:
    try:
        transport.deliver(feed, feed.report)
    except BaseException as failure:
        failures.append(failure)


def _watch(thread: threading.Thread, feed: Feed, *, stop: Stop, grace: float, tick: Callable[[], None]) -> None:
    asked: float | None = None
    while True:
        thread.join(PULSE)
        if not thread.is_alive():
            return
        feed.pulse()
        tick()
        if stop.asked:
            feed.end()
            asked = asked if asked is not None else time.monotonic()
            if stop.urgent or time.monotonic() - asked > grace:
                return
