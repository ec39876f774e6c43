"""A database opened from its URL; one transaction is one `with`.

On SQLite each writing transaction is `BEGIN IMMEDIATE` in WAL mode with full synchronisation: what was
committed survives a kill and a power cut, and two writers wait for one another instead of failing half-way.
Files are made 0600 in a folder of 0700, whatever the umask.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from newsletter.errors import BusyError, ConfigError, TransientError
from newsletter.language import _
from newsletter.store.personal import use_key

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MILLISECONDS = 10_000
#: a server that a cable no longer leads to is noticed within half a minute, not within two hours
PATIENCE: Mapping[str, int] = MappingProxyType(
    {
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
)


class Store:
    """An open database. Readers use `read`, writers `write`; both give a SQLAlchemy connection."""

    def __init__(self, engine: Engine, reader: Engine) -> None:
        self.engine = engine
        self._reader = reader

    @property
    def is_sqlite(self) -> bool:
        """Tell whether one process at a time may send: SQLite has one writer."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """Return the SQLite file, or None on a server."""
        return Path(self.engine.url.database) if self.is_sqlite and self.engine.url.database else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        with translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent look that never waits for a writer."""
        with translated(), self._reader.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
        self._reader.dispose()


def open_store(url: str, *, encryption: bytes | None = None, previous: Sequence[bytes] = ()) -> Store:
    """Open the database named by `url`: `sqlite:///path` or `postgresql+psycopg://…`; the schema is not touched.

    With a key of 32 octets names and addresses are sealed in it (`personal`); `previous` keys still open.
    """
    if url.startswith("sqlite:///"):
        _make_private(Path(url.removeprefix("sqlite:///")))
        engine, reader = _sqlite(url, immediate=True), _sqlite(url, immediate=False)
    elif url.startswith(("postgresql:", "postgres:", "postgresql+psycopg:")):
        engine = reader = _postgres(url)
    else:
        raise _unknown_kind()
    for one in (engine, reader):
        use_key(one, encryption, *previous)
    return Store(engine, reader)


def _unknown_kind() -> ConfigError:
    return ConfigError(
        _("The database's address is of a kind that is not known."),
        hint=_("Use sqlite:///path or postgresql+psycopg://user@host/name."),
    )


def now(connection: Connection) -> float:
    """Return the database's own time in seconds since 1970: several hosts then agree."""
    if connection.dialect.name == "sqlite":
        return float(connection.scalar(text("SELECT (julianday('now') - 2440587.5) * 86400.0")) or 0)
    return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _sqlite(url: str, *, immediate: bool) -> Engine:
    arguments = {"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)  # values are people's

    @event.listens_for(engine, "connect")
    def _connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # transactions are begun by us, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-1000",  # KiB a connection: what a send needs does not grow with it
            f"busy_timeout={BUSY_MILLISECONDS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _postgres(url: str) -> Engine:
    scheme, rest = url.split(":", 1)
    if "+" not in scheme:
        scheme = "postgresql+psycopg"
    try:
        address = make_url(f"{scheme}:{rest}")
    except (ArgumentError, ValueError):  # its text holds the address, and that a password
        raise _unknown_kind() from None
    try:
        patience = {key: value for key, value in PATIENCE.items() if key not in address.query}
        return create_engine(address, pool_pre_ping=True, pool_size=10, hide_parameters=True, connect_args=patience)
    except ModuleNotFoundError as error:
        raise ConfigError(
            _("PostgreSQL is configured, but its driver is not installed."),
            hint=_("Install it with: pip install 'infolettre[postgres]'"),
        ) from error


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's faults into ours; its texts may hold values, so they are not handed on."""
    try:
        yield
    except OperationalError as error:
        raise _fault(error) from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _lost() from None
        raise


def _fault(error: OperationalError) -> TransientError:
    reason = str(error.orig).lower()
    if "locked" in reason or "busy" in reason:
        return BusyError(_("The database is in use by another process."), hint=_("Wait a moment and try again."))
    if "full" in reason or "no space" in reason:
        return TransientError(_("The disk is full; nothing was lost."), hint=_("Make room, then resume."))
    if "disk i/o" in reason:  # what SQLite says when its shared memory or its journal can not grow
        return TransientError(
            _("The disk can not be read or written: it may be full. Nothing was lost."),
            hint=_("Make room, or check the disk, then resume."),
        )
    if "readonly" in reason or "unable to open" in reason or "permission" in reason:
        return TransientError(
            _("The database can not be opened or written."), hint=_("Check the rights of the folder var/.")
        )
    return _lost()


def _lost() -> TransientError:
    return TransientError(_("The database did not answer; nothing was lost."), hint=_("Try again, or resume."))
