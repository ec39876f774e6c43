"""The register of confidentiality incidents (Law 25, s. 3.8): entries are added, never changed or deleted.

What later becomes known of an incident is a new entry that names the first. It holds numbers and kinds of
information, never whose.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TextIO

from sqlalchemy import insert, select

from newsletter.audience.formulas import guarded
from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.store.tables import people

if TYPE_CHECKING:
    from newsletter.store.database import Store

MAX_TEXT = 5_000


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One entry of the register."""

    #: the day it happened
    happened_on: date
    #: what happened, how it was found, what was done
    what: str
    #: kinds of personal information concerned
    kinds: str
    #: how many people, as far as is known
    people: int
    #: risk of serious injury, and why it is judged so
    risk: str
    #: to whom it was notified and when: the Commission d'accès à l'information, the people
    notices: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry(Incident):
    """An entry as it was recorded."""

    id: int
    recorded_at: datetime


def add_incident(store: Store, incident: Incident, *, at: float) -> int:
    """Add an entry; return its number. Raises UsageError when it says too little, or lies in the future."""
    for text in (incident.what, incident.kinds, incident.risk):
        if not text.strip() or len(text) > MAX_TEXT:
            raise UsageError(_("An incident needs to say what happened, to which information, and with what risk."))
    if incident.people < 0 or incident.happened_on > datetime.fromtimestamp(at, UTC).date():
        raise UsageError(_("The day or the number of people of the incident can not be right."))
    table = people.incident
    values = {**asdict(incident), "happened_on": incident.happened_on.isoformat(), "recorded_at": at}
    with store.write() as connection:
        return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def incidents(store: Store) -> tuple[Entry, ...]:
    """Return the register, the oldest entry first."""
    table = people.incident
    with store.read() as connection:
        return tuple(
            Entry(
                id=row.id,
                happened_on=date.fromisoformat(row.happened_on),
                what=row.what,
                kinds=row.kinds,
                people=row.people,
                risk=row.risk,
                notices=row.notices,
                recorded_at=datetime.fromtimestamp(row.recorded_at, UTC),
            )
            for row in connection.execute(select(table).order_by(table.c.id))
        )


def write_incidents(entries: Iterable[Entry], out: TextIO) -> None:
    """Write the register as a spreadsheet, for whoever supervises."""
    names = [one.name for one in fields(Entry)]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for entry in entries:
        writer.writerow([guarded(str(getattr(entry, name))) for name in names])
