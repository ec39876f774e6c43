"""A renewed certificate is taken up while the pages are served: no new start, and no connection is dropped.

Each new connection asks whether the files changed. The new pair is read into a context of its own and looked at
as at the start; only a whole and valid one takes the place of what is served, so that a pair that is
half written, or wrong, changes nothing.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.web.https import warnings_of

if TYPE_CHECKING:
    from ssl import SSLObject, SSLSocket

log = logging.getLogger(__name__)

#: seconds between two looks at the files
EVERY = 1.0
_Stamp = tuple[tuple[int, int, int], ...]


class Renewal:
    """Keeps what a server shows in step with the files of its certificate and key."""

    def __init__(
        self, certificate: Path, key: Path | None, *, every: float = EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._certificate, self._key = certificate, key
        self._every, self._clock = every, clock
        self._next = clock() + every
        self._stamp = self._stamp_now()
        self._fresh: ssl.SSLContext | None = None
        self._complained = False

    def watch(self, context: ssl.SSLContext) -> None:
        """Have every new connection to a server's context get the newest pair."""
        context.sni_callback = self._met

    def _met(self, connection: SSLObject | SSLSocket, _name: str | None, _context: ssl.SSLContext) -> None:
        self._look()
        if self._fresh is not None:
            connection.context = self._fresh

    def _look(self) -> None:
        """Take up what changed; called often, it looks seldom."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + self._every
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return
        try:
            self._fresh = self._read()
        except (ConfigError, OSError, ValueError) as error:  # ssl.SSLError is an OSError
            self._complain(error)
            return
        self._stamp, self._complained = stamp, False
        log.info("the new certificate is served")

    def _read(self) -> ssl.SSLContext:
        warnings_of(self._certificate, self._key, at=time.time())
        fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        fresh.load_cert_chain(self._certificate, self._key, lambda: "")
        return fresh

    def _complain(self, error: Exception) -> None:
        """Say once that what is new can not be served; it is tried again until it can."""
        if not self._complained:
            log.warning(
                "the new certificate can not be served, the one before still is: %s",
                error.message if isinstance(error, ConfigError) else type(error).__name__,
            )
        self._complained = True

    def _stamp_now(self) -> _Stamp:
        """Return what tells that a file changed: whoever writes it, in place or by a new one."""
        return tuple(_stamp(path) for path in (self._certificate, self._key) if path is not None)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
