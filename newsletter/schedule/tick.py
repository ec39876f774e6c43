"""One look at the clock: whatever is due is turned into sends, and whoever must know is told.

Any number of processes may tick on one database: every step is a short transaction of its own with a
compare-and-set in it, so that each turn happens once, whoever is killed in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.schedule.chores import Chore, run_chores
from newsletter.schedule.due import claim
from newsletter.schedule.going import Fire, Fired, go
from newsletter.schedule.notices import Tell, tell_all
from newsletter.schedule.policy import Policy
from newsletter.schedule.reminders import remind
from newsletter.schedule.sequence import follow

if TYPE_CHECKING:
    from newsletter.config.model import Sequence, Series
    from newsletter.schedule.booking import Booking, Turn
    from newsletter.store.database import Store


@dataclass(frozen=True, kw_only=True)
class Clockwork:
    """What a tick works with."""

    policy: Policy
    fire: Fire
    #: None: nobody is told by mail; notices wait and are shown by `status`
    tell: Tell | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    sequences: Mapping[str, Sequence] = field(default_factory=dict)
    chores: tuple[Chore, ...] = ()


def tick(store: Store, works: Clockwork, *, now: datetime | None = None) -> list[tuple[Booking, Turn, Fired]]:
    """Take on everything that is due at `now` (None: by the database's clock); return what became of each turn.

    With nothing due this reads a few indexed rows and writes nothing. Raises TransientError when the
    database does not answer: the next tick goes on.
    """
    claim(store, works.policy, now=now)
    remind(store, works.series, now=now)
    follow(store, works.sequences, works.policy, now=now)
    results = go(store, works.fire, works.policy, now=now)
    if works.tell is not None:
        tell_all(store, works.tell)
    run_chores(store, works.chores, now=now)
    return results
