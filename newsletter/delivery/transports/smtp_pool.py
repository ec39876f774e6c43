"""The connections to one mail server: opened as needed, fewer when it is busy, more again when it is not.

Nothing is pulled without an open connection, so that a server that can not be reached costs no recipient
an attempt. A server that takes connections and drops each of them is given up after a few.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from newsletter.delivery.transports.redact import redacted
from newsletter.delivery.transports.smtp_opening import open_conversation
from newsletter.delivery.transports.smtp_pump import Patience, Pump
from newsletter.errors import ConfigError, CredentialsError, TransientError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.delivery.transports.base import Receipt
    from newsletter.delivery.transports.smtp_flight import Flight
    from newsletter.delivery.transports.smtp_opening import Capabilities, Relay
    from newsletter.delivery.transports.smtp_reply import Reply
    from newsletter.delivery.transports.smtp_source import Source

log = logging.getLogger(__name__)
#: seconds after which an idle connection is closed; servers close theirs after 300 (RFC 5321 4.5.3.2.7)
IDLE = 60.0
#: seconds after which a connection is replaced by a new one
OLD = 300.0
#: seconds until a busy server is tried with one connection more; doubled each time it refuses
FIRST_GROWTH, LAST_GROWTH = 5.0, 300.0
#: connections that ended before their first answered message, one after the other, before we give up
MOST_BARREN = 5
#: seconds between two looks at what is overdue
LONGEST_TICK = 0.5


class Pool:
    """The connections of one transport; a `Desk` for their pumps."""

    def __init__(self, relay: Relay, loop: asyncio.AbstractEventLoop) -> None:
        settings = relay.settings
        self.clock = loop.time
        self._relay = relay
        self._loop = loop
        self._patience = Patience(
            command=settings.command_timeout,
            data=min(settings.command_timeout, 120.0),
            block=min(settings.command_timeout, 180.0),
            dot=settings.dot_timeout,
        )
        self._tick = min(LONGEST_TICK, settings.command_timeout / 4, settings.dot_timeout / 4)
        self._most = settings.messages_per_connection
        self._limit = settings.connections
        self._growth = FIRST_GROWTH
        self._grow_at = 0.0
        self._open_at = 0.0
        self._barren = 0
        self._last_words_at = 0
        self._pumps: set[Pump] = set()
        self._opening: set[asyncio.Task[None]] = set()
        #: rings at the end of a pause
        self._alarm: asyncio.TimerHandle | None = None
        self._source: Source | None = None
        self._finished: asyncio.Future[None] | None = None

    async def empty(self, source: Source) -> None:
        """Hand over everything that `source` has; it then knows how it ended."""
        self._source = source
        self._finished = self._loop.create_future()
        self._barren = 0
        await self._dismiss_stale()
        ticking = self._loop.create_task(self._tick_on())
        try:
            self._wake()
            self._look()
            await self._finished
        finally:
            ticking.cancel()
            self._silence()
            self._source = None

    async def goodbye(self) -> None:
        """Close every connection politely, within a second."""
        for pump in list(self._pumps):
            pump.leave()
        for _step in range(20):
            if not self._pumps:
                return
            await asyncio.sleep(0.05)
        self.abandon()

    def abandon(self) -> None:
        """End everything at once; what is in flight is reported as far as it is known."""
        if self._source is not None:
            self._source.ended = True
        for task in self._opening:
            task.cancel()
        for pump in list(self._pumps):
            pump.abandon()
        self._look()

    # What pumps ask and tell

    def take(self, offered: Capabilities) -> Flight | None:
        """Return the next parcel, prepared, or None when there is none now."""
        source = self._source
        if source is None or source.ended:
            return None
        now = self.clock()
        taken = source.take(offered, now)
        if taken is None and not source.ended:
            self._ring_at(source.not_before)
        return taken

    def report(self, receipt: Receipt) -> None:
        """Pass a receipt on."""
        if receipt.code:
            self._barren = 0
        if self._source is not None:
            self._source.report(receipt)

    def idle(self, pump: Pump) -> None:  # noqa: ARG002  # any of them
        """A conversation has nothing to do."""
        self._look()

    def locked_out(self, reply: Reply) -> None:
        """The server wants a login, or another one: nobody can be sent anything."""
        self._fail(
            CredentialsError(
                _("The mail server wants a login: {code} {text}").format(code=reply.code, text=redacted(reply.text)),
                hint=_('Set [smtp] security to "starttls" or "tls".')
                if "STARTTLS" in reply.text.upper()
                else _("Check [smtp] username and the secret NEWSLETTER_SMTP_PASSWORD."),
            )
        )

    def gone(self, pump: Pump, reply: Reply | None) -> None:
        """A conversation ended: open another one, perhaps later, perhaps one fewer."""
        self._pumps.discard(pump)
        log.debug("connection ended", extra={"messages": pump.count, "code": reply.code if reply else 0})
        if reply is not None:
            self._told_to_leave(pump)
        elif pump.count and pump.cut:
            self._learn(pump)
        elif not pump.count and not pump.parted and not pump.idle:
            self._barren += 1
        if self._barren >= MOST_BARREN and self._source is not None:
            self._fail(
                TransientError(
                    _("The mail server closes every connection before it takes a mail."),
                    hint=_("Look at its log; what is left can be resumed."),
                )
            )
        self._open_at = self.clock() + (0.05 * 2**self._barren if self._barren else 0)
        self._staff()
        self._look()

    def _told_to_leave(self, pump: Pump) -> None:
        """421: one connection fewer, unless it is the server's limit of messages."""
        if not self._learn(pump) and (not self._most or pump.count < self._most):
            self._shrink()

    def _learn(self, pump: Pump) -> bool:
        """Take a number of messages at which two connections ended as the server's limit; return whether it is one."""
        known = bool(pump.count) and pump.count == self._last_words_at
        if known:
            self._most = pump.count
        self._last_words_at = pump.count
        return known

    # Opening and closing

    def _wake(self) -> None:
        """Something may be had again; a clock that rings early is set once more."""
        self._silence()
        self._staff()
        for pump in [pump for pump in self._pumps if pump.idle]:
            pump.start()

    def _ring_at(self, moment: float) -> None:
        if self._alarm is None:
            self._alarm = self._loop.call_later(max(0.001, moment - self.clock()), self._wake)

    def _silence(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _staff(self) -> None:
        """Open the connections that are missing; the first alone, to see whether the server takes us."""
        source = self._source
        if source is None or source.ended:
            return
        if source.not_before > self.clock():
            self._ring_at(source.not_before)
            return
        wait = self._open_at - self.clock()
        if wait > 0:
            self._loop.call_later(wait, self._staff)
            return
        wanted = self._limit if self._pumps else 1
        while len(self._pumps) + len(self._opening) < wanted:
            self._opening.add(self._loop.create_task(self._open()))

    async def _open(self) -> None:
        """Open one connection and put it to work."""
        try:
            wire, offered = await open_conversation(self._relay)
        except asyncio.CancelledError:
            self._opened()
            raise
        except TransientError as error:
            self._opened()
            self._refused(error)
        except (CredentialsError, ConfigError) as error:
            self._opened()
            self._fail(error)
        else:
            self._opened()
            pump = Pump(wire, offered, self, patience=self._patience, most=self._most)
            self._pumps.add(pump)
            log.debug("connection opened", extra={"connections": len(self._pumps)})
            self._put_to_work(pump)
        self._look()

    def _put_to_work(self, pump: Pump) -> None:
        if self._source is None or self._source.ended:
            pump.leave()  # the work was done before it came
        else:
            pump.start()
            self._staff()

    def _opened(self) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._opening.discard(task)

    def _refused(self, error: TransientError) -> None:
        """No connection could be had: go on with those there are, if there are any."""
        if self._pumps:
            self._shrink()
        elif not self._opening:
            self._fail(error)

    def _shrink(self) -> None:
        self._limit = max(1, min(self._limit - 1, len(self._pumps)))
        self._grow_at = self.clock() + self._growth
        self._growth = min(self._growth * 2, LAST_GROWTH)
        log.info("fewer connections", extra={"connections": self._limit})

    def _grow(self) -> None:
        most = self._relay.settings.connections
        if self._limit < most and self.clock() >= self._grow_at:
            self._limit += 1
            self._grow_at = self.clock() + self._growth
            self._staff()
        elif self._limit == most and self.clock() >= self._grow_at:
            self._growth = FIRST_GROWTH

    async def _dismiss_stale(self) -> None:
        """Forget connections that were idle too long, and let the loop notice those that the server closed."""
        for pump in list(self._pumps):
            if self.clock() - pump.touched > IDLE / 2:
                pump.abandon()
        for _turn in range(2):
            await asyncio.sleep(0)

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(self._tick)
            now = self.clock()
            for pump in list(self._pumps):
                pump.expire(now)
                pump.retiring = pump.retiring or now - pump.born > OLD
                if pump.idle and now - pump.touched > IDLE:
                    pump.leave()
            self._grow()

    # The end

    def _fail(self, error: Exception) -> None:
        if self._source is not None:
            self._source.fail(error)
        self._look()

    def _look(self) -> None:
        """Finish when nothing is left to be had and nothing is on the way."""
        source, finished = self._source, self._finished
        if source is None or finished is None or not source.ended or finished.done():
            return
        if all(pump.resting for pump in self._pumps):
            for task in self._opening:
                task.cancel()
            finished.set_result(None)
