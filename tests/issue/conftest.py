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
