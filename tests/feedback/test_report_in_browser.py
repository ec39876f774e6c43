"""A report's page in a real browser: axe finds nothing in either language and scheme, and it prints on white paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_report import make_report_of  # noqa: F401  # a fixture

from newsletter.feedback.report import Report
from newsletter.feedback.report_page import as_page
from newsletter.language import speaking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
#: what somebody could plant, and the rule of axe that finds it
FAULTS = [
    ("html-has-lang", r'<html lang="[^"]+">', "<html>"),
    ("color-contrast", "--faint: #50545B", "--faint: #C9CCD1"),
    ("svg-img-alt", r'(<svg[^>]*) aria-label="[^"]*"', r"\1"),
]
WIDTHS = (320, 1280)


@pytest.fixture
def make_page_of(make_store, make_report_of, tmp_path: Path) -> Callable[[str], Path]:  # noqa: F811
    found: list[Report] = []

    def make(language: str) -> Path:
        found or found.append(make_report_of(make_store()))
        with speaking(language):
            (tmp_path / "report.html").write_text(as_page(found[0]), encoding="utf-8")
        return tmp_path / "report.html"

    return make


def violations(page: Page) -> set[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return {each["id"] for each in found.response["violations"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_report(make_page_of, chromium: Browser, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for language in ("fr-CA", "en-CA"):
        address = make_page_of(language).as_uri()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            assert violations(page) == set(), (language, width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (language, width)
        assert page.locator("html").get_attribute("lang") == language
    assert set(asked) == {address}
    context.close()


def test_axe_lives(make_page_of, chromium: Browser) -> None:
    """Each planted fault is found, so that nothing found means something."""
    page = chromium.new_page(color_scheme="light")
    path = make_page_of("fr-CA")
    whole = path.read_text(encoding="utf-8")
    for rule, before, after in FAULTS:
        broken = re.sub(before, after, whole)
        assert broken != whole, rule
        path.write_text(broken, encoding="utf-8")
        page.goto(path.as_uri())
        assert rule in violations(page)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_prints_dark_on_white_with_nothing_cut_off(make_page_of, chromium: Browser, scheme: str) -> None:
    page = chromium.new_page(color_scheme=scheme, viewport={"width": 700, "height": 900})
    page.goto(make_page_of("fr-CA").as_uri())
    page.emulate_media(media="print", color_scheme=scheme)
    ground, ink = page.evaluate(
        "[document.body, document.querySelector('td')].map((e, i) =>"
        " getComputedStyle(e)[i ? 'color' : 'backgroundColor'])"
    )
    assert (ground, ink) == ("rgb(255, 255, 255)", "rgb(34, 37, 43)")
    sections = "[...document.querySelectorAll('section')].map(e => getComputedStyle(e).backgroundColor)"
    assert set(page.evaluate(sections)) == {"rgb(255, 255, 255)"}
    assert page.evaluate("[...document.querySelectorAll('.wide')].every(e => e.scrollWidth <= e.clientWidth)")
    pdf = page.pdf(format="Letter")
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", pdf)) <= 5
    page.close()
