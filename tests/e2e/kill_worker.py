"""A worker process that can be killed or frozen: it writes each mail down instead of sending it.

    python kill_worker.py URL SEND LOG LEASE WINDOW SECONDS

The line is written before the ledger hears of it, as a server takes a mail before its answer is read; the
state that is committed at that moment is looked at: it must be `sending`. While there is a file LOG.brake with
a number in it, each mail after so many takes a quarter of a second.
"""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import select

from newsletter.config.model import TransportSection
from newsletter.delivery.run import Means, run_send
from newsletter.delivery.transports.base import Outcome, Parcels, Pause, Receipt, Report
from newsletter.store.database import Store, open_store
from newsletter.store.tables.ledger import delivery


class NoLetter:
    """Never made out: the worker writes down who would get it."""


class Logbook:
    """A transport that appends addresses to a file."""

    name, real, in_flight, window = "logbook", True, 1, None

    def __init__(self, store: Store, send: int, log: str, seconds: float) -> None:
        self._store, self._send, self._seconds = store, send, seconds
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._brake, self._taken = Path(f"{log}.brake"), 0

    def deliver(self, parcels: Parcels, report: Report) -> None:
        for parcel in parcels:
            if isinstance(parcel, Pause):
                time.sleep(parcel.seconds)
                continue
            state = self._committed(parcel.key) if parcel.key % 10 == 0 else "sending"
            line = parcel.subscriber.address if state in ("sending", "unknown") else f"!{state}"
            os.write(self._log, line.encode() + b"\n")
            time.sleep(self._pause())
            report(Receipt(key=parcel.key, outcome=Outcome.ACCEPTED, code=250))

    def _pause(self) -> float:
        self._taken += 1
        with suppress(FileNotFoundError):
            return 0.25 if self._taken >= int(self._brake.read_text()) else self._seconds
        return self._seconds

    def _committed(self, number: int) -> str:
        row = delivery.c
        with self._store.read() as connection:
            found = connection.scalar(select(row.state).where(row.send_id == self._send, row.n == number))
        return str(found)

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


def main() -> None:
    url, number, log, lease, window, seconds = sys.argv[1:]
    store = open_store(url)
    settings = TransportSection.model_construct(
        **{**TransportSection().model_dump(), "lease": float(lease), "window": int(window)}
    )
    transport = Logbook(store, int(number), log, float(seconds))
    means = Means(transport=transport, letters=lambda _lang, _list: NoLetter(), settings=settings)
    run_send(store, int(number), means)


if __name__ == "__main__":
    main()
