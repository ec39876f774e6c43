"""Factories for the stage that reads issues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.issue.document import Issue
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text

HEAD = "---\nsubject: Essai\nlang: fr-CA\n---\n"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Issue]:
    """Read a text as an issue of a folder of the test's own; options by name."""

    def read(text: str, *, name: str = "essai.md", lang: str | None = None, **options: object) -> Issue:
        return read_text(
            text,
            path=tmp_path / name,
            folder=tmp_path,
            root=tmp_path,
            options=replace(ReadOptions(), **options),  # type: ignore[arg-type]
            lang=lang,
        )

    return read


@pytest.fixture
def body(read: Callable[..., Issue]) -> Callable[..., Issue]:
    """Read a body under a head that has no faults; its first line is line 5."""

    def body(text: str, **options: object) -> Issue:
        return read(HEAD + text, **options)

    return body


@pytest.fixture(scope="session")
def read_any(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Issue]:
    """Read any text, as property tests do; one folder for all of them."""
    folder = tmp_path_factory.mktemp("any")

    def read(text: str) -> Issue:
        return read_text(text, path=folder / "x.md", folder=folder, root=folder, options=ReadOptions())

    return read


@pytest.fixture(scope="session")
def any_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all examples of a property test."""
    return tmp_path_factory.mktemp("bytes")
