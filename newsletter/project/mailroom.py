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
        #: sends in hand, and what was asked for and nobody has looked at yet
        self._at_work: set[str] = set()
        self._wishes: dict[str, tuple[Project, Send]] = {}
        self._faults: dict[str, NewsletterError] = {}
        self._meters: dict[str, Meter] = {}
        self._grace = 0.0

    def take(self, project: Project, send: Send) -> None:
        """Run a send here; one that is in hand is looked at once more before its run ends."""
        with self._lock:
            if self._stop.asked:
                return
            self._faults.pop(send.ref, None)
            self._grace = max(self._grace, project.config.transport.grace)
            self._wishes[send.ref] = project, send
            if send.ref in self._at_work:
                return
            self._at_work.add(send.ref)
            thread = threading.Thread(target=self._run, args=(send.ref, current()), name=f"mailroom-{send.ref}")
            self._threads[send.ref] = thread
            thread.start()

    def runs(self, send: Send) -> bool:
        """Tell whether a send is in hand here."""
        return send.ref in self._at_work

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

    def _run(self, ref: str, lang: str) -> None:
        from newsletter.errors import NewsletterError

        try:
            with speaking(lang):
                while wish := self._next(ref):
                    try:
                        self._to_its_end(*wish)
                    except NewsletterError as error:
                        self._faults[ref] = error
        except BaseException:
            self._at_work.discard(ref)
            raise

    def _next(self, ref: str) -> tuple[Project, Send] | None:
        """Take up what was asked for; when nothing was, the send is in hand no longer, from this moment on."""
        with self._lock:
            wish = self._wishes.pop(ref, None)
            if wish is None:
                self._at_work.discard(ref)
            else:
                self._faults.pop(ref, None)
            return wish

    def _to_its_end(self, project: Project, send: Send) -> None:
        while not self._stop.asked and (wait := self._turn(project, send)) is not None:
            self._stop.wait(wait)

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
