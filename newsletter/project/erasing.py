"""Forgetting somebody everywhere in a project: the database, and the mails that a rehearsal left in the outbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from newsletter.audience.address import normalise
from newsletter.audience.forgetting import Forgotten, forget, forget_by_key
from newsletter.store.tables import ledger

if TYPE_CHECKING:
    from newsletter.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What was erased, and what still holds a trace until its time is over."""

    forgotten: Forgotten
    #: mails of the outbox that were deleted
    mails: int
    #: backups in `var/backups/` made before: each goes when its retention ends
    backups: tuple[str, ...] = ()


def erase(project: Project, address: str) -> Erasure:
    """Forget whoever has an address, known or not: what is left is a keyed hash that keeps them from coming back."""
    forgotten = forget(project.store, normalise(address), secret=project.keys.suppression, at=time.time())
    return _erased(project, forgotten)


def erase_by_key(project: Project, subscriber_key: str) -> Erasure:
    """Forget the owner of a link, at their own word."""
    return _erased(project, forget_by_key(project.store, subscriber_key, at=time.time()))


def _erased(project: Project, forgotten: Forgotten) -> Erasure:
    """Delete the mails that were left to somebody, and say which backups still hold a trace."""
    mails = [path for path in _mails(project, forgotten.subscriber_id) if path.exists()]
    for path in mails:
        path.unlink()
    backups = sorted(path.name for path in (project.config.var / "backups").glob("*.zip"))
    return Erasure(forgotten=forgotten, mails=len(mails), backups=tuple(backups))


def _mails(project: Project, subscriber_id: int) -> Iterator[Path]:
    """Return where the files transport left the mails to a person."""
    delivery = ledger.delivery.c
    if not subscriber_id:
        return
    with project.store.read() as connection:
        rows = connection.execute(select(delivery.send_id, delivery.n).where(delivery.subscriber_id == subscriber_id))
        for send_id, n in rows.all():
            yield project.config.var / "outbox" / f"S{send_id}" / f"{n}.eml"
