"""The watch on the page: in every document a loop looks for the word of the last save, and says when it was painted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

MARK = "Marque"
#: runs in the top document; a mail's frame runs no script, so that it is looked into from outside
LOOK = f"""
(() => {{
  if (window.top !== window) return;
  let last = "";
  const pages = () => [document, ...[...document.querySelectorAll("iframe")].map((each) => each.contentDocument)];
  const look = () => {{
    for (const page of pages()) {{
      const found = /{MARK} (\\d+)/.exec(page?.body?.textContent || "");
      if (found && found[1] !== last) {{
        last = found[1];
        const at = performance.timeOrigin + performance.now();
        console.log(`seen ${{last}} ${{at}}`);
      }}
    }}
    requestAnimationFrame(look);
  }};
  requestAnimationFrame(look);
}})();
"""


@contextmanager
def chromium_page() -> Iterator[Page]:
    """Open Chromium with the watch in every page."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(LOOK)
        yield page
        browser.close()


def saves(page: Page, save: Callable[[int], None], *, count: int, warm: int = 3) -> list[float]:
    """Save `count` times and return the milliseconds until each was painted; the first `warm` are not counted."""
    times = []
    for number in range(1, warm + count + 1):
        with page.expect_console_message(
            lambda message, wanted=f"seen {number} ": message.text.startswith(wanted)
        ) as said:
            began = time.time() * 1000
            save(number)
        times.append(float(said.value.text.split()[2]) - began)
        page.wait_for_timeout(700)  # findings and axe come after the picture, as they do for somebody who writes
    return times[warm:]
