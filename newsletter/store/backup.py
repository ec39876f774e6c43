"""Every row of a database into one file and back, between SQLite and PostgreSQL alike.

The file is a zip: `manifest.json` with each table's number of rows and SHA-256, and `tables/NAME.ndjson`
with one row a line; what is sealed stays sealed. What is written is read back and compared: a restore is
proven or rolled back.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, cast
from zipfile import ZipFile

from sqlalchemy import String, Table, func, insert, select, text

from newsletter.errors import ConfigError, RefusedError
from newsletter.language import _
from newsletter.store.personal import as_stored
from newsletter.store.schema import head
from newsletter.store.tables import metadata
from newsletter.store.tables.ledger import worker

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

#: rows read or written at once
WINDOW = 2000
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """How many rows a table has, and the SHA-256 of them in the order of the key."""

    rows: int
    digest: str


def dump(store: Store, archive: ZipFile, *, progress: Progress = lambda _rows: None) -> Mapping[str, Contents]:
    """Write every table into an open zip, as of one moment; return what was written."""
    with store.read() as connection:
        if not store.is_sqlite:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        return {table.name: _dump_table(connection, table, archive, progress) for table in kept()}


def load(
    store: Store, archive: ZipFile, contents: Mapping[str, Contents], *, progress: Progress = lambda _rows: None
) -> None:
    """Write every table of a zip into an empty database, in one transaction, and compare.

    Raises RefusedError when the database is not empty, ConfigError when the file is not what it says.
    """
    with store.write() as connection:
        _refuse_full(connection)
        for table in kept():
            _load_table(connection, table, archive, progress)
            found = _contents(connection, table)
            if found != contents.get(table.name, Contents(rows=0, digest=hashlib.sha256().hexdigest())):
                raise ConfigError(
                    _("The backup is damaged: its table {name} is not what it was.").format(name=table.name),
                    hint=_("Use another backup; nothing was written."),
                )
        if not store.is_sqlite:
            _move_sequences(connection)


def kept() -> list[Table]:
    """Return the tables that a backup holds: all but who is at work just now."""
    return [table for table in metadata.sorted_tables if table is not worker]


def schema_of(version: str) -> None:
    """Refuse a backup whose schema is not this program's; raises ConfigError."""
    if version != head():
        raise ConfigError(
            _("The backup is of another version of the program (schema {version}).").format(version=version),
            hint=_("Restore it with that version, then run newsletter migrate with this one."),
        )


def _dump_table(connection: Connection, table: Table, archive: ZipFile, progress: Progress) -> Contents:
    digest, rows = hashlib.sha256(), 0
    with archive.open(f"tables/{table.name}.ndjson", "w", force_zip64=True) as file:
        for line in _lines(connection, table):
            digest.update(line)
            file.write(line)
            rows += 1
            if rows % WINDOW == 0:
                progress(WINDOW)
    return Contents(rows=rows, digest=digest.hexdigest())


def _contents(connection: Connection, table: Table) -> Contents:
    digest, rows = hashlib.sha256(), 0
    for line in _lines(connection, table):
        digest.update(line)
        rows += 1
    return Contents(rows=rows, digest=digest.hexdigest())


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Return a table's rows as JSON, in the order of its key: the same on both databases."""
    plain = connection.dialect.name == "sqlite"
    order = [
        column if plain or not isinstance(column.type, String) else column.collate("C")
        for column in table.primary_key.columns
    ]
    query = select(as_stored(table)).order_by(*order)
    for row in connection.execute(query.execution_options(yield_per=WINDOW)):
        values = [_thin(value) for value in row]
        yield (json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n").encode()


def _load_table(connection: Connection, table: Table, archive: ZipFile, progress: Progress) -> None:
    name = f"tables/{table.name}.ndjson"
    if name not in archive.namelist():
        return
    names = [column.name for column in table.columns]
    with archive.open(name) as file:
        for some in _windows(file):
            rows = [dict(zip(names, map(_thick, json.loads(line)), strict=True)) for line in some]
            connection.execute(insert(as_stored(table)), rows)
            progress(len(rows))


def _windows(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    source = iter(lines)
    while some := list(islice(source, WINDOW)):
        yield some


def _thin(value: object) -> object:
    """Bytes as JSON holds them; a whole number of a floating column as the other database gives it."""
    if isinstance(value, bytes | memoryview):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    return value


def _thick(value: object) -> object:
    if isinstance(value, dict) and set(value) == {"$bytes"}:
        return base64.b64decode(value["$bytes"])
    return value


def _refuse_full(connection: Connection) -> None:
    for table in kept():
        if connection.scalar(select(func.count()).select_from(table)):
            raise RefusedError(
                _("The database is not empty: nothing was restored."),
                hint=_("Restore into a new one: move var/ away, or name another database."),
            )


def _move_sequences(connection: Connection) -> None:
    """Let the next row of each table get the next number (PostgreSQL counts beside the table)."""
    for table in kept():
        for column in table.primary_key.columns:
            named = {"table": table.name, "column": column.name}
            sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), named)
            if sequence:
                highest = cast("int | None", connection.scalar(select(func.max(column))))
                connection.execute(
                    text("SELECT setval(CAST(:sequence AS regclass), :value, :used)"),
                    {"sequence": sequence, "value": highest or 1, "used": highest is not None},
                )
