"""With a key a stolen database names nobody, and everything works as before."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from audience_crowd import NOW, SECRET, audience, person
from sqlalchemy import create_engine, text

from newsletter.audience.address import normalise
from newsletter.audience.forgetting import forget
from newsletter.audience.signup import Request, confirm, sign_up, waiting
from newsletter.errors import ConfigError
from newsletter.store.backup import dump, load
from newsletter.store.database import Store, open_store
from newsletter.store.resealing import reseal
from newsletter.store.schema import ensure
from newsletter.store.tables import people

KEY, OTHER = b"e" * 32, b"o" * 32
CANARY = "canari.unique@exemple.org"
TEXT = f"email,name,ville\n{CANARY},Zéphirine Introuvable,Laval\nb@example.org,,\n"


@pytest.fixture
def open_with(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Open one and the same SQLite file with a key, or another key, or none."""
    made: list[Store] = []

    def opened(key: bytes | None, name: str = "sealed.db") -> Store:
        store = open_store(f"sqlite:///{tmp_path / 'var' / name}", encryption=key)
        ensure(store)
        made.append(store)
        return store

    yield opened
    for store in made:
        store.close()


def raw(store: Store) -> bytes:
    assert store.path is not None
    return b"".join(path.read_bytes() for path in store.path.parent.glob(store.path.name + "*"))


def test_nobody_is_named_in_the_file(open_with, import_into) -> None:
    store = open_with(KEY)
    import_into(store, TEXT)
    asked = Request(
        address=normalise("asked@exemple.org"), name="Askée", lang="fr-CA", wordings={"demo": "x"}, source="p"
    )
    sign_up(store, asked, secret=SECRET, new_key=lambda: "f" * 32, at=NOW)
    for word in (b"canari", "Zéphirine".encode(), b"asked@", "Askée".encode()):
        assert word not in raw(store)
    found = person(store, CANARY)
    assert (found.address, found.name, found.fields) == (CANARY, "Zéphirine Introuvable", {"ville": "Laval"})
    assert audience(store, segment='subscriber.ville == "Laval"').total == 1
    assert [one.address for one in waiting(store)] == ["asked@exemple.org"]
    assert confirm(store, waiting(store)[0].key, secret=SECRET, at=NOW + 1) is not None
    assert import_into(store, TEXT).rows[0].reason.value == "already_subscribed"
    assert forget(store, normalise(CANARY), secret=SECRET, at=NOW).known


def test_equal_names_do_not_look_equal(open_with, import_into) -> None:
    store = open_with(KEY)
    import_into(store, "email,name\na@example.org,Même\nb@example.org,Même\n")
    with store.read() as connection:
        sealed = connection.scalars(text("SELECT name FROM subscriber")).all()
    assert len(set(sealed)) == 2


@pytest.mark.parametrize("key", [None, OTHER])
def test_without_the_key_it_says_so(open_with, import_into, key: bytes | None) -> None:
    import_into(open_with(KEY), TEXT)
    with pytest.raises(ConfigError) as raised:
        person(open_with(key), CANARY)
    assert "NEWSLETTER_ENCRYPTION_KEY" in (raised.value.hint or "")


def test_a_key_set_later_reads_what_was_there_and_seals_it(open_with, import_into) -> None:
    import_into(open_with(None), TEXT)
    store = open_with(KEY)
    assert person(store, CANARY).address == CANARY
    assert reseal(store, people.subscriber, people.pending_signup) == 2
    assert person(store, CANARY).name == "Zéphirine Introuvable"
    with store.read() as connection:
        assert not any("canari" in value for value in connection.scalars(text("SELECT address FROM subscriber")))


def test_a_backup_stays_sealed_and_comes_back(open_with, import_into, tmp_path: Path) -> None:
    store = open_with(KEY)
    import_into(store, TEXT)
    path = tmp_path / "backup.zip"
    with zipfile.ZipFile(path, "w") as archive:
        contents = dump(store, archive)
    with zipfile.ZipFile(path) as archive:
        assert b"canari" not in archive.read("tables/subscriber.ndjson")
        restored = open_with(KEY, "restored.db")
        load(restored, archive, contents)
    assert person(restored, CANARY).address == CANARY


@pytest.mark.postgres
def test_postgresql_seals_the_same(postgres_server: str, make_postgres, import_into) -> None:
    plain = make_postgres()
    url = plain.engine.url.render_as_string(hide_password=False)
    store = open_store(url, encryption=KEY)
    try:
        import_into(store, TEXT)
        assert person(store, CANARY).name == "Zéphirine Introuvable"
        assert audience(store).total == 2
    finally:
        store.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert not any("canari" in value for value in connection.scalars(text("SELECT address FROM subscriber")))
    engine.dispose()
