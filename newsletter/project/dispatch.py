"""Sending beside the pages: whatever send is confirmed and due is taken up, one after another, until asked to end."""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

from newsletter.errors import BusyError, NewsletterError
from newsletter.project.delivering import deliver
from newsletter.project.presence import present

if TYPE_CHECKING:
    from newsletter.delivery.stopping import Stop
    from newsletter.project.presence import Presence
    from newsletter.project.project import Project

log = logging.getLogger(__name__)
#: seconds between two looks for work
EVERY = 0.5
#: seconds to stay away from a send that could not be taken up
RETRY = 15.0


class Dispatch:
    """A thread that sends what is due; on SQLite it is the one sender of the project while it works."""

    def __init__(self, project: Project, stop: Stop) -> None:
        self._project, self._stop = project, stop
        self._thread = threading.Thread(target=self._run, name="dispatch")

    def start(self) -> Dispatch:
        """Begin to look for work."""
        self._thread.start()
        return self

    def join(self, seconds: float) -> None:
        """Wait for the mails in flight, at most so long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with present(self._project, "serve", self._stop) as presence:
            self._work(presence)
        if presence is not None and presence.fault is not None:
            log.error("sending ended", extra={"fault": presence.fault.code, "why": presence.fault.message})

    def _work(self, presence: Presence | None) -> None:
        while not self._stop.asked:
            try:
                self.once(presence)
                self._correspond()
            except NewsletterError as error:
                log.warning("looking for sends failed", extra={"fault": error.code})
            self._stop.wait(EVERY)

    def once(self, presence: Presence | None = None) -> int:
        """Take up every running send once; return how many there were."""
        from newsletter.delivery.send import sends
        from newsletter.delivery.states import SendState

        running = [send for send in sends(self._project.store, unfinished=True) if send.state is SendState.RUNNING]
        for send in running:
            if self._stop.asked:
                break
            try:
                with presence.at(send.id) if presence else nullcontext():
                    deliver(self._project, send, stop=self._stop, stay=0, presence=presence)
            except BusyError:
                log.info("another process sends", extra={"send": send.ref})
                self._stop.wait(RETRY)
            except NewsletterError as error:
                log.warning("a send could not go on", extra={"send": send.ref, "fault": error.code})
                self._stop.wait(RETRY)
        return len(running)

    def _correspond(self) -> None:
        """Mail what the public pages promised; what could not be mailed waits."""
        from newsletter.project.correspondence import mail_waiting

        mail_waiting(self._project)
