"""Chores: what a project does by itself every so often, once for all processes that run a clock."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from newsletter.errors import NewsletterError
from newsletter.schedule.booking import clock, instant_of
from newsletter.store.tables import clock as tables

if TYPE_CHECKING:
    from newsletter.store.database import Store

log = logging.getLogger(__name__)

#: a chore that failed is tried again after this time, or its own when that is shorter
RETRY = timedelta(hours=1)


class Do(Protocol):
    """The work of a chore."""

    def __call__(self, since: datetime, now: datetime, /) -> None:
        """Do what has become due between the two instants; raises NewsletterError to be tried again."""
        ...


@dataclass(frozen=True, kw_only=True)
class Chore:
    """Something to do every so often; the first time when the clock first sees it."""

    name: str
    every: timedelta
    do: Do


def run_chores(store: Store, chores: Iterable[Chore], *, now: datetime | None = None) -> list[str]:
    """Do every chore that is due and return their names; two clocks never do the same."""
    return [chore.name for chore in chores if _run(store, chore, now)]


def _run(store: Store, chore: Chore, now: datetime | None) -> bool:
    rows = tables.chore
    with store.read() as connection:
        moment = clock(connection, now)
        found = connection.execute(select(rows).where(rows.c.name == chore.name)).first()
    if found is None:
        return _begin(store, chore, moment)
    if found.next_at > moment.timestamp() or not _take(store, chore, moment, found.next_at):
        return False
    try:
        chore.do(instant_of(found.done_at), moment)
    except NewsletterError as error:
        log.warning("chore failed", extra={"chore": chore.name, "code": error.code})
        _set(store, chore, next_at=moment + min(RETRY, chore.every))
        return False
    _set(store, chore, next_at=moment + chore.every, done_at=moment)
    return True


def _begin(store: Store, chore: Chore, now: datetime) -> bool:
    """Write down a chore that is seen for the first time, and do it at once: as if done one period ago."""
    first = {"name": chore.name, "next_at": now.timestamp(), "done_at": (now - chore.every).timestamp()}
    try:
        with store.write() as connection:
            connection.execute(insert(tables.chore).values(**first))
    except IntegrityError:
        return False  # another clock saw it at the same moment, and does it
    return _run(store, chore, now)


def _take(store: Store, chore: Chore, now: datetime, seen: float) -> bool:
    """Take a chore by compare-and-set: until it is done another clock sees it a retry time ahead."""
    rows = tables.chore
    later = (now + min(RETRY, chore.every)).timestamp()
    with store.write() as connection:
        mine = rows.c.name == chore.name, rows.c.next_at == seen
        return connection.execute(update(rows).where(*mine).values(next_at=later)).rowcount == 1


def _set(store: Store, chore: Chore, *, next_at: datetime, done_at: datetime | None = None) -> None:
    values = {"next_at": next_at.timestamp()} | ({"done_at": done_at.timestamp()} if done_at else {})
    with store.write() as connection:
        connection.execute(update(tables.chore).where(tables.chore.c.name == chore.name).values(**values))
