"""Sends run beside the pages of the studio: each in a thread, until it is done or the studio ends.

The same run as the command's. While another process sends, it takes the send up; this one watches, and takes
over when that process has ended.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from newsletter.delivery.progress import Meter
from newsletter.errors import BusyError
from newsletter.language import current, speaking

if TYPE_CHECKING:
    from newsletter.delivery.progress import Progress
    from newsletter.delivery.send import Send
    from newsletter.delivery.states import Counts
    from newsletter.errors import NewsletterError
    from newsletter.project.project import Project

#: seconds that a run stays for a retry before it lets others send
PATIENCE = 900.0
#: seconds between two looks at a send that another process runs
LOOK = 1.0
#: seconds beyond the grace time that the end is waited for
BEYOND = 5.0


class Mailroom:
    """The sends of one process."""

    def __init__(self) -> None:
        from newsletter.delivery.stopping import Stop

        self._stop = Stop()
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}
        self._faults: dict[str, NewsletterError] = {}
        self._meters: dict[str, Meter] = {}
        self._grace = 0.0

    def take(self, project: Project, send: Send) -> None:
        """Run a send here, unless it already is."""
        with self._lock:
            if self._stop.asked or self._alive(send.ref):
                return
            self._faults.pop(send.ref, None)
            self._grace = max(self._grace, project.config.transport.grace)
            thread = threading.Thread(target=self._run, args=(project, send, current()), name=f"mailroom-{send.ref}")
            self._threads[send.ref] = thread
            thread.start()

    def runs(self, send: Send) -> bool:
        """Tell whether a send is in hand here."""
        return self._alive(send.ref)

    def fault(self, send: Send) -> NewsletterError | None:
        """Return why a send could not go on here, if it could not."""
        return self._faults.get(send.ref)

    def progress(self, send: Send, counts: Counts) -> Progress:
        """Return how a send is going, as of now."""
        with self._lock:
            return self._meters.setdefault(send.ref, Meter(send)).look(counts)

    def end(self) -> None:
        """Claim nothing new, and wait for the mails in flight: what is left can be resumed."""
        self._stop.ask()
        for thread in list(self._threads.values()):
            thread.join(self._grace + BEYOND)

    def _alive(self, ref: str) -> bool:
        found = self._threads.get(ref)
        return found is not None and found.is_alive()

    def _run(self, project: Project, send: Send, lang: str) -> None:
        from newsletter.errors import NewsletterError

        with speaking(lang):
            try:
                while not self._stop.asked and (wait := self._turn(project, send)) is not None:
                    self._stop.wait(wait)
            except NewsletterError as error:
                self._faults[send.ref] = error

    def _turn(self, project: Project, send: Send) -> float | None:
        """Send what is due; return after how many seconds to look again, and None when there is nothing to wait for."""
        from newsletter.delivery.send import load_send
        from newsletter.delivery.states import SendState

        if load_send(project.store, send.id).state is not SendState.RUNNING:
            return None
        try:
            outcome = project.deliver(send, stop=self._stop, stay=PATIENCE)
        except BusyError:
            return LOOK
        return None if outcome.next_due is None else min(outcome.next_due, PATIENCE)
