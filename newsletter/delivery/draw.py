"""An audience is drawn once, numbered lane by lane, and cut into batches: the ledger of a new send.

The query is evaluated once, into a temporary table, so that numbers, lanes and batches agree whatever
changes meanwhile; the deliveries are then one INSERT … SELECT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, Table, Text, case, func, insert, literal, select

from newsletter.delivery.lanes import CANARY, PROVIDERS, REST, Span, lane_of, spans
from newsletter.delivery.states import BatchState, State
from newsletter.store.tables import ledger as tables
from newsletter.store.tables.base import Id

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

#: no domain may be taken for a lane of ours
RESERVED = {*PROVIDERS, CANARY, REST}


def draw(
    connection: Connection, send: int, people: Select[tuple[int, str, int, str, str]], *, batch: int, canary: int = 0
) -> int:
    """Write the deliveries and batches of a send and return how many people were drawn.

    `canary` people, picked by chance and of every lane, make the first batch; the others wait for it.
    """
    drawn = _table()
    drawn.create(connection)
    try:
        connection.execute(insert(drawn).from_select([column.name for column in drawn.c], people))
        lane = _lane(connection, drawn, batch=batch, canary=canary)
        sizes = _sizes(connection, lane)
        _deliveries(connection, send, drawn, lane)
    finally:
        drawn.drop(connection)
    _batches(connection, send, sizes, batch=batch)
    return sum(size for _, size in sizes)


def _table() -> Table:
    return Table(
        "drawn",
        MetaData(),
        Column("subscriber_id", Id, primary_key=True),
        Column("address_key", Text, nullable=False),
        Column("list_id", Id, nullable=False),
        Column("lang", Text, nullable=False),
        Column("domain", Text, nullable=False),
        prefixes=["TEMPORARY"],
    )


def _lane(connection: Connection, drawn: Table, *, batch: int, canary: int) -> ColumnElement[str]:
    large = select(drawn.c.domain).group_by(drawn.c.domain).having(func.count() >= batch)
    own = [domain for domain in connection.scalars(large) if domain and domain not in RESERVED]
    lane = lane_of(drawn.c.domain, sorted(own))
    if not canary:
        return lane
    # keys are keyed hashes: their order is chance, and the same each time
    chosen = select(drawn.c.subscriber_id).order_by(drawn.c.address_key).limit(canary)
    return case((drawn.c.subscriber_id.in_(connection.scalars(chosen).all()), CANARY), else_=lane)


def _place(lane: ColumnElement[str]) -> ColumnElement[int]:
    return case((lane == CANARY, 0), else_=1)


def _sizes(connection: Connection, lane: ColumnElement[str]) -> list[tuple[str, int]]:
    """Count the people of each lane, in the order in which they are numbered."""
    named = lane.label("lane")
    rows = connection.execute(select(named, func.count().label("size")).group_by(named)).all()
    return sorted(((row.lane, row.size) for row in rows), key=lambda size: (size[0] != CANARY, size[0]))


def _deliveries(connection: Connection, send: int, drawn: Table, lane: ColumnElement[str]) -> None:
    number = func.row_number().over(order_by=(_place(lane), lane, drawn.c.subscriber_id))
    rows = select(
        literal(send),
        number,
        drawn.c.subscriber_id,
        drawn.c.address_key,
        drawn.c.list_id,
        drawn.c.lang,
        literal(State.QUEUED.value),
    )
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
