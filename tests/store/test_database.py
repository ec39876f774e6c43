"""One transaction is one `with`, on both databases."""

import stat

import pytest
from sqlalchemy import insert, select

from newsletter.store.database import Store, now
from newsletter.store.tables.ledger import rate


def test_what_raises_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        connection.execute(insert(rate).values(key="second"))
        raise ZeroDivisionError
    with store.read() as connection:
        assert connection.execute(select(rate)).all() == []


def test_the_clock_is_the_databases_and_moves_inside_a_transaction(store: Store) -> None:
    with store.write() as connection:
        first = now(connection)
        assert first > 1_700_000_000
        assert now(connection) >= first


def test_files_are_private_whatever_the_umask(make_store) -> None:
    """Statement 86."""
    made = make_store()
    assert made.path is not None
    with made.write() as connection:
        connection.execute(insert(rate).values(key="second"))
    for name in ("newsletter.db", "newsletter.db-wal"):
        assert stat.S_IMODE((made.path.parent / name).stat().st_mode) == 0o600
