"""Two `newsletter worker` processes against one, through SMTP with a round trip of 10 ms and 16 connections each."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.delivery.measuring import Sink, sink
from benchmarks.ledger import database
from benchmarks.scale.claims import Claim, Table, machine, say

ROUND_TRIP, CONNECTIONS = 10_000, 16
ROOT = Path(__file__).parents[2]
CONFIGURATION = """
[site]
name = "Banc d'essai"
postal_address = "1, rue de l'Essai, Montréal"
contact = "essai@example.org"
[sender.essai]
from = "Essai <essai@example.org>"
"""
ISSUE = """---
subject: "Banc d'essai {number}"
lang: fr-CA
status: ready
audience: [demo]
---

Bonjour, ceci est un essai.
"""


class Bench:
    """A project with people, and commands in it."""

    def __init__(self, folder: Path, url: str, port: int) -> None:
        self.folder = folder
        (folder / "issues").mkdir()
        (folder / "subscribers").mkdir()
        (folder / "newsletter.toml").write_text(CONFIGURATION, encoding="utf-8")
        (folder / "subscribers" / "demo.toml").write_text('[title]\nfr-CA = "Essai"\n', encoding="utf-8")
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NEWSLETTER_DATABASE_URL": url,
            "NEWSLETTER_SECRET_KEY": "5e" * 32,
            "NEWSLETTER_TRANSPORT_KIND": "smtp",
            "NEWSLETTER_TRANSPORT_WINDOW": "100",
            "NEWSLETTER_SMTP_HOST": "127.0.0.1",
            "NEWSLETTER_SMTP_PORT": str(port),
            "NEWSLETTER_SMTP_SECURITY": "none",
            "NEWSLETTER_SMTP_CONNECTIONS": str(CONNECTIONS),
        }

    def run(self, *words: str) -> str:
        """Run a command to its end."""
        command = [sys.executable, "-m", "newsletter", *words, "--no-input"]
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"newsletter {words[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    @contextmanager
    def workers(self, count: int) -> Iterator[None]:
        """Have workers wait for work until the block ends."""
        command = [sys.executable, "-m", "newsletter", "worker", "--no-input"]
        team = [
            subprocess.Popen(command, cwd=self.folder, env=self._environment, stderr=subprocess.DEVNULL)
            for _ in range(count)
        ]
        time.sleep(4)
        try:
            yield
        finally:
            for one in team:
                one.terminate()
            for one in team:
                one.wait(60)

    def people(self, count: int) -> None:
        """Import them."""
        rows = "".join(f"p{number:06}@example.org,Personne {number}\n" for number in range(count))
        (self.folder / "people.csv").write_text(f"email,name\n{rows}", encoding="utf-8")
        self.run("subscribers", "import", "people.csv", "--list", "demo", "--consent", "express", "--source", "banc")

    def confirm(self, number: int, people: int) -> None:
        """Make one more send and leave it to the workers."""
        (self.folder / "issues" / f"banc-{number}.md").write_text(ISSUE.format(number=number), encoding="utf-8")
        self.run("send", f"banc-{number}", "--confirm", f"banc-{number}", "--expect", str(people), "--detach")


def measured(bench: Bench, to: Sink, number: int, people: int, workers: int) -> float:
    """Return mails a second at the sink, from when a tenth is there to when nine tenths are."""
    before = to.messages()
    marks: list[tuple[float, int]] = []
    with bench.workers(workers):
        bench.confirm(number, people)
        while (arrived := to.messages() - before) < people:
            if people // 10 <= arrived <= people * 9 // 10:
                marks.append((time.perf_counter(), arrived))
            time.sleep(0.05)
    (began, first), (ended, last) = marks[0], marks[-1]
    return (last - first) / (ended - began)


def main(argv: list[str] | None = None) -> int:
    """Print the table; return how many claims do not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=15_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(argv)
    say(f"\n{machine()}\n")
    rates: list[tuple[float, float]] = []
    with database("postgres") as url, sink(ROUND_TRIP) as to, tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), url, to.port)
        bench.people(asked.people)
        for number in range(asked.rounds):
            one, two = (measured(bench, to, 2 * number + n, asked.people, n) for n in (1, 2))
            rates.append((one, two))
            say(f"- round {number + 1}: {one:,.0f}/s with one, {two:,.0f}/s with two")
    table = Table(f"Two workers against one, {ROUND_TRIP / 1000:.0f} ms, {CONNECTIONS} connections each")
    ratio = statistics.median(two / one for one, two in rates)
    table.claims.append(Claim(name="two : one", floor=1.8, aim=2.0, measured=ratio, unit="x"))
    return table.print()


if __name__ == "__main__":
    sys.exit(main())
