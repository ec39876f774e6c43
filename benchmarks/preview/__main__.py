"""Measure saves of a 3,000-word issue until they are painted, in turn with MkDocs and Hugo where they are installed.

    python -m benchmarks.preview [SAVES]

Prints a table in Markdown. The peers show the same Markdown in their own theme; they check nothing.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from benchmarks.preview.browser import MARK, chromium_page, saves
from benchmarks.render.sample import issue

#: milliseconds: what must hold, what is wanted
FLOOR, AIM = (200, 400), (120, 200)
SAVES = 20
TOML = (
    '[site]\nname = "Coalition"\npostal_address = "1, rue X"\ncontact = "contact@example.org"\n'
    '[sender.default]\nfrom = "Coalition <infolettre@example.org>"\n'
)


@dataclass(frozen=True)
class Subject:
    """One tool: how it is started, where its page is, and the file that is saved."""

    name: str
    command: list[str]
    file: Path
    url: str


def written(number: int) -> str:
    """Return the issue as of one save: a paragraph in its middle differs."""
    text = issue(3000)
    middle = text.index("\n## Section 9\n")
    return f"{text[:middle]}\n{MARK} {number}, une phrase ajoutée au milieu du numéro.\n{text[middle:]}"


def ours(folder: Path, port: int) -> Subject:
    """Make a project of one issue."""
    file = folder / "issues" / "numero.md"
    file.parent.mkdir(parents=True)
    (folder / "newsletter.toml").write_text(TOML, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "newsletter",
        "preview",
        "--no-open",
        "--port",
        str(port),
        "--project",
        str(folder),
    ]
    return Subject("infolettre", command, file, f"http://127.0.0.1:{port}/issues/numero/fr-CA")


def mkdocs(folder: Path, port: int) -> Subject:
    """Make a MkDocs site of one page."""
    file = folder / "docs" / "index.md"
    file.parent.mkdir(parents=True)
    (folder / "mkdocs.yml").write_text("site_name: Coalition\n", encoding="utf-8")
    command = [
        "mkdocs",
        "serve",
        "--quiet",
        "--livereload",
        "-a",
        f"127.0.0.1:{port}",
        "-f",
        str(folder / "mkdocs.yml"),
    ]
    return Subject("mkdocs", command, file, f"http://127.0.0.1:{port}/")


def hugo(folder: Path, port: int) -> Subject:
    """Make a Hugo site of one page and one template."""
    file = folder / "content" / "_index.md"
    file.parent.mkdir(parents=True)
    (folder / "layouts").mkdir()
    (folder / "layouts" / "index.html").write_text(
        "<!doctype html><html><head></head><body>{{ .Content }}</body></html>"
    )
    (folder / "hugo.toml").write_text('title = "Coalition"\ndisableKinds = ["taxonomy", "term", "RSS", "sitemap"]\n')
    command = ["hugo", "server", "--port", str(port), "--source", str(folder), "--bind", "127.0.0.1"]
    return Subject("hugo", command, file, f"http://127.0.0.1:{port}/")


@contextmanager
def running(subject: Subject) -> Iterator[None]:
    """Run a tool until the block ends."""
    log = subject.file.parent.parent / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            subject.command, stdout=out, stderr=out, env={**os.environ, "NEWSLETTER_LANG": "fr-CA"}
        )
        try:
            _wait(subject.url)
            yield
        finally:
            server.terminate()
            server.wait(10)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


def measured(make: Callable[[Path, int], Subject], count: int) -> tuple[str, list[float]]:
    """Return a tool's name and the milliseconds of its saves."""
    with tempfile.TemporaryDirectory() as place:
        subject = make(Path(place) / "site", _free_port())
        subject.file.write_text(written(0), encoding="utf-8")
        with running(subject), chromium_page() as page:
            page.goto(subject.url)
            page.wait_for_timeout(3000)
            return subject.name, saves(page, lambda number: _save(subject.file, number), count=count)


def _save(file: Path, number: int) -> None:
    file.write_text(written(number), encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(count: int = SAVES) -> int:
    """Print what was measured beside floor and aim; return 1 when the floor does not hold."""
    found = dict([measured(ours, count)])
    for name, make in (("mkdocs", mkdocs), ("hugo", hugo)):
        if shutil.which(name):
            found |= dict([measured(make, count)])
    print(f"Save to visible, milliseconds, {count} saves of a 3,000-word issue:\n")
    print("| | median | p95 | worst |\n| --- | ---: | ---: | ---: |")
    print(f"| floor | {FLOOR[0]} | {FLOOR[1]} | |\n| aim | {AIM[0]} | {AIM[1]} | |")
    for name, times in found.items():
        print(f"| {name} | {statistics.median(times):.0f} | {_p95(times):.0f} | {max(times):.0f} |")
    own = found["infolettre"]
    return int(statistics.median(own) > FLOOR[0] or _p95(own) > FLOOR[1])


def _p95(times: list[float]) -> float:
    return sorted(times)[max(0, round(0.95 * len(times)) - 1)]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SAVES))
