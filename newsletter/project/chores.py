"""What a project does by itself while its clock runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.language import _, current, ngettext
from newsletter.project.telling import mail_beside
from newsletter.schedule.chores import Chore

if TYPE_CHECKING:
    from newsletter.project.project import Project

#: days before implied consents end at which the coordinator is told
AHEAD = (60, 30)


def chores_of(project: Project) -> tuple[Chore, ...]:
    """Return the chores of a project."""
    return (Chore(name="consents", every=timedelta(days=1), do=ConsentReport(project)),)


@dataclass(frozen=True)
class ConsentReport:
    """Tells the coordinator 60 and 30 days ahead that implied consents end: there is time to ask again (CASL 10(9))."""

    project: Project

    def __call__(self, since: datetime, now: datetime, /) -> None:
        """Mail how many consents came within 60 or 30 days of their end since the last look; nothing when none did."""
        lines = tuple(self._lines(now, days=max(1, ceil((now - since) / timedelta(days=1)))))
        if not lines:
            return
        sender = self.project.config.default_sender
        if sender is None:
            raise ConfigError(_("newsletter.toml names no sender."))
        advice = _("Ask these people for their express consent before then.")
        subject = _("Consents are about to end")
        mail_beside(self.project.config, subject, (*lines, advice), [sender.reply_to or sender.from_], lang=current())

    def _lines(self, now: datetime, *, days: int) -> list[str]:
        """Return a line for each list and time: who comes within it now and was not `days` ago."""
        from newsletter.audience.consent import ending

        lines = []
        for ahead in AHEAD:
            within: Counter[str] = Counter()
            for each in ending(self.project.store, at=now.timestamp(), ahead=(ahead, max(0, ahead - days))):
                within[each.list] += each.people if each.days == ahead else -each.people
            for name, people in sorted(within.items()):
                if people > 0:
                    text = ngettext(
                        "{list}: the consent of {people} person ends within {days} days.",
                        "{list}: the consent of {people} people ends within {days} days.",
                        people,
                    )
                    lines.append(text.format(list=name, people=people, days=ahead))
        return lines
