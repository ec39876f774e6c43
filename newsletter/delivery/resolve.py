"""A person settles what the program can not know: recipients in doubt were sent, were not, or get it again.

Never by a timer: of those in doubt after a kill, half to all had been delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from newsletter.delivery.ledger import note
from newsletter.delivery.results import recount
from newsletter.delivery.send import Send, find_send
from newsletter.delivery.sql import Statement, among
from newsletter.delivery.states import SendState, State
from newsletter.errors import RefusedError
from newsletter.language import _

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

#: seconds in which a server may still answer to a final dot (RFC 5321 4.5.3.2.6)
LONGEST_ANSWER = 600.0


class Decision(StrEnum):
    """What a person says of recipients in doubt."""

    #: they have it
    SENT = "sent"
    #: they do not, and shall not get it
    FAILED = "failed"
    #: send it again: somebody may get it twice
    AGAIN = "again"


_TO = {Decision.SENT: State.SENT, Decision.FAILED: State.FAILED, Decision.AGAIN: State.QUEUED}
_DOUBTFUL = Statement("""
    SELECT d.n, d.attempt, b.seq FROM delivery d
      JOIN send_batch b ON b.send_id = d.send_id AND d.n BETWEEN b.first_n AND b.last_n
     WHERE d.send_id = :send AND d.state = 'unknown' AND b.unknown > 0 ORDER BY d.n""")
_FRESH = Statement("""
    SELECT max(e.at) - {now} + :patience FROM attempt_event e JOIN delivery d ON d.send_id = e.send_id AND d.n = e.n
     WHERE e.send_id = :send AND e.what = 'unknown' AND d.state = 'unknown' AND e.at > {now} - :patience""")
_DECIDE = Statement("""
    UPDATE delivery SET state = :state, not_before = 0
     WHERE send_id = :send AND n = :n AND attempt = :attempt AND state = 'unknown'""")
_REOPEN_BATCH = Statement("""
    UPDATE send_batch SET state = 'queued', not_before = 0
     WHERE send_id = :send AND seq {among :seqs} AND state IN ('done', 'queued')""")
_REOPEN = Statement("UPDATE send SET state = 'running', finished_at = NULL WHERE id = :send AND state = 'done'")


def resolve(
    store: Store,
    ref: str,
    decision: Decision,
    *,
    reason: str,
    only: Sequence[int] | None = None,
    patience: float = LONGEST_ANSWER,
) -> int:
    """Settle the recipients in doubt of a send, or `only` those numbers; return how many were.

    `again` queues them once more, and opens a send that was done. It is refused while a sender that is not
    proven dead might still get its answer: on PostgreSQL for `patience` seconds after they fell in doubt.
    """
    send = find_send(store, ref)
    if decision is Decision.AGAIN:
        _refuse_again(store, send, patience)
    with store.write() as connection:
        rows = _chosen(connection, send.id, only)
        decided = [row for row in rows if _decide(connection, send.id, row, decision, reason)]
        for seq in sorted({seq for _n, _attempt, seq in decided}):
            recount(connection, send.id, seq)
        if decided and decision is Decision.AGAIN:
            seqs = among(connection, sorted({seq for _n, _attempt, seq in decided}))
            _REOPEN_BATCH.change(connection, {"send": send.id, "seqs": seqs})
            _REOPEN.change(connection, {"send": send.id})
    return len(decided)


def _refuse_again(store: Store, send: Send, patience: float) -> None:
    if send.state is SendState.CANCELLED:
        raise RefusedError(_("The send {ref} is cancelled: nobody gets it any more.").format(ref=send.ref))
    if store.is_sqlite:  # the lock on the file proves that whoever held these is dead
        return
    with store.read() as connection:
        left = _FRESH.rows(connection, {"send": send.id, "patience": patience})[0][0]
    if left is not None:
        raise RefusedError(
            _("A server may still answer for them: nobody can tell yet."),
            hint=_("Try again in {seconds} seconds.").format(seconds=int(cast("float", left)) + 1),
        )


def _chosen(connection: Connection, number: int, only: Sequence[int] | None) -> list[tuple[int, int, int]]:
    rows = cast("list[tuple[int, int, int]]", _DOUBTFUL.rows(connection, {"send": number}))
    wanted = set(only) if only is not None else None
    return [row for row in rows if wanted is None or row[0] in wanted]


def _decide(connection: Connection, number: int, row: tuple[int, int, int], decision: Decision, reason: str) -> bool:
    n, attempt, _seq = row
    values = {"send": number, "n": n, "attempt": attempt, "state": _TO[decision].value}
    if not _DECIDE.change(connection, values):
        return False
    note(connection, number, n=n, attempt=attempt, what="decision", text=f"{decision.value}: {reason}")
    return True
