"""More processes for the same pages: they share one listening socket, and end with the one that began them."""

from __future__ import annotations

import os
import signal
import socket as sockets
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def siblings(command: Sequence[str], socket: sockets.socket, *, count: int) -> Iterator[None]:
    """Run a command `count` times beside us; each gets `--inherited SOCKET,LIFELINE`.

    The lifeline is a pipe that nobody writes to: it closes when we end, in whatever way, and so do they.
    """
    if not count:
        yield
        return
    end, ours = os.pipe()
    kept = (socket.fileno(), end)
    words = [*command, "--inherited", ",".join(map(str, kept))]
    started = [
        subprocess.Popen(words, pass_fds=kept, stdin=subprocess.DEVNULL)  # noqa: S603 (ourselves)
        for _ in range(count)
    ]
    os.close(end)
    try:
        yield
    finally:
        os.close(ours)
        for one in started:
            one.wait()


def inherit(given: str) -> sockets.socket:
    """Return the socket that was handed on, and end when who handed it on is gone."""
    number, lifeline = (int(part) for part in given.split(","))
    threading.Thread(target=_end_with, args=(lifeline,), name="lifeline", daemon=True).start()
    return sockets.socket(fileno=number)


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
