"""The schema's version: bring a database up to this program, and refuse one that is not of its age."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.language import _
from newsletter.store.database import Store
from newsletter.store.jobs import bring_up

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig
    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(store: Store, *, migrations: Path = MIGRATIONS) -> tuple[str, str]:
    """Bring the schema up to this program's; return the versions before and after. Atomic on both databases.

    Raises ConfigError when the schema is newer than this program.
    """
    from alembic import command  # 0.5 s, only when the schema is looked at

    with store.write() as connection:
        _alone(connection)
        before = _version(connection)
        _refuse_newer(before, migrations)
        command.upgrade(_configuration(connection, migrations), "head")
        bring_up(connection)
        return before, _version(connection)


def ensure(store: Store) -> None:
    """Make the schema in an empty database; raise ConfigError when it is older or newer than this program."""
    with store.read() as connection:
        found = _version(connection)
    if not found:
        migrate(store)
    else:
        fits(found)


def version_of(store: Store) -> str:
    """Return the schema's version as it is now; empty when there is none."""
    with store.read() as connection:
        return _version(connection)


def fits(found: str) -> None:
    """Raise ConfigError when a schema's version is older or newer than this program's, saying what to do."""
    _refuse_newer(found, MIGRATIONS)
    if found != head():
        raise ConfigError(
            _("The database's schema is older than this program ({found}, not {wanted}).").format(
                found=found, wanted=head()
            ),
            hint=_("Make a backup, then run: newsletter migrate"),
        )


def _refuse_newer(found: str, migrations: Path) -> None:
    if found > head(migrations):
        raise ConfigError(
            _("The database's schema is newer than this program ({found}, not {wanted}).").format(
                found=found, wanted=head(migrations)
            ),
            hint=_("Install the newer version of the program here, too."),
        )


def _alone(connection: Connection) -> None:
    """Let nobody else migrate until we are done: several processes may find an empty database at once."""
    from sqlalchemy import text

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('newsletter schema'))"))


def head(migrations: Path = MIGRATIONS) -> str:
    """Return the newest migration's number, read from the file names: no import of Alembic."""
    return max(path.name.split("_")[0] for path in (migrations / "versions").glob("[0-9]*_*.py"))


def _version(connection: Connection) -> str:
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def _configuration(connection: Connection, migrations: Path) -> AlembicConfig:
    from alembic.config import Config as AlembicConfig

    configuration = AlembicConfig()
    configuration.set_main_option("script_location", str(migrations).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration
