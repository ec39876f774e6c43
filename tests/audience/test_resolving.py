"""An audience is who asked, still wants it, and may be written to."""

from __future__ import annotations

import pytest
from audience_crowd import DAY, NOW, SECRET, audience, person
from sqlalchemy import update

from newsletter.audience.address import normalise
from newsletter.audience.audience import Audience, Exclusion
from newsletter.audience.crowd import load
from newsletter.audience.directory import list_ids
from newsletter.audience.enrol import unsubscribe
from newsletter.audience.resolving import still_wanted, still_wanted_for
from newsletter.audience.suppression import Reason, suppress
from newsletter.errors import UsageError
from newsletter.store.database import Store
from newsletter.store.tables import people

PEOPLE = """email,name,lang,comites
ana@example.org,Ana,fr-CA,formation; soutien
bob@example.com,Bob,en-CA,recherche
cleo@example.net,Cléo,fr-CA,
dan@example.org,Dan,fr,formation
"""


def members(store: Store, found: Audience) -> list[tuple[int, str, int, str, str]]:
    with store.read() as connection:
        return sorted(tuple(row) for row in connection.execute(found.query))


def names(store: Store, found: Audience) -> list[str]:
    with store.read() as connection:
        return [one.name for one in load(connection, [row[0] for row in members(store, found)]).values()]


def test_everybody_who_asked_is_in_it_once(store: Store, import_into) -> None:
    import_into(store, PEOPLE)
    found = audience(store)
    assert found.total == len(members(store, found)) == 4
    assert found.by_language == {"en-CA": 1, "fr-CA": 3}
    assert found.by_list == {"demo": 4}
    assert found.exclusions == {}
    assert len(found.digest) == 64


def test_the_digest_follows_the_people(store: Store, import_into) -> None:
    import_into(store, PEOPLE)
    before = audience(store).digest
    assert audience(store).digest == before
    unsubscribe(store, person(store, "dan@example.org").key, list_id=None, source="page", at=NOW)
    assert audience(store).digest != before


def test_who_left_or_was_stopped_is_counted_with_the_reason(store: Store, import_into) -> None:
    """Statement 27: gone from the very next audience."""
    import_into(store, PEOPLE)
    unsubscribe(store, person(store, "ana@example.org").key, list_id=None, source="page", at=NOW)
    suppress(store, normalise("BOB@example.com"), secret=SECRET, reason=Reason.BOUNCED, source="dsn", at=NOW)
    suppress(store, normalise("cleo@example.net"), secret=SECRET, reason=Reason.MANUAL, source="cli", at=NOW)
    found = audience(store)
    assert names(store, found) == ["Dan"]
    assert sum(found.exclusions.values()) + found.total == 4
    assert found.exclusions[Exclusion.UNSUBSCRIBED] >= 1
    assert found.exclusions[Exclusion.BOUNCED] == 1


def test_a_pause_ends_by_itself(store: Store, import_into) -> None:
    import_into(store, PEOPLE)
    with store.write() as connection:
        connection.execute(update(people.subscriber).values(paused_until=NOW + DAY))
    assert audience(store).exclusions == {Exclusion.PAUSED: 4}
    assert audience(store, at=NOW + DAY).total == 4


def test_of_two_lists_the_first_named_owns_the_row(store: Store, import_into) -> None:
    import_into(store, PEOPLE)
    import_into(store, "email\nana@example.org\neve@example.org\n", list="membres")
    found = audience(store, "membres", "demo")
    with store.read() as connection:
        numbers = list_ids(connection)
    owners = {row[0]: row[2] for row in members(store, found)}
    assert owners[person(store, "ana@example.org").id] == numbers["membres"]
    assert owners[person(store, "bob@example.com").id] == numbers["demo"]
    assert found.total == 5
    assert found.by_list == {"demo": 3, "membres": 2}
    assert found.exclusions == {Exclusion.DUPLICATE: 1}


def test_who_left_one_list_gets_it_through_the_other(store: Store, import_into) -> None:
    import_into(store, PEOPLE)
    import_into(store, "email\nana@example.org\n", list="membres")
    with store.read() as connection:
        membres = list_ids(connection)["membres"]
    unsubscribe(store, person(store, "ana@example.org").key, list_id=membres, source="page", at=NOW)
    found = audience(store, "membres", "demo")
    assert found.by_list == {"demo": 4}
    assert found.exclusions == {Exclusion.UNSUBSCRIBED: 1}


def test_an_excluded_list_takes_its_people_out(store: Store, import_into) -> None:
    import_into(store, PEOPLE)
    import_into(store, "email\nana@example.org\n", list="membres")
    found = audience(store, "demo", exclude=("membres",))
    assert found.exclusions == {Exclusion.EXCLUDED_LIST: 1}
    assert found.total == 3


def test_a_segment_takes_a_part(store: Store, import_into) -> None:
    import_into(store, PEOPLE)
    found = audience(store, segment='"formation" in subscriber.comites and subscriber.lang == "fr-CA"')
    assert sorted(names(store, found)) == ["Ana", "Dan"]
    assert found.exclusions == {Exclusion.SEGMENT: 2}


def test_a_list_that_is_not_there_is_named_with_its_neighbour(store: Store) -> None:
    with pytest.raises(UsageError) as raised:
        audience(store, "dmeo")
    assert "demo" in (raised.value.hint or "")


def test_a_list_without_anybody_is_empty(store: Store) -> None:
    found = audience(store, "demo")
    assert found.total == 0
    assert members(store, found) == []


def test_who_left_since_the_plan_is_not_wanted_any_more(store: Store, import_into) -> None:
    """Statement 27: asked just before a window is claimed."""
    import_into(store, PEOPLE)
    rows = members(store, audience(store))
    ana = person(store, "ana@example.org")
    unsubscribe(store, ana.key, list_id=rows[0][2], source="one-click", at=NOW)
    ids = {row[0] for row in rows}
    with store.read() as connection:
        assert still_wanted(connection, ids, NOW) == ids - {ana.id}
        assert still_wanted(connection, ids, NOW, lists=[rows[0][2] + 99]) == set()
        pairs = {(row[0], row[2]) for row in rows}
        assert still_wanted_for(connection, pairs, NOW) == {pair for pair in pairs if pair[0] != ana.id}
