"""One TCP connection to a mail server: octets out, replies in.

While the conversation is being opened, one command waits for one answer (`ask`). Then a pump takes over:
each reply goes to `receive`, the end to `lost`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import cast

from newsletter.delivery.transports.smtp_reply import Reply, ReplyReader
from newsletter.language import _

#: octets that may wait here before we are told to hold back
_MUCH = 64 * 1024


class LostError(Exception):
    """The connection ended, by itself or because the other side said nothing in time."""


class Wire(asyncio.Protocol):
    """The octets of one connection."""

    def __init__(self) -> None:
        self._reader = ReplyReader()
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._early: list[Reply] = []
        #: the connection is at its end
        self.ended = False
        #: the kernel takes no more for now
        self.holding = False
        #: something came after the reply that is being received
        self.more = False
        #: takes each reply, once the conversation is open
        self.receive: Callable[[Reply], None] = self._answer
        #: told once, when the connection ended
        self.lost: Callable[[], None] = lambda: None
        #: told when what was held back has left
        self.drained: Callable[[], None] = lambda: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be told of the connection, also of the encrypted one after STARTTLS."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_MUCH, low=0)
        wire = transport.get_extra_info("socket")
        if wire is not None:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into replies and pass them on, each with what is known of what follows it."""
        reader = self._reader
        replies = reader.feed(data)
        for left, reply in enumerate(replies, 1 - len(replies)):
            self.more = left < 0 or reader.pending
            self.receive(reply)
            if self.ended:
                return
        if reader.nonsense:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # why it ended changes nothing
        """Be told of the end."""
        self._end()

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self.holding = True

    def resume_writing(self) -> None:
        """Everything has left."""
        self.holding = False
        self.drained()

    def write(self, octets: bytes) -> None:
        """Hand over octets in one write."""
        if self._transport is not None and not self.ended:
            self._transport.write(octets)

    def unsent(self) -> int:
        """Return how many octets are still with us."""
        return self._transport.get_write_buffer_size() if self._transport is not None and not self.ended else 0

    def abort(self) -> None:
        """End at once; what has not left is dropped."""
        if self._transport is not None:
            self._transport.abort()
        self._end()

    def own_address(self) -> str:
        """Return this side's address as EHLO may name it (RFC 5321 4.1.3)."""
        name = self._transport.get_extra_info("sockname") if self._transport is not None else None
        host = str(name[0]).partition("%")[0] if name else "127.0.0.1"
        return f"[IPv6:{host}]" if ":" in host else f"[{host}]"

    async def ask(self, line: bytes | None, *, timeout: float) -> Reply:
        """Write a command (None: only wait) and return its reply.

        Raises LostError when the connection ends first or nothing comes within `timeout` seconds.
        """
        if line is not None:
            self.expect_silence()
            self.write(line + b"\r\n")
        elif self._early:
            return self._early.pop(0)
        if self.ended:
            raise LostError(_("the connection ended"))
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(self._waiting, timeout)
        except TimeoutError:
            self.abort()
            raise LostError(_("no answer in time")) from None
        finally:
            self._waiting = None

    def expect_silence(self) -> None:
        """End a conversation in which the other side answers what was not said: no answer would be sure any more.

        Raises LostError.
        """
        if self._early or self._reader.pending:
            self.abort()
            raise LostError(_("it answers before it was asked"))

    async def encrypt(self, context: ssl.SSLContext, host: str, *, timeout: float) -> None:
        """Begin TLS on this connection (RFC 3207); raises ssl.SSLError, or LostError.

        Anything that arrived before the handshake was not protected: with it the connection ends.
        """
        plain = self._transport
        if self._early or self._reader.pending or plain is None:
            self.abort()
            raise LostError(_("it answers before encryption has begun"))
        try:
            made = await asyncio.get_running_loop().start_tls(
                plain, self, context, server_hostname=host, ssl_handshake_timeout=timeout
            )
        except ssl.SSLError:
            self.abort()
            raise
        except OSError:
            self.abort()
            raise LostError(_("the handshake failed")) from None
        if made is None:
            raise LostError(_("the handshake failed"))
        self.connection_made(made)

    def _answer(self, reply: Reply) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)
        else:
            self._early.append(reply)

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(LostError(_("the connection ended")))
        self.lost()
