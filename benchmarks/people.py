"""How fast people come in, are counted and are answered: import, audience, public pages.

    python -m benchmarks.people [--people 1000000] [--requests 20000] [--processes 2]

A figure counts only when every row has its outcome, the audience holds whom it must, and every request was
answered with 200. Beside an import stands what limits it: email-validator's own time for each distinct address,
and the driver's for the same rows, written as they are.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.bare_import import bare_rate
from newsletter.audience.consent import ConsentKind
from newsletter.audience.importing import ImportOptions, Outcome, apply_import
from newsletter.audience.keys import random_keys
from newsletter.audience.lists import MailingList
from newsletter.audience.resolving import resolve
from newsletter.config import read_config
from newsletter.config.model import AttributeField
from newsletter.issue.document import AudienceWish
from newsletter.message.tokens import Purpose, list_key, sign
from newsletter.project import Project
from newsletter.project.people import create_list
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure

#: rows a second; seconds for an audience with a segment over a million; requests a second; milliseconds of p99
IMPORT, AUDIENCE, REQUESTS, P99 = (50_000, 65_000), (10.0, 6.0), (1_000, 2_000), (50.0, 25.0)
FIELDS = {"comites": AttributeField(type="choices", choices=("formation", "recherche", "soutien"))}
SEGMENT = '"formation" in subscriber.comites and subscriber.lang == "fr-CA"'
FIRST = ("Zoé", "Ana", "Jean", "Noémie", "Taylor", "Élise", "Karim", "Linh")
LAST = ("Hétu", "Tremblay", "Roy", "Côté", "Nguyen", "O’Neil", "Gagnon", "Smith")
CALLERS = 16
Row = tuple[str, str, str, str]


def write_people(path: Path, count: int) -> int:
    """Write a spreadsheet of so many people; return how many are of the segment."""
    chance, fitting = random.Random(14), 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,name,lang,comites\r\n")
        for n in range(count):
            lang, committee = chance.choice(("fr-CA", "en-CA")), chance.choice(("formation", "recherche", ""))
            fitting += lang == "fr-CA" and committee == "formation"
            name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
            file.write(f"p{n}.{chance.randrange(10**6)}@d{n % 997}.example.org,{name},{lang},{committee}\r\n")
    return fitting


def import_rate(store: Store, path: Path, count: int) -> float:
    """Import the file; return rows a second."""
    options = ImportOptions(list="demo", consent=ConsentKind.EXPRESS, source="benchmark", fields=FIELDS)
    began = time.perf_counter()
    report = apply_import(store, path, options, secret=b"k" * 32, at=time.time(), new_key=random_keys())
    took = time.perf_counter() - began
    assert report.counts[Outcome.ACCEPTED] == count, report.counts
    return count / took


def validator_rate(count: int = 5_000) -> float:
    """Return how many distinct addresses a second email-validator decides about: the limit of a plain import."""
    from email_validator import validate_email

    began = time.perf_counter()
    for n in range(count):
        validate_email(f"p{n}@d{n % 97}.example.org", check_deliverability=False, strict=True)
    return count / (time.perf_counter() - began)


def audience_seconds(store: Store, fitting: int) -> float:
    """Resolve an audience with a segment; return the seconds."""
    wish = AudienceWish(lists=("demo",), segment=SEGMENT)
    began = time.perf_counter()
    found = resolve(store, wish, lists={"demo": MailingList(name="demo")}, fields=FIELDS, at=time.time())
    took = time.perf_counter() - began
    assert found.total == fitting, (found.total, fitting)
    return took


@contextlib.contextmanager
def serving(folder: Path, processes: int) -> Iterator[tuple[int, list[str]]]:
    """Serve a small project; give its port, and the paths that are asked for."""
    (folder / "newsletter.toml").write_text("", encoding="utf-8")
    project = Project(read_config(folder, {}))
    create_list(project.config, "demo")
    made = folder / "subscribers" / "demo.toml"
    made.write_text(re.sub("public = false", "public = true", made.read_text(encoding="utf-8")), encoding="utf-8")
    key = list_key("demo", project.keys)
    tokens = [
        sign(Purpose.UNSUBSCRIBE, subscriber_key=f"{n:032x}", list_key=key, keys=project.keys) for n in range(100)
    ]
    ensure(project.store)
    project.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("--project", str(folder), "serve", "--pages-only", "--port", str(port), "--processes", str(processes))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    server = subprocess.Popen([sys.executable, "-m", "newsletter", *words], stdout=subprocess.DEVNULL, env=environ)
    try:
        _wait_for(port)
        yield port, ["/fr/abonnement", *(f"/u/{token}" for token in tokens)]
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=5)) as one:
            one.request("GET", "/healthz")
            one.getresponse().read()
            time.sleep(2)  # the others are still beginning
            return
        time.sleep(0.1)
    raise SystemExit("serve did not begin")


def page_times(port: int, paths: list[str], count: int) -> tuple[float, float]:
    """Ask for pages over a few kept connections; return requests a second and the 99th percentile in milliseconds.

    The callers share the processors with the server, so they do as little as they can: they read no header but
    the length.
    """
    times: list[float] = []

    def call(part: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            for n in range(part):
                words = f"GET {paths[n % len(paths)]} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
                began = time.perf_counter()
                _ask(connection, words)
                times.append(time.perf_counter() - began)

    callers = [threading.Thread(target=call, args=(count // CALLERS,)) for _ in range(CALLERS)]
    began = time.perf_counter()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    took = time.perf_counter() - began
    times.sort()
    return len(times) / took, 1000 * times[int(len(times) * 0.99)]


def _ask(connection: socket.socket, words: bytes) -> None:
    """Ask for a page and read it to its end; it must be there."""
    connection.sendall(words)
    answer = connection.recv(65_536)
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(connection)
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:20]
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", answer[: end + 2])
    assert length, "a page has a length"
    missing = end + 4 + int(length[1]) - len(answer)
    while missing > 0:
        missing -= len(_more(connection))
    assert missing == 0, "more came than was asked for"


def _more(connection: socket.socket) -> bytes:
    got = connection.recv(65_536)
    assert got, "the server closed the connection in the middle of a page"
    return got


def main() -> int:
    """Print the table; 1 when something is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        path, store = Path(folder) / "people.csv", open_store(f"sqlite:///{Path(folder) / 'people.db'}")
        ensure(store)
        fitting = write_people(path, asked.people)
        rate, limit = import_rate(store, path, asked.people), validator_rate()
        with contextlib.closing(open_store(f"sqlite:///{Path(folder) / 'bare.db'}")) as empty:
            ensure(empty)
            bare = bare_rate(store, empty)
        rows.append((f"import of {asked.people:,} rows", *(f"{n:,}/s" for n in IMPORT), f"{rate:,.0f}/s"))
        rows.append(("email-validator alone", "", "", f"{limit:,.0f}/s; the import has {rate / limit:.0%} of it"))
        rows.append(("the driver alone, same rows", "", "", f"{bare:,.0f}/s; the import has {rate / bare:.0%} of it"))
        scale, took = asked.people / 1_000_000, audience_seconds(store, fitting)
        rows.append(("audience with a segment", *(f"{n * scale:.2f} s" for n in AUDIENCE), f"{took:.2f} s"))
        store.close()
        project = Path(folder) / "project"
        project.mkdir()
        with serving(project, asked.processes) as (port, paths):
            page_times(port, paths, CALLERS * 20)
            answered, slowest = page_times(port, paths, asked.requests)
        rows.append((f"pages, {asked.processes} processes", *(f"{n:,}/s" for n in REQUESTS), f"{answered:,.0f}/s"))
        rows.append(("pages, 99th percentile", *(f"{n:.0f} ms" for n in P99), f"{slowest:.1f} ms"))
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} processors\n")
    print("| what | floor | aim | measured |\n| --- | ---: | ---: | ---: |")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    held = rate >= IMPORT[0], took <= AUDIENCE[0] * scale, answered >= REQUESTS[0], slowest <= P99[0]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
