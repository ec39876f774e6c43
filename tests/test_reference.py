"""The reference pages say what the program says: `make reference` writes them anew."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def written() -> Iterator[dict[Path, str]]:
    """What `make reference` would write."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        yield dict(importlib.import_module("reference").pages())
    finally:
        sys.path.remove(str(ROOT / "scripts"))


def test_every_reference_page_is_current(written: dict[Path, str]) -> None:
    stale = [line for path, text in written.items() for line in _difference(path, text)]
    assert not stale, "run `make reference`:\n" + "\n".join(stale)


def test_every_command_and_option_has_its_place(written: dict[Path, str]) -> None:
    from newsletter.cli.root import newsletter

    page = next(text for path, text in written.items() if path.name == "commands.md")
    for shelf in newsletter.shelves:
        for entry in shelf.entries:
            assert f"### `newsletter {entry.name}`" in page
    for option in ("--links", "--spam", "--confirm", "--consent", "--project"):
        assert option in page


def test_every_rule_and_every_key_has_its_place(written: dict[Path, str]) -> None:
    from newsletter.edition.check import rules
    from newsletter.issue import issue_schema

    for lang in ("fr", "en"):
        pages = {path.name: text for path, text in written.items() if path.parts[-3] == lang}
        every = "\n".join(pages.values())
        assert not [rule.code for rule in rules() if f"### {rule.code} " not in every]
        assert not [key for key in issue_schema()["properties"] if f"| `{key}` |" not in every]


def _difference(path: Path, text: str) -> list[str]:
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    return list(unified_diff(old.splitlines(), text.splitlines(), str(path.relative_to(ROOT)), "now", n=1, lineterm=""))
