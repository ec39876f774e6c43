"""The usual window on a server: heartbeat, fence, pause, answers and claim in one statement, one round trip.

Usual is: every answer says that the mail was taken, all of them are of the batch in hand, and those who
are due follow one another. Whatever is not usual is left undone, and `windows` goes step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from newsletter.delivery.ledger import Claim, Lease, is_run, skip, wanted_here
from newsletter.delivery.results import Result, all_sent, record
from newsletter.delivery.sql import Statement, Value

if TYPE_CHECKING:
    from newsletter.store.line import Line

#: the batch's row is taken before its deliveries, as everywhere; answers count only while the batch is ours
_WINDOW = Statement(
    """
    WITH beat AS (
        UPDATE send_batch SET lease_until = {now} + :seconds, sent = sent + :sent
         WHERE send_id = :send AND seq = :seq AND token = :token AND state = 'leased'
           AND (lease_until > {now} OR :alone = 1)
           AND (SELECT state FROM send WHERE id = :send) = 'running'
        RETURNING seq
    ), settled AS (
        UPDATE delivery SET state = 'sent', code = v.code, status = v.status, answer = v.answer
          FROM beat, unnest(CAST(:n AS integer[]), CAST(:attempts AS integer[]), CAST(:code AS integer[]),
                            CAST(:status AS text[]), CAST(:answer AS text[])) AS v(n, attempt, code, status, answer)
         WHERE delivery.send_id = :send AND delivery.n = v.n AND delivery.attempt = v.attempt
           AND delivery.state = 'sending'
        RETURNING delivery.n
    ), claimed AS (
        UPDATE delivery SET state = 'sending', attempt = delivery.attempt + 1
          FROM beat
         WHERE delivery.send_id = :send AND delivery.n BETWEEN :first AND :last AND delivery.state = 'queued'
           AND delivery.attempt = :attempt - 1 AND delivery.not_before <= {now} AND {wanted}
        RETURNING delivery.n
    )
    SELECT (SELECT count(*) FROM settled), ARRAY(SELECT n FROM claimed) FROM beat""",
    wanted=wanted_here,
)


def usual_window(
    line: Line,
    lease: Lease,
    results: Sequence[Result],
    due: Sequence[Claim],
    *,
    seconds: float,
    alone: bool,
    at: float,
) -> set[int] | None:
    """Do it, and return who was claimed; None when nothing was done as it is not the usual window, or not ours now."""
    if not is_run(due) or not all_sent(results, lease.seq):
        return None
    values: dict[str, Value] = {
        "send": lease.send,
        "seq": lease.seq,
        "token": lease.token,
        "seconds": seconds,
        "alone": int(alone),
        "sent": len(results),
        "n": [r.n for r in results],
        "attempts": [r.attempt for r in results],
        "code": [r.code for r in results],
        "status": [r.status for r in results],
        "answer": [r.answer for r in results],
        "first": due[0].n,
        "last": due[-1].n,
        "attempt": due[0].attempt,
        "at": at,
    }
    with line.single() as connection:
        rows = cast("list[tuple[int, list[int]]]", _WINDOW.rows(connection, values))
    if not rows:
        return None
    settled, claimed = rows[0][0], set(rows[0][1])
    if settled < len(results) or len(claimed) < len(due):
        with line.write() as connection:
            if settled < len(results):
                record(connection, lease.send, results)
            skip(connection, lease, [row.n for row in due if row.n not in claimed], at=at)
    return claimed
