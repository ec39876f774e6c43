"""What goes out comes in again unchanged, and no cell of it can be run."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from audience_crowd import DAY, FIELDS, NOW, SECRET, audience, person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.audience.address import normalise
from newsletter.audience.consent import Basis, ConsentKind
from newsletter.audience.dossier import Dossier, dossier, history
from newsletter.audience.enrol import unsubscribe
from newsletter.audience.exporting import export_people, write_csv, write_json
from newsletter.audience.formulas import guarded, unguarded
from newsletter.audience.importing import Outcome
from newsletter.audience.own import pause
from newsletter.audience.suppression import Reason, suppress
from newsletter.store.database import Store

PEOPLE = (
    "email,name,lang,comites,dons,ville\n"
    'ana@example.org,"Hétu, ""Zoé""",fr-CA,formation; soutien,5.5,=2+3\n'
    "bob@example.com,=cmd|' /C calc'!A0,en-CA,,12,\n"
    "CLEO@example.net,-Cléo,fr-CA,,,+Québec\n"
    "dan@example.org,'@dan,fr-CA,,,\n"
    "eve@example.org,Eve,fr-CA,,,\n"
)


def exported(store: Store, name: str = "demo") -> str:
    out = io.StringIO()
    write_csv(export_people(store, name), out, fields=FIELDS)
    return out.getvalue()


def fill(store: Store, import_into) -> None:
    import_into(store, PEOPLE, wording="J’accepte, « oui »;\nvraiment.")
    implied = {"consent": ConsentKind.IMPLIED, "basis": Basis.MEETING, "obtained": date(2026, 3, 10)}
    import_into(store, "email,name\nfay@example.org,Fay\n", **implied, source="assemblée")
    unsubscribe(store, person(store, "dan@example.org").key, list_id=1, source="page", at=NOW + 5)
    suppress(store, normalise("eve@example.org"), secret=SECRET, reason=Reason.BOUNCED, source="dsn", at=NOW + 5)
    pause(store, person(store, "fay@example.org").key, until=NOW + DAY)


def test_its_own_export_changes_nothing(store: Store, import_into) -> None:
    fill(store, import_into)
    before = exported(store)
    report = import_into(store, before, at=NOW + 100)
    assert report.layout.tool == "infolettre"
    assert report.counts == {Outcome.ACCEPTED: 0, Outcome.MERGED: 4, Outcome.SUPPRESSED: 2, Outcome.REJECTED: 0}
    assert exported(store) == before
    assert before.count("\n") - before.count(";\n") == 7


def test_an_empty_store_becomes_the_same(store: Store, make_store, import_into) -> None:
    fill(store, import_into)
    before = exported(store)
    other = make_store("other.db")
    assert import_into(other, before, at=NOW + 100).written
    assert exported(other) == before
    assert audience(other, at=NOW + 100).total == audience(store, at=NOW + 100).total == 3
    ana = person(other, "ana@example.org")
    assert (ana.name, ana.fields["ville"], ana.fields["dons"]) == ('Hétu, "Zoé"', "=2+3", 5.5)
    assert person(other, "cleo@example.net").address == "CLEO@example.net"


def test_another_lists_consent_is_not_taken_over(store: Store, make_store, import_into) -> None:
    fill(store, import_into)
    other = make_store("other.db")
    import_into(other, exported(store), list="membres", source="fusion des listes")
    held = dossier(other, person(other, "ana@example.org").key)
    assert held is not None
    assert [one["source"] for one in held.consents] == ["fusion des listes"]


def test_no_cell_can_be_run(store: Store, import_into) -> None:
    """Statement 58."""
    fill(store, import_into)
    rows = list(csv.reader(io.StringIO(exported(store))))
    assert rows[1][1] == 'Hétu, "Zoé"'
    assert rows[2][1] == "'=cmd|' /C calc'!A0"
    assert rows[4][1] == "'@dan"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@given(st.text(max_size=20) | st.text(st.sampled_from("'=+-@a\t"), max_size=8))
def test_the_guard_is_taken_off_exactly_once(text: str) -> None:
    """Statement 58."""
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\0"))


def test_json_holds_the_same(store: Store, import_into) -> None:
    fill(store, import_into)
    out = io.StringIO()
    assert write_json(export_people(store, "demo"), out) == 6
    found = json.loads(out.getvalue())
    assert found[0]["email"] == "ana@example.org"
    assert found[0]["fields"]["comites"] == ["formation", "soutien"]
    assert [one["status"] for one in found] == ["active", "active", "active", "unsubscribed", "bounced", "active"]
    empty = io.StringIO()
    write_json(export_people(store, "nothing"), empty)
    assert json.loads(empty.getvalue()) == []


@pytest.fixture
def held(store: Store, import_into) -> Dossier:
    fill(store, import_into)
    unsubscribe(store, person(store, "bob@example.com").key, list_id=1, source="page", at=NOW + 50)
    found = dossier(store, person(store, "bob@example.com").key)
    assert found is not None
    return found


def test_a_person_gets_everything_that_is_held(held: Dossier) -> None:
    """Statement 42: as JSON and as CSV."""
    data = json.loads(json.dumps(held.as_data()))
    assert data["profile"]["address"] == "bob@example.com"
    assert [one["kind"] for one in data["consents"]] == ["express", "withdrawn"]
    assert data["suppressions"][0]["reason"] == "unsubscribed"
    rows = list(csv.reader(io.StringIO(held.as_csv())))
    assert ["profile", "1", "name", "'=cmd|' /C calc'!A0"] in rows
    assert {row[0] for row in rows[1:]} == {"profile", "subscriptions", "consents", "suppressions"}


def test_a_history_is_in_the_order_of_time(held: Dossier) -> None:
    assert [line.what for line in history(held)] == ["consent", "subscribed", "consent", "ended", "suppressed"]


@given(
    rows=st.lists(
        st.tuples(
            st.from_regex(r"[a-z][a-z0-9.]{0,5}[a-z0-9]@exemple\.(org|ca)", fullmatch=True).filter(
                lambda address: ".." not in address
            ),
            st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Co")), max_size=12),
            st.sampled_from(["active", "unsubscribed", "bounced"]),
        ),
        max_size=6,
        unique_by=lambda row: row[0],
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_export_and_import_are_inverse(rows, make_store, import_into, tmp_path) -> None:
    import uuid

    one, other = make_store(uuid.uuid4().hex), make_store(uuid.uuid4().hex)
    out = io.StringIO()
    csv.writer(out).writerows([("email", "name", "status"), *((a, guarded(n), s) for a, n, s in rows)])
    import_into(one, out.getvalue())
    import_into(other, exported(one), at=NOW + 1)
    assert exported(other) == exported(one)
