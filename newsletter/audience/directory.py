"""Lists and people in the store: names to numbers, and rows to `Subscriber` values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from newsletter.audience.lists import SubscriptionStatus
from newsletter.audience.subscriber import Subscriber
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


def list_ids(connection: Connection, names: Sequence[str] = ()) -> dict[str, int]:
    """Return the numbers of lists by name, in the order asked for; of all lists when none is named.

    A list that nobody was ever on has no number yet and is left out.
    """
    table = people.mailing_list
    found = dict(connection.execute(select(table.c.name, table.c.id).order_by(table.c.id)).all())
    return {name: found[name] for name in names or found if name in found}


def ensure_list(connection: Connection, name: str) -> int:
    """Return a list's number, giving it one when it is new."""
    table = people.mailing_list
    found = connection.scalar(select(table.c.id).where(table.c.name == name))
    if found is None:
        found = connection.execute(insert(table).values(name=name).returning(table.c.id)).scalar_one()
    return int(found)


def find_by_key(connection: Connection, key: str) -> Subscriber | None:
    """Return the person whom a link's random key stands for."""
    return next(iter(_people(connection, people.subscriber.c.key == key)), None)


def find_by_address_key(connection: Connection, key: str) -> Subscriber | None:
    """Return the person with an address, by its keyed hash."""
    return next(iter(_people(connection, people.subscriber.c.address_key == key)), None)


def _people(connection: Connection, which: ColumnElement[bool]) -> list[Subscriber]:
    """One query for the people, one for what they are on."""
    columns = people.subscriber.c
    rows = connection.execute(
        select(columns.id, columns.key, columns.address, columns.name, columns.lang, columns.tz, columns.fields).where(
            which, columns.address.is_not(None)
        )
    ).all()
    lists = _lists_of(connection, [row.id for row in rows])
    return [
        Subscriber(
            id=row.id,
            key=row.key,
            address=row.address,
            name=row.name,
            lang=row.lang,
            tz=row.tz,
            lists=lists.get(row.id, ()),
            fields=row.fields,
        )
        for row in rows
    ]


def _lists_of(connection: Connection, ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """Return the names of the lists that each person is on now."""
    on, lists = people.subscription.c, people.mailing_list.c
    query = (
        select(on.subscriber_id, lists.name)
        .join_from(people.subscription, people.mailing_list)
        .where(on.subscriber_id.in_(ids), on.status == SubscriptionStatus.ACTIVE.value)
        .order_by(on.subscriber_id, lists.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for person, name in connection.execute(query):
        found[person] = (*found.get(person, ()), name)
    return found
