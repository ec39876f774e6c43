"""A helper that reads ahead changes nothing but the time."""

from __future__ import annotations

import subprocess

import pytest
from audience_crowd import SECRET
from import_outcomes import rows
from sqlalchemy import func, select
from test_import_from_other_tools import TOOLS
from test_import_spreadsheets import GENERIC, STRUCTURE

from newsletter.audience.importing import ahead, plan_import
from newsletter.audience.importing.refused import RefusedFileError
from newsletter.errors import TransientError
from newsletter.language import speaking
from newsletter.store.database import Store
from newsletter.store.tables import people

MIXED = ["flags", "formula in the address", "white space", "stray quote", "French statuses"]


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "BIG", 0)


@pytest.mark.parametrize("name", MIXED)
def test_the_outcome_is_the_same(name: str, planned, monkeypatch: pytest.MonkeyPatch) -> None:
    content = GENERIC[name][0]
    alone = planned(content)
    monkeypatch.setattr(ahead, "BIG", 0)
    together = planned(content)
    assert rows(together) == rows(alone)
    assert together.skipped == alone.skipped


def test_what_is_written_is_the_same(make_store, import_into, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "email,name,comites,dons\na@example.org,Zoé,formation,1.5\nb@example.org,B,,\n"
    stores = [make_store("one.db"), make_store("two.db")]
    for store, big in zip(stores, (1 << 30, 0), strict=True):
        monkeypatch.setattr(ahead, "BIG", big)
        assert import_into(store, text).written
    found = []
    for store in stores:
        with store.read() as connection:
            columns = people.subscriber.c
            query = select(columns.address, columns.name, columns.fields, columns.address_key)
            found.append([tuple(row) for row in connection.execute(query)])
    assert found[0] == found[1]


@pytest.mark.usefixtures("helped")
def test_a_refusal_comes_through_in_the_readers_language(planned) -> None:
    content, reason, row = STRUCTURE["unterminated quote"]
    padded = content.replace("\na@", "\n" + "x@example.org,X\n" * 30 + "a@")
    with speaking("fr-CA"), pytest.raises(RefusedFileError) as raised:
        planned(padded)
    assert (raised.value.reason, raised.value.row) == (reason, row + 30)
    assert "guillemet" in str(raised.value)


@pytest.mark.usefixtures("helped")
def test_a_helper_that_dies_leaves_nothing_written(store: Store, import_into, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = subprocess.Popen.__init__

    def dying(self, command, **rest):
        begin(self, [command[0], "-c", "import sys; sys.stdin.buffer.read(); sys.exit(9)"], **rest)

    monkeypatch.setattr(subprocess.Popen, "__init__", dying)
    with pytest.raises(TransientError):
        import_into(store, TOOLS["kit"][0])
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(people.subscriber)) == 0


@pytest.mark.usefixtures("helped")
def test_a_plan_that_is_given_up_ends_its_helper(make_store, table, options) -> None:
    lines = "".join(f"p{number}@example.org\n" for number in range(20_000))
    opened = ahead.open_table(table("email\n" + lines), options)
    windows = ahead.judged_windows(opened, table("email\n" + lines), options, secret=SECRET)
    assert len(next(windows)) == ahead.WINDOW
    windows.close()
    assert plan_import(make_store(), table("email\na@example.org\n"), options, secret=SECRET).rows[0].row == 2
