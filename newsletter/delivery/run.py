"""Sending in this process: run a confirmed send until it is done, paused, stopped or asked to end.

Workers need no files: the editions and lists stand with the send. Whoever calls brings a transport, the
letters, and a `Stop` that signals may set.
"""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.delivery import ledger
from newsletter.delivery.control import close_finished, stop_send
from newsletter.delivery.counts import counts
from newsletter.delivery.feed import SOON, Feed, Letters
from newsletter.delivery.lock import sole_sender
from newsletter.delivery.outcomes import Patience
from newsletter.delivery.progress import Meter, Progress
from newsletter.delivery.pump import PULSE, pump
from newsletter.delivery.quiet import quiet_for
from newsletter.delivery.rules import Rules
from newsletter.delivery.send import Send, load_send
from newsletter.delivery.states import Counts, SendState
from newsletter.delivery.stopping import Stop
from newsletter.delivery.throttle import Throttle
from newsletter.delivery.windows import Terms, Windows
from newsletter.errors import CredentialsError, TransientError

if TYPE_CHECKING:
    from newsletter.config.model import TransportSection
    from newsletter.delivery.transports.base import Transport
    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: seconds between two looks at whether a send that waits was paused, cancelled or can go on
LOOK = 1.0


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a run works with."""

    transport: Transport
    letters: Letters
    settings: TransportSection
    stop: Stop = field(default_factory=Stop)
    #: told a few times a second; must not raise
    progress: Callable[[Progress], None] = lambda _: None
    #: the longest wait for a retry that is worth staying for, in seconds; beyond it the run ends
    stay: float = float("inf")
    #: seconds in which the other side could never be reached, after which the run gives up with its error
    patience: float = 60.0
    #: what quiet hours are read by
    clock: Callable[[], datetime] = _utc
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
        return Run(store, load_send(store, number), means, alone=alone).to_its_end()


class Run:
    """One run of one send: turns of the transport, and the waits between them."""

    def __init__(self, store: Store, send: Send, means: Means, *, alone: bool) -> None:
        self._store = store
        self._send = send
        self._means = means
        self._alone = alone
        self._token = secrets.token_hex(16)
        self._meter = Meter(send)
        self._throttle = Throttle.of(means.transport.name, means.settings)
        self._rules = Rules(
            store=store, send=send, throttle=self._throttle, stop_at_failures=means.settings.stop_at_failures
        )
        self._feed: Feed | None = None
        self._failing: float | None = None
        with store.read() as connection:
            self._opens = time.monotonic() + ledger.hold_left(connection, send.id)

    def to_its_end(self) -> Outcome:
        """Take turns until nothing is left that this run should wait for."""
        while not self._means.stop.asked and self._still_running():
            self._expire()
            wait = self._not_yet() or self.turn()
            self._rules.judge()
            if self._means.stop.asked or close_finished(self._store, self._send.id) or not self._still_running():
                break
            wait = wait or self._due()
            if wait > self._means.stay:
                return self._outcome(next_due=wait)
            self._rest(wait)
        return self._outcome()

    def turn(self, *, batch: int = 0) -> float:
        """Let the transport pull until nothing can be had now, or until one batch is through.

        Returns the seconds that a limit asks to wait; 0: none does.
        """
        feed = self._feed = self._new_feed(batch)
        try:
            pump(feed, self._means.transport, stop=self._means.stop, grace=self._means.settings.grace, tick=self._tick)
        except CredentialsError as error:
            stop_send(self._store, self._send.id, reason=error.message)
            raise
        except TransientError:
            self._bear_with_it(feed)
        else:
            self._failing = None
        return feed.wait

    def _still_running(self) -> bool:
        self._send = load_send(self._store, self._send.id)
        return self._send.state is SendState.RUNNING

    def _expire(self) -> None:
        """End the leases of the dead: at once where the lock proves it, by time otherwise."""
        with self._store.write() as connection:
            ledger.expire(connection, send=self._send.id, mine=self._token, alone=self._alone)

    def _bear_with_it(self, feed: Feed) -> None:
        """Go on for a while although the other side can not be reached; raise what is being handled after that.

        What is wrong with the ledger itself is raised at once: nothing may leave that can not be written down.
        """
        moment = time.monotonic()
        if self._failing is None or feed.accepted:
            self._failing = moment
            log.warning("the other side can not be reached: trying on", extra={"send": self._send.id})
        if feed.failure is not None or moment - self._failing >= self._means.patience:
            raise  # called while handling it

    def _new_feed(self, batch: int) -> Feed:
        means, settings = self._means, self._means.settings
        terms = Terms(
            token=self._token,
            window=means.transport.window or max(settings.window, means.transport.in_flight),
            in_flight=means.transport.in_flight,
            lease=settings.lease,
            alone=self._alone,
            batch=batch,
        )
        age = (_utc() - self._send.starts_at).total_seconds()
        return Feed(
            self._send,
            Windows(self._store, self._send, terms=terms, throttle=self._throttle),
            terms=terms,
            letters=means.letters,
            patience=Patience(left=settings.deadline_days * 86400 - age, random=means.random),
            watch=self._rules,
        )

    def _not_yet(self) -> float:
        """Return for how many seconds nothing may leave: the hold, quiet hours, a relay that asked for time."""
        return max(
            self._opens - time.monotonic(),
            quiet_for(self._means.clock(), self._means.settings.quiet_hours, self._send.site.tz),
            self._throttle.braked(self._store),
            0.0,
        )

    def _due(self) -> float:
        """Return in how many seconds somebody is due again."""
        with self._store.read() as connection:
            due = ledger.next_due(connection, self._send.id)
        return max(PULSE, due if due is not None else LOOK)

    def _rest(self, seconds: float) -> None:
        """Wait, but see it soon when the send is paused or cancelled, or when we are asked to end."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._means.stop.wait(min(left, LOOK)):
            self._show()
            if not self._still_running():
                return

    def _tick(self) -> None:
        """Do what is done beside the transport, a few times a second."""
        self._rules.judge()
        wait = self._not_yet()
        if self._feed is not None and wait > SOON:
            self._feed.end()
        elif self._feed is not None and wait:
            self._feed.hold(wait)
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
