"""One transaction is one `with`, on both databases."""

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from newsletter.store.database import Store, now, open_store
from newsletter.store.schema import ensure
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


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    """Statement 86."""
    before = os.umask(0)
    try:
        made = open_store(f"sqlite:///{tmp_path}/var/newsletter.db")
        ensure(made)
        with made.write() as connection:
            connection.execute(insert(rate).values(key="second"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
    finally:
        os.umask(before)
    names = ("newsletter.db", "newsletter.db-wal", "newsletter.db-shm")
    assert [modes[name] for name in names] == [0o600] * 3
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
    made.close()
