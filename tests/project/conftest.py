"""Projects on disk for the tests of their parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsletter.language import speaking
from newsletter.project import Project, open_project


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with speaking("en-CA"):
        yield


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Write a small project and open it; keywords are files by path, or variables of the environment."""
    made: list[Project] = []

    def make(config: str = "", *, files: dict[str, str] | None = None, **environ: str) -> Project:
        texts = {"newsletter.toml": config, **(files or {})}
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        made.append(open_project(tmp_path, environ))
        return made[-1]

    yield make
    for project in made:
        project.close()
