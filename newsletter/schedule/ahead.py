"""What a rule gives from now on, with the project's quiet hours and blackout days applied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from newsletter.schedule.policy import Policy, Why
from newsletter.schedule.rule import Rule
from newsletter.schedule.wallclock import following


class Planned(NamedTuple):
    """One time to come."""

    #: naive: its identity
    local: datetime
    #: when it may go, in UTC
    at: datetime
    #: why that is later than its wall time says
    why: Why | None
    #: earlier times of the rule that were moved onto it or past it, and so fall away
    dropped: tuple[datetime, ...] = ()


def ahead(rule: Rule, after: datetime, zone: ZoneInfo, policy: Policy) -> Iterator[Planned]:
    """Yield the rule's times after an instant as they may go; each later than the one before."""
    held: Planned | None = None
    for occurrence in following(rule, after, zone):
        at, why = policy.moved(occurrence.utc)
        here = Planned(occurrence.local, at, why)
        if held is not None and at <= held.at:
            here = here._replace(dropped=(*held.dropped, held.local))
        elif held is not None:
            yield held
        held = here
    if held is not None:
        yield held
