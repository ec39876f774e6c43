"""From an empty folder to the report, in the browser alone: write, mend, test, plan, confirm, watch (shown by 4)."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from studio_seat import MARKS, TEXT, Seat, Served, axe, command, save, served, with_people

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = MARKS
Sit = Callable[..., Seat]
TESTED = "essai@example.org"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Begin in an empty folder, with the starter's invented people on its list."""
    folder = tmp_path_factory.mktemp("parcours") / "projet"
    command("init", str(folder), "--no-git")
    return with_people(folder)


@pytest.fixture(scope="module")
def desk(begun: Path) -> Iterator[Served]:
    with served(begun, "fr-CA") as found:
        yield found


@pytest.fixture(scope="module")
def english_desk(begun: Path) -> Iterator[Served]:
    with served(begun, "en-CA") as found:
        yield found


def _fine(page: Page) -> None:
    """Nothing for axe to say, and nothing wider than the screen."""
    found = axe(page, runOnly=["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _come(page: Page, words: str) -> None:
    """Wait for another page: its words, and then the scripts that make its buttons do something."""
    page.get_by_text(words).wait_for()
    page.wait_for_load_state("load")


def _written(seat: Seat, words: str) -> None:
    seat.until(f"document.getElementById('writing').value.includes({words!r})")
    seat.until("document.getElementById('writing-state').dataset.state === 'saved_at'")


def _mails(folder: Path) -> list[Path]:
    return sorted((folder / "var" / "outbox").glob("*/*.eml"))


def test_a_whole_issue_in_the_browser_alone(sit: Sit, desk: Served) -> None:
    seat = sit(desk, "/")
    page = seat.page

    # a new issue, from the page of the starter's
    page.click("#new-issue")
    page.fill("#begin-name", "Infolettre de décembre")
    page.get_by_role("button", name="Commencer ce numéro").click()
    page.wait_for_url("**/issues/2*/fr-CA*")
    slug = page.url.split("/issues/")[1].split("/")[0]
    path = desk.folder / "issues" / f"{slug}.md"
    seat.until("document.getElementById('writing').value.includes('Votre texte commence ici.')")

    # the head as a form, then words, a block, a picture
    page.get_by_role("button", name="Objet, listes et date").click()
    page.get_by_label("Aperçu", exact=True).fill("Ce qui vient, et ce qui fut décidé ensemble cet automne")
    page.get_by_role("button", name="Écrire dans l’en-tête").click()
    _written(seat, "fut décidé")
    page.focus("#writing")
    page.keyboard.press("Control+End")
    page.keyboard.type("\nRendez-vous à l’assemblée, elle est ouverte à tout le quartier.\n")
    page.select_option("#blocks", "button")
    page.keyboard.type("S’inscrire")
    _written(seat, "**[S’inscrire")
    page.set_input_files("#picture", {"name": "Le pont.png", "mimeType": "image/png", "buffer": PNG})
    _written(seat, "![](images/le-pont.png)")
    assert "![](images/le-pont.png)" in path.read_text(encoding="utf-8")
    _fine(page)

    # a finding, seen and mended: the picture says nothing; the caret already stands where its words go
    seat.until("document.querySelector('#findings .chip.error') !== null")
    page.keyboard.type("Le pont du quartier")
    _written(seat, "![Le pont du quartier](images/le-pont.png)")
    text = page.input_value("#writing").replace("](https://)", "](https://www.example.org/assemblee)")
    page.fill("#writing", text)
    seat.until("document.querySelector('#findings .chip.error') === null")
    seat.until(f"{TEXT}.includes('ouverte à tout le quartier')")

    # a test, read back
    page.keyboard.press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("t")
    page.wait_for_url("**/test/*")
    page.fill("#addresses", TESTED)
    page.get_by_role("button", name="Envoyer cet essai").click()
    page.get_by_text("1 courriel d’essai remis.").wait_for()
    [tested] = _mails(desk.folder)
    mail = email.message_from_bytes(tested.read_bytes(), policy=email.policy.default)
    assert mail["subject"] == "[ESSAI] Infolettre de décembre"
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "ouverte à tout le quartier" in plain.get_content()
    assert page.input_value("#addresses") == ""
    _fine(page)

    # the plan: a draft is refused, until its author says it is ready
    page.get_by_role("link", name="Aperçu de l’envoi").click()
    _come(page, "Le numéro est un brouillon")
    assert page.locator("#send-form").count() == 0
    page.get_by_role("button", name="Marquer ce numéro comme prêt").click()
    page.get_by_role("button", name="Envoyer à 5 personnes").wait_for()
    assert "status: ready" in path.read_text(encoding="utf-8")
    _fine(page)

    # another name is refused in the command's words; the right one sends
    page.fill("#typed", "decembre")
    page.get_by_role("button", name="Envoyer à 5 personnes").click()
    page.get_by_text("n’est pas le nom du numéro").wait_for()
    assert len(_mails(desk.folder)) == 1
    page.fill("#typed", slug)
    page.get_by_role("button", name="Envoyer à 5 personnes").click()
    page.wait_for_url("**/sends/S1")

    # watched to the end, then the report
    seat.until("document.getElementById('state').textContent === 'terminé'")
    assert page.locator('[data-count="sent"] td').inner_text() == "5"
    assert len(_mails(desk.folder)) == 6
    _fine(page)
    page.get_by_role("link", name="Voir le rapport").click()
    frame = page.frame_locator("#report")
    frame.get_by_text("Ce que sont devenus les courriels").wait_for()
    frame.locator("svg").first.wait_for()
    asked = [url for url in seat.asked if TESTED in url or "%40" in url or "@" in url]
    assert asked == []
    assert TESTED not in "".join(desk.printed)


def test_the_plan_in_english_on_a_phone(sit: Sit, english_desk: Served) -> None:
    seat = sit(english_desk, "/plan/bienvenue", locale="en-CA", viewport={"width": 360, "height": 740})
    seat.page.get_by_role("button", name="Send to 5 people").wait_for()
    assert seat.page.get_by_text("To send to 5 people, type the issue's name: bienvenue").count() == 1
    seat.until("/2[0-9]{3} at 09:00/.test(document.getElementById('said').textContent)")
    _fine(seat.page)
    seat.page.evaluate("document.querySelector('html').removeAttribute('lang')")
    with pytest.raises(AssertionError):
        _fine(seat.page)


def test_what_changes_elsewhere_is_shown_and_never_written_over(sit: Sit, desk: Served) -> None:
    path = desk.issue("ailleurs", "Un texte.", head="---\nsubject: Ailleurs\naudience: [demo]\n---\n\n")
    seat = sit(desk, "/issues/ailleurs/fr-CA?write")
    page = seat.page
    seat.until("document.getElementById('writing').value.includes('Un texte.')")
    save(path, path.read_text(encoding="utf-8").replace("Un texte.", "Un autre."))
    seat.until("document.getElementById('writing').value.includes('Un autre.')")
    page.route("**/sheet", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.focus("#writing")
    page.keyboard.press("Control+End")
    page.keyboard.type("Le mien.")
    seat.until("document.getElementById('writing-state').dataset.state === 'offline'")
    save(path, path.read_text(encoding="utf-8").replace("Un autre.", "Un tiers."))
    page.unroute("**/sheet")
    page.get_by_role("button", name="Voir les deux").click()
    assert page.locator("#theirs mark").all_inner_texts() == ["Un tiers."]
    assert "Le mien." in page.locator("#mine").inner_text()
    _fine(page)
    assert "Le mien." not in path.read_text(encoding="utf-8")
    page.get_by_role("button", name="Garder la mienne").click()
    seat.until("document.getElementById('writing-state').dataset.state === 'saved_at'")
    assert "Le mien." in path.read_text(encoding="utf-8")
    page.get_by_role("button", name="Versions antérieures").click()
    seat.until("document.getElementById('earlier-text').textContent.includes('Un tiers.')")
    _fine(page)
    page.get_by_role("button", name="Rétablir cette version").click()
    _written(seat, "Un tiers.")
    assert "Un tiers." in path.read_text(encoding="utf-8")
    page.keyboard.press("Control+z")
    _written(seat, "Le mien.")


def test_an_answer_that_comes_after_a_save_does_not_undo_it_in_the_pane(sit: Sit, desk: Served) -> None:
    path = desk.issue("tardif", "Un texte.", head="---\nsubject: Tardif\naudience: [demo]\n---\n\n")
    seat = sit(desk, "/issues/tardif/fr-CA?write")
    page = seat.page
    seat.until("document.getElementById('writing').value.includes('Un texte.')")
    page.evaluate(
        """() => { const ask = fetch, late = window.late = [];
        window.fetch = async (...to) => { const answer = await ask(...to);
          if (String(to[0]).endsWith("/sheet") && to[1]?.method !== "POST") await new Promise((go) => late.push(go));
          return answer; }; }"""
    )
    desk.issue("tardif-aussi", "Un autre.")  # the pane asks whether its file changed too
    seat.until("late.length === 1")
    page.focus("#writing")
    page.keyboard.press("Control+End")
    page.keyboard.type("Le mien.")
    _written(seat, "Le mien.")
    page.evaluate("late.shift()()")
    page.wait_for_timeout(300)
    assert "Le mien." in page.input_value("#writing")
    page.evaluate("late.splice(0).forEach((go) => go())")
    page.keyboard.type(" Encore.")
    _written(seat, "Le mien. Encore.")
    assert "Le mien. Encore." in path.read_text(encoding="utf-8")


def test_the_pane_traps_no_key_and_opens_at_a_line(sit: Sit, desk: Served) -> None:
    body = "\n\n".join(f"Paragraphe {number}." for number in range(120))
    desk.issue("long", body, head="---\nsubject: Long\naudience: [demo]\n---\n\n")
    seat = sit(desk, "/issues/long/fr-CA?line=200", viewport={"width": 360, "height": 740})
    seat.until("document.getElementById('writing-line').textContent === 'ligne 200'")
    assert seat.says("document.getElementById('writing').scrollTop") > 500
    seat.until("document.activeElement.id === 'writing'")
    before = seat.says("document.getElementById('writing').value")
    seat.page.keyboard.press("Tab")
    seat.until("document.activeElement.id !== 'writing'")
    assert seat.says("document.getElementById('writing').value") == before
    assert re.search(r"issues/long/fr-CA$", seat.page.url)
    _fine(seat.page)


def test_a_real_way_out_counts_down_asks_nothing_while_hidden_and_is_called_off(sit: Sit, desk: Served) -> None:
    settings = desk.folder / "newsletter.toml"
    smtp = 'kind = "smtp"\nhold = 900\n\n[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"'
    save(settings, settings.read_text(encoding="utf-8").replace('kind = "files"', smtp))
    before = _mails(desk.folder)
    desk.knows("/plan/bienvenue", "le recevront par courriel.")
    seat = sit(desk, "/plan/bienvenue")
    page = seat.page
    page.fill("#typed", "bienvenue")
    page.get_by_role("button", name="Envoyer à 5 personnes").click()
    page.wait_for_url("**/sends/S*")
    page.get_by_text("Le premier courriel part dans").wait_for()
    _fine(page)
    page.evaluate(
        "(() => { const ask = fetch; window.asked = 0; window.fetch = (...to) => (asked += 1, ask(...to)); })()"
    )
    seat.until("asked > 0")
    _hide(page, hidden=True)
    asked = page.evaluate("asked")
    page.wait_for_timeout(2500)
    assert page.evaluate("asked") == asked
    _hide(page, hidden=False)
    seat.until(f"asked > {asked}")
    page.get_by_role("button", name="Tout arrêter").click()
    seat.until("document.getElementById('state').textContent === 'annulé'")
    assert page.locator('[data-count="skipped"] td').inner_text() == "5"
    assert _mails(desk.folder) == before


def _hide(page: Page, *, hidden: bool) -> None:
    """Let a page think that its tab is hidden, or seen again."""
    page.evaluate(
        "(hidden) => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )
