"""The tables of the job engine on PostgreSQL: its own schema, brought up with ours, in the same transaction.

The engine (procrastinate) hands batches out to workers and is known to `delivery.cluster` alone; here its SQL
is read from where it is installed, without importing it. The name of the newest step that was applied stands as
a comment on its table, so that a newer release of the engine brings its own steps with `newsletter migrate`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import text

from newsletter.errors import ConfigError
from newsletter.language import _

if TYPE_CHECKING:
    from psycopg import Connection as Driver
    from sqlalchemy import Connection

_TABLE = "procrastinate_jobs"


def bring_up(connection: Connection) -> None:
    """Make the job engine's tables, or bring them up to the release that is installed; on SQLite do nothing.

    Raises ConfigError when the engine is not installed.
    """
    if connection.dialect.name != "postgresql" or applied(connection) == newest():
        return
    folder, done = _folder(), applied(connection)
    if not _is_there(connection):
        _run(connection, (folder / "schema.sql").read_text(encoding="utf-8"))
    else:
        for step in _steps(folder):
            if step.name > done:
                _run(connection, step.read_text(encoding="utf-8"))
    _run(connection, f"COMMENT ON TABLE {_TABLE} IS '{newest()}'")


def applied(connection: Connection) -> str:
    """Return the newest step that was applied to this database; empty when there is none."""
    comment = text("SELECT obj_description(to_regclass(:table), 'pg_class')")
    return str(connection.scalar(comment, {"table": _TABLE}) or "")


def newest() -> str:
    """Return the newest step of the installed release; raises ConfigError when there is none."""
    return _steps(_folder())[-1].name


def _is_there(connection: Connection) -> bool:
    return connection.scalar(text("SELECT to_regclass(:table)"), {"table": _TABLE}) is not None


def _folder() -> Path:
    spec = find_spec("procrastinate")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            _("PostgreSQL is configured, but the engine that hands out its work is not installed."),
            hint=_("Install it with: pip install 'infolettre[postgres]'"),
        )
    return Path(spec.submodule_search_locations[0]) / "sql"


def _steps(folder: Path) -> list[Path]:
    return sorted((folder / "migrations").glob("*.sql"))


def _run(connection: Connection, script: str) -> None:
    """Run a script of many statements as it is: the driver splits nothing and replaces nothing."""
    driver = cast("Driver[tuple[object, ...]]", connection.connection.driver_connection)
    driver.execute(script.encode())
