"""Writing what is sealed again: once, after a key was set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table, select, update

from newsletter.store.personal import PersonalText

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

_AT_ONCE = 1_000


def reseal(store: Store, *tables: Table) -> int:
    """Write the personal columns of tables again, with the key there is now; return how many rows.

    To be run once after a key was set, in one transaction; what is sealed already is sealed anew.
    """
    with store.write() as connection:
        return sum(_reseal(connection, one) for one in tables)


def _reseal(connection: Connection, known: Table) -> int:
    personal = [one for one in known.columns if isinstance(one.type, PersonalText)]
    numbers = connection.scalars(select(known.c.id).order_by(known.c.id)).all()
    for part in range(0, len(numbers), _AT_ONCE):
        some = numbers[part : part + _AT_ONCE]
        for row in connection.execute(select(known.c.id, *personal).where(known.c.id.in_(some))).all():
            values = {one.name: value for one, value in zip(personal, row[1:], strict=True)}
            connection.execute(update(known).where(known.c.id == row.id).values(**values))
    return len(numbers)
