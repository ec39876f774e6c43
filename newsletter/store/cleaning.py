"""What deleting leaves behind: freed pages and logs keep bytes until they are written over."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing

from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError

from newsletter.store.database import Store

log = logging.getLogger(__name__)


def scrub(store: Store, *tables: Table) -> bool:
    """Make sure that deleted and changed values of these tables are not in the database's files any more.

    SQLite: the whole file is rewritten and the write-ahead log cut to nothing. PostgreSQL: the tables are
    vacuumed; its write-ahead log and backups hold what they hold until they are recycled. Returns False when
    somebody else's long reading or writing kept it from being done: do it again later.
    """
    try:
        return _rewrite(store) if store.is_sqlite else _vacuum(store, tables)
    except (sqlite3.OperationalError, DBAPIError):
        log.warning("the database's files could not be scrubbed: in use")
        return False


def _rewrite(store: Store) -> bool:
    with closing(store.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = cursor.fetchall()[0][0]
        return not busy


def _vacuum(store: Store, tables: tuple[Table, ...]) -> bool:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.execute(text(f'VACUUM "{table.name}"'))
    return True
