"""Asking a send to end: once means finish what is in flight, twice means now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """A wish to end, shared by everybody who works on a send; safe in a signal handler."""

    def __init__(self) -> None:
        self._times = 0
        self._event = threading.Event()

    def ask(self) -> None:
        """Ask once more."""
        self._times += 1
        self._event.set()

    @property
    def asked(self) -> bool:
        """Claim nothing new; what is in flight gets its answers within the grace time."""
        return self._times > 0

    @property
    def urgent(self) -> bool:
        """Do not even wait for those."""
        return self._times > 1

    def wait(self, seconds: float) -> bool:
        """Sleep, but wake at once when asked to end; return whether one is asked."""
        return self._event.wait(max(0.0, seconds))


@contextmanager
def signals(stop: Stop) -> Iterator[Stop]:
    """Let Ctrl-C and SIGTERM ask to end, until the block does; only in the main thread."""

    def asked(_number: int, _frame: FrameType | None) -> None:
        stop.ask()

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
