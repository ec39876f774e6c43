"""Answers enter the ledger: facts are recorded even when the worker that brings them lost its lease.

An answer counts for its own attempt only, so that the late reply of an old attempt never settles a newer one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from newsletter.delivery.ledger import COUNTED, note
from newsletter.delivery.sql import Statement, Value
from newsletter.delivery.states import State

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: a server's text is kept as far as it can be of use
ANSWER_LENGTH = 200


class Result(NamedTuple):
    """What became of one attempt, ready for the ledger; a tuple, as one is made for every recipient."""

    n: int
    attempt: int
    #: the batch it is counted in
    seq: int
    state: State
    code: int = 0
    status: str = ""
    answer: str = ""
    #: seconds until a deferred recipient is due
    delay: float = 0.0


_SETTLE = Statement("""
    UPDATE delivery SET state = :state, code = :code, status = :status, answer = :answer,
           not_before = CASE WHEN :delay > 0 THEN {now} + :delay ELSE not_before END
     WHERE send_id = :send AND n = :n AND attempt = :attempt AND state = 'sending'""")
#: the same for a whole window in one statement: PostgreSQL pays for each statement, SQLite does not
_SETTLE_ALL = Statement("""
    UPDATE delivery SET state = v.state, code = v.code, status = v.status, answer = v.answer,
           not_before = CASE WHEN v.delay > 0 THEN {now} + v.delay ELSE not_before END
      FROM unnest(CAST(:n AS integer[]), CAST(:attempt AS integer[]), CAST(:state AS text[]), CAST(:code AS integer[]),
                  CAST(:status AS text[]), CAST(:answer AS text[]), CAST(:delay AS double precision[]))
           AS v(n, attempt, state, code, status, answer, delay)
     WHERE delivery.send_id = :send AND delivery.n = v.n AND delivery.attempt = v.attempt
       AND delivery.state = 'sending'""")
#: what nearly every answer is, on SQLite
_SENT = Statement("""
    UPDATE delivery SET state = 'sent', code = ?1, status = ?2, answer = ?3
     WHERE send_id = ?4 AND n = ?5 AND attempt = ?6 AND state = 'sending'""")
_LATE = Statement("""
    UPDATE delivery SET state = :state, code = :code, status = :status, answer = :answer
     WHERE send_id = :send AND n = :n AND attempt = :attempt AND state = 'unknown'""")
_STANDS = Statement("SELECT state FROM delivery WHERE send_id = :send AND n = :n AND attempt = :attempt")
_COUNT = Statement("""
    UPDATE send_batch SET sent = sent + :sent, deferred = deferred + :deferred, failed = failed + :failed,
           unknown = unknown + :unknown, skipped = skipped + :skipped
     WHERE send_id = :send AND seq = :seq""")
_RECOUNT = Statement("""
    UPDATE send_batch SET (sent, deferred, failed, unknown, skipped) = (
        SELECT coalesce(sum(CASE WHEN state = 'sent' THEN 1 ELSE 0 END), 0),
               coalesce(sum(CASE WHEN state = 'deferred' THEN 1 ELSE 0 END), 0),
               coalesce(sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0),
               coalesce(sum(CASE WHEN state = 'unknown' THEN 1 ELSE 0 END), 0),
               coalesce(sum(CASE WHEN state = 'skipped' THEN 1 ELSE 0 END), 0)
          FROM delivery WHERE delivery.send_id = send_batch.send_id
           AND delivery.n BETWEEN send_batch.first_n AND send_batch.last_n)
     WHERE send_id = :send AND seq = :seq""")


def record(connection: Connection, send: int, results: Sequence[Result], *, counted: bool = False) -> None:
    """Write what became of attempts, in the caller's transaction; call it again when the commit failed.

    `counted`: their batch's counters know of them already.
    """
    if not results:
        return
    settled = _settle(connection, send, results)
    if settled < len(results):
        _record_late(connection, send, results)
        return
    if not counted:
        _count(connection, send, results)
    for result in results:
        if result.state is not State.SENT:
            _note(connection, send, result, what=result.state.value)


def all_sent(results: Sequence[Result], seq: int) -> bool:
    """Tell whether these are mails that were taken, all of one batch: what most windows bring."""
    return all(r.state is State.SENT and r.seq == seq for r in results)


def _settle(connection: Connection, send: int, results: Sequence[Result]) -> int:
    if connection.dialect.name == "sqlite":
        if all(r.state is State.SENT for r in results):
            return _SENT.change_each(connection, [(r.code, r.status, r.answer, send, r.n, r.attempt) for r in results])
        return _SETTLE.change_each(connection, [_values(send, result) for result in results])
    columns: dict[str, Value] = {
        "send": send,
        "n": [r.n for r in results],
        "attempt": [r.attempt for r in results],
        "state": [r.state.value for r in results],
        "code": [r.code for r in results],
        "status": [r.status for r in results],
        "answer": [r.answer for r in results],
        "delay": cast("Value", [r.delay for r in results]),
    }
    return _SETTLE_ALL.change(connection, columns)


def _values(send: int, result: Result) -> dict[str, Value]:
    return {
        "send": send,
        "n": result.n,
        "attempt": result.attempt,
        "state": result.state.value,
        "code": result.code,
        "status": result.status,
        "answer": result.answer,
        "delay": result.delay,
    }


def _count(connection: Connection, send: int, results: Iterable[Result]) -> None:
    batches: dict[int, Counter[State]] = {}
    for (seq, state), count in Counter([(result.seq, result.state) for result in results]).items():
        batches.setdefault(seq, Counter())[state] = count
    for seq, counter in sorted(batches.items()):
        _COUNT.change(connection, {"send": send, "seq": seq, **{state.value: counter[state] for state in COUNTED}})


def _record_late(connection: Connection, send: int, results: Sequence[Result]) -> None:
    """Some rows were no longer `sending`: an answer that comes after the lease ran out settles an `unknown`."""
    for result in results:
        if result.state in (State.SENT, State.FAILED) and _LATE.change(connection, _values(send, result)):
            _note(connection, send, result, what="late")
        elif result.state is not State.SENT:
            _note_what_stands(connection, send, result)
    for seq in sorted({result.seq for result in results}):
        recount(connection, send, seq)


def _note_what_stands(connection: Connection, send: int, result: Result) -> None:
    """Note an answer by what it did: settle its row, or come too late for one in doubt, to be read by who decides."""
    rows = _STANDS.rows(connection, {"send": send, "n": result.n, "attempt": result.attempt})
    state = rows[0][0] if rows else None
    if state == result.state.value:
        _note(connection, send, result, what=result.state.value)
    elif state == State.UNKNOWN.value:
        _note(connection, send, result, what="late")


def _note(connection: Connection, send: int, result: Result, *, what: str) -> None:
    note(
        connection,
        send,
        n=result.n,
        attempt=result.attempt,
        what=what,
        code=result.code,
        status=result.status,
        text=result.answer,
    )


def recount(connection: Connection, send: int, seq: int) -> None:
    """Take a batch's counters from its rows again."""
    _RECOUNT.change(connection, {"send": send, "seq": seq})
