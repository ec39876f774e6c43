"""Running an application: one socket, one process, until it is asked to end. The only module that knows uvicorn."""

from __future__ import annotations

import signal
import socket as sockets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from newsletter.web.renewal import Renewal

if TYPE_CHECKING:
    import ssl

    import uvicorn
    from starlette.types import ASGIApp


def listen(host: str, port: int) -> sockets.socket:
    """Open the listening socket, so that a taken port is known before anything is started; raises OSError."""
    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    made = sockets.socket(family, sockets.SOCK_STREAM)
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    made.listen(512)
    return made


def serve(
    app: ASGIApp,
    socket: sockets.socket,
    *,
    grace: int = 10,
    certificate: Path | None = None,
    key: Path | None = None,
    ending: Callable[[], None] = lambda: None,
    ended: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight get `grace` seconds. Nothing is logged of a request.

    `ending` is called before they are waited for: answers without an end are brought to theirs.
    """
    import uvicorn  # 60 ms, only where something is served

    configuration = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # a token stands in the path: it must be in no log (no-referrer, no access log)
        server_header=False,
        # whose request it is, `counter.network` says from [web] proxies; uvicorn would believe whoever is near
        proxy_headers=False,
        timeout_graceful_shutdown=grace,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    if certificate is not None:
        configuration.load()
        Renewal(certificate, key).watch(_context_of(configuration))

    class Ending(uvicorn.Server):
        async def shutdown(self, sockets: list[sockets.socket] | None = None) -> None:
            ending()
            await super().shutdown(sockets)

    server = Ending(configuration)
    try:
        with _signals_kept():
            server.run(sockets=[socket])
    finally:
        socket.close()
        if ended:
            ended()


def _context_of(configuration: uvicorn.Config) -> ssl.SSLContext:
    assert configuration.ssl is not None, "a certificate makes a context"
    return configuration.ssl


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Let the signal that ended the server be over with it.

    uvicorn raises it once more when it has ended; by default that would kill the process before whatever runs
    beside the pages, the clock and the mails in flight, has come to its end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, _over) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _over(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the server has ended."""
