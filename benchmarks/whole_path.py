"""The whole path of a send: database, merge, MIME, ledger, four SMTP connections, into a sink in C.

    python -m benchmarks.whole_path [--rounds 3] [--quick] [--memory]

A send to so many people is confirmed in a file of its own; a fresh process then sends it, as `newsletter
send` does: people are read, each mail is made out to its reader and handed over, each claim and each answer
is committed on the disk. The sink counts what arrived, and the books must add up. `smtp-source` sends the
same octets from memory to everybody, without a database, and `smtplib` is what most programs do.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update

from benchmarks import ledger as books
from benchmarks.delivery import peers, product, sample
from benchmarks.delivery.measuring import Claims, Program, machine, ratio, rounds, say, sink, table
from benchmarks.delivery.measuring import run as run_once
from newsletter.audience.lists import MailingList
from newsletter.config.model import Smtp as Settings
from newsletter.config.model import TransportSection
from newsletter.delivery.confirm import Terms, confirm
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.frozen import load_editions
from newsletter.delivery.letters import SendLetters
from newsletter.delivery.run import Means, run_send
from newsletter.delivery.send import find_send
from newsletter.delivery.transports.smtp import Smtp
from newsletter.delivery.transports.smtp_opening import Relay
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure
from newsletter.store.tables import people

FEW, MANY = 2_000, 200_000


def prepared(folder: Path, count: int) -> Path:
    """Return a database with a confirmed send to so many people."""
    path = folder / f"{count}.db"
    if not path.exists():
        store = open_store(f"sqlite:///{path}")
        ensure(store)
        books.fill(store, count)
        with store.write() as connection:
            connection.execute(update(people.subscriber).values(name="Zoé Tremblay"))
        order = books.order(count, edition=sample.edition(), mailing_list=MailingList(name="mesure"))
        confirm(store, order, plan="", expect=count, record={}, terms=Terms())
        store.close()
    return path


def whole(port: int, count: int, loop: str, template: str) -> Callable[[], None]:
    """Send what was confirmed in a copy of `template`."""
    folder = Path(tempfile.mkdtemp(prefix="newsletter-whole-"))
    path = shutil.copy(template, folder / "newsletter.db")
    store = open_store(f"sqlite:///{path}")
    settings = Settings(host="127.0.0.1", port=port, security="none", connections=4, helo="bench.example")
    smtp = Smtp(Relay(settings=settings), new_loop=product.LOOPS[loop])

    def work() -> None:
        send = find_send(store, "S1")
        letters = SendLetters(
            send=send,
            editions=load_editions(store, send.id),
            links_for=lambda _send, _list: sample.links(),
            message_id_key=b"m" * 32,
        )
        outcome = run_send(store, send.id, Means(transport=smtp, letters=letters, settings=TransportSection()))
        smtp.close()
        assert outcome.done
        _check(store, count)
        shutil.rmtree(folder)

    return work


def _check(store: Store, count: int) -> None:
    assert counts(store, 1).sent == count
    assert verify(store, find_send(store, "S1")).ok
    store.close()


PROGRAMS = {"whole": whole}


def main() -> int:
    """Print the tables and claims; 1 when one is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages")
    parser.add_argument("--memory", action="store_true", help="also 200,000 recipients against 2,000")
    asked = parser.parse_args()
    say("# The whole path of a send, SQLite\n")
    machine()
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as place:
        programs = _programs(Path(place), scale=10 if asked.quick else 1)
        rounds(list(programs.values()), count=asked.rounds)
        table("Loopback", list(programs.values()), against=programs["smtplib"])
        claims = Claims()
        claims.head()
        for loop, floor, aim in (("asyncio", 0.3, 0.5), ("uvloop", 0.45, 0.8)):
            if "smtp-source" in programs:
                claims.check(
                    f"{loop} : smtp-source", ratio(programs[loop], programs["smtp-source"]), floor=floor, aim=aim
                )
        claims.check("uvloop : smtplib", ratio(programs["uvloop"], programs["smtplib"]), floor=30, aim=60)
        if asked.memory:
            grown = _growth(Path(place))
            say(f"\nMemory from {FEW:,} to {MANY:,} recipients: {grown:+.1f} MB (at most 5).")
            claims.failed |= grown > 5
    return int(claims.failed)


def _programs(place: Path, *, scale: int) -> dict[str, Program]:
    few, many = 1_000 // scale, 20_000 // scale
    template = str(prepared(place, many))
    made = {
        "smtplib": Program("smtplib + EmailMessage", ("smtplib",), few),
        "smtp-source": Program("smtp-source -d -s 4", ("smtp-source",), many),
        "asyncio": Program("whole path, asyncio", ("whole", "asyncio", template), many),
        "uvloop": Program("whole path, uvloop", ("whole", "uvloop", template), many),
    }
    if not peers.installed("smtp-source"):
        say("\nsmtp-source (Postfix's tools) is not installed here and left out.")
        del made["smtp-source"]
    return made


def _growth(place: Path) -> float:
    """Return by how many MB a run grows that has a hundred times the recipients."""
    found = []
    for count in (FEW, MANY):
        program = Program("whole", ("whole", "uvloop", str(prepared(place, count))), count)
        with sink() as to:
            run_once(program, to)
        found.append(program.results[0].memory)
    return found[1] - found[0]


if __name__ == "__main__":
    sys.exit(main())
