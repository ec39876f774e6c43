"""One connection that a worker keeps, whose transactions begin and end on the driver itself.

Taking a connection from the pool, beginning and committing by way of SQLAlchemy costs more than a window of
twenty recipients does; here it is the driver's own cost. Statements run on it by `delivery.sql`, never Core.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from newsletter.store.database import translated

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import Connection

    from newsletter.store.database import Store

log = logging.getLogger(__name__)
_BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}


class _Driver(Protocol):
    def execute(self, sql: str) -> object: ...


class Line:
    """A kept connection; used by one thread at a time, opened when it is first needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None

    @property
    def is_sqlite(self) -> bool:
        """Tell whether each statement costs next to nothing, and each commit a wait for the disk."""
        return self._store.is_sqlite

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        with translated():
            connection, driver = self._take()
            self._execute(connection, driver, _BEGIN[connection.dialect.name])
            try:
                yield connection
                self._execute(connection, driver, "COMMIT")
            except BaseException:
                self._undo(driver)
                raise

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """Each statement is a transaction of its own: on a server, one round trip for all of it."""
        with translated():
            connection, _driver = self._take()
            try:
                yield connection
            except DBAPIError as error:
                if error.connection_invalidated:
                    self.close()
                raise

    def version(self) -> int | None:
        """Return a number that changes whenever somebody else writes into the database; None where there is none.

        In a transaction it speaks of everything before that began. Our own writes do not change it.
        """
        if not self.is_sqlite:
            return None
        with translated():
            connection, driver = self._take()
            cursor = cast("sqlite3.Cursor", self._execute(connection, driver, "PRAGMA data_version"))
            return int(cursor.fetchone()[0])

    def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()

    def _take(self) -> tuple[Connection, _Driver]:
        if self._connection is None or self._connection.invalidated:
            self.close()
            connection = self._store.engine.connect()
            if not self._store.is_sqlite:  # SQLite's connections are so from their beginning
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            self._connection = connection
        driver = self._connection.connection.driver_connection
        return self._connection, cast("_Driver", driver)

    def _execute(self, connection: Connection, driver: _Driver, statement: str) -> object:
        try:
            return driver.execute(statement)
        except fault(connection) as error:
            raise wrapped(connection, error) from None

    def _undo(self, driver: _Driver) -> None:
        """Roll back; a connection that can not even do that is thrown away."""
        connection = self._connection
        if connection is None or connection.invalidated:
            self.close()
            return
        try:
            driver.execute("ROLLBACK")
        except fault(connection):
            log.debug("a connection that could not roll back was thrown away")
            connection.invalidate()
            self.close()


def fault(connection: Connection) -> type[Exception]:
    """Return what the driver raises."""
    dbapi = connection.dialect.loaded_dbapi
    return cast("type[Exception]", dbapi.Error)


def wrapped(connection: Connection, error: Exception) -> Exception:
    """Dress a driver's error as SQLAlchemy's, so that `store` turns both into ours."""
    dialect = connection.dialect
    driver = None if connection.invalidated else connection.connection.driver_connection
    lost = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]  # psycopg asks the connection itself
    if lost and not connection.invalidated:
        connection.invalidate(error)
    wrapped = DBAPIError.instance(
        None,
        None,
        error,
        fault(connection),
        connection_invalidated=lost,
        dialect=dialect,
    )
    return cast("Exception", wrapped)
