"""Nothing of a mail runs, nobody else changes a file, no person stands in an address (checks 11, 17, 29, 31)."""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from studio_seat import FRAME, HEAD, MARKS, PATIENCE, TEXT, Seat, Served, command, save, served

pytestmark = MARKS
Sit = Callable[..., Seat]
HOSTILE = (
    "Debut.\n\n<script>top.document.title = 'pris'; top.ran = 1</script>\n\n<img src=x onerror=\"top.ran = 2\">\n\n"
    '<form action="/edit"><input name=a><button>Aller</button></form>\n\n'
    '<meta http-equiv="refresh" content="0;url=/">\n\n'
    "[clic](javascript:top.ran=3) <a href=\"javascript:top.ran=4\">clic</a>\n\n<iframe src='/'></iframe>\n\n"
    "<svg onload=\"top.ran=5\"></svg><base href='https://exemple.invalid/'>\n\nFin de la page."
)
BROKEN = {
    "unclosed": f"{HEAD}::: section\n\nTexte.\n\n:::: columns\n",
    "unknown": f"{HEAD}::: calout\n\nx\n\n:::\n",
    "merge": f"{HEAD}{{{{ subscriber.fisrt_name }}}} et {{{{ 1 + 1 }}}} et {{{{\n",
    "yaml": '---\nsubject: "Essai\n---\n\n<template>tout</template>\n',
    "nothing": "",
    "nul": f"{HEAD}a\0b\n",
    "event": f"{HEAD}```event\ntitle: [\n```\n",
    "deep": HEAD + "> " * 300 + "profond\n",
    "wide": HEAD + "mot" * 20_000 + "\n",
    "latin": HEAD + "\udce9t\udce9\n",
}


def test_11_nothing_of_a_hostile_mail_runs(sit: Sit, french: Served) -> None:
    french.issue("hostile", HOSTILE)
    seat = sit(french)
    seat.look_at("hostile", "Fin de la page.")
    seat.page.wait_for_timeout(500)
    assert seat.says("window.ran") is None
    assert "pris" not in seat.page.title()
    assert seat.page.url.endswith("/issues/hostile/fr-CA")
    planted = "<img src='data:,' onerror='top.ran = 6'><script>top.ran = 7</script><form action='/'><p>x</p></form>"
    seat.says(f"(html) => {FRAME}.body.insertAdjacentHTML('beforeend', html)", planted)
    seat.page.wait_for_timeout(300)
    assert seat.says("window.ran") is None, "the frame itself runs nothing, whatever came into it"
    assert "allow-scripts" not in (seat.page.get_attribute("#frame", "sandbox") or "")
    assert seat.says("(() => { window.ran = 8; return window.ran; })()") == 8, "a script that runs is seen"


