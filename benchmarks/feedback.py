"""How fast what providers tell takes effect: calls verified, stored, answered, and worked off, each event once.

    python -m benchmarks.feedback [--events 100000] [--call 500] [--database FILE|URL]

The whole way of a SendGrid call is measured, from its signed bytes to what it changes in the database. A
figure counts only when every event is kept exactly once, and every copy of it has no effect.
"""

from __future__ import annotations

import argparse
import base64
import json
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select

from benchmarks.ledger import DOMAINS, fill, plan
from newsletter.config import Keys
from newsletter.delivery.transports.sendgrid_call import KEY, SEND
from newsletter.feedback.calls import TAKEN, Postroom, Secrets
from newsletter.feedback.inbox import work_off
from newsletter.feedback.score import Terms
from newsletter.feedback.webhooks.sendgrid import SIGNATURE, TIMESTAMP
from newsletter.store.database import Store, open_store
from newsletter.store.schema import ensure
from newsletter.store.tables.events import event as event_table

#: seconds for 100,000 events: asked for, and aimed at
FLOOR, AIM = 10.0, 6.0
KEYS = Keys(signing=(b"s" * 32,), suppression=b"p" * 32)
#: of a hundred events so many are of this kind; the others tell that a mail was delivered
KINDS = (
    (1, {"event": "bounce", "status": "5.1.1", "reason": "550 5.1.1 user unknown", "type": "bounce"}),
    (2, {"event": "bounce", "status": "4.2.2", "reason": "452 4.2.2 mailbox full", "type": "bounce"}),
    (1, {"event": "deferred", "response": "421 try again later"}),
    (1, {"event": "unsubscribe"}),
    (1, {"event": "spamreport"}),
)


def calls(count: int, each: int, send: int, key: ec.EllipticCurvePrivateKey) -> Iterator[tuple[dict[str, str], bytes]]:
    """Make signed calls of so many events each."""
    stamp = str(int(time.time()))
    for first in range(1, count + 1, each):
        told = [event(n, send, int(stamp)) for n in range(first, min(first + each, count + 1))]
        body = json.dumps(told).encode() + b"\r\n"
        signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        yield {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: stamp}, body


def event(n: int, send: int, at: int) -> dict[str, object]:
    """Make the event of one recipient as SendGrid writes it."""
    place, told = n % 100, {"event": "delivered", "response": "250 OK"}
    for share, kind in KINDS:
        if place < share:
            told = kind
            break
        place -= share
    address = f"personne{n}@{DOMAINS[n % len(DOMAINS)]}"
    ids = {"sg_event_id": f"e{n}", "sg_message_id": f"m{n}.filter", SEND: f"S{send}", KEY: str(n)}
    return {"email": address, "timestamp": at, **ids, **told}


def measure(store: Store, count: int, each: int) -> list[tuple[str, float]]:
    """Return the seconds of each step; leave with a message when an event is lost or counted twice."""
    fill(store, count)
    send, _seconds = plan(store, count)
    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    shown = base64.b64encode(key.public_key().public_bytes(serialization.Encoding.DER, form)).decode()
    room = Postroom(store=store, secrets=Secrets(sendgrid_public_key=shown), clock=time.time, fetch=lambda _url: b"")
    made = list(calls(count, each, send.id, key))
    taken, worked = _round(store, room, made, new=count)
    again, copies = _round(store, room, made, new=0)
    with store.read() as connection:
        kept = connection.scalar(select(func.count()).select_from(event_table))
    if kept != count:
        sys.exit(f"{kept} events of {count} are kept: this table is void")
    return [
        ("verified, stored and answered", taken),
        ("taken into effect", worked),
        ("both", taken + worked),
        ("the same calls a second time", again + copies),
    ]


def _round(store: Store, room: Postroom, made: list[tuple[dict[str, str], bytes]], *, new: int) -> tuple[float, float]:
    began = time.perf_counter()
    answers = {room.receive("sendgrid", headers, body) for headers, body in made}
    between = time.perf_counter()
    found = work_off(store, keys=KEYS, terms=Terms())
    ended = time.perf_counter()
    if answers != {TAKEN} or found.new != new:
        sys.exit(f"answers {answers}, {found}: this table is void")
    return between - began, ended - between


def main() -> int:
    """Print the table; 1 when it took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--call", type=int, default=500, help="events in one call")
    parser.add_argument("--database", default="", help="an empty database's address; SQLite otherwise")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsletter-bench-") as folder:
        store = open_store(asked.database or f"sqlite:///{Path(folder) / 'newsletter.db'}")
        ensure(store)
        rows = measure(store, asked.events, asked.call)
        store.close()
    print(f"{platform.platform()}, Python {platform.python_version()}; {asked.events:,} events, {asked.call} a call\n")
    print("| step | floor | aim | measured | events/s |\n| --- | ---: | ---: | ---: | ---: |")
    for name, seconds in rows:
        scale = asked.events / 100_000
        floor, aim = (f"{FLOOR * scale:.1f} s", f"{AIM * scale:.1f} s") if name == "both" else ("", "")
        print(f"| {name} | {floor} | {aim} | {seconds:.2f} s | {asked.events / seconds:,.0f} |")
    return int(dict(rows)["both"] > FLOOR * asked.events / 100_000)


if __name__ == "__main__":
    sys.exit(main())
