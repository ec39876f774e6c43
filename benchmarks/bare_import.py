"""The rows of an import in the driver's bare statements: what is possible, to compare with; no product code decides.

The rows that an import wrote are read back, and written into an empty database as they are: one transaction,
indexes at its end, a page cache that holds them. Reading, judging and deciding cost nothing here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsletter.store.database import Store

#: what a subscription and a consent refer to, then what there is one of for each person
_FIRST = ("mailing_list", "consent_ground", "import_run")
_EACH = ("subscriber", "subscription", "consent")
#: rows in one call of the driver
_WINDOW = 5_000
Rows = list[tuple[object, ...]]


def bare_rate(imported: Store, empty: Store, most: int = 200_000) -> float:
    """Write the people of one SQLite database into another, `most` of them; return how many in a second."""
    source, target = _driver(imported), _driver(empty)
    rows = {table: _rows(source, table, most) for table in (*_FIRST, *_EACH)}
    indexes = [
        (name, statement)
        for table in _EACH
        for name, statement in target.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?", (table,)
        )
    ]
    target.execute("PRAGMA cache_size = -262144")
    began = time.perf_counter()
    target.execute("BEGIN IMMEDIATE")
    for name, _statement in indexes:
        target.execute(f'DROP INDEX "{name}"')
    for table, found in rows.items():
        _write(target, table, found)
    for _name, statement in indexes:
        target.execute(statement)
    target.execute("COMMIT")
    return len(rows["subscriber"]) / (time.perf_counter() - began)


def _driver(store: Store) -> Any:
    return store.engine.connect().connection.driver_connection


def _rows(driver: Any, table: str, most: int) -> Rows:
    found: Rows = driver.execute(f'SELECT * FROM "{table}" ORDER BY 1 LIMIT {most}').fetchall()
    return found


def _write(driver: Any, table: str, rows: Rows) -> None:
    places = ", ".join("?" * len(rows[0]))
    for first in range(0, len(rows), _WINDOW):
        driver.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows[first : first + _WINDOW])
