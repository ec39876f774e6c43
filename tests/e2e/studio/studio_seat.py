"""Helpers of the studio's tests: a project, the server of a preview, a page and what it asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

MARKS = [pytest.mark.browser]
PREHEADER = "Un aperçu assez long pour tenir lieu de résumé du numéro"
HEAD = f"---\nsubject: Essai\npreheader: {PREHEADER}\nstatus: ready\naudience: [membres]\n---\n\n"
LONG = "\n\n".join(f"Paragraphe {number}, assez long pour remplir une ligne du courriel." for number in range(60))
FRAME = "document.getElementById('frame').contentDocument"
TEXT = f"({FRAME}?.body?.innerText || '')"


@dataclass
class Served:
    """A preview that runs, and what it printed."""

    address: str
    folder: Path
    printed: list[str] = field(default_factory=list)

    def issue(self, name: str, body: str, head: str = HEAD) -> Path:
        path = self.folder / "issues" / f"{name}.md"
        path.write_text(f"{head}{body}\n", encoding="utf-8")
        return path


def made_project(folder: Path) -> Path:
    environment = {**os.environ, "NEWSLETTER_LANG": "fr-CA"}
    command = [sys.executable, "-m", "newsletter", "init", str(folder), "--no-git"]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    (folder / "subscribers" / "membres.toml").write_text('[title]\nfr-CA = "Membres"\n', encoding="utf-8")
    return folder


@contextmanager
def served(folder: Path, lang: str, *more: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "newsletter", "preview", "--no-open", "--port", "0", "--project", str(folder)]
    environment = {**os.environ, "NEWSLETTER_LANG": lang, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert "http://127.0.0.1:" in line, line + server.stdout.read()
        found = Served("http://" + line.split("http://")[1].split("/")[0], folder, [line])
        reader = threading.Thread(target=lambda: found.printed.extend(server.stdout or ()), daemon=True)
        reader.start()
        try:
            yield found
        finally:
            server.terminate()
            server.wait(timeout=15)
            reader.join(5)


class Seat:
    """One page before a studio."""

    def __init__(self, studio: Served, page: Page) -> None:
        self.studio = studio
        self.page = page
        self.asked: list[str] = []
        self.broken: list[str] = []
        page.on("requestfinished", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: request.failure == "csp" or self.asked.append(request.url))
        page.on("pageerror", lambda error: self.broken.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.studio.address}{path}")

    def look_at(self, slug: str, text: str, lang: str = "fr-CA", persona: str = "") -> None:
        self.open(f"/issues/{slug}/{lang}" + (f"?persona={persona}" if persona else ""))
        self.until(f"{TEXT}.includes({text!r})")

    def outside(self) -> list[str]:
        return [url for url in self.asked if not url.startswith((self.studio.address, "data:", "about:", "blob:"))]

    def says(self, expression: str, argument: object = None) -> Any:
        return self.page.evaluate(expression, argument)

    def until(self, expression: str) -> None:
        """Wait for a condition; the page's policy allows no evaluation of its own."""
        from playwright.sync_api import Error

        for _ in range(800):
            try:
                if self.page.evaluate(expression):
                    return
            except Error as error:  # the page is on its way to another one
                if "context was destroyed" not in str(error):
                    raise
            self.page.wait_for_timeout(25)
        raise AssertionError(f"never: {expression}\n{self.page.evaluate('document.body.innerText')[:2000]}")

    def settled(self) -> None:
        """Wait until the findings that follow the picture are there."""
        self.until("Boolean(document.getElementById('size').dataset.octets)")

    def mail(self) -> str:
        return str(self.says(TEXT))

    def tab(self, key: str) -> None:
        self.page.click(f"#tab-{key}")
