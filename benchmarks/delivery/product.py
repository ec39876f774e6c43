"""The SMTP transport as a program: ready octets, or mails made out to each reader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from benchmarks.delivery import sample
from newsletter.config.model import Smtp as Settings
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.delivery.transports.smtp import Smtp, fast_loop
from newsletter.delivery.transports.smtp_opening import Relay

if TYPE_CHECKING:
    from newsletter.audience.subscriber import Subscriber
    from newsletter.message import Letter, Message

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": fast_loop}


@dataclass(frozen=True)
class Ready:
    """A letter that is the same for everybody: what the transport alone can do."""

    message: Message

    def to(self, _subscriber: Subscriber, _key: int) -> Message:
        return self.message


def transport(port: int, count: int, loop: str, connections: str, kind: str, key: str = "") -> Callable[[], None]:
    """Send through the product's transport; `kind` is `ready` or `made`, `key` a file to sign with."""
    letter = sample.letter()
    if kind == "ready":
        letter = cast("Letter", Ready(letter.to(sample.reader(1), 1)))
    settings = Settings(
        host="127.0.0.1", port=port, security="none", connections=int(connections), helo="bench.example"
    )
    sign = _signer(key) if key else (lambda content: content)
    smtp = Smtp(Relay(settings=settings), sign=sign, new_loop=LOOPS[loop])

    def parcels() -> Iterator[Parcel]:
        for number in range(1, count + 1):
            yield Parcel(key=number, send="S12", letter=letter, subscriber=sample.reader(number))

    accepted = 0

    def report(receipt: Receipt) -> None:
        nonlocal accepted
        accepted += receipt.outcome is Outcome.ACCEPTED

    def work() -> None:
        smtp.deliver(parcels(), report)
        smtp.close()
        assert accepted == count

    return work


def _signer(key: str) -> Callable[[bytes], bytes]:
    from newsletter.message.dkim import open_signer

    return open_signer(domain="coalition.example", selector="s", key_file=Path(key))


PROGRAMS = {"infolettre": transport}
