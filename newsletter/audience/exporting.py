"""People go out as a spreadsheet or as JSON, and come in again unchanged: the project's own format.

One row for each person of a list, those who left included, with the consent it rests on. No cell can be run
by a spreadsheet; the import takes that guard off again. Somebody who was forgotten is in no export.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from sqlalchemy import func, select

from newsletter.audience.attributes import write_value
from newsletter.audience.formulas import guarded
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from newsletter.store.database import Store

#: the columns of the format, before the project's own attributes (`fields.<name>`)
COLUMNS = (
    *("email", "name", "lang", "tz", "list", "status", "paused until"),
    *("consent", "consent basis", "consent source", "consent obtained", "consent wording"),
)
_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One person on one list."""

    address: str = field(repr=False)
    name: str = field(repr=False)
    lang: str
    tz: str
    list: str
    #: active, or why it ended: unsubscribed, bounced, complained
    status: str
    paused_until: str = ""
    consent: str = ""
    consent_basis: str = ""
    consent_source: str = ""
    #: ISO time in UTC
    consent_obtained: str = ""
    consent_wording: str = ""
    fields: Mapping[str, object] = field(repr=False, default_factory=dict)

    def cells(self) -> tuple[str, ...]:
        """Return the cells of `COLUMNS`."""
        return (
            *(self.address, self.name, self.lang, self.tz, self.list, self.status, self.paused_until),
            *(self.consent, self.consent_basis, self.consent_source, self.consent_obtained, self.consent_wording),
        )


def export_people(store: Store, list_name: str) -> Iterator[Exported]:
    """Yield the people of a list in the order in which they came; one consistent look, however many they are."""
    on, lists = people.subscription.c, people.mailing_list.c
    person = people.subscriber.c
    query = (
        select(
            person.key, person.address, person.name, person.lang, person.tz, person.fields, person.paused_until,
            on.status, on.ended_reason, on.list_id,
        )
        .join_from(people.subscription, people.subscriber)
        .join(people.mailing_list, lists.id == on.list_id)
        .where(lists.name == list_name, person.address.is_not(None), on.ended_reason != "undone")
        .order_by(person.id)
        .execution_options(yield_per=_AT_ONCE)
    )  # fmt: skip
    with store.read() as connection, connection.execute(query) as found:
        for part in found.partitions():
            consents = _consents(connection, [row.key for row in part], part[0].list_id)
            for row in part:
                yield _exported(row, list_name, consents.get(row.key))


def write_csv(exported: Iterable[Exported], out: TextIO, *, fields: Iterable[str] = ()) -> int:
    """Write people as a spreadsheet (RFC 4180) with these attributes; return how many."""
    names = list(fields)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(f"fields.{name}" for name in names)])
    count = 0
    for one in exported:
        extra = [write_value(one.fields[name]) if name in one.fields else "" for name in names]
        writer.writerow([guarded(cell) for cell in (*one.cells(), *extra)])
        count += 1
    return count


def write_json(exported: Iterable[Exported], out: TextIO) -> int:
    """Write people as a JSON array, one person a line; return how many."""
    count = 0
    out.write("[")
    for one in exported:
        facts = dict(zip((name.replace(" ", "_") for name in COLUMNS), one.cells(), strict=True))
        out.write(",\n" if count else "\n")
        out.write(json.dumps({**facts, "fields": dict(one.fields)}, ensure_ascii=False))
        count += 1
    out.write("\n]\n" if count else "]\n")
    return count


def _exported(row: Row[*tuple[object, ...]], list_name: str, consent: Row[*tuple[object, ...]] | None) -> Exported:
    status = row.status if row.status != "ended" else row.ended_reason or "unsubscribed"
    person = Exported(
        address=row.address,
        name=row.name,
        lang=row.lang,
        tz=row.tz,
        list=list_name,
        status=status,
        paused_until=_time(row.paused_until),
        fields=row.fields,
    )
    if consent is None or row.status == "ended":
        return person
    return replace(
        person,
        consent=consent.kind,
        consent_basis=consent.basis,
        consent_source=consent.source,
        consent_obtained=_time(consent.obtained_at),
        consent_wording=consent.wording,
    )


def _consents(connection: Connection, keys: list[str], list_id: int) -> dict[str, Row[*tuple[object, ...]]]:
    """Return the last consent of each of these people for a list, withdrawals left out."""
    given, ground = people.consent.c, people.consent_ground.c
    last = (
        select(func.max(given.id))
        .join_from(people.consent, people.consent_ground)
        .where(given.subscriber_key.in_(keys), given.list_id == list_id, ground.kind != "withdrawn")
        .group_by(given.subscriber_key)
    )
    query = (
        select(given.subscriber_key, ground.kind, ground.basis, ground.source, ground.wording, given.obtained_at)
        .join_from(people.consent, people.consent_ground)
        .where(given.id.in_(last))
    )
    return {row.subscriber_key: row for row in connection.execute(query)}


def _time(moment: float | None) -> str:
    return "" if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
