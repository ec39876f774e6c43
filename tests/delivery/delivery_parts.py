"""Parts that delivery tests are made of: people straight in the tables, small letters, a transport that remembers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from calm import until
from sqlalchemy import insert, literal, select

from newsletter.audience.audience import Audience
from newsletter.audience.subscriber import Subscriber
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.send import find_send
from newsletter.delivery.states import SendState
from newsletter.delivery.transports.base import Outcome, Parcel, Parcels, Pause, Receipt, Report
from newsletter.edition.edition import Edition
from newsletter.edition.segments import Literal, Segments
from newsletter.message.letter import Message
from newsletter.store.database import Store
from newsletter.store.tables import people

DOMAINS = ("gmail.com", "outlook.com", "exemple.org")


@dataclass
class SmallLetter:
    """A letter of a few bytes."""

    lang: str

    def to(self, subscriber: Subscriber, key: int) -> Message:
        content = b"To: %b\r\n\r\nBonjour\r\n" % subscriber.address.encode()
        return Message(message_id=f"<{key}@exemple.org>", return_path="", recipient=subscriber.address, content=content)


@dataclass
class Recorder:
    """A transport that takes everything, or what `answer` says, and remembers who got what."""

    answer: Callable[[Parcel], Receipt | None] = lambda parcel: Receipt(key=parcel.key, outcome=Outcome.ACCEPTED)
    name: str = "recorder"
    real: bool = False
    in_flight: int = 1
    window: int | None = None
    got: list[str] = field(default_factory=list)
    #: how long each pause was that it was asked for, and how many had been handed over before
    pauses: list[tuple[float, int]] = field(default_factory=list)
    #: how many had been handed over when it was begun with, and begun with again
    turns: list[int] = field(default_factory=list)

    def deliver(self, parcels: Parcels, report: Report) -> None:
        self.turns.append(len(self.got))
        for parcel in parcels:
            if isinstance(parcel, Pause):
                self.pauses.append((parcel.seconds, len(self.got)))
                time.sleep(parcel.seconds)
                continue
            receipt = self.answer(parcel)
            if receipt is None or receipt.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):
                self.got.append(parcel.message().recipient)
            if receipt is not None:
                report(receipt)

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


def add_people(store: Store, count: int, *, domains: Sequence[str] = DOMAINS, first: int = 1) -> None:
    """Fill the list `membres` with invented people of these domains in turn."""
    with store.write() as connection:
        if connection.scalar(select(people.mailing_list.c.id)) is None:
            connection.execute(insert(people.mailing_list).values(id=1, name="membres"))
        rows = [
            {
                "id": n,
                "key": f"{n:032x}",
                "address": f"personne{n}@{domains[n % len(domains)]}",
                "address_key": f"{n * 2654435761 % 2**32:032x}",
                "domain": domains[n % len(domains)],
                "lang": "fr-CA",
                "fields": {},
                "created_at": 0.0,
            }
            for n in range(first, first + count)
        ]
        if rows:
            connection.execute(insert(people.subscriber), rows)
            on = {"list_id": 1, "status": "active", "started_at": 0.0, "consented": True}
            connection.execute(insert(people.subscription), [{"subscriber_id": row["id"], **on} for row in rows])


def audience_of_all(store: Store) -> Audience:
    """Everybody in the table, on the list `membres`."""
    person = people.subscriber.c
    query: Any = select(
        person.id.label("subscriber_id"),
        person.address_key,
        literal(1).label("list_id"),
        person.lang,
        person.domain,
    )
    with store.read() as connection:
        total = len(connection.execute(query).all())
    return Audience(
        lists=("membres",),
        query=query,
        total=total,
        by_language={"fr-CA": total},
        by_list={"membres": total},
        exclusions={},
        digest="d" * 64,
    )


@dataclass(frozen=True)
class SmallEdition(Edition):
    """An edition of a few words."""

    slug: str = "2026-12"
    lang: str = "fr-CA"
    theme: str = "default"
    title: str = "Décembre"
    subject: Segments = (Literal(text="Décembre"),)
    preheader: Segments = ()
    html_segments: Segments = (Literal(text="<p>Bonjour</p>"),)
    text_segments: Segments = (Literal(text="Bonjour"),)
    digest: str = "e" * 64


def suppress(store: Store, *ids: int) -> None:
    """Let these people have left."""
    with store.write() as connection:
        for number in ids:
            key = connection.scalar(select(people.subscriber.c.address_key).where(people.subscriber.c.id == number))
            connection.execute(insert(people.suppression).values(address_key=key, reason="unsubscribed", at=0.0))


def once_stopped(store: Store, ref: str) -> None:
    """Wait until a send has stopped itself: nothing may depend on how many mails go meanwhile."""
    until(lambda: find_send(store, ref).state is SendState.STOPPED)


def domain(parcel: Parcel) -> str:
    """The receiving domain of a parcel."""
    return parcel.subscriber.address.rpartition("@")[2]


def accepted(parcel: Parcel) -> Receipt:
    """The usual answer."""
    return Receipt(key=parcel.key, outcome=Outcome.ACCEPTED, code=250, text="queued as 4F2B")


def adds_up(store: Store, ref: str, **expected: int) -> None:
    """The states are exactly these, by the counters and by every row."""
    send = find_send(store, ref)
    found = {name: count for name, count in counts(store, send.id).as_dict().items() if count}
    assert found == expected
    assert verify(store, send).problems == ()
