"""Insert, or meet what is there already: both databases say it alike, SQLAlchemy in a dialect each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection, Insert, Table


def insert_new(connection: Connection, table: Table, *, key: Sequence[str]) -> Insert:
    """Return an insert that passes over rows whose `key` is there already."""
    return _insert(connection, table).on_conflict_do_nothing(index_elements=list(key))


def insert_or_change(connection: Connection, table: Table, *, key: Sequence[str], change: Sequence[str]) -> Insert:
    """Return an insert that changes the columns `change` of rows whose `key` is there already."""
    made = _insert(connection, table)
    return made.on_conflict_do_update(index_elements=list(key), set_={name: made.excluded[name] for name in change})


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
