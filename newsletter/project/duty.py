"""What a project does by itself while `serve` runs: the clock ticks, due sends go, what came back is worked off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.delivery.stopping import Stop
from newsletter.project.attendance import Attendance
from newsletter.project.dispatch import Dispatch

if TYPE_CHECKING:
    from newsletter.project.project import Project


class Duty:
    """The clock, the sending and the attending of one process; several may run on PostgreSQL."""

    def __init__(self, project: Project) -> None:
        self._stop = Stop()
        self._dispatch = Dispatch(project, self._stop)
        self._attendance = Attendance(project, self._stop)
        self._project = project

    def start(self) -> Duty:
        """Begin: both look for work at once, so that what became due while nobody ran goes now."""
        from newsletter.project.scheduling import wind_up

        self._clock = wind_up(self._project, alone=self._project.store.is_sqlite)
        self._dispatch.start()
        self._attendance.start()
        return self

    def end(self) -> None:
        """End after the tick that runs and the mails in flight, within the grace that is configured."""
        self._stop.ask()
        self._clock.stop()
        self._dispatch.join(self._project.config.transport.grace)
        self._attendance.join(self._project.config.transport.grace)
