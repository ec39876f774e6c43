"""A studio of a project made by `init`, and a seat before it: one page of a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from studio_seat import Seat, Served, made_project, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def studio_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_project(tmp_path_factory.mktemp("studio") / "projet")


@pytest.fixture(scope="session")
def french(studio_folder: Path) -> Iterator[Served]:
    with served(studio_folder, "fr-CA") as found:
        yield found


@pytest.fixture(scope="session")
def english(studio_folder: Path) -> Iterator[Served]:
    with served(studio_folder, "en-CA") as found:
        yield found


@pytest.fixture
def sit(chromium: Browser) -> Iterator[Callable[..., Seat]]:
    """Sit down before a studio; at the end nothing outside was asked, and no script of a page failed."""
    seats: list[Seat] = []

    def open_seat(studio: Served, path: str = "", **context: object) -> Seat:
        given = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "null", "locale": "fr-CA", **context}
        seat = Seat(studio, chromium.new_context(**given).new_page())
        seats.append(seat)
        if path:
            seat.open(path)
        return seat

    yield open_seat
    for seat in seats:
        outside, broken = seat.outside(), seat.broken
        seat.page.context.close()
        assert outside == []
        assert broken == []
