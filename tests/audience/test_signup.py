"""Somebody asks, confirms, and only then gets mail; nobody can ask in another's name more than once a day."""

from __future__ import annotations

import pytest
from audience_crowd import DAY, NOW, SECRET, audience, keys, person
from sqlalchemy import func, select

from newsletter.audience.address import address_key, normalise
from newsletter.audience.audience import Exclusion
from newsletter.audience.consent import verify_chain
from newsletter.audience.directory import find_by_key, list_ids
from newsletter.audience.dossier import dossier
from newsletter.audience.enrol import undo_unsubscribe, unsubscribe
from newsletter.audience.own import (
    ACCESS_LIFETIME,
    Choice,
    Corrections,
    ask_access,
    ask_address,
    choose_lists,
    confirm_address,
    correct,
    open_access,
    pause,
    paused_until,
)
from newsletter.audience.signup import LIFETIME, Request, confirm, find_pending, mark_mailed, sign_up, waiting
from newsletter.audience.suppression import Reason, is_suppressed, suppress
from newsletter.store.database import Store
from newsletter.store.tables import people

WORDS = "J’accepte de recevoir l’infolettre."


def ask(address: str = "ana@example.org", *lists: str, name: str = "Ana") -> Request:
    return Request(
        address=normalise(address),
        lang="fr-CA",
        name=name,
        wordings=dict.fromkeys(lists or ("demo",), WORDS),
        source="page abonnement",
    )


@pytest.fixture
def new_key():
    return keys()


def joined(store: Store, new_key, address: str = "ana@example.org", *lists: str) -> str:
    pending = sign_up(store, ask(address, *lists), secret=SECRET, new_key=new_key, at=NOW)
    assert pending is not None
    found = confirm(store, pending.key, secret=SECRET, at=NOW + 60)
    assert found is not None
    return found.subscriber_key


def test_a_request_waits_until_its_owner_confirms(store: Store, new_key) -> None:
    """Statements 32 and 39: one mail, and the consent with its exact words."""
    pending = sign_up(store, ask(), secret=SECRET, new_key=new_key, at=NOW)
    assert pending is not None
    assert audience(store).total == 0
    assert [one.id for one in waiting(store)] == [pending.id]
    mark_mailed(store, pending.id, at=NOW + 1)
    assert waiting(store) == ()
    assert find_pending(store, pending.key, at=NOW + 2) is not None
    found = confirm(store, pending.key, secret=SECRET, at=NOW + 60)
    assert found is not None
    assert found.lists == ("demo",)
    assert audience(store).total == 1
    held = dossier(store, found.subscriber_key)
    assert held is not None
    consent = held.consents[0]
    assert (consent["kind"], consent["list"], consent["wording"]) == ("express", "demo", WORDS)
    assert consent["source"] == "page abonnement"
    assert held.requests == ()
    assert verify_chain(store) is None


def test_confirming_twice_is_confirming_once(store: Store, new_key) -> None:
    pending = sign_up(store, ask(), secret=SECRET, new_key=new_key, at=NOW)
    assert pending is not None
    first = confirm(store, pending.key, secret=SECRET, at=NOW + 60)
    assert confirm(store, pending.key, secret=SECRET, at=NOW + 61) == first
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(people.consent)) == 1


def test_a_request_ends_after_a_week(store: Store, new_key) -> None:
    """Statement 39."""
    pending = sign_up(store, ask(), secret=SECRET, new_key=new_key, at=NOW)
    assert pending is not None
    assert confirm(store, pending.key, secret=SECRET, at=NOW + LIFETIME) is None
    assert find_pending(store, pending.key, at=NOW + LIFETIME) is None


def test_an_address_gets_one_confirmation_a_day(store: Store, new_key) -> None:
    """Statement 64."""
    assert sign_up(store, ask(), secret=SECRET, new_key=new_key, at=NOW)
    assert sign_up(store, ask("ANA@example.org"), secret=SECRET, new_key=new_key, at=NOW + DAY - 1) is None
    assert sign_up(store, ask("bob@example.org"), secret=SECRET, new_key=new_key, at=NOW + 5) is not None
    assert sign_up(store, ask(), secret=SECRET, new_key=new_key, at=NOW + DAY + 1) is not None


@pytest.mark.parametrize("reason", [Reason.COMPLAINED, Reason.MANUAL])
def test_who_complained_or_was_barred_is_not_even_asked(store: Store, new_key, reason: Reason) -> None:
    suppress(store, normalise("ana@example.org"), secret=SECRET, reason=reason, source="x", at=NOW)
    assert sign_up(store, ask(), secret=SECRET, new_key=new_key, at=NOW) is None
    assert waiting(store) == ()


def test_who_left_comes_back_by_their_own_confirmation(store: Store, new_key) -> None:
    key = joined(store, new_key)
    unsubscribe(store, key, list_id=None, source="page", at=NOW + 100)
    assert audience(store).total == 0
    pending = sign_up(store, ask(), secret=SECRET, new_key=new_key, at=NOW + 2 * DAY)
    assert pending is not None
    assert audience(store).total == 0
    again = confirm(store, pending.key, secret=SECRET, at=NOW + 2 * DAY)
    assert again is not None
    assert again.subscriber_key == key
    assert audience(store, at=NOW + 3 * DAY).total == 1
    assert verify_chain(store) is None


