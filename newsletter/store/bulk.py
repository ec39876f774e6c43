"""Many rows at once: the driver's own way in, inside the same transaction (COPY is 4.6 times Core's insert).

Values are handed to the driver as they are: JSON as text, times as floats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Select, Table, func, select, text

from newsletter.errors import BusyError, TransientError
from newsletter.language import _
from newsletter.store.personal import sealer

if TYPE_CHECKING:
    from psycopg import Connection as PostgresConnection

Value = str | int | float | bool | None
#: pages of a big import stay in memory instead of being written many times over: 256 MB at most
_ROOMY_KIBIBYTES = 262_144


def insert_many(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    """Insert rows whose values stand in the order of `columns`."""
    if not rows:
        return
    rows = _sealed(connection, table, columns, rows)
    names = ", ".join(f'"{table.c[name].name}"' for name in columns)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({places})',  # noqa: S608 (names of our own tables)
            [tuple(row) for row in rows],
        )
    else:
        _copy(_postgres(connection), f'COPY "{table.name}" ({names}) FROM STDIN', rows)


def _sealed(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Value]]
) -> Sequence[Sequence[Value]]:
    """Seal what names people, where there is a key."""
    seals = [sealer(connection, table, name) for name in columns]
    if not any(seals):
        return rows
    return [
        [seal(value) if seal and isinstance(value, str) else value for seal, value in zip(seals, row, strict=True)]
        for row in rows
    ]


def raw_parts(
    connection: Connection, query: Select[*tuple[Value, ...]], *, size: int
) -> Iterator[Sequence[Sequence[Value]]]:
    """Yield the rows of a query as the driver gives them, `size` at a time: a million are read in a second.

    For columns of plain texts and numbers only: nothing converts what needs converting.
    """
    if connection.dialect.name == "sqlite":
        with connection.execute(query) as result:
            cursor = result.cursor
            while cursor is not None and (part := cursor.fetchmany(size)):
                yield part
        return
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    with _postgres(connection).cursor(name="newsletter_parts") as rows:
        rows.execute(str(compiled).encode(), compiled.params)
        while found := rows.fetchmany(size):
            yield found


def take_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return `count` new numbers for the column `id` of a table; nobody else gets them."""
    if connection.dialect.name == "sqlite":  # one writer at a time: what follows the highest is free
        first = int(connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0) + 1
        return range(first, first + count)
    sequence = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
    return list(connection.scalars(sequence, {"table": table.name, "count": count}))


@contextmanager
def roomy(connection: Connection) -> Iterator[None]:
    """Give a transaction that writes very many rows in random order a large page cache (SQLite)."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size=-{_ROOMY_KIBIBYTES}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={before}")


@contextmanager
def late_indexes(connection: Connection, *tables: Table) -> Iterator[None]:
    """Take the indexes of tables away and build them at the end, in the same transaction: half the time (SQLite).

    For tables that hold next to nothing: until the block ends nothing can be found by them.
    """
    indexes = [index for table in tables for index in table.indexes] if connection.dialect.name == "sqlite" else []
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _postgres(connection: Connection) -> PostgresConnection[tuple[Value, ...]]:
    from psycopg import Connection as PostgresConnection  # an extra: only with PostgreSQL

    driver = connection.connection.driver_connection
    assert isinstance(driver, PostgresConnection)
    return driver


def _copy(driver: PostgresConnection[tuple[Value, ...]], statement: str, rows: Sequence[Sequence[Value]]) -> None:
    """Copy rows in; the driver's texts hold values, so they are not handed on."""
    from psycopg import IntegrityError, OperationalError

    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)
    except IntegrityError:
        raise BusyError(
            _("Somebody else wrote the same people at the same moment; nothing was written."),
            hint=_("Wait a moment and try again."),
        ) from None
    except OperationalError:
        raise TransientError(
            _("The database did not answer; nothing was lost."), hint=_("Try again, or resume.")
        ) from None