def test_11_the_page_stays_whole_however_an_issue_is_broken(sit: Sit, french: Served) -> None:
    path = french.issue("casse", "Bonne image.")
    seat = sit(french)
    seat.look_at("casse", "Bonne image.")
    for kind, text in BROKEN.items():
        save(path, text.encode("utf-8", "surrogateescape"))
        seat.until(f"!document.getElementById('fault').hidden || !{TEXT}.includes('image')")
        seat.settled()
        assert seat.says("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), kind
        assert seat.page.locator("#pane-issues [data-entry]").count() > 0, kind
        assert seat.page.locator("#fault template").count() == 0, kind
        save(path, f"{HEAD}Une image guérie de « {kind} ».\n")
        seat.until(
            f"document.getElementById('fault').hidden && {TEXT}.includes('guérie de') && {TEXT}.includes('{kind}')"
        )


def test_11_the_text_of_a_fault_is_shown_whole(sit: Sit, french: Served) -> None:
    path = french.issue("gabarit", "Bonne image.")
    seat = sit(french)
    seat.look_at("gabarit", "Bonne image.")
    save(path, '---\nsubject: "<template>a</template> <b>gras</b>\n---\n\nx\n')
    seat.until("!document.getElementById('fault').hidden")
    assert "<template>a</template> <b>gras</b>" in seat.page.inner_text("#fault")
    assert seat.page.locator("#fault b, #fault template").count() == 0


def _ask(studio: Served, path: str, body: object | None = None, **headers: str) -> int:
    request = urllib.request.Request(
        studio.address + path,
        None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def _token(studio: Served) -> str:
    """Return the token of a run, as its pages have it."""
    found = re.search(r'<meta name="newsletter-token" content="([^"]{20,})"', studio.read("/issues/bienvenue/fr-CA"))
    assert found
    return found[1]


@pytest.mark.parametrize("path", ["/edit", "/reader", "/issues/bienvenue/fr-CA/fix", "/issues/x/fr-CA/links", "/never"])
def test_31_a_forged_change_is_refused(french: Served, path: str) -> None:
    token = _token(french)
    own = french.address
    refused = [
        {},
        {"origin": own},
        {"origin": "http://exemple.invalid", "x-newsletter-token": token},
        {"origin": own, "x-newsletter-token": "x" * len(token)},
        {"x-newsletter-token": token},
        {"origin": own, "x-newsletter-token": token, "host": "exemple.invalid"},
    ]
    assert [_ask(french, path, {}, **headers) for headers in refused] == [403] * len(refused)
    assert _ask(french, path, {}, origin=own, **{"x-newsletter-token": token}) != 403, "the page itself is let in"
    assert _ask(french, "/", None, host="exemple.invalid:80") == 403


def test_what_lies_outside_the_project_is_refused(french: Served, tmp_path: Path, sit: Sit) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(f"{HEAD}Un secret.\n", encoding="utf-8")
    link = french.folder / "issues" / "lien.md"
    link.symlink_to(secret)
    try:
        seat = sit(french)
        seat.open("/issues/lien/-")
        seat.until("!document.getElementById('fault').hidden")
        assert "Un secret." not in seat.page.content()
        for path in (
            "/issues/..%2f..%2fsecret/fr-CA/view.json",
            "/static/..%2f..%2fapp.py",
            "/static/../app.py",
            "/frame/../x",
        ):
            assert _ask(french, path) in (404, 409), path
        seat.open("/issues/newsletter.toml/fr-CA")
        seat.until("!document.getElementById('fault').hidden")
        token = _token(french)
        headers = {"origin": french.address, "x-newsletter-token": token}
        assert _ask(french, "/edit", {"path": "../secret.md"}, **headers) in (200, 409)
    finally:
        link.unlink()


def test_17_a_real_reader_stands_in_no_address_and_no_log(sit: Sit, french: Served) -> None:
    people = french.folder / "gens.csv"
    people.write_text("email,name\ncanari.jaune@example.org,Prudence Canari\n", encoding="utf-8")
    told = ("--list", "membres", "--consent", "express", "--source", "essai")
    command("subscribers", "import", str(people), *told, folder=french.folder)
    french.issue("reelle", "Bonjour {{ subscriber.first_name }}.")
    seat = sit(french)
    seat.look_at("reelle", "Bonjour")
    first = seat.page.input_value("#persona")
    seat.page.select_option("#persona", "!")
    assert seat.page.locator("#real-person[open]").count() == 1
    seat.page.fill("#real-address", "personne@example.org")
    seat.page.keyboard.press("Enter")
    seat.until("!document.getElementById('real-wrong').hidden")
    assert seat.page.input_value("#persona") == first
    seat.page.fill("#real-address", "Canari.Jaune@example.org")
    seat.page.keyboard.press("Enter")
    seat.until(f"{TEXT}.includes('Bonjour Prudence.')")
    seat.settled()
    seat.tab("headers")
    # on the screen it was asked for
    seat.until("document.getElementById('headers').innerText.toLowerCase().includes('canari.jaune@example.org')")
    told = " ".join([*seat.asked, seat.page.url, *french.printed, seat.says("JSON.stringify(sessionStorage)")]).lower()
    assert "canari" not in told
    assert "prudence" not in told
    assert len(seat.asked) > 5


@pytest.fixture(scope="module")
def equipped(studio_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:
    """A studio with an editor and a SpamAssassin, and the folder where they write what they were given."""
    folder = tmp_path_factory.mktemp("outils")
    script, program = folder / "editeur.py", folder / "spamassassin"
    script.write_text(
        "import sys, pathlib\nplace = pathlib.Path(sys.argv[1])\n"
        "place.with_suffix('.new').write_text(' '.join(sys.argv[2:]))\nplace.with_suffix('.new').rename(place)\n",
        encoding="utf-8",
    )
    verdict = "X-Spam-Status: No, score=1.2 required=5.0 tests=HTML_MESSAGE autolearn=no"
    program.write_text(f"#!/bin/sh\ncat > {folder}/mail\necho '{verdict}'\necho\n")
    program.chmod(0o755)
    editor = f"{sys.executable} {script} {folder / 'dit.txt'} {{file}}:{{line}}:{{column}}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        with served(studio_folder, "fr-CA", "--editor", editor) as studio:
            yield studio, folder


def test_29_a_click_on_a_finding_opens_the_editor_at_its_line_and_outlines_the_block(
    sit: Sit, equipped: tuple[Served, Path]
) -> None:
    studio, said = equipped[0], equipped[1] / "dit.txt"
    path = studio.issue("clic", "Un début.\n\nUn paragraphe.\n\nVoir [ici](https://example.org/a).\n\nFin.")
    seat = sit(studio)
    seat.look_at("clic", "Fin.")
    seat.settled()
    line = 1 + path.read_text(encoding="utf-8").splitlines().index("Voir [ici](https://example.org/a).")
    seat.says(
        f"""window.seen = [];
        new MutationObserver((list) => list.forEach((each) =>
          each.target.dataset.changed !== undefined && window.seen.push(each.target.innerText)))
          .observe({FRAME}, {{ subtree: true, attributes: true, attributeFilter: ["data-changed"] }})"""
    )
    row = seat.page.locator("#findings li", has_text=f"Ligne {line}").first
    row.locator(".message").click()
    seat.until("window.seen.some((text) => text.includes('Voir ici'))")
    seat.wait(said.exists)
    opened, shown_line, _column = said.read_text().rsplit(":", 2)
    assert Path(opened) == path
    assert int(shown_line) == line


def test_what_can_be_mended_is_mended_by_a_button(sit: Sit, french: Served) -> None:
    path = french.issue("corrige", "Texte.", HEAD.replace("preheader:", "preheeder:"))
    seat = sit(french)
    seat.look_at("corrige", "Texte.")
    seat.page.locator("#findings li", has_text="preheeder").get_by_role("button", name="Corriger").click()
    seat.until("!document.getElementById('findings').innerText.includes('preheeder')")
    assert "preheader:" in path.read_text(encoding="utf-8")


def test_30_links_are_visited_only_on_demand_and_a_private_address_never(sit: Sit, french: Served) -> None:
    french.issue("visite", "[Une page privée](http://127.0.0.1:9/secret)")
    seat = sit(french)
    seat.look_at("visite", "Une page privée")
    seat.settled()
    assert seat.page.inner_text("#asked-state") == ""
    seat.page.click("#ask-links")
    seat.until("/visitée/.test(document.getElementById('asked-state').textContent)")
    assert "réseau privé" in seat.page.inner_text("#asked")


def test_spamassassin_is_asked_only_on_demand_and_its_score_is_shown(sit: Sit, equipped: tuple[Served, Path]) -> None:
    studio, folder = equipped
    studio.issue("pourriel", "Texte.")
    seat = sit(studio)
    seat.look_at("pourriel", "Texte.")
    seat.settled()
    assert not (folder / "mail").exists()
    seat.page.click("#ask-spam")
    seat.until("document.querySelectorAll('#asked li').length === 1")
    assert "SpamAssassin donne 1,2 point" in seat.page.inner_text("#asked")
