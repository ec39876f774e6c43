"""A worker's kept connection is one transaction a block, as `Store.write` is, and comes back after a cut."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text

from newsletter.delivery.sql import Statement
from newsletter.errors import TransientError
from newsletter.store.database import Store
from newsletter.store.line import Line
from newsletter.store.tables.ledger import rate

KNOW = Statement("INSERT INTO rate (key, tat) VALUES (:key, 0)")


def keys(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.scalars(select(rate.c.key).order_by(rate.c.key)))


def test_a_block_is_one_transaction_and_the_next_goes_on(store: Store) -> None:
    line = Line(store)
    with line.write() as connection:
        KNOW.change(connection, {"key": "one"})
    with pytest.raises(ZeroDivisionError), line.write() as connection:
        KNOW.change(connection, {"key": "two"})
        raise ZeroDivisionError
    with line.write() as connection:
        KNOW.change(connection, {"key": "three"})
    line.close()
    assert keys(store) == ["one", "three"]


def test_what_the_database_refuses_undoes_the_block(store: Store) -> None:
    line = Line(store)
    with pytest.raises(Exception, match=r"(?i)unique"), line.write() as connection:
        KNOW.change(connection, {"key": "one"})
        KNOW.change(connection, {"key": "one"})
    with line.write() as connection:
        KNOW.change(connection, {"key": "two"})
    line.close()
    assert keys(store) == ["two"]


def test_a_single_statement_is_committed_by_itself(store: Store) -> None:
    line = Line(store)
    with line.single() as connection:
        KNOW.change(connection, {"key": "one"})
        assert keys(store) == ["one"]
    line.close()


def test_given_back_it_leaves_a_connection_that_others_can_use(store: Store) -> None:
    line = Line(store)
    with line.write() as connection:
        KNOW.change(connection, {"key": "one"})
    line.close()
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        connection.execute(insert(rate).values(key="two"))
        raise ZeroDivisionError
    assert keys(store) == ["one"]


def test_a_reader_never_waits_for_a_writer(store: Store) -> None:
    line = Line(store)
    with line.write() as connection:
        KNOW.change(connection, {"key": "one"})
        assert keys(store) == []
    line.close()


def test_its_version_tells_that_somebody_else_wrote(make_store) -> None:
    store = make_store()
    line, other = Line(store), Line(store)
    before = line.version()
    with line.write() as connection:
        KNOW.change(connection, {"key": "mine"})
        assert line.version() == before
    assert line.version() == before
    with other.write() as connection:
        KNOW.change(connection, {"key": "theirs"})
    with line.write():
        assert line.version() != before
    line.close()
    other.close()


def test_a_server_that_cut_the_line_is_called_again(make_postgres) -> None:
    store = make_postgres()
    line = Line(store)
    assert line.version() is None
    with line.single() as connection:
        KNOW.change(connection, {"key": "one"})
    with store.write() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )
        )
    with pytest.raises(TransientError), line.write() as connection:
        KNOW.change(connection, {"key": "two"})
    with line.write() as connection:
        KNOW.change(connection, {"key": "three"})
    line.close()
    assert keys(store) == ["one", "three"]
