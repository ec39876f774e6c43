"""Who must not be written to, kept as a keyed hash of the address: it survives forgetting and re-import.

A suppression is for one list, or for every list (`list_id` 0). Nothing in this package ever lifts one
but the person's own undo, and their own confirmed request on a public page.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select, update

from newsletter.audience.address import Address, address_key
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

#: `list_id` of a suppression that holds for every list
EVERY_LIST = 0


class Reason(StrEnum):
    """Why somebody gets nothing any more."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FORGOTTEN = "forgotten"
    MANUAL = "manual"


#: what says more about a person stays when two reasons meet
_WEIGHT = {Reason.UNSUBSCRIBED: 0, Reason.MANUAL: 1, Reason.BOUNCED: 2, Reason.COMPLAINED: 3, Reason.FORGOTTEN: 4}


def outweighs(reason: Reason, known: Reason) -> bool:
    """Tell whether a new reason says more about a person than the one on record."""
    return _WEIGHT[reason] > _WEIGHT[known]


def suppress(store: Store, address: Address, *, secret: bytes, reason: Reason, source: str, at: float) -> bool:
    """Suppress an address for every list, known or not; return False when it already was."""
    with store.write() as connection:
        key = address_key(address, secret)
        added = add_suppression(connection, key, reason=reason, source=source, at=at)
        person = connection.scalar(select(people.subscriber.c.id).where(people.subscriber.c.address_key == key))
        if person is not None:
            end_subscriptions(connection, person, reason=reason, at=at)
        return added


def add_suppression(
    connection: Connection,
    key: str,
    *,
    list_id: int = EVERY_LIST,
    reason: Reason,
    source: str,
    at: float,
    import_id: int | None = None,
) -> bool:
    """Record that an address key gets nothing; return False when it was recorded before."""
    table = people.suppression
    same = and_(table.c.address_key == key, table.c.list_id == list_id)
    known = connection.scalar(select(table.c.reason).where(same))
    if known is None:
        values = {"address_key": key, "list_id": list_id, "reason": reason.value, "source": source, "at": at}
        connection.execute(insert(table).values(**values, import_id=import_id))
        return True
    if outweighs(reason, Reason(known)):
        connection.execute(update(table).where(same).values(reason=reason.value, source=source, at=at))
    return False


def lift_suppression(connection: Connection, key: str, *, list_id: int, only: Reason) -> bool:
    """Take back a suppression for one list or for every list, if it has this reason: for a person's own undo."""
    table = people.suppression
    same = and_(table.c.address_key == key, table.c.list_id == list_id, table.c.reason == only.value)
    return connection.execute(delete(table).where(same)).rowcount > 0


def is_suppressed(connection: Connection, key: str, *, list_id: int = EVERY_LIST) -> bool:
    """Tell whether an address gets nothing from a list; without a list: nothing at all."""
    table = people.suppression
    where = and_(table.c.address_key == key, table.c.list_id.in_({EVERY_LIST, list_id}))
    return connection.scalar(select(table.c.id).where(where).limit(1)) is not None


def end_subscriptions(
    connection: Connection, subscriber_id: int, *, reason: Reason, at: float, list_ids: Sequence[int] = ()
) -> list[int]:
    """End somebody's subscriptions, to some lists or to all; return the lists' ids that were not ended before."""
    table = people.subscription
    where = [table.c.subscriber_id == subscriber_id, table.c.status != "ended"]
    if list_ids:
        where.append(table.c.list_id.in_(list_ids))
    found = list(connection.scalars(select(table.c.list_id).where(*where)))
    values = {"status": "ended", "ended_at": at, "ended_reason": reason.value, "consented": False}
    connection.execute(update(table).where(*where).values(**values))
    return found
