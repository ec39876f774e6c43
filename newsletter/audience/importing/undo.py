"""Taking an import back: whom it brought is gone again; who has since been written to or spoke for themselves stays.

It never re-activates anybody: whoever the file said to have left stays off the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from newsletter.audience.consent import Consent, ConsentKind, Entry, append
from newsletter.audience.importing.writing import UNDONE
from newsletter.audience.lists import SubscriptionStatus
from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.store.tables import ledger, people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from newsletter.store.database import Store

_AT_ONCE = 5_000
_person, _on, _given = people.subscriber.c, people.subscription.c, people.consent.c


@dataclass(frozen=True, kw_only=True)
class ImportRun:
    """An import that was written."""

    id: int
    list: str
    source: str
    tool: str
    at: float
    counts: dict[str, int]
    undone_at: float | None


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What taking an import back did."""

    #: subscriptions that are no more
    ended: int
    #: people who were deleted: nothing else was known of them
    deleted: int
    #: people who stay on the list: since then they confirmed or chose it themselves
    kept: int


def imports(store: Store) -> tuple[ImportRun, ...]:
    """Return the imports there were, the newest first."""
    run, lists = people.import_run, people.mailing_list
    query = select(run, lists.c.name).join_from(run, lists, lists.c.id == run.c.list_id).order_by(run.c.id.desc())
    with store.read() as connection:
        return tuple(
            ImportRun(
                id=row.id,
                list=row.name,
                source=row.source,
                tool=row.tool,
                at=row.at,
                counts=row.counts,
                undone_at=row.undone_at,
            )
            for row in connection.execute(query)
        )


def undo_import(store: Store, number: int, *, at: float) -> Undone:
    """Take an import back, in one transaction; raises UsageError when there is none, or it is undone already."""
    with store.write() as connection:
        run = people.import_run
        found = connection.execute(select(run).where(run.c.id == number)).one_or_none()
        if found is None:
            raise UsageError(_("There is no import {number}.").format(number=number))
        if found.undone_at is not None:
            raise UsageError(_("The import {number} was undone already.").format(number=number))
        done = _undo(connection, number, found.list_id, since=found.at, at=at)
        connection.execute(update(run).where(run.c.id == number).values(undone_at=at))
        return done


def _undo(connection: Connection, number: int, list_id: int, *, since: float, at: float) -> Undone:
    spoke = _spoke(list_id, since)
    mine = and_(_on.import_id == number, _on.list_id == list_id, _on.status == SubscriptionStatus.ACTIVE.value)
    kept = connection.scalar(select(func.count()).where(mine, _on.subscriber_id.in_(spoke))) or 0
    going = and_(mine, _on.subscriber_id.not_in(spoke))
    _withdraw(connection, going, list_id, at=at)
    values = {"status": SubscriptionStatus.ENDED.value, "ended_at": at, "ended_reason": UNDONE, "consented": False}
    ended = connection.execute(update(people.subscription).where(going).values(**values)).rowcount
    return Undone(ended=ended, deleted=_delete(connection, number), kept=kept)


def _spoke(list_id: int, since: float) -> Select[int]:
    """Return who gave a consent for the list after the import: it is theirs, and stays."""
    ground = people.consent_ground.c
    return (
        select(_person.id)
        .join_from(people.subscriber, people.consent, _given.subscriber_key == _person.key)
        .join(people.consent_ground, ground.id == _given.ground_id)
        .where(_given.list_id == list_id, _given.recorded_at > since, ground.kind != ConsentKind.WITHDRAWN.value)
    )


def _withdraw(connection: Connection, going: ColumnElement[bool], list_id: int, *, at: float) -> None:
    """Say in the ledger that the consents of this import count no more."""
    gone = Consent(kind=ConsentKind.WITHDRAWN, source="import undone", obtained_at=at)
    keys = connection.scalars(
        select(_person.key).join_from(people.subscription, people.subscriber).where(going).order_by(_person.id)
    ).all()
    append(connection, [Entry(key, list_id, gone) for key in keys], at=at)


def _delete(connection: Connection, number: int) -> int:
    """Delete the people of whom nothing but this import is known: no other list, and no mail was sent to them."""
    other = select(_on.subscriber_id).where(_on.subscriber_id == _person.id, _on.ended_reason != UNDONE)
    mailed = select(ledger.delivery.c.subscriber_id)
    alone = and_(_person.import_id == number, ~other.exists(), _person.id.not_in(mailed))
    ids = connection.scalars(select(_person.id).where(alone)).all()
    for part in range(0, len(ids), _AT_ONCE):
        some = ids[part : part + _AT_ONCE]
        connection.execute(delete(people.subscription).where(_on.subscriber_id.in_(some)))
        connection.execute(delete(people.subscriber).where(_person.id.in_(some)))
    return len(ids)
