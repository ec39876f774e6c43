"""What only a person can decide, in the browser: who is in doubt, what a clock holds; asked as at the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from studio_seat import MARKS, Seat, Served, axe, command, served, with_people

pytestmark = MARKS
Sit = Callable[..., Seat]
SLUG = "bienvenue"


@pytest.fixture(scope="module")
def undecided(studio_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio of a project with two people in doubt, and a booking whose file changed before its time."""
    from sqlalchemy import text

    from newsletter.delivery.results import recount
    from newsletter.project import opened
    from newsletter.project.scheduling import clockwork
    from newsletter.schedule.tick import tick

    folder = tmp_path_factory.mktemp("indecis") / "projet"
    shutil.copytree(studio_folder, folder)
    with_people(folder)
    command("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "5", folder=folder)
    later = folder / "issues" / "janvier.md"
    later.write_text("---\nsubject: Janvier\npreheader: Suite\nstatus: ready\naudience: [demo]\n---\n\nAvant.\n")
    command("schedule", "janvier", "--at", "2040-01-02 09:00", "--confirm", "janvier", "--expect", "5", folder=folder)
    later.write_text(later.read_text().replace("Avant", "Après"))
    with opened(folder) as project:
        with project.store.write() as connection:
            connection.execute(text("UPDATE delivery SET state = 'unknown' WHERE n IN (2, 3)"))
            recount(connection, 1, 1)
        tick(project.store, clockwork(project), now=datetime(2040, 1, 2, 15, tzinfo=UTC))
    with served(folder, "fr-CA") as studio:
        yield studio


def _axe(seat: Seat) -> None:
    found = axe(seat.page, iframes=False)
    assert found.violations_count == 0, found.generate_report()


def test_whoever_is_in_doubt_is_settled_and_again_is_asked_twice(sit: Sit, undecided: Served) -> None:
    seat = sit(undecided, "/sends/S1")
    page, shown = seat.page, "document.getElementById('doubt-title').textContent"
    seat.until(f"{shown} === 'En doute\\u00a0: 2'")
    _axe(seat)
    page.click("summary")
    assert "2, 3" in page.inner_text("#only-help")
    page.fill("#only", "2")
    page.check("input[value=sent]")
    page.fill("#how", "Vu au journal")
    page.click("#doubt-form [type=submit]")
    seat.until(f"{shown} === 'En doute\\u00a0: 1'")
    page.check("input[value=again]")
    page.fill("#how", "Le serveur a perdu sa file")
    page.click("#doubt-form [type=submit]")
    _axe(seat)
    page.fill("#typed-repeat", "autre")
    page.click("#repeat-form [type=submit]")
    seat.until("document.querySelector('#repeat-form .wrong').textContent.includes('n’a pas été confirmé')")
    page.fill("#typed-repeat", SLUG)
    page.keyboard.press("Enter")
    seat.until("document.getElementById('doubt').hidden")
    assert page.inner_text("[data-count=queued] td") == "1"
    page.click("[data-do=resume]")
    seat.until("document.querySelector('[data-count=sent] td').textContent === '5'")


def test_what_is_held_goes_by_its_typed_name(sit: Sit, undecided: Served) -> None:
    seat = sit(undecided, "/sends", viewport={"width": 360, "height": 740})
    page = seat.page
    assert seat.says("document.documentElement.scrollWidth") <= 360
    page.click("[data-act=keep]")
    _axe(seat)
    page.fill("#typed-keep", "autre")
    page.click("#keep-form [type=submit]")
    seat.until("document.querySelector('#keep-form .wrong').textContent.includes('n’est pas son nom')")
    page.fill("#typed-keep", "janvier")
    page.click("#keep-form [type=submit]")
    seat.until("document.getElementById('say').textContent.includes('part dès que')")
    seat.until("document.getElementById('main') && !document.querySelector('[data-act=keep]')")
