"""The subscriber's way with JavaScript off, in both languages: from the form to being forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import mail_reader
import pytest
from calm import until
from e2e_project import SLUG, Coalition, wait_for_an_answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
WORDS = {
    "fr": {
        "page": "/fr/abonnement", "go": "M’abonner", "look": "Regardez votre boîte", "yes": "Je confirme",
        "done": "C’est confirmé", "leave": "Me désabonner", "left": "Votre désabonnement est fait",
        "undo": "Annuler", "stay": "Votre abonnement continue", "link": "M’envoyer le lien", "save": "Enregistrer",
        "saved": "Vos changements", "erase": "Tout effacer", "erased": "L’effacement est fait",
    },
    "en": {
        "page": "/en/subscribe", "go": "Subscribe me", "look": "Look into your mailbox", "yes": "I confirm",
        "done": "It is confirmed", "leave": "Unsubscribe me", "left": "You are unsubscribed",
        "undo": "Undo", "stay": "You stay subscribed", "link": "Send me the link", "save": "Save",
        "saved": "Your changes", "erase": "Erase everything", "erased": "You are erased",
    },
}  # fmt: skip


@pytest.fixture
def address(coalition: Coalition, free_port: int) -> Iterator[str]:
    coalition.variables["NEWSLETTER_WEB_PORT"] = str(free_port)
    server = coalition.start("serve", "--port", str(free_port))
    wait_for_an_answer(free_port)
    yield f"http://127.0.0.1:{free_port}"
    server.terminate()
    server.wait(120)


@pytest.fixture(params=["fr", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(chromium: Browser, lang: str) -> Iterator[Page]:
    context = chromium.new_context(
        java_script_enabled=False, locale=f"{lang}-CA", viewport={"width": 320, "height": 700}
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def newest_mail(coalition: Coalition, known: set[Path]) -> str:
    """Wait for a mail that was not there, and return its text."""
    fresh: set[Path] = set()

    def came() -> bool:
        fresh.update(set((coalition.folder / "var" / "outbox").rglob("*.eml")) - known)
        return bool(fresh)

    until(came, every=0.1)
    known |= fresh
    [path] = fresh
    return mail_reader.read(path.read_bytes()).find("text/plain").text()


def says(page: Page, where: str, words: str) -> None:
    """Wait until it is said there: a button that was pressed has answered when its page is there."""
    from playwright.sync_api import expect

    expect(page.locator(where)).to_contain_text(words, timeout=60_000)


def link_in(text: str, path: str) -> str:
    found = re.search(rf"http://127\.0\.0\.1:\d+{path}\S+", text)
    assert found, text
    return found[0]


def test_the_whole_way(coalition: Coalition, address: str, page: Page, lang: str, tmp_path: Path) -> None:
    words, known = WORDS[lang], set((coalition.folder / "var" / "outbox").rglob("*.eml"))
    page.goto(address + words["page"])
    page.fill("#email", "nouvelle@example.org")
    page.fill("#name", "Nouvelle Personne")
    page.check("input[name=list]")
    page.wait_for_timeout(2100)
    page.get_by_role("button", name=words["go"]).click()
    says(page, "h1", words["look"])
    page.goto(link_in(newest_mail(coalition, known), "/c/"))
    page.get_by_role("button", name=words["yes"]).click()
    says(page, "h1", words["done"])

    coalition.run("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "1", "--detach")
    text = newest_mail(coalition, known)
    leaving, preferences = link_in(text, "/u/"), link_in(text, "/p/")
    page.goto(f"{leaving}?lang={lang}")
    page.get_by_role("button", name=words["leave"], exact=True).click()
    says(page, "h1", words["left"])
    page.get_by_role("button", name=words["undo"]).click()
    says(page, "h1", words["stay"])

    page.goto(f"{preferences}?lang={lang}")
    page.get_by_role("button", name=words["link"]).click()
    says(page, "h1", words["look"])
    own = link_in(newest_mail(coalition, known), "/m/")
    page.goto(own)
    page.fill("#name", "Autre Nom")
    page.get_by_role("button", name=words["save"]).click()
    says(page, "[role=status]", words["saved"])
    assert page.input_value("#name") == "Autre Nom"
    held = json.loads(page.request.get(f"{own}/donnees.json").text())
    assert "nouvelle@example.org" in json.dumps(held)
    page.goto(own)
    page.get_by_role("button", name=words["erase"]).click()
    says(page, "h1", words["erase"])  # it asks whether one is sure
    page.get_by_role("button", name=words["erase"]).click()
    says(page, "h1", words["erased"])
    assert page.request.get(own).status == 404


def test_public_pages_pass_axe_in_both_schemes(address: str, chromium: Browser) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        for width in (320, 1280):
            context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
            page = context.new_page()
            for path in ("/fr/abonnement", "/en/subscribe", "/u/nothing"):
                page.goto(address + path)
                results = Axe().run(page)
                assert results.violations_count == 0, results.generate_report()
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.evaluate("document.querySelector('html').removeAttribute('lang')")
            assert Axe().run(page).violations_count > 0, "axe looked at nothing"
            context.close()
