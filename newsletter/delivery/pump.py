"""A transport at work in a thread of its own, and what is done beside it: leases, answers, wishes to end."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.delivery.feed import Feed
    from newsletter.delivery.stopping import Stop
    from newsletter.delivery.transports.base import Transport

#: seconds between two looks at leases, answers and wishes, beside the transport
PULSE = 0.2
#: seconds that a transport has to say what is known, once it is told to end at once
PARTING = 1.0


def pump(feed: Feed, transport: Transport, *, stop: Stop, grace: float, tick: Callable[[], None]) -> None:
    """Let a transport deliver what a feed yields, until it ends.

    Asked to end, what is in flight has `grace` seconds for its answers; what then has none is in doubt.
    Raises what the transport or the feed raised.
    """
    failures: list[BaseException] = []
    context = contextvars.copy_context()  # the thread speaks the caller's language
    thread = threading.Thread(target=lambda: context.run(_deliver, transport, feed, failures), daemon=True)
    thread.start()
    try:
        if not _watched(thread, feed, stop=stop, grace=grace, tick=tick):
            transport.close()  # it says of each what is known, and which bodies never left
            thread.join(PARTING)
    finally:
        feed.close()
    for failure in (*failures, feed.failure):
        if failure is not None:
            raise failure


def _deliver(transport: Transport, feed: Feed, failures: list[BaseException]) -> None:
    try:
        transport.deliver(feed, feed.report)
    except BaseException as failure:
        failures.append(failure)


def _watched(thread: threading.Thread, feed: Feed, *, stop: Stop, grace: float, tick: Callable[[], None]) -> bool:
    """Look on until the transport has ended; False when it is not waited for any longer."""
    asked: float | None = None
    while True:
        thread.join(PULSE)
        if not thread.is_alive():
            return True
        feed.pulse()
        tick()
        if stop.asked:
            feed.end()
            asked = asked if asked is not None else time.monotonic()
            if stop.urgent or time.monotonic() - asked > grace:
                return False
