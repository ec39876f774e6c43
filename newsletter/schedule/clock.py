"""The clock: APScheduler wakes us, and is asked for nothing else; the only module that knows it.

One interval job in memory calls `tick`. No job store: rows of a job store are pickles that a renamed
function deletes (apscheduler #341), a one-off is deleted before it ran, and two schedulers on one store
fire twice. What is due is in our own tables; a missed wake-up loses nothing, the next one finds it.
"""

from __future__ import annotations

import contextvars
import logging
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Protocol

from newsletter.errors import NewsletterError

log = logging.getLogger(__name__)

#: seconds between two ticks: a send goes at most this late
EVERY = 1.0


class _Scheduler(Protocol):
    """What we use of APScheduler's scheduler, which publishes no types."""

    def add_job(self, function: Callable[[], None], trigger: object, **options: object) -> object: ...
    def start(self) -> None: ...
    def shutdown(self, *, wait: bool) -> None: ...


class Clock:
    """A running clock, in a thread of its own."""

    def __init__(self, tick: Callable[[], object], *, every: float) -> None:
        self._tick = tick
        self._scheduler = _scheduler()
        # the job speaks the language of whoever started the clock
        context = contextvars.copy_context()
        self._scheduler.add_job(lambda: context.run(self._once), _interval(every), **_JOB)

    def start(self) -> Clock:
        """Begin to tick, the first time at once."""
        self._scheduler.start()
        return self

    def stop(self) -> None:
        """End after the tick that is running; returns when it is over."""
        self._scheduler.shutdown(wait=True)

    def _once(self) -> None:
        """Tick, and live on whatever happens: what was due stays due."""
        try:
            self._tick()
        except NewsletterError as error:
            log.warning("tick failed", extra={"code": error.code, "error": type(error).__name__})
        except Exception as error:
            # a fault of ours must not stop the clock; its text could hold an address, so its place is logged alone
            log.error("tick broke", extra={"error": type(error).__name__, "place": _place(error)})  # noqa: TRY400


#: missed wake-ups are one, no two run at once, and none is ever too late
_JOB = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


def _scheduler() -> _Scheduler:
    from apscheduler.executors.pool import ThreadPoolExecutor  # 40 ms, only where the clock runs
    from apscheduler.schedulers.background import BackgroundScheduler

    # it tells of every wake-up, and warns when one comes while a tick still runs: neither is news
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    made: _Scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
    return made


def _interval(every: float) -> object:
    from apscheduler.triggers.interval import IntervalTrigger

    # the first time is a moment ahead, because a trigger looks only forward
    return IntervalTrigger(seconds=every, start_date=datetime.now(UTC) + timedelta(milliseconds=50), timezone=UTC)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def start_clock(tick: Callable[[], object], *, every: float = EVERY) -> Clock:
    """Call `tick` every so many seconds in a thread, never twice at once; `stop` ends it."""
    return Clock(tick, every=every).start()


def run_clock(tick: Callable[[], object], every: float = EVERY, *, stop: threading.Event | None = None) -> None:
    """Tick until `stop` is set, or SIGTERM or SIGINT come; the tick that is running then finishes.

    Signals are taken only in the main thread; elsewhere only `stop` ends it.
    """
    ended = stop or threading.Event()
    with _signals(ended):
        clock = start_clock(tick, every=every)
        try:
            ended.wait()
        finally:
            clock.stop()


@contextmanager
def _signals(ended: threading.Event) -> Iterator[None]:
    """Let the two signals that ask a process to end set the event: without a handler it would die in a tick."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
