"""Reports as mail servers write them, made of parts: every name and domain is invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, insert, select

from newsletter.audience.address import address_key, normalise
from newsletter.config import Keys
from newsletter.store.database import Store
from newsletter.store.tables import events, ledger, people

WRITER = "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>"
ORIGINAL = """Received: from infolettre.example.org (infolettre.example.org [192.0.2.10])
\tby mx.example.net with ESMTP id 5c0ffee for <chat@example.com>; Thu, 1 Oct 2026 09:00:01 -0400
Message-ID: <6b1f@infolettre.example.org>
Date: Thu, 1 Oct 2026 09:00:00 -0400
From: Infolettre <infolettre@example.org>
To: chat@example.com
Subject: =?utf-8?q?Num=C3=A9ro_12?=

Bonjour
"""


@pytest.fixture
def make_notice() -> Callable[..., bytes]:
    """Make a plain-text bounce: what its server says, with or without the mail it returns."""

    def make(text: str, *, sender: str = WRITER, subject: str = "failure notice", headers: str = "") -> bytes:
        top = f"From: {sender}\nTo: rebonds+jeton@example.org\nSubject: {subject}\n{headers}"
        return f"{top}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()

    return make


@pytest.fixture
def make_report() -> Callable[..., bytes]:
    """Make a report of RFC 3464: the words, the fields of each recipient, the mail it returns."""

    def make(fields: str, *, text: str = "Delivery failed.", original: str = ORIGINAL, headers: str = "") -> bytes:
        return (
            f"From: {WRITER}\nTo: rebonds+jeton@example.org\nSubject: Undelivered Mail\n{headers}"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\n\n'
            f"--=_b\nContent-Type: text/plain\n\n{text}\n"
            f"--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n{fields}\n"
            f"--=_b\nContent-Type: message/rfc822\n\n{original}\n--=_b--\n"
        ).encode()

    return make


@pytest.fixture
def make_complaint() -> Callable[..., bytes]:
    """Make a feedback report of RFC 5965."""

    def make(fields: str, *, original: str = ORIGINAL) -> bytes:
        return (
            "From: staff@provider.example\nTo: plaintes@example.org\nSubject: FW: Infolettre\n"
            "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
            "--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n"
            f"--b\nContent-Type: message/feedback-report\n\n{fields}\n"
            f"--b\nContent-Type: message/rfc822\n\n{original}\n--b--\n"
        ).encode()

    return make


@dataclass(frozen=True)
class Sent:
    """A store in which one issue was sent to people whose addresses are p1@example.com, p2@…"""

    store: Store
    send: int
    keys: Keys

    def address_key(self, n: int) -> str:
        return address_key(normalise(f"p{n}@example.com"), self.keys.suppression)

    def state(self, n: int) -> str:
        column = ledger.delivery.c
        return self._one(select(column.state).where(column.send_id == self.send, column.n == n))

    def subscription(self, n: int) -> tuple[str, str]:
        column = people.subscription.c
        with self.store.read() as connection:
            row = connection.execute(select(column.status, column.ended_reason).where(column.subscriber_id == n)).one()
        return row.status, row.ended_reason

    def suppressions(self) -> dict[str, tuple[str, int]]:
        column = people.suppression.c
        with self.store.read() as connection:
            rows = connection.execute(select(column.address_key, column.reason, column.list_id)).all()
        return {row.address_key: (row.reason, row.list_id) for row in rows}

    def events(self) -> list[tuple[str, str, int | None]]:
        column = events.event.c
        with self.store.read() as connection:
            rows = connection.execute(select(column.kind, column.verdict, column.n).order_by(column.id)).all()
        return [(row.kind, row.verdict, row.n) for row in rows]

    def _one(self, query: object) -> str:
        with self.store.read() as connection:
            return str(connection.scalar(query))


KEYS = Keys(signing=(b"s" * 32,), suppression=b"p" * 32)
SENT_AT = 1_790_000_000.0


def fill_store(store: Store, *, count: int, state: str = "sent", date: float = SENT_AT) -> Sent:
    """Write people, one send and its deliveries into a store."""
    with store.write() as connection:
        list_id = connection.scalar(select(people.mailing_list.c.id).where(people.mailing_list.c.name == "membres"))
        if list_id is None:
            made = insert(people.mailing_list).values(name="membres").returning(people.mailing_list.c.id)
            list_id = connection.execute(made).scalar_one()
            _write_people(connection, count, list_id)
        send = connection.execute(
            insert(ledger.send)
            .values(
                issue="2026-automne",
                kind="real",
                transport="sendgrid",
                state="done",
                plan_record={},
                lists=["membres"],
                sender={"from": "a@example.org"},
                imprint={"site": {}, "lists": {}},
                total=count,
                date=date,
                created_at=date,
                starts_at=date,
                finished_at=date,
            )
            .returning(ledger.send.c.id)
        ).scalar_one()
        connection.execute(insert(ledger.send_batch).values(_batch(send, count, state)))
        connection.execute(
            insert(ledger.delivery),
            [
                {
                    "send_id": send,
                    "n": n,
                    "subscriber_id": n,
                    "address_key": _key(n),
                    "list_id": list_id,
                    "lang": "fr-CA",
                    "state": state,
                    "attempt": 1,
                }
                for n in range(1, count + 1)
            ],
        )
    return Sent(store, send, KEYS)


def _batch(send: int, count: int, state: str) -> dict[str, object]:
    counter = {state: count} if state in ("sent", "unknown", "failed") else {}
    return {"send_id": send, "seq": 1, "lane": "rest", "first_n": 1, "last_n": count, "state": "done", **counter}


def _key(n: int) -> str:
    return address_key(normalise(f"p{n}@example.com"), KEYS.suppression)


def _write_people(connection: Connection, count: int, list_id: int) -> None:
    connection.execute(
        insert(people.subscriber),
        [
            {
                "id": n,
                "key": f"{n:032x}",
                "address": f"p{n}@example.com",
                "address_key": _key(n),
                "domain": "example.com",
                "lang": "fr-CA",
                "fields": {},
                "created_at": SENT_AT,
            }
            for n in range(1, count + 1)
        ],
    )
    connection.execute(
        insert(people.subscription),
        [
            {"subscriber_id": n, "list_id": list_id, "status": "active", "started_at": SENT_AT, "consented": True}
            for n in range(1, count + 1)
        ],
    )


@pytest.fixture
def make_sent() -> Callable[..., Sent]:
    """Fill a store: `make_sent(store, count=5, state="unknown")`."""
    return fill_store


@pytest.fixture
def keys() -> Keys:
    return KEYS
