"""Nothing that names somebody is left, in any table or byte of the database, but the hash that keeps them away."""

from __future__ import annotations

from pathlib import Path

from audience_crowd import NOW, SECRET, audience, keys, person
from sqlalchemy import select

from newsletter.audience.address import address_key, normalise
from newsletter.audience.consent import verify_chain
from newsletter.audience.dossier import dossier, find_dossier
from newsletter.audience.forgetting import forget, forget_by_key
from newsletter.audience.importing import Why
from newsletter.audience.own import ask_access
from newsletter.audience.signup import Request, sign_up
from newsletter.store.database import Store
from newsletter.store.tables import metadata, people

CANARY = "canari.unique@exemple-secret.org"
NAME = "Zéphirine Introuvable"
TEXT = f"email,name,ville\n{CANARY},{NAME},Saint-Nulle-Part\nb@example.org,B,\n"


def everything(store: Store) -> str:
    with store.read() as connection:
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
        )


def fill(store: Store, import_into) -> str:
    import_into(store, TEXT)
    import_into(store, TEXT, list="membres")
    key = person(store, CANARY).key
    ask_access(store, key, new_key=keys(), at=NOW)
    request = Request(address=normalise(CANARY), name=NAME, lang="fr-CA", wordings={"benevoles": "Oui"}, source="page")
    sign_up(store, request, secret=SECRET, new_key=lambda: "e" * 32, at=NOW)
    return key


def test_a_forgotten_person_is_in_no_table(store: Store, import_into) -> None:
    """Statement 43."""
    key = fill(store, import_into)
    done = forget(store, normalise(CANARY.upper()), secret=SECRET, at=NOW)
    assert done.known
    assert done.scrubbed
    left = everything(store)
    for word in ("canari", "exemple-secret", NAME, "Saint-Nulle-Part"):
        assert word not in left
    digest = address_key(normalise(CANARY), SECRET)
    assert left.count(digest) == 1
    assert dossier(store, key) is None
    assert audience(store).total == 1
    assert verify_chain(store) is None


def test_no_byte_of_the_file_is_left(make_store, import_into) -> None:
    """Statement 43: the raw database file, its log and its index."""
    store = make_store()
    fill(store, import_into)
    assert store.path is not None
    before = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    assert b"canari.unique" in before
    assert forget(store, normalise(CANARY), secret=SECRET, at=NOW).scrubbed
    files = list(Path(store.path.parent).iterdir())
    after = b"".join(path.read_bytes() for path in files)
    for word in (b"canari", b"exemple-secret", NAME.encode(), b"Introuvable", b"Saint-Nulle-Part"):
        assert word not in after
    assert b"b@example.org" in after


def test_a_forgotten_address_stays_away(store: Store, import_into) -> None:
    """Statement 44."""
    fill(store, import_into)
    forget(store, normalise(CANARY), secret=SECRET, at=NOW)
    report = import_into(store, TEXT)
    assert [one.reason for one in report.rows] == [Why.KNOWN_SUPPRESSED, Why.ALREADY_SUBSCRIBED]
    gone = import_into(store, f"email,status\n{CANARY},unsubscribed\n")
    assert gone.rows[0].reason is Why.ROW_UNSUBSCRIBED
    assert "canari" not in everything(store)


def test_a_stranger_can_be_forgotten_in_advance(store: Store) -> None:
    done = forget(store, normalise("never@example.org"), secret=SECRET, at=NOW)
    assert not done.known
    held = find_dossier(store, normalise("never@example.org"), secret=SECRET)
    assert held is not None
    assert held.profile == {}
    assert [one["reason"] for one in held.suppressions] == ["forgotten"]
    assert find_dossier(store, normalise("other@example.org"), secret=SECRET) is None


def test_the_owner_of_a_link_forgets_themselves(store: Store, import_into) -> None:
    key = fill(store, import_into)
    assert forget_by_key(store, key, at=NOW).known
    assert not forget_by_key(store, key, at=NOW).known
    assert "canari" not in everything(store)
    with store.read() as connection:
        row = connection.execute(select(people.subscriber).where(people.subscriber.c.key == key)).one()
    assert (row.address, row.address_key, row.forgotten_at) == (None, None, NOW)
