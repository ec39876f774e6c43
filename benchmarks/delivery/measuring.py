"""What the benchmarks of delivery share: the sink, fresh processes, rounds, tables, floors.

Rules: the sink must be faster than the sender, and counts what arrived; every program runs once in each
round, in a process of its own; ratios are taken within a round; best and median are both shown.
"""

from __future__ import annotations

import json
import os
import platform
import pwd
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.delivery.place import python_path

HERE = Path(__file__).parent
#: seconds for one run of one program
LONGEST = 600
CSINK = HERE.parent / "csink"


@dataclass
class Result:
    """One run of one program."""

    rate: float
    #: processor time for each message, in µs: the sender's, and the sink's
    cpu: float
    sink_cpu: float = 0.0
    #: greatest resident size in MB
    memory: float = 0.0


@dataclass
class Program:
    """Something that sends `count` messages to a port; `arguments` follow `python -m benchmarks.delivery.run`."""

    name: str
    arguments: tuple[str, ...]
    count: int
    results: list[Result] = field(default_factory=list)

    @property
    def best(self) -> float:
        return max(result.rate for result in self.results)


def compiled(source: str) -> Path | None:
    """Build one of the C programs; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    made = Path(tempfile.gettempdir()) / f"infolettre-bench-{os.getuid()}" / source
    made.parent.mkdir(mode=0o700, exist_ok=True)
    text = CSINK / f"{source}.c"
    if not made.exists() or made.stat().st_mtime < text.stat().st_mtime:
        subprocess.run([compiler, "-O2", "-Wall", "-o", made, text], check=True)
    return made


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Sink:
    """A running csink."""

    process: subprocess.Popen[Any]
    port: int

    def cpu(self) -> float:
        """Return the seconds of processor it used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def messages(self) -> int:
        """Return how many messages it took so far."""
        assert self.process.stderr is not None
        self.process.send_signal(signal.SIGUSR1)
        line = self.process.stderr.readline()
        return int(dict(pair.split("=") for pair in line.split())["msgs"])


@contextmanager
def sink(round_trip: int = 0) -> Iterator[Sink]:
    """Run the sink, every reply delayed by `round_trip` µs."""
    binary = compiled("csink")
    if binary is None:
        sys.exit("a C compiler is needed for the sink: apt-get install gcc")
    port = free_port()
    process = subprocess.Popen([binary, str(port), str(round_trip)], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(port)
        yield Sink(process, port)
    finally:
        process.terminate()
        process.communicate()


@dataclass
class PostfixSink(Sink):
    """A running smtp-sink, which writes `sess=1 quit=1 mesg=7` again and again."""

    told: Path

    def messages(self) -> int:
        """Return how many messages it took so far."""
        time.sleep(0.2)  # it writes after it has answered
        found = re.findall(r"mesg=(\d+)", self.told.read_text())
        return int(found[-1]) if found else 0


@contextmanager
def postfix_sink() -> Iterator[Sink]:
    """Run Postfix's smtp-sink, slower than every pipelining sender: all of them look alike in front of it."""
    port = free_port()
    who = ["-u", pwd.getpwuid(os.getuid()).pw_name] if not os.getuid() else []
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        told = Path(folder) / "told"
        with told.open("w") as output:
            process = subprocess.Popen(["smtp-sink", *who, "-c", f"127.0.0.1:{port}", "128"], stdout=output)
        try:
            _wait_for(port)
            yield PostfixSink(process, port, told)
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit("the sink does not answer")


def run(program: Program, to: Sink) -> None:
    """Run a program once in a process of its own; a count that differs at the sink voids everything."""
    before, cpu = to.messages(), to.cpu()
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.delivery.run", *program.arguments, str(to.port), str(program.count)],
        check=False,
        capture_output=True,
        text=True,
        env=python_path(),
        timeout=LONGEST,
    )
    if told.returncode:
        sys.exit(f"{program.name} failed:\n{told.stderr[-2000:]}")
    arrived = to.messages() - before
    if arrived != program.count:
        sys.exit(f"{program.name}: {arrived} of {program.count} arrived; the figures are void\n{told.stderr}")
    figures = json.loads(told.stdout)
    program.results.append(
        Result(
            rate=program.count / figures["seconds"],
            cpu=figures["cpu"] / program.count * 1e6,
            sink_cpu=(to.cpu() - cpu) / program.count * 1e6,
            memory=figures["memory"],
        )
    )


def rounds(programs: list[Program], *, count: int, round_trip: int = 0, postfix: bool = False) -> None:
    """Run every program once in each round; into Postfix's own sink where that is asked for."""
    for _round in range(count):
        for program in programs:
            with postfix_sink() if postfix else sink(round_trip) as to:
                run(program, to)


def ratio(one: Program, other: Program) -> float:
    """Return the median over the rounds of how many times faster `one` is."""
    pairs = zip(one.results, other.results, strict=True)
    return statistics.median(mine.rate / theirs.rate for mine, theirs in pairs)


def table(title: str, programs: list[Program], *, against: Program) -> None:
    """Print the figures, ratios first."""
    say(f"\n## {title}\n")
    say(f"| program | x {against.name} | best /s | median /s | CPU µs | sink CPU µs | MB |")
    say("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for program in programs:
        results = program.results
        say(
            f"| {program.name} | {ratio(program, against):.2f} | {program.best:,.0f} "
            f"| {statistics.median(r.rate for r in results):,.0f} | {min(r.cpu for r in results):.0f} "
            f"| {min(r.sink_cpu for r in results):.0f} | {max(r.memory for r in results):.0f} |"
        )


@dataclass
class Claims:
    """Ratios, each with its floor: below one the benchmark fails."""

    failed: bool = False

    def check(self, name: str, measured: float, *, floor: float, aim: float) -> None:
        """Print a claim and whether it holds."""
        verdict = "ok" if measured >= aim else "above the floor" if measured >= floor else "BELOW THE FLOOR"
        self.failed |= measured < floor
        say(f"| {name} | {measured:.2f} | {floor:g} | {aim:g} | {verdict} |")

    def at_most(self, name: str, measured: float, *, most: float, aim: float) -> None:
        """Print a claim that less is better for."""
        verdict = "ok" if measured <= aim else "within the limit" if measured <= most else "ABOVE THE LIMIT"
        self.failed |= measured > most
        say(f"| {name} | {measured:.2f} | {most:g} | {aim:g} | {verdict} |")

    @staticmethod
    def head() -> None:
        """Print the head of the table of claims."""
        say("\n| claim | measured | floor | aim | |\n| --- | ---: | ---: | ---: | --- |")


def machine() -> None:
    """Print what it was measured on."""
    load = os.getloadavg()[0]
    say(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors, "
        f"{platform.system()} {platform.release()}, load {load:.1f} at the start. "
        "No TLS, no login, a server that never refuses; sender and sink share the processors."
    )


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
