"""The preview in a real browser: what is saved is seen, scroll is kept, faults are said, nothing runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LONG = "\n\n".join(
    f"Paragraphe {number}, assez long pour remplir une ligne entière du courriel." for number in range(80)
)
PREHEADER = "Un aperçu assez long pour tenir lieu de résumé du numéro"
HEAD = f"---\nsubject: Essai\npreheader: {PREHEADER}\nstatus: ready\naudience: [infolettre]\n---\n\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview") / "projet"
    environment = {**os.environ, "NEWSLETTER_LANG": "fr-CA"}
    command = [sys.executable, "-m", "newsletter", "init", str(folder), "--no-git"]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    (folder / "issues" / "zz-essai.md").write_text(f"{HEAD}# Bonjour\n\n{LONG}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "newsletter", "preview", "--no-open", "--port", "0", "--project", str(project)]
    environment = {**os.environ, "NEWSLETTER_LANG": "fr-CA", "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    assert server.stdout is not None
    line = server.stdout.readline()
    assert "http://127.0.0.1:" in line, line
    yield "http://" + line.split("http://")[1].split("/")[0]
    server.terminate()
    server.communicate(timeout=10)


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(locale="fr-CA", viewport={"width": 1280, "height": 800}, color_scheme="null")
    page = context.new_page()
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: request.failure == "csp" or asked.append(request.url))
    page.goto(f"{address}/issues/zz-essai/fr-CA")
    until(page, "document.getElementById('frame').contentDocument?.body?.innerText?.includes('Paragraphe 79')")
    yield page
    assert [url for url in asked if not url.startswith((address, "data:", "about:"))] == []
    context.close()


def until(page: Page, expression: str) -> None:
    """Wait for a condition; the page's policy allows no evaluation of its own."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def mail(page: Page) -> str:
    return page.frame_locator("#frame").locator("body").inner_text()


def save(project: Path, text: str) -> None:
    (project / "issues" / "zz-essai.md").write_text(text, encoding="utf-8")


def test_what_is_saved_is_seen_and_the_scroll_is_kept(page: Page, project: Path) -> None:
    page.evaluate("document.getElementById('frame').contentWindow.scrollTo(0, 900)")
    save(project, f"{HEAD}# Rebonjour\n\n{LONG}\n")
    until(page, "document.getElementById('frame').contentDocument?.body?.innerText?.includes('Rebonjour')")
    top = page.evaluate("document.getElementById('frame').contentWindow.scrollY")
    assert abs(top - 900) <= 2


def test_a_fault_stands_over_the_last_good_picture_and_closes_itself(page: Page, project: Path) -> None:
    save(project, "---\nsubject: Essai\npreheeder: x\n---\n\n# Bonjour\n")
    until(page, "document.getElementById('findings').innerText.includes('preheeder')")
    assert page.locator('#findings [title="issues/zz-essai.md:3:1"]').count() == 1
    save(project, f"{HEAD}# Bonjour\n\n{LONG}\n")
    until(page, "!document.getElementById('findings').innerText.includes('preheeder')")


def test_nothing_of_a_hostile_issue_runs(page: Page, project: Path) -> None:
    hostile = (
        '<script>top.document.title = "pris"</script><img src=x onerror="top.document.title=1"><form><input></form>'
    )
    save(project, f"{HEAD}# Hostile\n\n{hostile}\n\n<meta http-equiv=refresh content=0>\n")
    until(page, "document.getElementById('frame').contentDocument?.body?.innerText?.includes('Hostile')")
    assert "pris" not in page.title()
    assert page.locator("#frame").count() == 1
    save(project, f"{HEAD}# Bonjour\n\n{LONG}\n")
    until(page, "document.getElementById('frame').contentDocument?.body?.innerText?.includes('Paragraphe 79')")


def test_every_part_of_the_mail_can_be_looked_at(page: Page) -> None:
    page.get_by_role("tab", name="Texte brut").click()
    assert "Paragraphe 79" in page.inner_text("#text")
    page.keyboard.press("ArrowRight")
    until(page, "document.getElementById('source').innerText.toLowerCase().includes('<html')")
    page.get_by_role("tab", name="En-têtes").click()
    until(page, "document.getElementById('headers').innerText.includes('List-Unsubscribe')")
    page.get_by_role("tab", name="Version web").click()
    until(page, "document.getElementById('web-frame').contentDocument?.body?.innerText?.includes('Paragraphe 79')")


def test_a_phone_s_width_and_the_dark_scheme(page: Page) -> None:
    page.get_by_role("button", name="390").click()
    until(page, "document.getElementById('sheet').getBoundingClientRect().width === 390")
    before = page.evaluate("getComputedStyle(document.getElementById('frame').contentDocument.body).backgroundColor")
    page.get_by_role("button", name="Apple Mail").click()
    after = page.evaluate("getComputedStyle(document.getElementById('frame').contentDocument.body).backgroundColor")
    assert before != after


def test_pictures_that_travel_in_the_mail_are_shown(page: Page, address: str) -> None:
    page.goto(f"{address}/issues/bienvenue/fr-CA")
    until(page, "document.getElementById('frame').contentDocument.images.length > 0")
    until(page, "[...document.getElementById('frame').contentDocument.images].every((image) => image.naturalWidth > 0)")
    page.get_by_role("button", name="Sans images").click()
    until(page, "[...document.getElementById('frame').contentDocument.images].every((image) => !image.naturalWidth)")


def test_another_persona_reads_it(page: Page) -> None:
    options = page.locator("#persona option").all_inner_texts()
    assert len(options) >= 6
    page.select_option("#persona", index=len(options) - 1)
    page.wait_for_timeout(200)
    assert "Bonjour" in mail(page)


def test_the_page_passes_axe(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page, options={"iframes": False})
    assert results.violations_count == 0, results.generate_report()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert Axe().run(page, options={"iframes": False}).violations_count > 0, "axe looked at nothing"
