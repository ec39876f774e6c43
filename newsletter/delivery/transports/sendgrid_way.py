"""The way to SendGrid and back: connections that follow no redirection, and whose answers are bounded in time.

A status of acceptance is the whole answer: SendGrid has taken the call, and what the body says, or whether it
ever ends, changes nothing. A socket's own timeout begins anew with each octet; here an answer has so many
seconds in all.
"""

from __future__ import annotations

import contextlib
import io
import ssl
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from urllib.request import OpenerDirector, Request  # noqa: TID251  # the package's own way out

    from _typeshed import WriteableBuffer

ACCEPTED = 202
#: octets of an answer that are read
MOST = 1_000_000
#: octets that are written at once, and how many times its timeout a whole request may take
_PIECE, _WRITING = 65_536, 10


class _Timed(io.RawIOBase):
    """What a socket receives until a moment: each read waits no longer than until then."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float) -> None:
        self._raw, self._sock, self._until = raw, sock, until

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Read what there is; raises TimeoutError at the end of the time."""
        _wait(self._sock, self._until)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._raw.close()
        super().close()


def _wait(sock: socket.socket, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    sock.settimeout(left)


class _Answer(HTTPResponse):
    """An answer that is whole when its time is over."""

    def __init__(self, sock: socket.socket, *args: object, **options: object) -> None:
        super().__init__(sock, *args, **options)  # type: ignore[arg-type]
        until = time.monotonic() + (sock.gettimeout() or 0)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, until))

    def read(self, amt: int | None = None) -> bytes:
        """Return of the body what came in time; nothing of one that is not asked about."""
        body = b""
        with contextlib.suppress(OSError, HTTPException):
            while self.status != ACCEPTED and len(body) < MOST and (piece := self.read1(_PIECE)):
                body += piece
        self.close()
        return body[:amt]


class _Writing(HTTPConnection):
    """A connection whose request is written within a time, too, however slowly the other side reads."""

    response_class = _Answer

    def send(self, data: object) -> None:
        """Write in pieces; raises TimeoutError when the whole takes too long."""
        if self.sock is None:
            self.connect()
        patience = self.sock.gettimeout() or 0
        until = time.monotonic() + _WRITING * patience
        octets = memoryview(data)  # type: ignore[arg-type]  # the package writes octets
        for start in range(0, len(octets), _PIECE):
            if time.monotonic() >= until:
                raise TimeoutError
            self.sock.sendall(octets[start : start + _PIECE])


class _Secure(_Writing, HTTPSConnection):
    """The same, in TLS."""


def way_out(*, secure: bool) -> OpenerDirector:
    """Return what opens connections and follows no redirection (RFC 9110 15.4): it would take the key along."""
    from urllib.request import (  # noqa: TID251  # what the package uses
        HTTPHandler,
        HTTPRedirectHandler,
        HTTPSHandler,
        build_opener,
    )

    class NoRedirection(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            """Let the answer stand as it is."""

    class Plain(HTTPHandler):
        def http_open(self, request: Request) -> HTTPResponse:
            """Open a connection that is bounded in time."""
            return self.do_open(_Writing, request)

    class Sealed(HTTPSHandler):
        def https_open(self, request: Request) -> HTTPResponse:
            """Open a connection in TLS that is bounded in time."""
            return self.do_open(_secure(context), request)

    if not secure:
        return build_opener(NoRedirection, Plain)
    context = ssl.create_default_context()
    return build_opener(NoRedirection, Plain, Sealed(context=context))


def _secure(context: ssl.SSLContext) -> Callable[..., _Secure]:
    return lambda host, **options: _Secure(host, context=context, **options)
