"""The score of soft bounces: each adds one, and it halves with time, so that a full mailbox is not the end.

At the limit the address is suppressed; within one of it a person is told, and can still ask the reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from newsletter.store.tables.events import bounce_score
from newsletter.store.upsert import insert_or_change

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.config.model import Feedback

DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Terms:
    """When soft bounces are too many."""

    #: the score halves in this many days
    half_life_days: float = 30.0
    #: the score at which an address is suppressed
    limit: float = 4.0

    @classmethod
    def of(cls, section: Feedback) -> Terms:
        """Return the terms of the configuration's `[feedback]`."""
        return cls(half_life_days=section.half_life_days, limit=section.limit)

    def decayed(self, score: float, seconds: float) -> float:
        """Return what is left of a score after some time; time that runs backwards changes nothing."""
        return float(score * 0.5 ** (max(0.0, seconds) / (self.half_life_days * DAY)))

    def is_over(self, score: float) -> bool:
        """Tell whether a score ends the writing."""
        return round(score, 1) >= self.limit  # bounces of one week count whole

    def is_near(self, score: float) -> bool:
        """Tell whether one more soft bounce might end it: time to warn."""
        return self.limit - 1 <= round(score, 1) < self.limit


def add_soft_bounces(connection: Connection, bounces: Iterable[tuple[int, float]], *, terms: Terms) -> dict[int, float]:
    """Count soft bounces, each a person's number and a time; return the scores of these people then."""
    bounces = sorted(bounces, key=lambda one: one[1])
    columns = bounce_score.c
    known = select(columns.subscriber_id, columns.score, columns.at).where(
        columns.subscriber_id.in_({person for person, _ in bounces})
    )
    scores = {row.subscriber_id: (row.score, row.at) for row in connection.execute(known)} if bounces else {}
    for person, at in bounces:
        score, moment = scores.get(person, (0.0, at))
        later = max(at, moment)
        scores[person] = (terms.decayed(score, later - moment) + terms.decayed(1.0, later - at), later)
    if scores:
        rows = [{"subscriber_id": person, "score": score, "at": at} for person, (score, at) in scores.items()]
        connection.execute(
            insert_or_change(connection, bounce_score, key=("subscriber_id",), change=("score", "at")), rows
        )
    return {person: score for person, (score, _) in scores.items()}


def people_near_limit(connection: Connection, *, at: float, terms: Terms) -> int:
    """Return how many people one more soft bounce may remove."""
    rows = connection.execute(select(bounce_score.c.score, bounce_score.c.at)).all()
    return sum(terms.is_near(terms.decayed(row.score, at - row.at)) for row in rows)
