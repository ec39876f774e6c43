"""A statement written once for both databases and run on the driver's own cursor.

SQLAlchemy Core costs 20 to 35 µs a statement, the drivers 3 to 10; a window of 20 recipients needs about
eight. Statements that run once a batch or less often are Core, like everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from newsletter.store.line import fault, wrapped

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.engine.default import DefaultDialect

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
    """One named question: `:name` marks a value, `{now}` the database's clock, `{later}` greatest, `{skip_locked}`.

    `{among :name}` is membership in a list. Conditions that another stage owns are given by name as what makes
    them; they are put in with SQLAlchemy, once.
    """

    def __init__(self, text: str, **conditions: Callable[[], ColumnElement[bool]]) -> None:
        self._text = " ".join(text.split())
        self._conditions = conditions
        self._compiled: dict[tuple[str, str], str] = {}

    def rows(self, connection: Connection, values: Mapping[str, Value]) -> list[Row]:
        """Run it and return its rows."""
        cursor = _cursor(connection)
        try:
            cursor.execute(self.text(connection), values)
            return cursor.fetchall()
        except fault(connection) as error:
            raise wrapped(connection, error) from None
        finally:
            cursor.close()

    def change(self, connection: Connection, values: Mapping[str, Value]) -> int:
        """Run it and return how many rows it changed."""
        cursor = _cursor(connection)
        try:
            cursor.execute(self.text(connection), values)
            return cursor.rowcount
        except fault(connection) as error:
            raise wrapped(connection, error) from None
        finally:
            cursor.close()

    def change_each(self, connection: Connection, values: Sequence[Mapping[str, Value]] | Sequence[Row]) -> int:
        """Run it once for each of `values` and return how many rows all of them changed.

        On SQLite a statement whose places are numbered (`?1`) takes tuples: half the time.
        """
        cursor = _cursor(connection)
        try:
            cursor.executemany(self.text(connection), values)
            return cursor.rowcount
        except fault(connection) as error:
            raise wrapped(connection, error) from None
        finally:
            cursor.close()

    def text(self, connection: Connection) -> str:
        """Return it in the database's own words."""
        dialect = connection.dialect.name
        key = dialect, NOW[dialect]
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = self._compile(connection)
        return found

    def _compile(self, connection: Connection) -> str:
        dialect = connection.dialect.name
        text = self._text
        for name, make in self._conditions.items():
            text = text.replace(f"{{{name}}}", _plain(connection, make()))
        text = re.sub(r"\{among (:\w+)\}", lambda m: AMONG[dialect].format(m[1]), text)
        text = text.replace("{now}", NOW[dialect]).replace("{later}", LATER_OF[dialect])
        text = text.replace("{skip_locked}", SKIP_LOCKED[dialect]).replace("{share}", SHARE[dialect])
        return text if dialect == "sqlite" else re.sub(r"(?<!:):(\w+)", r"%(\1)s", text)


def _plain(connection: Connection, condition: ColumnElement[bool]) -> str:
    """Return a condition as text, its constants written out; values stand in it as literal columns `:name`."""
    dialect = cast("DefaultDialect", type(connection.dialect)(paramstyle="named"))  # type: ignore[call-arg]  # all take it
    compiled = condition.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return " ".join(str(compiled).split())


def among(connection: Connection, values: Sequence[int]) -> Value:
    """Return `values` in the form that `{among :name}` wants on this database."""
    return f"[{','.join(map(str, values))}]" if connection.dialect.name == "sqlite" else list(values)


def _cursor(connection: Connection) -> _Cursor:
    driver = connection.connection.driver_connection
    assert driver is not None
    return cast("_Cursor", driver.cursor())
