"""Make the pictures of the documentation: issues in Chromium, at a phone's and a desktop's width, light and dark.

    make screenshots
    .venv/bin/python scripts/screenshots.py card person      only these blocks' sheets

Whole issues become docs/images/*.png; every block, in both themes, light, dark and with images off, becomes one
sheet a width, docs/images/blocs/*.webp. Needs Chromium; talks to nobody: pages are handed over as text.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sheets import WIDTHS, sheet_of

from newsletter import open_project

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
SHEETS = IMAGES / "blocs"
BLOCKS = ROOT / "tests" / "golden" / "blocks"
SIZES = {390: 844, 1280: 960}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
THEMES = ("default", "sobre")
#: a picture larger than this does not go into the repository
LARGEST = 300_000


def chromium() -> str:
    """Return the browser's path, or end with what to do."""
    found = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    return found or sys.exit("No Chromium found. On Debian, as root: apt-get install chromium")


def issue_in(theme: str) -> str:
    """Render the first issue in a theme, as its first invented reader gets it."""
    project = open_project(ROOT, {"NEWSLETTER_THEME_NAME": theme})
    [part] = project.rendered("2014-premiere-infolettre", "html", readers=("camille",))
    return part.content.decode()


def take_issues(browser: Browser) -> None:
    """Take the first issue in both themes."""
    for theme in THEMES:
        html, stem = issue_in(theme), "2014" if theme == "default" else f"2014-{theme}"
        for width, height in SIZES.items():
            for scheme in SCHEMES:
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                page.set_content(html)
                page.screenshot(path=IMAGES / f"{stem}-{width}-{scheme}.png")
                page.close()


def main(names: list[str]) -> None:
    """Take every picture anew, or the sheets of the blocks that are named."""
    from playwright.sync_api import sync_playwright

    SHEETS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        if not names:
            take_issues(browser)
        for source in sorted(path for path in BLOCKS.glob("*.md") if not names or path.stem in names):
            for width in WIDTHS:
                content = sheet_of(browser, source.read_text(encoding="utf-8"), width=width, themes=THEMES)
                (SHEETS / f"{source.stem}-{width}.webp").write_bytes(content)
        browser.close()
    large = [path.name for path in IMAGES.rglob("*.*") if path.stat().st_size > LARGEST]
    if large:
        sys.exit(f"Too large for the repository: {', '.join(large)}")


if __name__ == "__main__":
    main(sys.argv[1:])
