"""The coalition's own project, run by the command line as a newcomer would, and a mail server beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from unittest.mock import patch

from calm import until
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
SLUG = "2014-premiere-infolettre"


@dataclass
class Coalition:
    """A project folder, and the command line in it."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    #: people that were imported before, to copy instead of importing the same once more
    imported: Callable[[int], Path] | None = None

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
        return {**kept, "PYTHONPATH": str(ROOT), "NEWSLETTER_LANG": "en-CA", **self.variables}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "newsletter", *words, "--no-input"]

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, here: what `main` does, without the second that the start of a process takes."""
        from newsletter.cli.root import newsletter

        with chdir(self.folder), patch.dict(os.environ, self.environment(), clear=True):
            told = CliRunner().invoke(newsletter, [*words, "--no-input"])
        assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
        done = subprocess.CompletedProcess(words, told.exit_code, told.stdout, told.stderr)
        return self._ended(done, code)

    def run_apart(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in a process of its own, as a newcomer does."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=240,
            stdin=subprocess.DEVNULL,
        )
        return self._ended(done, code)

    def _ended(self, done: subprocess.CompletedProcess[str], code: int) -> subprocess.CompletedProcess[str]:
        assert done.returncode == code, f"exit {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: str, code: int = 0) -> dict:
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )

    def import_people(self, path: str = "") -> None:
        if path or not self._copied(0):
            people = ("subscribers", "import", path or "subscribers/demo.csv", "--list", "demo")
            self.run(*people, "--consent", "express", "--source", "test")

    def import_crowd(self, count: int) -> None:
        if self._copied(count):
            return
        rows = "".join(f"p{number:05}@example.org,Personne {number}\n" for number in range(count))
        (self.folder / "crowd.csv").write_text(f"email,name\n{rows}", encoding="utf-8")
        self.import_people("crowd.csv")

    def _copied(self, count: int) -> bool:
        """Copy what an import made, where this one would make the same: in a project as it lies in the repository."""
        if self.imported is None or self.variables or (self.folder / "var").exists():
            return False
        shutil.copytree(self.imported(count), self.folder / "var")
        return True

    def by_smtp(self, port: int) -> None:
        self.variables |= {
            "NEWSLETTER_TRANSPORT_KIND": "smtp",
            "NEWSLETTER_SMTP_HOST": "127.0.0.1",
            "NEWSLETTER_SMTP_PORT": str(port),
            "NEWSLETTER_SMTP_SECURITY": "none",
        }

    def counts(self) -> dict[str, int]:
        return self.json("status", SLUG)["sends"][0]["counts"]


@contextmanager
def sink(port: int, log: Path, wait: float = 0.0) -> Iterator[None]:
    """Run the mail server that writes down whom it took."""
    script = Path(__file__).with_name("sink_process.py")
    with subprocess.Popen([sys.executable, script, str(port), log, str(wait)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            server.kill()


def taken(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


@contextmanager
def braked(log: Path, count: int) -> Iterator[None]:
    """Let a sink be slow from so many mails on, until the block ends: what is done in it is done in the middle."""
    brake, beside = Path(f"{log}.brake"), Path(f"{log}.beside")
    beside.write_text(str(count))
    beside.replace(brake)
    try:
        yield
    finally:
        brake.unlink()


def wait_for_an_answer(port: int) -> None:
    """Wait until `serve` answers."""

    def answered() -> bool:
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return True
        return False

    until(answered)


def wait_for(log: Path, count: int) -> None:
    until(lambda: len(taken(log)) >= count, every=0.01)
