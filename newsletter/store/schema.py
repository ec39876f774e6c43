"""The schema's version: bring a database up to this program, and refuse one that is not of its age."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.language import _
from newsletter.store.database import Store

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig
    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(store: Store) -> tuple[str, str]:
    """Bring the schema up to this program's; return the versions before and after. Atomic on both databases."""
    from alembic import command  # 0.5 s, only when the schema is looked at

    with store.write() as connection:
        before = _version(connection)
        command.upgrade(_configuration(connection), "head")
        return before, _version(connection)


def ensure(store: Store) -> None:
    """Make the schema in an empty database; raise ConfigError when it is older or newer than this program."""
    with store.read() as connection:
        found = _version(connection)
    if not found:
        migrate(store)
    elif found != head():
        raise ConfigError(
            _("The database's schema is not of this version of the program."),
            hint=_("Make a backup, then run: newsletter migrate"),
        )


def head() -> str:
    """Return the newest migration's number, read from the file names: no import of Alembic."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _version(connection: Connection) -> str:
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _configuration(connection: Connection) -> AlembicConfig:
    from alembic.config import Config as AlembicConfig

    configuration = AlembicConfig()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["connection"] = connection
    return configuration
