"""One question to a web server: its status and where it redirects to; the page itself is never read."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from newsletter.version import __version__

#: as much of an answer's head is read, and no more of the answer
HEAD_LIMIT = 32 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LOCATION = re.compile(rb"^location:[ \t]*(.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_INTERIM = 5


class NotHttpError(Exception):
    """What answers does not speak HTTP."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address taken apart; `host` is what is asked for by name, as ASCII."""

    url: str
    host: str
    port: int
    tls: bool
    path: str

    @property
    def authority(self) -> str:
        """The host as the Host header names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The head of an answer."""

    status: int
    location: str = ""


def target_of(url: str) -> Target:
    """Take an address apart; raise ValueError when it is not an http address with a host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(url)
    tls = parts.scheme == "https"
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()
    path = quote(parts.path or "/", safe="%/:=&?~+!$,;'@()*")
    query = quote(parts.query, safe="%/:=&?~+!$,;'@()*[]")
    return Target(
        url=url,
        host=host,
        port=parts.port or (443 if tls else 80),
        tls=tls,
        path=f"{path}?{query}" if query else path,
    )


async def ask(method: str, target: Target, addresses: Sequence[str], context: ssl.SSLContext) -> Reply:
    """Put one question to the first of these addresses that takes the connection."""
    reader, writer = await _connect(target, addresses, context)
    try:
        writer.write(_request(method, target))
        await writer.drain()
        return await _reply(reader)
    finally:
        writer.transport.abort()


async def _connect(
    target: Target, addresses: Sequence[str], context: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to an address that was checked; the name serves the certificate only."""
    failed: OSError = ConnectionError("no address")
    for address in addresses:
        try:
            return await asyncio.open_connection(
                address,
                target.port,
                limit=HEAD_LIMIT,
                ssl=context if target.tls else None,
                server_hostname=target.host if target.tls else None,
            )
        except ssl.SSLError:
            raise
        except OSError as error:
            failed = error
    raise failed


def _request(method: str, target: Target) -> bytes:
    lines = (
        f"{method} {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        f"User-Agent: Infolettre/{__version__} (link check)",
        "Accept: */*",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


async def _reply(reader: asyncio.StreamReader) -> Reply:
    """Read the head of the answer, past interim ones (RFC 9110, 15.2)."""
    for _turn in range(_INTERIM):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise NotHttpError from error
        status = _STATUS.match(head)
        if status is None:
            raise NotHttpError
        if not status[1].startswith(b"1"):
            location = _LOCATION.search(head)
            return Reply(status=int(status[1]), location=location[1].decode("utf-8", "replace") if location else "")
    raise NotHttpError
