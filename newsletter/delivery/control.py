"""What a person may do to a send that runs anywhere: pause, resume, cancel, settle what is in doubt.

Each acts within one window: a worker looks at the send's state with every window it claims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from newsletter.delivery.results import recount
from newsletter.delivery.send import Send, find_send
from newsletter.delivery.states import BatchState, SendState, State
from newsletter.errors import RefusedError
from newsletter.language import _
from newsletter.store.database import now
from newsletter.store.tables import events, people
from newsletter.store.tables import ledger as tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from newsletter.store.database import Store

#: batches whose rows are left out in one transaction: a cancelled send never holds up anybody for long
BATCHES_AT_ONCE = 20
#: a time that does not come: the domain is stopped
PARKED = 1e11


def pause(store: Store, ref: str, *, reason: str = "") -> Send:
    """Let no further window leave; what is in flight gets its answers."""
    return _turn(store, ref, to=SendState.PAUSED, of=(SendState.RUNNING, SendState.HELD), reason=reason)


def stop_send(store: Store, number: int, *, reason: str) -> Send | None:
    """Stop a running send by a rule, with the reason that a person will read; None when it no longer ran."""
    try:
        return _turn(store, f"S{number}", to=SendState.STOPPED, of=(SendState.RUNNING,), reason=reason)
    except RefusedError:
        return None


def resume(store: Store, ref: str, *, at_once: bool = False) -> Send:
    """Let a paused, stopped or held send go on with those who remain; lanes that were stopped are tried again.

    What went wrong so far has then been looked at: only what comes after counts towards stopping again.
    `at_once`: deferred recipients are tried at once.
    """
    found = find_send(store, ref)
    if found.state is SendState.RUNNING:
        of: tuple[SendState, ...] = (SendState.RUNNING,)
    else:
        of = (SendState.PAUSED, SendState.STOPPED, SendState.HELD)
    send = _turn(store, ref, to=SendState.RUNNING, of=of, reason="")
    with store.write() as connection:
        _forgive(connection, send.id)
        if at_once:
            _hasten(connection, send.id)
    return send


def cancel(store: Store, ref: str) -> Send:
    """End a send: those still queued or deferred are left out for good; what was sent stays sent."""
    of = (SendState.RUNNING, SendState.PAUSED, SendState.STOPPED, SendState.HELD, SendState.CANCELLED)
    send = _turn(store, ref, to=SendState.CANCELLED, of=of, reason="")
    with store.read() as connection:
        batches = connection.execute(
            select(tables.send_batch.c.seq, tables.send_batch.c.first_n, tables.send_batch.c.last_n)
            .where(tables.send_batch.c.send_id == send.id, tables.send_batch.c.state != BatchState.DONE.value)
            .order_by(tables.send_batch.c.seq)
        ).all()
    for some in range(0, len(batches), BATCHES_AT_ONCE):
        with store.write() as connection:
            for seq, first, last in batches[some : some + BATCHES_AT_ONCE]:
                _leave_out(connection, send.id, seq, (first, last))
    return find_send(store, send.ref)


def close_finished(store: Store, number: int) -> bool:
    """Mark a running send as done when every batch of it is; return whether it is."""
    open_batch = select(tables.send_batch.c.seq).where(
        tables.send_batch.c.send_id == number, tables.send_batch.c.state != BatchState.DONE.value
    )
    with store.write() as connection:
        changed = connection.execute(
            update(tables.send)
            .where(tables.send.c.id == number, tables.send.c.state == SendState.RUNNING.value, ~open_batch.exists())
            .values(state=SendState.DONE.value, finished_at=now(connection))
        )
        return changed.rowcount == 1


def stop_lane(connection: Connection, number: int, lane: str, *, reason: str) -> bool:
    """Let nothing more go to a lane that refuses us; return False when it was stopped already."""
    known = select(tables.lane_stop.c.lane).where(tables.lane_stop.c.send_id == number, tables.lane_stop.c.lane == lane)
    if connection.execute(known).first():
        return False
    connection.execute(insert(tables.lane_stop).values(send_id=number, lane=lane, reason=reason, at=now(connection)))
    batch = tables.send_batch.c
    changed = connection.execute(
        update(tables.send_batch)
        .where(
            batch.send_id == number,
            batch.lane == lane,
            batch.state.in_([BatchState.QUEUED.value, BatchState.WAITING.value]),
        )
        .values(state=BatchState.STOPPED.value)
    )
    held = connection.execute(
        select(batch.first_n, batch.last_n).where(
            batch.send_id == number, batch.lane == lane, batch.state == BatchState.LEASED.value
        )
    ).all()
    for first, last in held:  # somebody is at work on it: nothing more of it may be claimed
        _park(connection, number, tables.delivery.c.n.between(first, last))
    if not changed.rowcount and not held:
        person = people.subscriber.c
        _park(connection, number, tables.delivery.c.subscriber_id.in_(select(person.id).where(person.domain == lane)))
    return True


def _park(connection: Connection, number: int, whom: ColumnElement[bool]) -> None:
    """Put some off until somebody resumes the send."""
    delivery = tables.delivery.c
    waiting = delivery.state.in_([State.QUEUED.value, State.DEFERRED.value])
    connection.execute(
        update(tables.delivery).where(delivery.send_id == number, waiting, whom).values(not_before=PARKED)
    )


def stopped_lanes(store: Store, number: int) -> dict[str, str]:
    """Return the stopped lanes of a send and why."""
    query = select(tables.lane_stop.c.lane, tables.lane_stop.c.reason).where(tables.lane_stop.c.send_id == number)
    with store.read() as connection:
        return {row.lane: row.reason for row in connection.execute(query)}


def _turn(store: Store, ref: str, *, to: SendState, of: Sequence[SendState], reason: str) -> Send:
    """Move a send to another state by compare-and-set; raise RefusedError when it stands elsewhere."""
    send = find_send(store, ref)
    with store.write() as connection:
        values: dict[str, object] = {"state": to.value, "reason": reason}
        if to is SendState.CANCELLED:
            values["finished_at"] = now(connection)
        changed = connection.execute(
            update(tables.send)
            .where(tables.send.c.id == send.id, tables.send.c.state.in_([state.value for state in of]))
            .values(**values)
        )
    send = find_send(store, send.ref)
    if not changed.rowcount:
        raise RefusedError(
            _("The send {ref} is {state}: this can not be done to it now.").format(
                ref=send.ref, state=send.state.value
            ),
            hint=_("See it with: newsletter status {ref}").format(ref=send.ref),
            page_hint=_("See it under “Sends”."),
        )
    return send


def _forgive(connection: Connection, number: int) -> None:
    batch, send = tables.send_batch.c, tables.send
    total = select(func.coalesce(func.sum(batch.sent), 0), func.coalesce(func.sum(batch.failed), 0))
    sent, failed = connection.execute(total.where(batch.send_id == number)).one()
    complaints = connection.scalar(
        select(func.count()).where(events.event.c.send_id == number, events.event.c.kind == "complained")
    )
    connection.execute(
        update(send)
        .where(send.c.id == number)
        .values(judged_sent=sent, judged_failed=failed, judged_complaints=complaints)
    )
    if connection.execute(delete(tables.lane_stop).where(tables.lane_stop.c.send_id == number)).rowcount:
        _open_lanes(connection, number)


# Batches before their rows, and in their order, as workers do: nobody waits for somebody who waits for them.


def _open_lanes(connection: Connection, number: int) -> None:
    delivery, batch = tables.delivery.c, tables.send_batch.c
    connection.execute(
        update(tables.send_batch).where(batch.send_id == number, batch.not_before >= PARKED).values(not_before=0)
    )
    connection.execute(
        update(tables.send_batch)
        .where(batch.send_id == number, batch.state == BatchState.STOPPED.value)
        .values(state=BatchState.QUEUED.value)
    )
    connection.execute(
        update(tables.delivery).where(delivery.send_id == number, delivery.not_before >= PARKED).values(not_before=0)
    )


def _hasten(connection: Connection, number: int) -> None:
    delivery, batch = tables.delivery.c, tables.send_batch.c
    ours = batch.send_id == number
    connection.execute(select(batch.seq).where(ours).order_by(batch.seq).with_for_update()).all()
    connection.execute(update(tables.send_batch).where(ours).values(not_before=0))
    connection.execute(
        update(tables.delivery)
        .where(delivery.send_id == number, delivery.state.in_([State.QUEUED.value, State.DEFERRED.value]))
        .values(not_before=0)
    )


def _leave_out(connection: Connection, number: int, seq: int, span: tuple[int, int]) -> None:
    delivery, batch = tables.delivery.c, tables.send_batch.c
    connection.execute(select(batch.seq).where(batch.send_id == number, batch.seq == seq).with_for_update()).all()
    connection.execute(
        update(tables.delivery)
        .where(
            delivery.send_id == number,
            delivery.n.between(*span),
            delivery.state.in_([State.QUEUED.value, State.DEFERRED.value]),
        )
        .values(state=State.SKIPPED.value)
    )
    connection.execute(
        update(tables.send_batch)
        .where(batch.send_id == number, batch.seq == seq, batch.state != BatchState.LEASED.value)
        .values(state=BatchState.DONE.value)
    )
    recount(connection, number, seq)
