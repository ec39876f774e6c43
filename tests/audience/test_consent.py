"""Consent is proven, ends when the law says, and a changed record shows."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from audience_crowd import DAY, NOW, audience, person
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from newsletter.audience.audience import Exclusion
from newsletter.audience.consent import Basis, ConsentKind, Ending, ending, expiry, verify_chain
from newsletter.audience.dossier import dossier
from newsletter.audience.incidents import Incident, add_incident, incidents, write_incidents
from newsletter.errors import UsageError
from newsletter.store.database import Store

TORONTO = "America/Toronto"


def moment(*parts: int, zone: str = TORONTO) -> float:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("basis", "obtained", "end"),
    [
        (Basis.INQUIRY, (2026, 1, 15, 14, 30), (2026, 7, 15)),
        (Basis.INQUIRY, (2025, 8, 31, 23, 59), (2026, 2, 28)),
        (Basis.INQUIRY, (2026, 5, 1, 0, 0), (2026, 11, 1)),
        (Basis.INQUIRY, (2025, 9, 8, 12, 0), (2026, 3, 8)),
        (Basis.PURCHASE, (2024, 2, 29, 9, 0), (2026, 2, 28)),
        (Basis.DONATION, (2024, 11, 3, 0, 30), (2026, 11, 3)),
        (Basis.VOLUNTEERING, (2026, 12, 31, 23, 0), (2028, 12, 31)),
        (Basis.MEETING, (2026, 3, 10, 0, 0), (2028, 3, 10)),
        (Basis.MEMBERSHIP, (2026, 6, 1, 0, 0), (2028, 6, 1)),
    ],
)
def test_implied_consent_ends_at_the_midnight_the_law_sets(basis: Basis, obtained, end) -> None:
    """Statements 34 and 35: leap day, changes of the clock, the project's zone."""
    assert expiry(basis, obtained_at=moment(*obtained), zone=TORONTO) == moment(*end)


@given(st.floats(1e9, 4e9), st.sampled_from(list(Basis)))
def test_an_implied_consent_never_lasts_longer_than_the_law_allows(obtained: float, basis: Basis) -> None:
    lasts = expiry(basis, obtained_at=obtained, zone=TORONTO) - obtained
    assert 0 < lasts <= (184 if basis is Basis.INQUIRY else 731) * DAY + 3600


def test_on_the_day_it_ends_the_address_is_out(store: Store, import_into) -> None:
    """Statement 35."""
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.MEETING, "obtained": date(2024, 3, 10)}
    import_into(store, "email\na@example.org\n", **implied)
    end = moment(2026, 3, 10)
    assert audience(store, at=end - 1).total == 1
    assert audience(store, at=end).exclusions == {Exclusion.NO_CONSENT: 1}


def test_consents_that_end_are_told_sixty_and_thirty_days_ahead(store: Store, import_into) -> None:
    """Statement 35."""
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.INQUIRY, "obtained": date(2026, 3, 10)}
    import_into(store, "email\na@example.org\nb@example.org\n", **implied)
    import_into(store, "email\nc@example.org\n")
    end = moment(2026, 9, 10)
    soon = Ending(list="demo", days=60, people=2)
    assert ending(store, at=end - 61 * DAY) == ()
    assert ending(store, at=end - 45 * DAY) == (soon,)
    assert ending(store, at=end - 10 * DAY) == (soon, Ending(list="demo", days=30, people=2))
    assert ending(store, at=end) == ()


def test_each_recipient_has_a_consent_that_says_everything(store: Store, import_into) -> None:
    """Statement 32: kind, list, purpose, source, words and their version, times, proof."""
    import_into(store, "email\na@example.org\n", wording="Oui, je veux.", obtained=date(2026, 3, 10))
    held = dossier(store, person(store, "a@example.org").key)
    assert held is not None
    consent = held.consents[0]
    assert consent["kind"] == "express"
    assert (consent["list"], consent["purpose"], consent["source"]) == ("demo", "newsletter", "test")
    assert consent["wording"] == "Oui, je veux."
    assert consent["obtained_at"] == "2026-03-10T04:00:00+00:00"
    assert consent["at"] == datetime.fromtimestamp(NOW, UTC).isoformat()
    assert consent["expires_at"] == ""
    assert consent["proof"] == '{"import": 1, "row": 2}'


@pytest.mark.parametrize("statement", ["UPDATE consent SET obtained_at = 0", "DELETE FROM consent"])
def test_the_database_refuses_to_change_the_ledger(store: Store, import_into, statement: str) -> None:
    """Statement 32: append-only."""
    import_into(store, "email\na@example.org\n")
    with pytest.raises(DBAPIError), store.write() as connection:
        connection.execute(text(statement))
    assert verify_chain(store) is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE consent SET obtained_at = 0 WHERE id = 2", 2),
        ("UPDATE consent SET subscriber_key = 'f' WHERE id = 1", 1),
        ("UPDATE consent SET proof = '{}' WHERE id = 3", 3),
        ("DELETE FROM consent WHERE id = 2", 3),
        ("UPDATE consent_ground SET wording = 'Oui à tout.'", 1),
        ("INSERT INTO consent SELECT 9, subscriber_key, list_id, ground_id, obtained_at, expires_at, proof, "
         "recorded_at, hash FROM consent WHERE id = 3", 9),
    ],
)  # fmt: skip
def test_a_forged_ledger_shows(store: Store, import_into, statement: str, broken: int) -> None:
    """Statement 32: whoever gets around the database breaks the chain of hashes."""
    import_into(store, "email\na@example.org\nb@example.org\nc@example.org\n")
    assert verify_chain(store) is None
    with store.write() as connection:
        for verb in ("update", "delete"):
            for table in ("consent", "consent_ground"):
                on = "" if store.is_sqlite else f" ON {table}"
                connection.execute(text(f"DROP TRIGGER append_only_{table}_{verb}{on}"))
        connection.execute(text(statement))
    assert verify_chain(store) == broken


INCIDENT = Incident(
    happened_on=date(2026, 9, 1),
    what="Un courriel de réunion montrait toutes les adresses.",
    kinds="adresses de courriel",
    people=12,
    risk="faible : les personnes se connaissent",
)


def test_the_register_of_incidents_grows_and_is_handed_on(store: Store) -> None:
    """Statement 50."""
    assert add_incident(store, INCIDENT, at=NOW) == 1
    later = Incident(**{**INCIDENT.__dict__, "what": "=1+1", "notices": "CAI le 2026-09-03"})
    assert add_incident(store, later, at=NOW) == 2
    register = incidents(store)
    assert [(one.id, one.people, one.notices) for one in register] == [(1, 12, ""), (2, 12, "CAI le 2026-09-03")]
    out = io.StringIO()
    write_incidents(register, out)
    assert "'=1+1" in out.getvalue()
    for statement in ("DELETE FROM incident", "UPDATE incident SET people = 0"):
        with pytest.raises(DBAPIError), store.write() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize("wrong", [{"what": " "}, {"risk": ""}, {"people": -1}, {"happened_on": date(2100, 1, 1)}])
def test_an_incident_that_says_too_little_is_refused(store: Store, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        add_incident(store, Incident(**{**INCIDENT.__dict__, **wrong}), at=NOW)
    assert incidents(store) == ()
