"""The public pages in a real browser: axe finds nothing, the keyboard is enough, nothing overflows."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from test_public import KEY, NotingDesk, Refusing

from newsletter.config import Site
from newsletter.project.visits import SignUp
from newsletter.web.public import signing
from newsletter.web.public.counter import Counter
from newsletter.web.serve import public_app
from newsletter.web.server import listen, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LONG = "Coalition québécoise des organismes contre la traite des personnes"
OFFICER = {"privacy_officer_title": "Responsable de la protection", "privacy_officer_contact": "vie@example.org"}
#: path, and which button is pressed there, if any
PAGES = (
    ("{subscribe}", None),
    ("{subscribe}", 0),
    ("/c/confirm?lang={lang}", None),
    ("/p/preferences?lang={lang}", None),
    ("/m/access?lang={lang}", None),
    ("/m/access?lang={lang}", -1),
    ("/u/unsubscribe?lang={lang}", None),
    ("/u/unsubscribe?lang={lang}", 0),
    ("/u/inert-unsubscribe?lang={lang}", None),
    ("/nowhere?lang={lang}", None),
)

#: both schemes, languages and widths once in every run; all together in the long tests
SOME = {("light", "fr", 320), ("dark", "en", 1280)}


@pytest.fixture
def desk() -> NotingDesk:
    return NotingDesk(site=Site(name=LONG, newsletter="L’infolettre", contact="info@example.org", **OFFICER))


@pytest.fixture
def address(desk: NotingDesk) -> str:
    app = public_app(Counter(desk=desk, whole=desk, form_key=KEY), Refusing())
    socket = listen("127.0.0.1", 0)
    port = socket.getsockname()[1]
    threading.Thread(target=serve, args=(app, socket), daemon=True).start()
    return f"http://127.0.0.1:{port}"


def opened(page: Page, address: str, path: str, press: int | None, lang: str) -> None:
    subscribe = "/fr/abonnement" if lang == "fr" else "/en/subscribe"
    page.goto(address + path.format(subscribe=subscribe, lang=lang))
    if press is not None:
        with page.expect_navigation():  # what is looked at next is the page that answers
            page.get_by_role("button").nth(press).click()


LOOKS = [
    pytest.param(scheme, lang, width, marks=() if (scheme, lang, width) in SOME else pytest.mark.torture)
    for scheme in ("light", "dark")
    for lang in ("fr", "en")
    for width in (320, 1280)
]


@pytest.mark.parametrize(("scheme", "lang", "width"), LOOKS)
def test_axe_finds_nothing_on_any_page(address: str, chromium: Browser, scheme: str, lang: str, width: int) -> None:
    """WCAG 2.2 AA as far as a program can tell; one heading, a language, no overflow."""
    from axe_playwright_python.sync_playwright import Axe

    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    for path, press in PAGES:
        opened(page, address, path, press, lang)
        results = Axe().run(page, options={"resultTypes": ["violations"]})
        assert results.violations_count == 0, f"{path}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang").startswith(lang)
    context.close()


def test_every_target_is_at_least_24_pixels_high(address: str, chromium: Browser) -> None:
    """WCAG 2.5.8; links within a sentence are excepted, and there are none."""
    page = chromium.new_page(viewport={"width": 320, "height": 800})
    for path, press in PAGES:
        opened(page, address, path, press, "fr")
        small = page.evaluate(
            "[...document.querySelectorAll('a, button, select, input:not([type=hidden]):not([tabindex=\"-1\"])')]"
            ".filter(e => e.getClientRects()[0].height < 22).map(e => e.outerHTML)"
        )
        assert small == [], path
    page.close()


def test_a_person_subscribes_with_the_keyboard_alone(
    address: str, desk: NotingDesk, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="fr-CA")
    page = context.new_page()
    page.goto(f"{address}/fr/abonnement")
    page.keyboard.press("Tab")  # leave this page quickly
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # submits from the first box: nothing is filled in
    page.get_by_text("Il manque quelque chose").first.wait_for()
    page.locator("#email").focus()
    page.keyboard.type("zoe@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("Zoé")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    # nobody who types is quicker than two seconds: they pass on the server's clock
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: time.time() + 3, monotonic=time.monotonic))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("h1", has_text="Regardez votre boîte").wait_for()
    assert [each.address for each in desk.noted if isinstance(each, SignUp)] == ["zoe@example.org"]
    context.close()


def test_what_has_the_focus_is_seen(address: str, chromium: Browser) -> None:
    """WCAG 2.4.7 and 2.4.11."""
    page = chromium.new_page()
    page.goto(f"{address}/en/subscribe")
    for _ in range(6):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{style}.outlineStyle") == "solid"
        assert page.evaluate(f"parseFloat({style}.outlineWidth)") >= 2
    page.close()


def test_a_page_asks_nothing_of_another_site_and_sets_no_cookie(address: str, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path, press in PAGES:
        opened(page, address, path, press, "en")
    assert all(url.startswith(address) for url in asked)
    assert context.cookies() == []
    context.close()
