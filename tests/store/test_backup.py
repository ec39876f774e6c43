"""A backup is all of it: rows, numbers, bytes; between both databases and back."""

import io
from zipfile import ZipFile

import pytest
from sqlalchemy import insert, select, text

from newsletter.errors import ConfigError, RefusedError
from newsletter.store.backup import Contents, dump, load
from newsletter.store.tables import clock, events, ledger, people


@pytest.fixture
def filled(make_store):
    """A store with a row of each kind of column."""
    store = make_store("filled.db")
    with store.write() as connection:
        connection.execute(insert(people.mailing_list), [{"id": 3, "name": "membres"}])
        person = {
            "key": "0" * 32,
            "address": "Zoé@example.org",
            "lang": "fr-CA",
            "fields": {"b": 1.5, "a": ["é", None]},
        }
        connection.execute(insert(people.subscriber).values(id=7, created_at=1.25, **person))
        subscription = {"subscriber_id": 7, "list_id": 3, "status": "active", "started_at": 2.0, "consented": True}
        connection.execute(insert(people.subscription).values(**subscription))
        connection.execute(
            insert(events.inbox).values(provider="x", received_at=1.0, digest="d", body=b"\x00\xff", proof={})
        )
        for key in ("Zz", "aa", "é", "_"):
            connection.execute(insert(ledger.rate).values(key=key))
    return store


def dumped(store):
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        contents = dump(store, archive)
    return file, contents


def test_what_is_dumped_comes_back_the_same_on_either_database(filled, store):
    file, contents = dumped(filled)
    load(store, ZipFile(file), contents)
    assert dumped(store)[1] == contents
    with store.read() as connection:
        assert connection.execute(select(people.subscriber.c.fields)).scalar_one() == {"b": 1.5, "a": ["é", None]}
        assert bytes(connection.execute(select(events.inbox.c.body)).scalar_one()) == b"\x00\xff"
        assert connection.execute(select(people.subscription.c.consented)).scalar_one() is True


def test_the_next_row_gets_the_next_number(filled, store):
    file, contents = dumped(filled)
    load(store, ZipFile(file), contents)
    with store.write() as connection:
        made = connection.execute(insert(people.mailing_list).values(name="autre").returning(people.mailing_list.c.id))
        assert made.scalar_one() == 4


def test_a_database_that_is_not_empty_is_left_alone(filled, store):
    file, contents = dumped(filled)
    load(store, ZipFile(file), contents)
    with pytest.raises(RefusedError, match="not empty"):
        load(store, ZipFile(file), contents)


def test_a_damaged_backup_is_refused_whole(filled, make_store):
    file, contents = dumped(filled)
    wrong = {**contents, "subscription": Contents(rows=1, digest="0" * 64)}
    target = make_store("target.db")
    with pytest.raises(ConfigError, match="damaged"):
        load(target, ZipFile(file), wrong)
    with target.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM subscriber")) == 0
    assert clock.schedule.name in contents
