"""Make the pictures of the documentation: issues in Chromium, at a phone's and a desktop's width, light and dark.

    make screenshots

Needs Chromium; talks to nobody: the page is handed over as text.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from newsletter import open_project

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
WIDTHS = {390: 844, 1280: 960}
SCHEMES = ("light", "dark")


def chromium() -> str:
    """Return the browser's path, or end with what to do."""
    found = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    return found or sys.exit("No Chromium found. On Debian, as root: apt-get install chromium")


def main() -> None:
    """Render the first issue and take its four pictures."""
    from playwright.sync_api import sync_playwright

    project = open_project(ROOT)
    [part] = project.rendered("2014-premiere-infolettre", "html", readers=("camille",))
    html = part.content.decode()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for width, height in WIDTHS.items():
            for scheme in SCHEMES:
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
                page.set_content(html)
                page.screenshot(path=IMAGES / f"2014-{width}-{scheme}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
