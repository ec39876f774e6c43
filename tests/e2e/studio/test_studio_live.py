"""Saves are seen: soon, the scroll kept, the change outlined, faults over the last good picture (checks 7 to 9)."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from studio_seat import FRAME, HEAD, LONG, MARKS, TEXT, Seat, Served, save

pytestmark = MARKS
Sit = Callable[..., Seat]
#: a shared machine is slow at moments; benchmarks/preview measures what is promised
SOON = 2.5


def test_07_a_save_of_a_long_issue_is_seen_soon(sit: Sit, french: Served) -> None:
    body = "\n\n".join(
        f"## Section {n}\n\n" + "Des mots qui font une phrase entière du numéro. " * 30 for n in range(12)
    )
    path = french.issue("vite", f"Marque 0 ici.\n\n{body}")
    seat = sit(french)
    seat.look_at("vite", "Marque 0")
    times: list[float] = []
    for number in range(1, 21):
        text = path.read_text(encoding="utf-8")
        began = time.monotonic()
        path.write_text(text.replace(f"Marque {number - 1} ", f"Marque {number} "), encoding="utf-8")
        seat.until(f"{TEXT}.includes('Marque {number} ')")
        times.append(time.monotonic() - began)
        if len(times) >= 5 and statistics.median(times[-5:]) < SOON:
            break  # somebody else's work makes none of them quicker
    assert statistics.median(times[-5:]) < SOON, times


SCROLLED = {
    "mail": f"{FRAME}.scrollingElement",
    "web": "document.getElementById('web-frame').contentDocument.scrollingElement",
    "text": "document.getElementById('panel-text')",
    "source": "document.getElementById('panel-source')",
    "headers": "document.getElementById('panel-headers')",
}


def test_08_the_scroll_stays_in_every_tab(sit: Sit, french: Served) -> None:
    path = french.issue("defile", f"{LONG}\n\nFin une.")
    seat = sit(french, viewport={"width": 1280, "height": 420})
    seat.look_at("defile", "Fin une.")
    seat.settled()
    for number, (tab, scroller) in enumerate(SCROLLED.items()):
        seat.tab(tab)
        if tab == "headers":
            seat.page.click("#panel-headers summary")
        seat.until(f"{scroller}?.scrollHeight > {scroller}?.clientHeight + 60")
        wanted = seat.says(
            f"(() => {{ const s = {scroller}; s.scrollTop = s.scrollHeight * 0.6; return s.scrollTop; }})()"
        )
        assert wanted > 30
        save(path, f"{HEAD}{LONG}\n\nFin une.\n\nAjout {number}.\n")
        seat.until(f"document.getElementById('text').textContent.includes('Ajout {number}')")
        if tab in ("mail", "web"):
            seat.until(f"{scroller}.innerText.includes('Ajout {number}')")
        seat.settled()
        assert abs(seat.says(f"{scroller}.scrollTop") - wanted) <= 2, tab


def test_what_was_changed_is_outlined_and_nothing_else(sit: Sit, french: Served) -> None:
    path = french.issue("trait", f"Avant.\n\n{LONG}")
    seat = sit(french)
    seat.look_at("trait", "Paragraphe 59")
    seat.says(
        f"""{FRAME}.defaultView.parent.seen = [];
        new MutationObserver((list) => list.forEach((each) =>
          each.target.dataset.changed !== undefined && window.seen.push(each.target.innerText)))
          .observe({FRAME}, {{ subtree: true, attributes: true, attributeFilter: ["data-changed"] }})"""
    )
    save(path, f"{HEAD}Avant.\n\n{LONG.replace('Paragraphe 30,', 'Paragraphe trente,')}\n")
    seat.until("window.seen.length > 0")
    assert [text[:18] for text in seat.says("window.seen")] == ["Paragraphe trente,"]
    seat.until(f"{FRAME}.querySelectorAll('[data-changed]').length === 0")


def test_with_reduced_motion_nothing_is_outlined(sit: Sit, french: Served) -> None:
    path = french.issue("calme", "Avant.")
    seat = sit(french, reduced_motion="reduce")
    seat.look_at("calme", "Avant.")
    save(path, f"{HEAD}Après.\n")
    seat.until(f"{TEXT}.includes('Après.')")
    assert seat.says(f"{FRAME}.getAnimations().length") == 0


@pytest.mark.parametrize(
    ("head", "place", "says"),
    [
        ('---\nsubject: "Essai\nstatus: ready\n---\n\n', "issues/faute.md:2:", "subject"),
        ("---\nsubject: Essai\nsubject: Deux\n---\n\n", "issues/faute.md:3:1", "subject: Deux"),
        ("---\nsubject: Essai\n  status: ready\n---\n\n", "issues/faute.md:3:", "status: ready"),
    ],
    ids=["quote", "twice", "indent"],
)
def test_09_broken_front_matter_stands_over_the_last_good_picture_and_closes_itself(
    sit: Sit, french: Served, head: str, place: str, says: str
) -> None:
    path = french.issue("faute", "Bonne image.")
    seat = sit(french)
    seat.look_at("faute", "Bonne image.")
    save(path, f"{head}Bonne image.\n")
    seat.until("!document.getElementById('fault').hidden")
    fault = seat.page.inner_text("#fault")
    assert place in fault
    assert says in fault
    assert "^" in fault
    assert "Bonne image." in seat.mail()
    assert "stale" in (seat.page.get_attribute("#sheet", "class") or "")
    save(path, f"{HEAD}Meilleure image.\n")
    seat.until(f"document.getElementById('fault').hidden && {TEXT}.includes('Meilleure image.')")
    assert "stale" not in (seat.page.get_attribute("#sheet", "class") or "")


def test_a_saved_configuration_persona_theme_or_image_is_seen(sit: Sit, french: Served) -> None:
    french.issue("reste", "![Une image](images/point.png)\n\nTexte de {{ subscriber.first_name }}.")
    picture = french.folder / "issues" / "images" / "point.png"
    other = next(path for path in picture.parent.glob("*.png") if path != picture)
    picture.write_bytes(other.read_bytes())
    seat = sit(french)
    seat.look_at("reste", "Texte de")
    address = f"{FRAME}.querySelector('img').getAttribute('src')"
    before = seat.says(address)
    picture.write_bytes(other.read_bytes() + b"\0")
    seat.until(f"{address} !== {before!r}")

    configuration = french.folder / "newsletter.toml"
    text = configuration.read_text(encoding="utf-8")
    try:
        save(configuration, _renamed(text))
        seat.until(f"{TEXT}.includes('Un autre nom')")
        save(configuration, text.replace("[site]", "[site]\nnaem = 1\n", 1))
        seat.until("!document.getElementById('fault').hidden")
        assert "newsletter.toml:" in seat.page.inner_text("#fault")
    finally:
        save(configuration, text)
    seat.until("document.getElementById('fault').hidden")

    personas = french.folder / "subscribers" / "personas.toml"
    people = personas.read_text(encoding="utf-8")
    name = seat.mail().split("Texte de ")[1].split(".")[0]
    try:
        personas.write_text(people.replace(name, "Zénobie", 1), encoding="utf-8")
        seat.until(f"{TEXT}.includes('Texte de Zénobie')")
    finally:
        personas.write_text(people, encoding="utf-8")

    theme = french.folder / "templates" / "default"
    assert not theme.exists()
    shipped = Path(__file__).parents[3] / "templates" / "default"
    shutil.copytree(shipped, theme)
    try:
        spaced = f"/letter-spacing: ?3px/.test({FRAME}.body.innerHTML)"
        sheet = theme / "prose.css"
        sheet.write_text(sheet.read_text(encoding="utf-8") + "\np { letter-spacing: 3px; }\n", encoding="utf-8")
        seat.until(f"{spaced}")
        assert seat.page.is_hidden("#fault")
    finally:
        shutil.rmtree(theme)
    seat.until(f"!({spaced})")


def _renamed(text: str) -> str:
    lines = ['newsletter = "Un autre nom"' if line.startswith("newsletter =") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


#: every stream of events that the page opens; what the browser reports of a stream's end comes late, or not at all
STREAMS = """window.streams = []; window.EventSource = class extends EventSource {
    constructor(...given) { super(...given); window.streams.push(this); } };"""


def test_a_hidden_tab_holds_no_connection_and_catches_up(sit: Sit, french: Served) -> None:
    path = french.issue("cache", "Vu.")
    seat = sit(french)
    seat.page.add_init_script(STREAMS)
    seat.look_at("cache", "Vu.")
    seat.settled()
    seat.until("streams.some((stream) => stream.readyState === EventSource.OPEN)")

    def hide(hidden: bool) -> None:
        seat.says(
            """(hidden) => { Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange")); }""",
            hidden,
        )

    hide(True)
    assert seat.says("streams.every((stream) => stream.readyState === EventSource.CLOSED)"), "the stream was not closed"
    for number in range(3):
        path.write_text(f"{HEAD}Manqué {number}.\n", encoding="utf-8")
        seat.page.wait_for_timeout(300)
    assert "Vu." in seat.mail()
    hide(False)
    seat.until(f"{TEXT}.includes('Manqué 2.')")
