"""An import writes everything or nothing, and never brings anybody back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from audience_crowd import NOW, SECRET, audience, person
from sqlalchemy import func, select

from newsletter.audience.address import address_key, normalise
from newsletter.audience.consent import Basis, ConsentKind, verify_chain
from newsletter.audience.directory import list_ids
from newsletter.audience.enrol import unsubscribe
from newsletter.audience.importing import ImportReport, Outcome, Why
from newsletter.audience.suppression import Reason, is_suppressed, suppress
from newsletter.errors import UsageError
from newsletter.store.database import Store
from newsletter.store.tables import people

DEMO = """email,name,lang,status
camille.exemple@example.org,Camille Exemple,fr-CA,subscribed
zoe.hetu@example.org,"Hétu-L’Éveillée, Zoé",fr-CA,subscribed
taylor.sample@example.com,Taylor Sample,en-CA,subscribed
sans.nom@example.net,,fr-CA,subscribed
noemie.modele@example.com,Noémie Modèle,fr-CA,subscribed
partie@example.org,Dominique Partie,fr-CA,unsubscribed
"""


def count(store: Store, table) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def outcomes(report: ImportReport) -> list[tuple[int, str]]:
    return [(one.row, one.outcome.value) for one in report.rows]


def test_five_are_subscribed_and_one_is_suppressed(store: Store, import_into) -> None:
    report = import_into(store, DEMO)
    assert report.written
    assert outcomes(report) == [*((row, "accepted") for row in range(2, 7)), (7, "suppressed")]
    assert report.rows[5].reason is Why.ROW_UNSUBSCRIBED
    assert audience(store).total == 5
    assert person(store, "zoe.hetu@example.org").first_name == "Zoé"
    assert person(store, "taylor.sample@example.com").lang == "en-CA"
    assert verify_chain(store) is None
    assert count(store, people.consent) == 5


def test_the_same_file_again_changes_nothing(store: Store, import_into) -> None:
    import_into(store, DEMO)
    before = [count(store, table) for table in (people.subscriber, people.subscription, people.consent)]
    report = import_into(store, DEMO)
    assert report.counts == {
        Outcome.ACCEPTED: 0,
        Outcome.MERGED: 5,
        Outcome.SUPPRESSED: 1,
        Outcome.REJECTED: 0,
    }
    assert [count(store, table) for table in (people.subscriber, people.subscription, people.consent)] == before


def test_one_faulty_row_keeps_everything_out(store: Store, import_into) -> None:
    """Statement 53: one transaction."""
    report = import_into(store, DEMO + "nobody,Nobody,fr,\n")
    assert not report.written
    assert report.faults == 1
    assert report.rows[6].row == 8
    assert [count(store, table) for table in (people.subscriber, people.import_run, people.mailing_list)] == [0, 0, 0]


def test_faulty_rows_can_be_skipped(store: Store, import_into) -> None:
    report = import_into(store, DEMO + "nobody,Nobody,fr,\n", skip_rejected=True)
    assert report.written
    assert audience(store).total == 5


def test_an_import_never_brings_anybody_back(store: Store, import_into) -> None:
    """Statements 30 and 38: unsubscribed, bounced, complained stay so, whatever a file claims."""
    import_into(store, DEMO)
    unsubscribe(store, person(store, "camille.exemple@example.org").key, list_id=1, source="page", at=NOW)
    suppress(store, normalise("taylor.sample@example.com"), secret=SECRET, reason=Reason.BOUNCED, source="dsn", at=NOW)
    suppress(store, normalise("new@example.com"), secret=SECRET, reason=Reason.COMPLAINED, source="arf", at=NOW)
    text = "email\nCAMILLE.exemple@Example.org\ntaylor.sample@example.com\nnew@example.com\npartie@example.org\n"
    report = import_into(store, text)
    assert [one.reason for one in report.rows] == [
        Why.KNOWN_UNSUBSCRIBED,
        Why.KNOWN_BOUNCED,
        Why.KNOWN_COMPLAINED,
        Why.KNOWN_UNSUBSCRIBED,
    ]
    assert audience(store).total == 3


def test_one_person_in_several_rows_is_one_person(store: Store, import_into) -> None:
    """Statement 55: found by the folded key, and the first spelling is kept."""
    report = import_into(store, "email,name\nAna@Example.org,Ana\nana@example.ORG,Anna\n")
    assert [one.outcome for one in report.rows] == [Outcome.ACCEPTED, Outcome.MERGED]
    assert person(store, "ana@example.org").address == "Ana@example.org"


def test_a_departure_in_one_row_counts_for_every_row(store: Store, import_into) -> None:
    text = (
        "email,status\na@example.org,active\nb@example.org,cleaned\na@example.org,unsubscribed\nb@example.org,active\n"
    )
    report = import_into(store, text)
    assert [one.reason for one in report.rows] == [
        Why.LEFT_IN_ANOTHER_ROW,
        Why.ROW_BOUNCED,
        Why.ROW_UNSUBSCRIBED,
        Why.LEFT_IN_ANOTHER_ROW,
    ]
    assert audience(store).total == 0
    with store.read() as connection:
        number = list_ids(connection)["demo"]
        assert is_suppressed(connection, address_key(normalise("a@example.org"), SECRET), list_id=number)
        assert not is_suppressed(connection, address_key(normalise("a@example.org"), SECRET), list_id=number + 1)
        assert is_suppressed(connection, address_key(normalise("b@example.org"), SECRET), list_id=number + 1)
    assert verify_chain(store) is None


def test_who_bounced_elsewhere_is_kept_as_a_hash_only(store: Store, import_into) -> None:
    import_into(store, "email,status\nb@example.org,bounced\n")
    assert count(store, people.subscriber) == 0
    assert count(store, people.suppression) == 1


def test_implied_consent_needs_its_ground_and_its_day(options) -> None:
    """Statements 34 and 54."""
    with pytest.raises(UsageError):
        replace(options, consent=ConsentKind.IMPLIED)
    with pytest.raises(UsageError):
        replace(options, consent=ConsentKind.IMPLIED, basis=Basis.MEETING)
    with pytest.raises(UsageError):
        replace(options, source=" ")
    replace(options, consent=ConsentKind.IMPLIED, basis=Basis.MEETING, obtained=date(2026, 3, 10))


def test_express_consent_replaces_implied_and_never_the_other_way(store: Store, import_into) -> None:
    text = "email\na@example.org\n"
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.INQUIRY, "obtained": date(2026, 9, 1)}
    import_into(store, text, **implied)
    year = 366 * 86_400
    assert audience(store, at=NOW + year).total == 0
    import_into(store, text)
    assert audience(store, at=NOW + year).total == 1
    import_into(store, text, **implied)
    assert audience(store, at=NOW + year).total == 1
    assert count(store, people.consent) == 2
    assert verify_chain(store) is None


def test_a_plan_writes_nothing(make_store, table, options) -> None:
    from newsletter.audience.importing import plan_import

    store = make_store()
    report = plan_import(store, table(DEMO), options, secret=SECRET, show_addresses=True)
    assert not report.written
    assert report.rows[1].address == "zoe.hetu@example.org"
    assert "zoe" not in repr(report.rows[1])
    assert count(store, people.subscriber) == 0
