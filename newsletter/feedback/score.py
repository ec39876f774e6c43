"""The score of soft bounces: each adds one, and it halves with time, so that a full mailbox is not the end.

At the limit the address is suppressed; within one of it a person is told, and can still ask the reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from newsletter.store.tables.events import bounce_score

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
        return score >= self.limit

    def is_near(self, score: float) -> bool:
        """Tell whether one more soft bounce might end it: time to warn."""
        return self.limit - 1 <= score < self.limit


def add_soft_bounce(connection: Connection, subscriber_id: int, *, at: float, terms: Terms) -> float:
    """Count one soft bounce at `at` (seconds since 1970) and return the person's score then."""
    columns = bounce_score.c
    mine = columns.subscriber_id == subscriber_id
    found = connection.execute(select(columns.score, columns.at).where(mine)).first()
    if found is None:
        connection.execute(insert(bounce_score).values(subscriber_id=subscriber_id, score=1.0, at=at))
        return 1.0
    moment = max(at, found.at)
    score = terms.decayed(found.score, moment - found.at) + terms.decayed(1.0, moment - at)
    connection.execute(update(bounce_score).where(mine).values(score=score, at=moment))
    return score


def forget_scores(connection: Connection, subscriber_ids: Iterable[int]) -> None:
    """Delete the scores of people who are gone."""
    connection.execute(delete(bounce_score).where(bounce_score.c.subscriber_id.in_(list(subscriber_ids))))


def people_near_limit(connection: Connection, *, at: float, terms: Terms) -> int:
    """Return how many people one more soft bounce may remove."""
    rows = connection.execute(select(bounce_score.c.score, bounce_score.c.at)).all()
    return sum(terms.is_near(terms.decayed(row.score, at - row.at)) for row in rows)
