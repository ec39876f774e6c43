"""One at a time among all processes on one database, for what is not a row's own compare-and-set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from newsletter.store.database import Store


@contextmanager
def only_one(store: Store, name: str) -> Iterator[bool]:
    """Tell whether nobody else does what has this name, until the block ends; with SQLite nobody else does."""
    if store.is_sqlite:
        yield True
        return
    with store.write() as connection:
        taken = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")
        yield bool(connection.scalar(taken, {"name": f"newsletter {name}"}))
