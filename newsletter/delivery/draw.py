"""An audience is drawn once, numbered lane by lane, and cut into batches: the ledger of a new send.

The query is evaluated once, into a temporary table, so that numbers, lanes and batches agree whatever
changes meanwhile; the deliveries are then one INSERT … SELECT.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, Table, Text, case, func, insert, literal, select, text

from newsletter.delivery.lanes import CANARY, Span, lane_of, spans
from newsletter.delivery.states import BatchState, State
from newsletter.errors import TransientError
from newsletter.store.bulk import roomy
from newsletter.store.tables import ledger as tables
from newsletter.store.tables.base import Id

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from newsletter.store.database import Store

log = logging.getLogger(__name__)
#: recipients of a send whose keys, which are in no order, SQLite needs room for: half the time; fewer do without
LARGE = 250_000
#: recipients of a send that PostgreSQL counts anew for: of fewer, a window may read all
WORTH_COUNTING = 1_000
#: milliseconds that counting waits for whoever works on the table
COUNTING_WAITS = 2_000


def draw(
    connection: Connection, send: int, people: Select[tuple[int, str, int, str, str]], *, batch: int, canary: int = 0
) -> int:
    """Write the deliveries and batches of a send and return how many people were drawn.

    `canary` people, picked by chance and of every lane, make the first batch; the others wait for it.
    """
    drawn, lanes = _drawn(), _lanes()
    for table in (drawn, lanes):
        table.create(connection)
    try:
        connection.execute(insert(drawn).from_select([column.name for column in drawn.c], people))
        first = _canary(connection, drawn, canary)
        sizes = _rank(connection, drawn, lanes, first, batch=batch)
        total = sum(size for _, size in sizes)
        with roomy(connection) if total >= LARGE else nullcontext():
            _deliveries(connection, send, drawn, lanes, list(first))
    finally:
        for table in (drawn, lanes):
            table.drop(connection)
    _batches(connection, send, sizes, batch=batch)
    return total


def count_anew(store: Store, total: int) -> None:
    """Let PostgreSQL count what was written, as after any load: its own look comes a minute later.

    A send that its statistics do not know has one row for all that it knows, and any index that begins with a
    send is then as good as the key: each window reads the whole send (measured: 900 recipients a second
    instead of 9,000). Whoever works on the table for long holds nobody up: it is counted later.
    """
    if store.is_sqlite or total < WORTH_COUNTING:
        return
    try:
        with store.write() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {COUNTING_WAITS}"))
            connection.execute(text("ANALYZE delivery (send_id, n, state)"))
    except TransientError as error:
        log.warning("a new send was not counted", extra={"code": error.code})


def _drawn() -> Table:
    """Everybody who gets it."""
    return Table(
        "drawn",
        MetaData(),
        Column("subscriber_id", Id, primary_key=True, autoincrement=False),
        Column("address_key", Text, nullable=False),
        Column("list_id", Id, nullable=False),
        Column("lang", Text, nullable=False),
        Column("domain", Text, nullable=False),
        prefixes=["TEMPORARY"],
    )


def _lanes() -> Table:
    """Where each domain's people stand among the lanes."""
    return Table(
        "drawn_lane",
        MetaData(),
        Column("domain", Text, primary_key=True),
        Column("rank", Integer, nullable=False),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )


def _canary(connection: Connection, drawn: Table, count: int) -> dict[int, str]:
    """Pick the people of the first batch: id -> domain. Keys are keyed hashes: their order is chance."""
    chosen = select(drawn.c.subscriber_id, drawn.c.domain).order_by(drawn.c.address_key).limit(count)
    return {row.subscriber_id: row.domain for row in connection.execute(chosen)} if count else {}


def _rank(
    connection: Connection, drawn: Table, lanes: Table, first: Mapping[int, str], *, batch: int
) -> list[tuple[str, int]]:
    """Give each domain the rank of its lane; return the lanes in that order with how many people each has."""
    rows = connection.execute(select(drawn.c.domain, func.count().label("size")).group_by(drawn.c.domain)).all()
    lane = {row.domain: lane_of(row.domain, alone=row.size >= batch) for row in rows}
    sizes: Counter[str] = Counter()
    for row in rows:
        sizes[lane[row.domain]] += row.size
    sizes.subtract(lane[domain] for domain in first.values())
    order = {name: rank for rank, name in enumerate(sorted(sizes), 1)}
    if rows:
        ranks = [{"domain": domain, "rank": order[name]} for domain, name in lane.items()]
        connection.execute(insert(lanes), ranks)
    return [(name, count) for name, count in ((CANARY, len(first)), *sorted(sizes.items())) if count]


def _deliveries(connection: Connection, send: int, drawn: Table, lanes: Table, first: list[int]) -> None:
    rank = case((drawn.c.subscriber_id.in_(first), 0), else_=lanes.c.rank) if first else lanes.c.rank
    rows = select(
        literal(send),
        func.row_number().over(order_by=(rank, drawn.c.subscriber_id)),
        drawn.c.subscriber_id,
        drawn.c.address_key,
        drawn.c.list_id,
        drawn.c.lang,
        literal(State.QUEUED.value),
    ).join_from(drawn, lanes, drawn.c.domain == lanes.c.domain)
    columns = ["send_id", "n", "subscriber_id", "address_key", "list_id", "lang", "state"]
    connection.execute(insert(tables.delivery).from_select(columns, rows))


def _batches(connection: Connection, send: int, sizes: list[tuple[str, int]], *, batch: int) -> None:
    head = [Span(lane=lane, first=1, last=size) for lane, size in sizes if lane == CANARY]
    start = head[0].last + 1 if head else 1
    rest = spans([(lane, size) for lane, size in sizes if lane != CANARY], batch=batch, start=start)
    state = BatchState.WAITING if head else BatchState.QUEUED
    rows = [_row(send, seq, span, BatchState.QUEUED) for seq, span in enumerate(head, 1)]
    rows += [_row(send, seq, span, state) for seq, span in enumerate(rest, len(head) + 1)]
    if rows:
        connection.execute(insert(tables.send_batch), rows)


def _row(send: int, seq: int, span: Span, state: BatchState) -> dict[str, object]:
    return {
        "send_id": send,
        "seq": seq,
        "lane": span.lane,
        "first_n": span.first,
        "last_n": span.last,
        "state": state.value,
    }
