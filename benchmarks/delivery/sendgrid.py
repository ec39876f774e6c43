"""The SendGrid transport against a web server that answers like SendGrid: `python -m benchmarks.delivery.sendgrid`.

The server is a process of its own, so that only the calls are measured, and answers at once or after 100 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.delivery import sample
from benchmarks.delivery.measuring import Claims, free_port, machine, say
from newsletter.config.model import SendGrid as Settings
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.delivery.transports.sendgrid import SendGrid


def main(arguments: list[str] | None = None) -> int:
    """Print the table and claims; 1 when one is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    scale = 10 if options.quick else 1
    say("# SendGrid: recipients a second into a server that answers like it\n")
    machine()
    ways = {
        "the package, one request for each": (0.0, None, 300 // scale),
        "100 a call": (0.0, 100, 20_000 // scale),
        "1,000 a call": (0.0, 1000, 40_000 // scale),
        "100 ms: 100 a call, 32 threads": (0.1, 100, 40_000 // scale),
        "100 ms: 1,000 a call, 8 threads": (0.1, 1000, 80_000 // scale),
    }
    best = dict.fromkeys(ways, 0.0)
    for _round in range(options.rounds):
        for name, (delay, batch, count) in ways.items():
            best[name] = max(best[name], _measure(delay, batch, count))
    say("\n| way | recipients/s |\n| --- | ---: |")
    for name, rate in best.items():
        say(f"| {name} | {rate:,.0f} |")
    one, _hundred, thousand, late_hundred, late_thousand = best.values()
    claims = Claims()
    claims.head()
    claims.check("B12 1,000 a call : one request for each", thousand / one, floor=80, aim=120)
    claims.check("after 100 ms, recipients/s", max(late_hundred, late_thousand), floor=25_000, aim=50_000)
    return int(claims.failed)


def _measure(delay: float, batch: int | None, count: int) -> float:
    parcels = _parcels(count)
    with _server(delay) as (url, arrived):
        began = time.perf_counter()
        if batch is None:
            _one_by_one(url, count)
        else:
            _by_calls(url, batch, parcels, threads=4 if not delay else 32 if batch < 1000 else 8)
        seconds = time.perf_counter() - began
        if (there := arrived()) != count:
            sys.exit(f"{there} of {count} arrived; the figures are void")
    return count / seconds


def _parcels(count: int) -> list[Parcel]:
    """Return so many recipients, as the ledger would hand them over: how it does is measured elsewhere."""
    letter = sample.letter()
    return [
        Parcel(key=number, send="S12", letter=letter, subscriber=sample.reader(number))
        for number in range(1, count + 1)
    ]


def _by_calls(url: str, batch: int, parcels: list[Parcel], *, threads: int) -> None:
    transport = SendGrid(Settings(base_url=url, batch=batch, threads=threads), "SG.bench")
    receipts: list[Receipt] = []
    transport.deliver(iter(parcels), receipts.append)
    assert sum(receipt.outcome is Outcome.ACCEPTED for receipt in receipts) == len(parcels)


def _one_by_one(url: str, count: int) -> None:
    """Do what the package's documentation shows: its classes, one request for each recipient."""
    from sendgrid import SendGridAPIClient
    from sendgrid.helpers.mail import Mail

    client = SendGridAPIClient("SG.bench", host=url)
    edition, letter = sample.edition(), sample.letter()
    for number in range(count):
        values = letter.values(sample.reader(number))
        mail = Mail(
            "i@coalition.example", f"lecteur{number}@exemple.org", "Mesure", edition.text(values), edition.html(values)
        )
        client.send(mail)


@contextmanager
def _server(delay: float) -> Iterator[tuple[str, object]]:
    """Run the server in a process of its own; yields its address, and what asks how many recipients it had."""
    port = free_port()
    script = Path(__file__).with_name("sendgrid_server.py")
    process = subprocess.Popen([sys.executable, script, str(port), str(delay)], env={**os.environ})
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}", lambda: _count(port)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _attempt in range(200):
        try:
            _count(port)
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit("the server does not answer")


def _count(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/count")
    told = json.loads(connection.getresponse().read())
    connection.close()
    return int(told["recipients"])


if __name__ == "__main__":
    sys.exit(main())
