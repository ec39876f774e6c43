"""Make the pictures of the studio for the documentation: the starter in the preview, light and dark, wide and narrow.

    make screenshots

Needs Chromium; talks to nobody but the preview that it starts on this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from screenshots import IMAGES, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
LANGUAGES = ("fr", "en")

_STEADY = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data.replace(/\\d+(?=\\sms$)/, "42");
}"""


@contextmanager
def studio(lang: str) -> Iterator[str]:
    """Run the preview of a new project; its address."""
    environment = {**os.environ, "NEWSLETTER_LANG": f"{lang}-CA", "PYTHONUNBUFFERED": "1"}
    run = [sys.executable, "-m", "newsletter"]
    with tempfile.TemporaryDirectory() as place:
        made = [*run, "init", f"{place}/projet", "--lang", f"{lang}-CA", "--no-git"]
        subprocess.run(made, check=True, capture_output=True, env=environment)  # noqa: S603 - our own command
        for issue in Path(f"{place}/projet/issues").glob("*.md"):
            issue.write_text(re.sub(r"(?m)^date: .*$", "date: 2026-12-01", issue.read_text("utf-8")), "utf-8")
        command = [*run, "preview", "--no-open", "--port", "0", "--project", f"{place}/projet"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:  # noqa: S603
            try:
                said = server.stdout.readline() if server.stdout else ""
                yield "http://" + said.split("http://")[1].split("/")[0]
            finally:
                server.terminate()


def take(browser: Browser, address: str, name: str, *, size: tuple[int, int], scheme: str) -> None:
    """Take one picture, once findings and axe have been heard."""
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page.goto(address)
    page.locator("#size[data-octets]").wait_for()
    page.locator("#audit-state:has-text('0'), #audit-state:has-text('1'), #audit-state:has-text('3')").wait_for(
        state="attached", timeout=30_000
    )
    if scheme == "dark":
        page.click("#authored")
    page.wait_for_timeout(1_500)
    # how long this machine took is nobody's business, and would change the picture each time
    page.evaluate(_STEADY)
    page.screenshot(path=IMAGES / f"{name}.png")
    page.close()


def main() -> None:
    """Take every picture."""
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-partial-raster", "--disable-skia-runtime-opts"]
        )
        for lang in LANGUAGES:
            with studio(lang) as address:
                for kind, size in SIZES.items():
                    for scheme in SCHEMES:
                        take(browser, address, f"studio-{lang}-{kind}-{scheme}", size=size, scheme=scheme)
        browser.close()


if __name__ == "__main__":
    main()
