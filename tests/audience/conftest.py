"""People in a store, made through the public functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from audience_crowd import FIELDS, NOW, SECRET, keys

from newsletter.audience.consent import ConsentKind
from newsletter.audience.importing import ImportOptions, ImportReport, apply_import, plan_import
from newsletter.store.database import Store


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
        return plan_import(make_store(), table(content), replace(options, **changes), secret=SECRET)

    return plan


@pytest.fixture
def import_into(table: Callable[..., Path], options: ImportOptions):
    """Import a text into a store."""
    new_key = keys()

    def run(store: Store, content: str | bytes, *, at: float = NOW, **changes: object) -> ImportReport:
        chosen = replace(options, **changes)
        return apply_import(store, table(content), chosen, secret=SECRET, at=at, new_key=new_key)

    return run