def test_a_departure_can_be_taken_back_for_a_day(store: Store, new_key) -> None:
    key = joined(store, new_key, "ana@example.org", "demo", "membres")
    gone = unsubscribe(store, key, list_id=None, source="page", at=NOW + 100)
    assert len(gone.ended) == 2
    assert undo_unsubscribe(store, key, list_ids=gone.ended, at=NOW + 100 + DAY + 1) == ()
    assert undo_unsubscribe(store, key, list_ids=gone.ended[:1], at=NOW + 200) == gone.ended[:1]
    assert audience(store).total == 1
    assert audience(store, "membres").exclusions == {Exclusion.UNSUBSCRIBED: 1}
    assert verify_chain(store) is None


def test_what_bounced_is_not_taken_back(store: Store, new_key) -> None:
    key = joined(store, new_key)
    suppress(store, normalise("ana@example.org"), secret=SECRET, reason=Reason.BOUNCED, source="dsn", at=NOW + 90)
    assert undo_unsubscribe(store, key, list_ids=[1], at=NOW + 100) == ()
    assert audience(store).total == 0


def test_leaving_again_changes_nothing(store: Store, new_key) -> None:
    key = joined(store, new_key)
    assert len(unsubscribe(store, key, list_id=1, source="one-click", at=NOW + 100).ended) == 1
    again = unsubscribe(store, key, list_id=1, source="one-click", at=NOW + 101)
    assert again.known
    assert again.ended == ()
    assert not unsubscribe(store, "f" * 32, list_id=1, source="one-click", at=NOW).known


def test_ones_own_page_opens_for_an_hour(store: Store, new_key) -> None:
    key = joined(store, new_key)
    link = ask_access(store, key, new_key=new_key, at=NOW)
    assert link is not None
    assert link.address == "ana@example.org"
    assert ask_access(store, key, new_key=new_key, at=NOW + 10) is None
    opened = open_access(store, link.key, at=NOW + 20)
    assert opened is not None
    assert opened.key == key
    assert open_access(store, link.key, at=NOW + ACCESS_LIFETIME) is None
    assert open_access(store, key, at=NOW) is None
    assert ask_access(store, "f" * 32, new_key=new_key, at=NOW) is None


def test_lists_are_chosen_with_their_words(store: Store, new_key) -> None:
    key = joined(store, new_key)
    choice = Choice(
        offered={"demo": WORDS, "membres": "Oui aux membres."},
        wanted=frozenset({"membres", "benevoles"}),
        source="page",
    )
    assert choose_lists(store, key, choice, at=NOW + 100) == ({"membres"}, {"demo"})
    assert audience(store).total == 0
    assert audience(store, "membres").total == 1
    held = dossier(store, key)
    assert held is not None
    assert [(one["kind"], one["list"]) for one in held.consents] == [
        ("express", "demo"),
        ("express", "membres"),
        ("withdrawn", "demo"),
    ]
    back = Choice(offered=choice.offered, wanted=frozenset({"membres", "demo"}), source="page")
    assert choose_lists(store, key, back, at=NOW + 200) == ({"demo"}, set())
    assert audience(store, at=NOW + 300).total == 1


def test_a_name_is_one_line_of_text(store: Store, new_key) -> None:
    asked = ask(name=" Ana\r\nBcc: \x02x\u202e\u00a0 Hétu " + "é" * 300)
    pending = sign_up(store, asked, secret=SECRET, new_key=new_key, at=NOW)
    assert pending is not None
    assert pending.name.startswith("Ana Bcc: x Hétu éé")
    assert len(pending.name) == 200


def test_a_pause_and_corrections(store: Store, new_key) -> None:
    key = joined(store, new_key)
    pause(store, key, until=NOW + DAY)
    assert paused_until(store, key) == NOW + DAY
    assert audience(store, at=NOW + 100).exclusions == {Exclusion.PAUSED: 1}
    pause(store, key, until=None)
    assert audience(store, at=NOW + 100).total == 1
    correct(store, key, Corrections(name="Ana Hétu", lang="en-CA", tz="America/Halifax", fields={"ville": "Laval"}))
    found = person(store, "ana@example.org")
    assert (found.name, found.lang, found.tz, found.fields) == (
        "Ana Hétu",
        "en-CA",
        "America/Halifax",
        {"ville": "Laval"},
    )
    correct(store, key, Corrections())
    assert person(store, "ana@example.org") == found


def test_a_new_address_is_confirmed_and_the_consents_stay(store: Store, new_key) -> None:
    """Statement 45."""
    key = joined(store, new_key)
    change = ask_address(store, key, normalise("ana@exemple.ca"), secret=SECRET, new_key=new_key, at=NOW)
    assert change is not None
    assert change.address == "ana@exemple.ca"
    assert person(store, "ana@example.org").key == key
    assert confirm_address(store, change.key, secret=SECRET, at=NOW + 100) == key
    assert person(store, "ana@exemple.ca").key == key
    assert audience(store).total == 1
    held = dossier(store, key)
    assert held is not None
    assert len(held.consents) == 1
    assert confirm_address(store, change.key, secret=SECRET, at=NOW + 101) is None


def test_two_entries_of_one_person_become_one(store: Store, new_key) -> None:
    key = joined(store, new_key, "ana@example.org", "demo")
    other = joined(store, new_key, "ana@exemple.ca", "membres")
    change = ask_address(store, key, normalise("ana@exemple.ca"), secret=SECRET, new_key=new_key, at=NOW + 100)
    assert change is not None
    assert confirm_address(store, change.key, secret=SECRET, at=NOW + 200) == other
    assert person(store, "ana@exemple.ca").lists == ("demo", "membres")
    with store.read() as connection:
        assert find_by_key(connection, key) is None
        digest = address_key(normalise("ana@example.org"), SECRET)
        assert not is_suppressed(connection, digest, list_id=list_ids(connection)["demo"])
    assert audience(store, "demo", "membres").total == 1
    assert verify_chain(store) is None
