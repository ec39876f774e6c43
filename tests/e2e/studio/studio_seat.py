"""Helpers of the studio's tests: a project, the server of a preview, a page and what it asked for."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from axe_playwright_python.base import AxeResults
    from playwright.sync_api import Page

MARKS = [pytest.mark.browser]
#: seconds that something is waited for which must come
PATIENCE = 90.0
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
        save(path, f"{head}{body}\n")
        return path

    def read(self, path: str) -> str:
        """Return a page as the server has it now."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def knows(self, path: str, *words: str) -> None:
        """Wait until a page, opened anew, holds words that stand for what was saved."""
        end = time.monotonic() + PATIENCE
        while not all(word in self.read(path) for word in words):
            assert time.monotonic() < end, f"{path} never holds {words}"
            time.sleep(0.05)


def save(path: Path, content: str | bytes) -> None:
    """Write a file as editors do, whole or not at all: whoever looks meanwhile sees no half of it."""
    aside = path.parents[1] / f"{path.name}.new"  # nobody watches for such a name there
    aside.write_bytes(content if isinstance(content, bytes) else content.encode())
    aside.replace(path)


def axe(page: Page, **options: object) -> AxeResults:
    """Let axe look at a page that is there whole: with its style sheet, and nothing fading in or out."""
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_load_state("load")
    page.emulate_media(reduced_motion="reduce")
    return Axe().run(page, options={"resultTypes": ["violations"], **options})


def command(*words: str, folder: Path | None = None) -> None:
    """Run a command line in this process: a start of its own adds nothing here but its time."""
    from click.testing import CliRunner

    from newsletter.cli.root import newsletter

    where = ("--project", str(folder)) if folder else ()
    done = CliRunner().invoke(newsletter, [*words, *where, "--no-input"], env={"NEWSLETTER_LANG": "fr-CA"})
    assert done.exit_code == 0, done.output


def made_project(folder: Path) -> Path:
    command("init", str(folder), "--no-git")
    (folder / "subscribers" / "membres.toml").write_text('[title]\nfr-CA = "Membres"\n', encoding="utf-8")
    return folder


def with_people(folder: Path) -> Path:
    """Put the starter's invented people on its list."""
    people = ("--list", "demo", "--consent", "express", "--source", "Essai")
    command("subscribers", "import", str(folder / "subscribers" / "demo.csv"), *people, folder=folder)
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
            _end(found, server)
            reader.join(PATIENCE)


def _end(studio: Served, server: subprocess.Popen[str]) -> None:
    """End a preview while a page still listens to it."""
    host, port = studio.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE) as listening:
        listening.sendall(f"GET /events HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        listening.recv(1)
        server.terminate()
        server.wait(timeout=PATIENCE)


class Seat:
    """One page before a studio."""

    def __init__(self, studio: Served, page: Page) -> None:
        self.studio = studio
        self.page = page
        page.set_default_timeout(PATIENCE * 1000)
        self.asked: list[str] = []
        self.broken: list[str] = []
        self.failed: list[str] = []
        page.on("requestfailed", lambda request: self.failed.append(f"{request.url} {request.failure}"))
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

        end, fault = time.monotonic() + PATIENCE, ""
        while time.monotonic() < end:
            try:
                if self.page.evaluate(expression):
                    return
            except Error as error:  # the page is on its way to another one, or not all of it is there
                fault = str(error)
            self.page.wait_for_timeout(25)
        seen = "\n".join([fault, *self.failed, self.page.evaluate("document.body.innerText")[:2000]])
        raise AssertionError(f"never: {expression}\n{seen}")

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait for a condition that is not the page's; its events are heard meanwhile."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, "never"
            self.page.wait_for_timeout(25)

    def settled(self) -> None:
        """Wait until the findings that stand beside the picture are those of the picture."""
        self.until("document.getElementById('pane-findings').ariaBusy === 'false'")

    def mail(self) -> str:
        return str(self.says(TEXT))

    def tab(self, key: str) -> None:
        self.page.click(f"#tab-{key}")
