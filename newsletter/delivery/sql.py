"""A statement written once for both databases and run on the driver's own cursor.

SQLAlchemy Core costs 20 to 35 µs a statement, the drivers 3 to 10; a window of 20 recipients needs about
eight. Statements that run once a batch or less often are Core, like everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine.default import DefaultDialect
    from sqlalchemy.sql.dml import UpdateBase

#: the database's own clock, in seconds since 1970: PostgreSQL's `now()` stands still inside a transaction,
#: SQLite 3.40 has no `unixepoch('subsec')`
NOW = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
}
LATER_OF = {"sqlite": "max", "postgresql": "greatest"}
SKIP_LOCKED = {"sqlite": "", "postgresql": "FOR UPDATE SKIP LOCKED"}
SHARE = {"sqlite": "", "postgresql": "FOR SHARE"}
#: membership in a list given as one value: JSON text on SQLite, an array on PostgreSQL
AMONG = {"sqlite": "IN (SELECT value FROM json_each({0}))", "postgresql": "= ANY({0})"}

Value = int | float | str | bytes | bool | None | Sequence[int] | Sequence[str]
Row = tuple[object, ...]


class _Cursor(Protocol):
    rowcount: int

    def execute(self, sql: str, values: object = ...) -> object: ...
    def executemany(self, sql: str, values: object) -> object: ...
    def fetchall(self) -> list[Row]: ...
    def close(self) -> None: ...


class Statement:
    """One named question: `:name` marks a value; `{now}`, `{later}`, `{skip_locked}` and `{share}` stand above."""

    def __init__(self, text: str) -> None:
        self._text = " ".join(text.split())
        self._compiled: dict[tuple[str, str], str] = {}

    def rows(self, connection: Connection, values: Mapping[str, Value]) -> list[Row]:
        """Run it and return its rows."""
        cursor = _cursor(connection)
        try:
            cursor.execute(self._for(connection), values)
            return cursor.fetchall()
        except _fault(connection) as error:
            raise _wrapped(connection, error) from None
        finally:
            cursor.close()

    def change(self, connection: Connection, values: Mapping[str, Value]) -> int:
        """Run it and return how many rows it changed."""
        cursor = _cursor(connection)
        try:
            cursor.execute(self._for(connection), values)
            return cursor.rowcount
        except _fault(connection) as error:
            raise _wrapped(connection, error) from None
        finally:
            cursor.close()

    def change_each(self, connection: Connection, values: Sequence[Mapping[str, Value]]) -> int:
        """Run it once for each of `values` and return how many rows all of them changed."""
        cursor = _cursor(connection)
        try:
            cursor.executemany(self._for(connection), values)
            return cursor.rowcount
        except _fault(connection) as error:
            raise _wrapped(connection, error) from None
        finally:
            cursor.close()

    def _for(self, connection: Connection) -> str:
        dialect = connection.dialect.name
        key = dialect, NOW[dialect]
        if key not in self._compiled:
            self._compiled[key] = self._compile(dialect)
        return self._compiled[key]

    def _compile(self, dialect: str) -> str:
        text = re.sub(r"\{among (:\w+)\}", lambda m: AMONG[dialect].format(m[1]), self._text)
        text = text.replace("{now}", NOW[dialect]).replace("{later}", LATER_OF[dialect])
        text = text.replace("{skip_locked}", SKIP_LOCKED[dialect]).replace("{share}", SHARE[dialect])
        return text if dialect == "sqlite" else re.sub(r":(\w+)", r"%(\1)s", text)


class Built:
    """A statement that is put together with SQLAlchemy once and then run like the others.

    For conditions that another stage owns. `make` is given the fragment that means « among the values of
    `:ns` » on this database; its other values are given by name.
    """

    def __init__(self, make: Callable[[str], UpdateBase]) -> None:
        self._make = make
        self._compiled: dict[str, tuple[str, dict[str, Value]]] = {}

    def rows(self, connection: Connection, values: Mapping[str, Value]) -> list[Row]:
        """Run it and return its rows."""
        text, constants = self._for(connection)
        cursor = _cursor(connection)
        try:
            cursor.execute(text, {**constants, **values})
            return cursor.fetchall()
        except _fault(connection) as error:
            raise _wrapped(connection, error) from None
        finally:
            cursor.close()

    def _for(self, connection: Connection) -> tuple[str, dict[str, Value]]:
        name = connection.dialect.name
        if name not in self._compiled:
            style = "named" if name == "sqlite" else "pyformat"
            dialect = cast("DefaultDialect", type(connection.dialect)(paramstyle=style))  # type: ignore[call-arg]  # all take it
            compiled = self._make(AMONG[name].format(":ns")).compile(dialect=dialect)
            self._compiled[name] = str(compiled), dict(compiled.params)
        return self._compiled[name]


def among(connection: Connection, values: Sequence[int]) -> Value:
    """Return `values` in the form that `{among :name}` wants on this database."""
    return f"[{','.join(map(str, values))}]" if connection.dialect.name == "sqlite" else list(values)


def _cursor(connection: Connection) -> _Cursor:
    driver = connection.connection.driver_connection
    assert driver is not None
    return cast("_Cursor", driver.cursor())


def _fault(connection: Connection) -> type[Exception]:
    dbapi = connection.dialect.loaded_dbapi
    return cast("type[Exception]", dbapi.Error)


def _wrapped(connection: Connection, error: Exception) -> Exception:
    """Dress a driver's error as SQLAlchemy's, so that `store` turns both into ours."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, None, None)  # type: ignore[arg-type]  # the driver's connection is optional
    if lost:
        connection.invalidate(error)
    wrapped = DBAPIError.instance(
        None,
        None,
        error,
        _fault(connection),
        connection_invalidated=lost,
        dialect=dialect,
    )
    return cast("Exception", wrapped)
