"""Mails to a mail server (RFC 5321), many a second, each at most once.

The only place with an event loop: the rest of the program is not asynchronous. uvloop is used when it is
installed (1.8 times the rate). Nothing is retried here: what a server said, or did not say, is reported.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from newsletter.delivery.transports.smtp_opening import Relay, open_conversation
from newsletter.delivery.transports.smtp_pool import Pool
from newsletter.delivery.transports.smtp_source import Source

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Parcels, Report, Transport

#: makes an event loop
NewLoop = Callable[[], asyncio.AbstractEventLoop]


def open_transport(config: Config) -> Transport:
    """Open the mail server of `[smtp]`; no connection is made before the first parcel.

    Raises ConfigError when mails are to be signed and the key is not fit for it.
    """
    secret = config.secrets.smtp_password
    relay = Relay(settings=config.smtp, password=secret.get_secret_value() if secret else "")
    return Smtp(relay, sign=_signer(config)) if config.smtp.dkim_domain else Smtp(relay)


def _signer(config: Config) -> Callable[[bytes], bytes]:
    from newsletter.message.dkim import open_signer  # cryptography, 40 ms, only where we sign

    smtp = config.smtp
    return open_signer(domain=smtp.dkim_domain, selector=smtp.dkim_selector, key_file=config.root / smtp.dkim_key_file)


def fast_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's event loop where it is installed, else the standard one."""
    try:
        import uvloop  # an extra; 10 ms
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


class Smtp:
    """A mail server as a transport; see `Transport`."""

    name = "smtp"
    real = True
    window: int | None = None

    def __init__(
        self, relay: Relay, *, sign: Callable[[bytes], bytes] = lambda content: content, new_loop: NewLoop = fast_loop
    ) -> None:
        self.in_flight = relay.settings.connections
        self._relay = relay
        self._sign = sign
        self._new_loop = new_loop
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: Pool | None = None
        self._running = False
        self._closing = False

    def deliver(self, parcels: Parcels, report: Report) -> None:
        """Hand over each parcel and report what the server said of it.

        Raises CredentialsError when the server does not accept us, TransientError when it can not be
        reached; what was in flight has its receipts by then.
        """
        loop, pool = self._begin()
        source = Source(parcels, report, self._sign)
        work = loop.create_task(pool.empty(source))
        try:
            loop.run_until_complete(work)
        except BaseException:
            pool.abandon()  # an interruption from outside: each parcel gets its receipt first
            loop.run_until_complete(work)
            raise
        finally:
            self._end()
        if source.failure is not None:
            raise source.failure

    def check(self) -> None:
        """Connect, encrypt, log in, and leave; raises what `deliver` raises."""
        loop = self._new_loop()
        try:
            loop.run_until_complete(_visit(self._relay))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    def close(self) -> None:
        """Give back the connections; a `deliver` that runs in another thread ends at once."""
        with self._lock:
            loop, pool = self._loop, self._pool
            if loop is None or pool is None:
                return
            if self._running:
                self._closing = True
                loop.call_soon_threadsafe(pool.abandon)
                return
            self._loop = self._pool = None
        loop.run_until_complete(pool.goodbye())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def _begin(self) -> tuple[asyncio.AbstractEventLoop, Pool]:
        with self._lock:
            if self._loop is None or self._pool is None:
                self._loop = self._new_loop()
                self._pool = Pool(self._relay, self._loop)
            self._running, self._closing = True, False
            return self._loop, self._pool

    def _end(self) -> None:
        with self._lock:
            self._running = False
            closing = self._closing
        if closing:
            self.close()


async def _visit(relay: Relay) -> None:
    wire, _offered = await open_conversation(relay)
    try:
        await wire.ask(b"QUIT", timeout=5.0)
    finally:
        wire.abort()
