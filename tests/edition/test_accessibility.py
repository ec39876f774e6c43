"""The rendered sample in a browser: no violation that axe finds, no scrolling sideways, in both themes and schemes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import axe_playwright_python
import pytest
from edition_parts import READER

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from newsletter.edition.edition import Edition

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
#: a mail is a part of the page of the program that shows it
NOT_FOR_MAIL = ["landmark-one-main", "region", "page-has-heading-one"]
BLOCKS = Path(__file__).parents[1] / "golden" / "blocks"
#: those that bring a heading of their own would make the outline of all together skip a level
APART = ("hero", "prose", "columns", "contents")
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def sample() -> str:
    """Return an issue with every block."""
    parts = ["# Bonjour\n\nUn premier paragraphe.\n"]
    names = sorted(path.stem for path in BLOCKS.glob("*.md") if path.stem not in APART)
    for name in ("contents", "prose", "columns", *names):
        parts.append((BLOCKS / f"{name}.md").read_text(encoding="utf-8"))
    return "\n\n".join(parts)


def violations(page: Page) -> list[str]:
    """Run axe in a page, and return what it finds."""
    page.add_script_tag(content=AXE)
    rules = {name: {"enabled": False} for name in NOT_FOR_MAIL}
    found = page.evaluate("rules => axe.run(document, {rules, resultTypes: ['violations']})", rules)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}" for one in found]


@pytest.fixture
def show(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Show HTML on a phone that fetches nothing."""
    contexts = []

    def show(html: str, *, scheme: Literal["light", "dark"] = "light") -> Page:
        contexts.append(chromium.new_context(viewport={"width": 390, "height": 900}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.route("**/*", lambda route: route.abort())
        page.set_content(html, wait_until="domcontentloaded")
        return page

    yield show
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["default", "sobre"])
def test_axe_finds_nothing_and_nothing_overflows(
    edit: Callable[..., Edition], show: Callable[..., Page], theme: str, scheme: str
) -> None:
    page = show(edit(sample(), theme=theme).html(READER), scheme=scheme)
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not violations(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["default", "sobre"])
def test_axe_finds_nothing_where_the_opening_is_the_heading(
    edit: Callable[..., Edition], show: Callable[..., Page], theme: str, scheme: str
) -> None:
    hero = (BLOCKS / "hero.md").read_text(encoding="utf-8")
    assert not violations(show(edit(hero, theme=theme).html(READER), scheme=scheme))


def test_axe_is_awake(edit: Callable[..., Edition], show: Callable[..., Page]) -> None:
    html = edit("Texte.").html(READER)
    planted = html.replace("</body>", f'<img src="{PIXEL}"><p style="color:#eee;background:#fff">pâle</p></body>')
    assert {one.split(":")[0] for one in violations(show(planted))} == {"color-contrast", "image-alt"}


@pytest.mark.parametrize("theme", ["default", "sobre"])
def test_buttons_can_be_pressed_and_are_as_wide_as_a_phone(
    edit: Callable[..., Edition], show: Callable[..., Page], theme: str
) -> None:
    page = show(edit("**[S’inscrire](https://exemple.org)**\n", theme=theme).html(READER))
    box = page.locator(".button a").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["width"] >= 340
