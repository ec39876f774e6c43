"""A process that ticks until it is killed, by the time that stands in a file: `ticker_process.py URL FILE`."""

import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from schedule_parts import Ledger

from newsletter.errors import TransientError
from newsletter.schedule.policy import Policy
from newsletter.schedule.tick import Clockwork, tick
from newsletter.store.database import open_store


def main(url: str, clock: Path) -> None:
    store = open_store(url)
    works = Clockwork(policy=Policy(zone=ZoneInfo("America/Toronto")), fire=Ledger(store))
    while True:
        with suppress(TransientError):
            tick(store, works, now=datetime.fromtimestamp(float(clock.read_text()), UTC))
        time.sleep(0.005)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
