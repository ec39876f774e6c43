"""People in a store, made through the public functions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.audience.address import address_key, normalise
from newsletter.audience.consent import ConsentKind
from newsletter.audience.directory import find_by_address_key
from newsletter.audience.importing import ImportOptions, ImportReport, apply_import, plan_import
from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.config.model import AttributeField
from newsletter.store.database import Store

SECRET = b"k" * 32
NOW = 1_790_000_000.0
DAY = 86_400.0
FIELDS = {
    "comites": AttributeField(type="choices", choices=("formation", "recherche", "soutien")),
    "ville": AttributeField(type="text"),
    "adhesion": AttributeField(type="date"),
    "dons": AttributeField(type="number"),
    "role": AttributeField(type="choice", choices=("membre", "allié")),
}
LISTS = {name: MailingList(name=name) for name in ("demo", "membres", "benevoles")}


def keys() -> Callable[[], str]:
    """Return keys one after the other: 32 hexadecimal digits."""
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):032x}"


@pytest.fixture
def options() -> ImportOptions:
    return ImportOptions(list="demo", consent=ConsentKind.EXPRESS, source="test", fields=FIELDS)


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of people."""

    def write(content: str | bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def planned(make_store: Callable[..., Store], table: Callable[..., Path], options: ImportOptions):
    """Plan the import of a text into an empty store; return the report."""

    def plan(content: str | bytes, **changes: object) -> ImportReport:
        from dataclasses import replace

        return plan_import(make_store(), table(content), replace(options, **changes), secret=SECRET)

    return plan


@pytest.fixture
def import_into(table: Callable[..., Path], options: ImportOptions):
    """Import a text into a store."""
    new_key = keys()

    def run(store: Store, content: str | bytes, *, at: float = NOW, **changes: object) -> ImportReport:
        from dataclasses import replace

        chosen = replace(options, **changes)
        return apply_import(store, table(content), chosen, secret=SECRET, at=at, new_key=new_key)

    return run


def person(store: Store, address: str) -> Subscriber:
    """Return who has an address."""
    with store.read() as connection:
        found = find_by_address_key(connection, address_key(normalise(address), SECRET))
    assert found is not None
    return found
