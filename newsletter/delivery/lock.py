"""One sending process on SQLite: an operating-system lock on a file beside the database.

The kernel gives the lock back when its holder dies, however it died: whoever gets it knows that every
other sender is dead, and that their leases may be ended at once.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import BusyError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.store.database import Store

#: tries to get the lock, and seconds between them: whoever looks who sends holds the file for a moment
TRIES, PAUSE = 5, 0.02


@contextmanager
def sole_sender(store: Store, *, role: str = "send") -> Iterator[bool]:
    """Hold the right to send; yield True when it proves that nobody else does (SQLite), False on PostgreSQL.

    Raises BusyError when another process holds it, naming that process.
    """
    if store.path is None:
        yield False
        return
    descriptor = os.open(_file(store.path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{role} {os.getpid()} {socket.gethostname()} {_time()}".encode(), 0)
        yield True
    finally:
        os.close(descriptor)


def sender(store: Store) -> str | None:
    """Return who is sending on SQLite, e.g. `serve 4711 host 2026-12-01T14:02:00+00:00`; None when nobody is."""
    if store.path is None or not _file(store.path).exists():
        return None
    descriptor = os.open(_file(store.path), os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 400, 0).decode(errors="replace")
    else:
        return None
    finally:
        os.close(descriptor)


def _file(database: Path) -> Path:
    return database.with_name("sender.lock")


def _take(descriptor: int) -> None:
    for _try in range(TRIES):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
    holder = os.pread(descriptor, 400, 0).decode(errors="replace").split()
    role, number = [*holder, "?", "?"][:2]
    raise BusyError(
        _("Another process is sending already: {role}, number {number}.").format(role=role, number=number),
        hint=_("Watch it with: newsletter status --watch. It sends what is waiting, one after the other."),
        page_hint=_("See it under “Sends”. It sends what is waiting, one after the other."),
    )


def _time() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
