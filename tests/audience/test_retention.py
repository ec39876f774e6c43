"""What is over goes, and imports can be taken back."""

from __future__ import annotations

from datetime import date

import pytest
from audience_crowd import DAY, NOW, SECRET, audience, keys, person
from sqlalchemy import func, insert, select, update

from newsletter.audience.address import normalise
from newsletter.audience.consent import Basis, ConsentKind, verify_chain
from newsletter.audience.enrol import unsubscribe
from newsletter.audience.importing import Why
from newsletter.audience.importing.undo import imports, undo_import
from newsletter.audience.retention import purge
from newsletter.audience.signup import Request, confirm, sign_up
from newsletter.config.model import Retention
from newsletter.errors import UsageError
from newsletter.store.database import Store
from newsletter.store.tables import events, ledger, people

KEEP = Retention(pending=7, deliveries=30, events=10)


def add_send(store: Store, number: int, people_: list[int], *, finished_at: float | None) -> None:
    """A send as delivery leaves it."""
    with store.write() as connection:
        connection.execute(
            insert(ledger.send).values(
                id=number,
                issue="x",
                kind="real",
                transport="smtp",
                state="done",
                plan_record={},
                lists=["demo"],
                sender={},
                imprint={},
                total=len(people_),
                date=NOW,
                created_at=NOW,
                starts_at=NOW,
                finished_at=finished_at,
            )
        )
        for n, one in enumerate(people_, start=1):
            row = {"send_id": number, "n": n, "subscriber_id": one, "address_key": f"{one:032d}", "list_id": 1}
            connection.execute(insert(ledger.delivery).values(**row, lang="fr-CA", state="sent", answer="250 ok"))
        connection.execute(insert(ledger.attempt_event).values(send_id=number, n=1, attempt=1, at=NOW, what="late"))


def request(address: str) -> Request:
    return Request(address=normalise(address), lang="fr-CA", wordings={"demo": "Oui"}, source="page")


def test_a_purge_says_first_what_it_would_do(store: Store, import_into) -> None:
    """Statement 48."""
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.INQUIRY, "obtained": date(2026, 1, 10)}
    import_into(store, "email\nold@example.org\n", **implied)
    import_into(store, "email\nnew@example.org\n")
    sign_up(store, request("asked@example.org"), secret=SECRET, new_key=keys(), at=NOW - 8 * DAY)
    add_send(store, 1, [1, 2], finished_at=NOW - 31 * DAY)
    add_send(store, 2, [1, 2], finished_at=NOW - 29 * DAY)
    add_send(store, 3, [1, 2], finished_at=None)
    with store.write() as connection:
        for number, age in enumerate((11, 9)):
            values = {"dedupe": str(number), "kind": "bounced", "source": "dsn", "at": NOW - age * DAY}
            connection.execute(insert(events.event).values(**values, received_at=NOW))
    counts = {"requests": 1, "expired": 1, "attempts": 1, "deliveries": 2, "events": 1}
    plan = purge(store, KEEP, at=NOW, dry_run=True)
    assert plan.counts == counts
    assert plan.dry_run
    done = purge(store, KEEP, at=NOW)
    assert done.counts == counts
    assert done.scrubbed
    assert set(purge(store, KEEP, at=NOW).counts.values()) == {0}
    with store.read() as connection:
        rows = connection.execute(
            select(ledger.delivery).order_by(ledger.delivery.c.send_id, ledger.delivery.c.n)
        ).all()
    assert [(row.send_id, row.subscriber_id) for row in rows] == [(1, -1), (1, -2), (2, 1), (2, 2), (3, 1), (3, 2)]
    assert rows[0].address_key == f"{1:032x}"
    assert rows[0].answer == ""
    assert audience(store).total == 1


def test_nothing_is_purged_that_is_kept_for_ever(store: Store) -> None:
    add_send(store, 1, [1], finished_at=0.0)
    assert set(purge(store, Retention(deliveries=0, events=0), at=NOW).counts.values()) == {0}


def test_an_import_is_taken_back(store: Store, import_into) -> None:
    import_into(store, "email\nstays@example.org\nboth@example.org\n", list="membres")
    before = audience(store, "membres").total
    report = import_into(
        store, "email,status\nnew@example.org,active\nboth@example.org,active\ngone@example.org,unsubscribed\n"
    )
    done = undo_import(store, report.id, at=NOW + 5)
    assert (done.ended, done.deleted, done.kept) == (2, 1, 0)
    assert audience(store).total == 0
    assert audience(store, "membres").total == before
    assert verify_chain(store) is None
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(people.subscriber)) == 3
    assert [(run.id, run.undone_at) for run in imports(store)] == [(2, NOW + 5), (1, None)]
    again = import_into(store, "email\nnew@example.org\nboth@example.org\ngone@example.org\n", at=NOW + 10)
    assert [one.reason for one in again.rows] == [Why.NEW, Why.NEW_ON_LIST, Why.KNOWN_UNSUBSCRIBED]
    assert audience(store, at=NOW + 10).total == 2


def test_who_spoke_since_the_import_stays(store: Store, import_into) -> None:
    report = import_into(store, "email\na@example.org\nb@example.org\nc@example.org\n")
    asked = sign_up(store, request("a@example.org"), secret=SECRET, new_key=keys(), at=NOW + 1)
    assert asked is not None
    confirm(store, asked.key, secret=SECRET, at=NOW + 2)
    unsubscribe(store, person(store, "b@example.org").key, list_id=1, source="page", at=NOW + 3)
    done = undo_import(store, report.id, at=NOW + 5)
    assert done.ended == 1
    assert audience(store).total == 1
    report = import_into(store, "email\nb@example.org\n", at=NOW + 6)
    assert report.rows[0].reason is Why.KNOWN_UNSUBSCRIBED


def test_who_was_written_to_is_not_deleted(store: Store, import_into) -> None:
    report = import_into(store, "email\na@example.org\n")
    add_send(store, 1, [person(store, "a@example.org").id], finished_at=NOW)
    assert undo_import(store, report.id, at=NOW + 5).deleted == 0
    assert person(store, "a@example.org").lists == ()


def test_an_import_is_taken_back_once(store: Store, import_into) -> None:
    report = import_into(store, "email\na@example.org\n")
    undo_import(store, report.id, at=NOW + 5)
    for number in (report.id, 99):
        with pytest.raises(UsageError):
            undo_import(store, number, at=NOW + 6)


def test_a_pause_does_not_keep_a_consent_alive(store: Store, import_into) -> None:
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.INQUIRY, "obtained": date(2026, 1, 10)}
    import_into(store, "email\nold@example.org\n", **implied)
    with store.write() as connection:
        connection.execute(update(people.subscriber).values(paused_until=NOW + DAY))
    assert purge(store, KEEP, at=NOW).counts["expired"] == 1
