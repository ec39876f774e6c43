"""What a project does by itself while `serve` runs: the clock ticks, due sends go, what came back is worked off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.delivery.stopping import Stop
from newsletter.project.dispatch import Dispatch

if TYPE_CHECKING:
    from newsletter.project.project import Project
    from newsletter.schedule.tick import Clockwork


class Duty:
    """The clock and the sending of one process; several may run on PostgreSQL."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._stop = Stop()
        self._dispatch = Dispatch(project, self._stop)

    def start(self) -> Duty:
        """Begin: both look for work at once, so that what became due while nobody ran goes now."""
        from newsletter.project.timing import begin
        from newsletter.schedule.clock import start_clock

        works = begin(self._project)
        self._clock = start_clock(lambda: self._tick(works))
        self._dispatch.start()
        return self

    def end(self) -> None:
        """End after the tick that runs and the mails in flight, within the grace that is configured."""
        self._stop.ask()
        self._clock.stop()
        self._dispatch.join(self._project.config.transport.grace)

    def _tick(self, works: Clockwork) -> None:
        from newsletter.feedback.inbox import waiting, work_off
        from newsletter.feedback.score import Terms
        from newsletter.schedule.tick import tick

        project = self._project
        tick(project.store, works)
        if waiting(project.store):
            work_off(project.store, keys=project.keys, terms=Terms.of(project.config.feedback))
