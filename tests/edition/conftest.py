"""Factories for the stage that renders issues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from edition_parts import HEAD, READER, SITE, shipped

from newsletter.edition.edition import Edition
from newsletter.edition.options import RenderOptions
from newsletter.edition.rendering import render
from newsletter.edition.theme import Theme
from newsletter.issue.document import Issue
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text


@pytest.fixture
def theme() -> Theme:
    """The default theme."""
    return shipped("default")


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Issue]:
    """Read a body under a short head, in a folder of the test's own; its first line is line 6."""

    def read(text: str, *, head: str = HEAD, **options: object) -> Issue:
        base = replace(ReadOptions(), colours=shipped("default").grounds)
        return read_text(
            head + text,
            path=tmp_path / "essai.md",
            folder=tmp_path,
            root=tmp_path,
            options=replace(base, **options),  # type: ignore[arg-type]
        )

    return read


@pytest.fixture
def edit(read: Callable[..., Issue]) -> Callable[..., Edition]:
    """Render a body with the default theme, or the one named."""

    def edit(text: str, *, head: str = HEAD, theme: str = "default", **options: object) -> Edition:
        chosen = replace(RenderOptions(site=SITE), **options)  # type: ignore[arg-type]
        return render(read(text, head=head), shipped(theme), options=chosen)

    return edit


@pytest.fixture
def html(edit: Callable[..., Edition]) -> Callable[..., str]:
    """Return the HTML that Zoé gets of a body."""
    return lambda text, **options: edit(text, **options).html(READER)


@pytest.fixture
def text(edit: Callable[..., Edition]) -> Callable[..., str]:
    """Return the plain text that Zoé gets of a body."""
    return lambda text, **options: edit(text, **options).text(READER)
