"""Chromium for tests: found on the machine, missing loudly, and a failure where a run must have it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(autouse=True)
def _interfaces_that_stay(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep a test that makes network interfaces apart from those with a browser, in other workers too.

    Chromium gives up whatever it is asking for when an interface comes or goes (ERR_NETWORK_CHANGED): a script or a
    style sheet of a page is then never there.
    """
    makes = "hosts" in request.fixturenames
    if not makes and "chromium" not in request.fixturenames:
        yield
        return
    with (Path(tempfile.gettempdir()) / f"newsletter-interfaces-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if makes else fcntl.LOCK_SH)
        yield


def chromium_path() -> str | None:
    """Return the browser of this machine."""
    return next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start Chromium once for all browser tests of a process; nothing but loopback is ever asked."""
    path = chromium_path()
    if path is None:
        message = "no Chromium: as root, apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=path, args=quiet, timeout=180_000)
        yield browser
        browser.close()
