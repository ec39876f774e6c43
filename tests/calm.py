"""A machine that is slow for a moment is no fault: waiting, ports that stay ours, and bounds that know of it.

`until` waits for what is then asserted, as one condition; its bound is only there so that a fault ends. `in_time` is
for what has a time given to it, and `watched` tells a promise of seconds for how many of them nothing ran at all.
`processor` is for what has to be cheap: neither neighbours nor what other tests left on the heap are in its figure.
"""

from __future__ import annotations

import gc
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: the longest that anything is waited for, in seconds: not an assertion
BOUND = 120.0
#: seconds between two looks of the one who notes how long this process stood still
LOOK = 0.01


def until(met: Callable[[], object], seconds: float = BOUND, *, every: float = 0.02) -> None:
    """Wait until it is so; fail when it never comes to pass."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(every)


@dataclass
class Stood:
    """For how long this process stood still, in seconds: at most at once, and in all."""

    longest: float = 0.0
    total: float = 0.0


@contextmanager
def watched() -> Iterator[Stood]:
    """Note for how long this process stands still while the block runs, or its threads wait for one another."""
    stood, over = Stood(), threading.Event()

    def look() -> None:
        last = time.monotonic()
        while not over.wait(LOOK):
            moment = time.monotonic()
            late = max(0.0, moment - last - LOOK)
            stood.longest, stood.total = max(stood.longest, late), stood.total + late
            last = moment

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield stood
    finally:
        over.set()
        thread.join()


def in_time(attempt: Callable[[float], None], seconds: float) -> None:
    """Try what is given so many seconds; where that fails, with five times as many, and with twenty-five.

    Only where this process was seen to stand still for a tenth of what was given: a short time makes a quick test,
    and is less than the threads of a busy machine may wait for one another. What fails without that has failed.
    """
    for patience in (seconds, 5 * seconds):
        with watched() as stood:
            try:
                return attempt(patience)
            except Exception as error:
                fault = error
        if stood.longest < patience / 10:
            raise fault
    attempt(25 * seconds)


def processor(work: Callable[[], object]) -> float:
    """Return the seconds of processor time that this thread takes for something."""
    # what other tests left is no part of it: one full collection of a large heap takes longer than most work here
    gc.freeze()
    try:
        began = time.thread_time()
        work()
        return time.thread_time() - began
    finally:
        gc.unfreeze()


def least(work: Callable[[], object], below: float, *, tries: int = 5) -> float:
    """Return the least processor time of several tries, the first below the bound being the last one made."""
    taken = float("inf")
    for _ in range(tries):
        taken = min(taken, processor(work))
        if taken < below:
            break
    return taken


@contextmanager
def closed_once(met: Callable[[], object], close: Callable[[], object], *, within: float) -> Iterator[None]:
    """Close something from another thread once a condition is met; the block has to end so many seconds after that."""
    closed: list[float] = []

    def act() -> None:
        until(met)
        closed.append(time.monotonic())
        close()

    closing = threading.Thread(target=act)
    closing.start()
    with watched() as stood:
        yield
    ended = time.monotonic()
    closing.join()
    assert ended - closed[0] < within + stood.total


def a_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and that the system gives to nobody by itself."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    while True:
        # of every eight ports one is a worker's own: two workers never choose the same
        port = random.SystemRandom().randrange(10_000 // 8, _lowest_given() // 8) * 8 + worker % 8
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _lowest_given() -> int:
    """Return the lowest port that the system gives to whoever asks for any."""
    with suppress(OSError):
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return 32_768
