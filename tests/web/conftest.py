"""A studio with people to send to, for whoever tests its pages without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_client import PEOPLE, Desk, enrol, make_desk


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one project with people, to copy the others from."""
    desk = make_desk(tmp_path_factory.mktemp("peuple") / "projet")
    enrol(desk, PEOPLE)
    desk.studio.workshop.close()
    return desk.root


@pytest.fixture
def make(tmp_path: Path, peopled: Path) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def build(*, people: int = PEOPLE, **given: Any) -> Desk:
        if people:
            shutil.copytree(peopled, tmp_path / "projet")
        desk = make_desk(tmp_path / "projet", **given)
        made.append(desk)
        if people > PEOPLE:
            enrol(desk, people)
        return desk

    yield build
    for desk in made:
        desk.studio.mailroom.end()
        desk.studio.workshop.close()


@pytest.fixture
def desk(make: Callable[..., Desk]) -> Desk:
    return make()
