"""Who is at work and how far work lags, as `status` says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.language import _, ngettext, number
from newsletter.project.words import duration

if TYPE_CHECKING:
    from newsletter.delivery.crew import Lag, Worker
    from newsletter.store.database import Store

#: characters of a worker's name that people see: enough to tell a few dozen apart
SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at who works."""

    workers: tuple[Worker, ...] = ()
    #: None with SQLite
    lag: Lag | None = None

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON shows it."""
        return {
            "workers": [worker.as_dict() for worker in self.workers],
            "lag": self.lag.as_dict() if self.lag else None,
        }

    def lines(self) -> Iterator[str]:
        """Return it in words: nothing when nobody works and nothing waits."""
        for worker in self.workers:
            yield "    " + _worker(worker)
        if self.lag is not None and self.lag.batches and not any(worker.alive for worker in self.workers):
            yield "    " + _("Nobody is at work: start newsletter worker or newsletter serve.")
        if self.lag is not None and self.lag.batches:
            text = ngettext(
                "{count} recipient is due and not taken up yet, since {time}.",
                "{count} recipients are due and not taken up yet, since {time}.",
                self.lag.recipients,
            )
            yield "    " + text.format(count=number(self.lag.recipients), time=duration(self.lag.seconds))


def look(store: Store) -> Look:
    """Look at who is at work; with SQLite nothing is written of that."""
    from newsletter.delivery.crew import crew, lag

    return Look() if store.is_sqlite else Look(workers=tuple(crew(store)), lag=lag(store))


def _worker(worker: Worker) -> str:
    name = f"{worker.role} {worker.name[:SHOWN]}"
    if not worker.alive:
        return _("{name}: silent for {time}").format(name=name, time=duration(worker.silence))
    if worker.send is None:
        return _("{name}: waits for work").format(name=name)
    batch = f"S{worker.send}/{worker.seq}" if worker.seq else f"S{worker.send}"
    return _("{name}: {batch}, {rate} a second").format(name=name, batch=batch, rate=number(round(worker.rate)))
