"""What came back is attended to while `serve` runs: providers' calls at once, refusals and mailboxes now and then.

It has a thread of its own, so that complaints stop a send while that send still runs.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError
from newsletter.project.returns import collector, mailboxes

if TYPE_CHECKING:
    from newsletter.delivery.stopping import Stop
    from newsletter.project.project import Project

log = logging.getLogger(__name__)
#: seconds between two looks at waiting calls, at refusals, into mailboxes
CALLS, REFUSALS, MAILBOXES = 1.0, 30.0, 600.0


class Attendance:
    """A thread that lets what came back take effect, until asked to end."""

    def __init__(self, project: Project, stop: Stop) -> None:
        self._project, self._stop = project, stop
        self._thread = threading.Thread(target=self._run, name="attendance")
        self._looked = {"refusals": 0.0, "mailboxes": 0.0}

    def start(self) -> Attendance:
        """Begin with what waits."""
        self._thread.start()
        return self

    def join(self, seconds: float) -> None:
        """Wait for what is being applied, at most so long; the rest waits on disk."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stop.asked:
            try:
                self.once(time.monotonic())
            except NewsletterError as error:
                log.warning("what came back must wait", extra={"fault": error.code})
            self._stop.wait(CALLS)

    def once(self, at: float) -> None:
        """Look where it is time to look; `at` is monotonic."""
        from newsletter.feedback.inbox import waiting

        found = collector(self._project)
        if waiting(self._project.store):
            found.work_off_calls()
        if self._is_time("refusals", REFUSALS, at):
            found.count_refusals()
        if self._is_time("mailboxes", MAILBOXES, at):
            for _name, box, password in mailboxes(self._project):
                found.visit(box, password)

    def _is_time(self, what: str, every: float, at: float) -> bool:
        due = not self._looked[what] or at - self._looked[what] >= every
        if due:
            self._looked[what] = at
        return due
