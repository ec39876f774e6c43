"""The ledger's cycle: a worker leases a batch, claims windows of it, and gives it back.

Nobody gets a mail twice: a body leaves only for a row that a committed transaction moved from queued to
sending, by compare-and-set, and a row returns to queued only after a definite refusal or by a person's
decision. Nobody is lost: an abandoned `sending` becomes `unknown`, which is shown. The lease is not what
prevents doubles; it stops workers that came back from the dead early, and makes a pause work.

Every function runs in the caller's transaction. Times are the database's own clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import Double, bindparam, literal_column, text, update

from newsletter.audience.resolving import wanted
from newsletter.delivery.sql import Built, Statement, Value, among
from newsletter.delivery.states import BatchState, State
from newsletter.store.tables.ledger import delivery

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import UpdateBase


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """A batch in a worker's hands: recipients `first` to `last` of one send, all of one lane."""

    send: int
    seq: int
    lane: str
    first: int
    last: int
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A recipient who is due: whether they still want it is looked at before they are claimed."""

    n: int
    subscriber: int
    list: int
    lang: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A recipient committed as `sending`; an answer counts only for this attempt."""

    n: int
    subscriber: int
    list: int
    lang: str
    attempt: int


#: a send that was made in the future was made before the clock jumped back: its hold is over
_LEASE = Statement("""
    UPDATE send_batch SET state = 'leased', token = :token, lease_until = {now} + :seconds
     WHERE send_id = :send AND seq = (
        SELECT seq FROM send_batch
         WHERE send_id = :send AND state = 'queued' AND not_before <= {now} AND (:seq = 0 OR seq = :seq)
           AND EXISTS (SELECT 1 FROM send WHERE id = :send AND state = 'running'
                        AND (starts_at <= {now} OR created_at > {now} + 1))
         ORDER BY seq LIMIT 1 {skip_locked})
    RETURNING seq, lane, first_n, last_n""")
_DUE = Statement("""
    UPDATE delivery SET state = 'queued'
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'deferred' AND not_before <= {now}""")
_DUE_COUNT = Statement("UPDATE send_batch SET deferred = deferred - :due WHERE send_id = :send AND seq = :seq")
_BEAT = Statement("""
    UPDATE send_batch SET lease_until = {now} + :seconds
     WHERE send_id = :send AND seq = :seq AND token = :token AND state = 'leased'
       AND (lease_until > {now} OR :alone = 1)
       AND (SELECT state FROM send WHERE id = :send) = 'running'
    RETURNING seq""")
_CANDIDATES = Statement("""
    SELECT n, subscriber_id, list_id, lang FROM delivery
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'queued' AND not_before <= {now}
     ORDER BY n LIMIT :limit""")
_SKIP = Statement("""
    UPDATE delivery SET state = 'skipped'
     WHERE send_id = :send AND n {among :ns} AND state = 'queued' AND not_before <= {now}
    RETURNING n""")
_SKIP_COUNT = Statement("UPDATE send_batch SET skipped = skipped + :skipped WHERE send_id = :send AND seq = :seq")


def _claim(among_ns: str) -> UpdateBase:
    """Make the claim: whether a mail may still leave is looked at in the very statement that says it will."""
    row = delivery.c
    return (
        update(delivery)
        .where(
            row.send_id == bindparam("send"),
            text(f"delivery.n {among_ns}"),
            row.state == literal_column("'queued'"),
            wanted(row.subscriber_id, row.list_id, cast("float", bindparam("at", type_=Double))),
        )
        .values(state=literal_column("'sending'"), attempt=row.attempt + literal_column("1"))
        .returning(row.n, row.subscriber_id, row.list_id, row.lang, row.attempt)
    )


_CLAIM = Built(_claim)
_GIVE_BACK = Statement("""
    UPDATE delivery SET state = 'queued'
     WHERE send_id = :send AND n = :n AND attempt = :attempt AND state = 'sending'""")
#: a cancellation waits until a batch that is being given back is, or is seen by it
_STANDS = Statement("SELECT state FROM send WHERE id = :send {share}")
_LEAVE_OUT = Statement("""
    UPDATE delivery SET state = 'skipped'
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state IN ('queued', 'deferred')""")
_TALLY = Statement("""
    SELECT state, count(*), min(not_before) FROM delivery
     WHERE send_id = :send AND n BETWEEN :first AND :last GROUP BY state""")
_PUT_BACK = Statement("""
    UPDATE send_batch SET state = :state, not_before = :not_before, token = NULL, lease_until = NULL,
           sent = :sent, deferred = :deferred, failed = :failed, unknown = :unknown, skipped = :skipped
     WHERE send_id = :send AND seq = :seq AND token = :token""")
_ABANDONED = Statement("""
    SELECT send_id, seq, lane, first_n, last_n, token FROM send_batch
     WHERE state = 'leased' AND (send_id = :send OR :send = 0)
       AND (lease_until <= {now} OR :alone = 1) AND token <> :mine
     ORDER BY send_id, seq {skip_locked}""")
_DOUBT = Statement("""
    UPDATE delivery SET state = 'unknown', answer = ''
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'sending'
    RETURNING n, attempt""")
_NOTE = Statement("""
    INSERT INTO attempt_event (send_id, n, attempt, at, what, code, status, text)
    VALUES (:send, :n, :attempt, {now}, :what, :code, :status, :text)""")
_LANE_STOPPED = Statement("SELECT 1 FROM lane_stop WHERE send_id = :send AND lane = :lane")
_POSTPONE = Statement("""
    UPDATE delivery SET not_before = {now} + :seconds WHERE send_id = :send AND n = :n AND state = 'queued'""")
_SET_ASIDE = Statement("""
    UPDATE send_batch SET not_before = {later}(not_before, {now} + :seconds)
     WHERE send_id = :send AND lane = :lane AND state = 'queued'""")
_NEXT_DUE = Statement("""
    SELECT min(not_before) - {now} FROM send_batch WHERE send_id = :send AND state = 'queued'""")
_LEASED = Statement("SELECT count(*) FROM send_batch WHERE send_id = :send AND state = 'leased'")


def lease_batch(connection: Connection, send: int, *, token: str, seconds: float, seq: int = 0) -> Lease | None:
    """Take the first batch that is due, or exactly `seq`; None when none can be had now.

    Deferred recipients of it whose time has come are queued again.
    """
    rows = _LEASE.rows(connection, {"send": send, "token": token, "seconds": seconds, "seq": seq})
    if not rows:
        return None
    number, lane, first, last = cast("tuple[int, str, int, int]", rows[0])
    lease = Lease(send=send, seq=number, lane=lane, first=first, last=last, token=token)
    if due := _DUE.change(connection, {"send": send, "first": first, "last": last}):
        _DUE_COUNT.change(connection, {"send": send, "seq": number, "due": due})
    return lease


def beat(connection: Connection, lease: Lease, *, seconds: float, alone: bool = False) -> bool:
    """Heartbeat, fence and pause in one statement: False means that no further window may be claimed.

    `alone`: the operating system proves that nobody else sends, so that a clock that jumps takes nothing away.
    """
    values: dict[str, Value] = {
        "send": lease.send,
        "seq": lease.seq,
        "token": lease.token,
        "seconds": seconds,
        "alone": int(alone),
    }
    return bool(_BEAT.rows(connection, values))


def candidates(connection: Connection, lease: Lease, *, limit: int, after: int = 0) -> list[Candidate]:
    """Return the next recipients of the batch who are due, at most `limit`, numbered above `after`."""
    first = max(lease.first, after + 1)
    values: dict[str, Value] = {"send": lease.send, "first": first, "last": lease.last, "limit": limit}
    rows = cast("list[tuple[int, int, int, str]]", _CANDIDATES.rows(connection, values))
    return [Candidate(n=n, subscriber=person, list=owner, lang=lang) for n, person, owner, lang in rows]


def skip(connection: Connection, lease: Lease, numbers: Sequence[int]) -> None:
    """Leave out those of a claim who were not claimed although they were due: they must not be written to any more."""
    rows = _SKIP.rows(connection, {"send": lease.send, "ns": among(connection, numbers)})
    for row in rows:
        note(connection, lease.send, n=cast("int", row[0]), attempt=0, what="skipped", text="withdrawn")
    _SKIP_COUNT.change(connection, {"send": lease.send, "seq": lease.seq, "skipped": len(rows)})


def postpone(connection: Connection, lease: Lease, n: int, *, seconds: float) -> None:
    """Let one recipient come later: their domain has had its share for now."""
    _POSTPONE.change(connection, {"send": lease.send, "n": n, "seconds": seconds})


def set_aside(connection: Connection, lease: Lease, *, seconds: float) -> None:
    """Let every waiting batch of a lane come later."""
    _SET_ASIDE.change(connection, {"send": lease.send, "lane": lease.lane, "seconds": seconds})


def claim(connection: Connection, lease: Lease, numbers: Sequence[int], *, at: float) -> list[Claim]:
    """Move queued rows to `sending`; only those returned may be sent, and only once this is committed.

    Whoever unsubscribed, was suppressed, or whose consent ended by `at` is not among them.
    """
    if not numbers:
        return []
    found = _CLAIM.rows(connection, {"send": lease.send, "ns": among(connection, numbers), "at": at})
    rows = sorted(cast("list[tuple[int, int, int, str, int]]", found))
    return [Claim(n=n, subscriber=p, list=owner, lang=lang, attempt=a) for n, p, owner, lang, a in rows]


def give_back(connection: Connection, send: int, claims: Sequence[Claim]) -> int:
    """Queue again what was claimed and provably never begun: its own holder says so."""
    values = [{"send": send, "n": row.n, "attempt": row.attempt} for row in claims]
    return _GIVE_BACK.change_each(connection, values) if values else 0


def put_back(connection: Connection, lease: Lease) -> BatchState:
    """Give a batch back: done, or queued until the earliest of what is left is due.

    Its counters are taken from its rows, so that they are exact whatever happened meanwhile. Of a send that was
    cancelled meanwhile nothing is left to do.
    """
    span: dict[str, Value] = {"send": lease.send, "first": lease.first, "last": lease.last}
    if _STANDS.rows(connection, {"send": lease.send}) == [("cancelled",)]:
        _LEAVE_OUT.change(connection, span)
    tally = {str(s): (cast("int", c), cast("float", due)) for s, c, due in _TALLY.rows(connection, span)}
    open_rows = [tally[s][1] for s in (State.QUEUED, State.DEFERRED) if s in tally]
    state = _state_after(connection, lease, left=bool(open_rows))
    counters = {s.value: tally.get(s.value, (0, 0.0))[0] for s in COUNTED}
    values: dict[str, Value] = {"send": lease.send, "seq": lease.seq, "token": lease.token, "state": state.value}
    _PUT_BACK.change(connection, {**values, **counters, "not_before": min(open_rows, default=0.0)})
    return state


#: the states that a batch keeps counters of
COUNTED = (State.SENT, State.DEFERRED, State.FAILED, State.UNKNOWN, State.SKIPPED)


def _state_after(connection: Connection, lease: Lease, *, left: bool) -> BatchState:
    if not left:
        return BatchState.DONE
    stopped = _LANE_STOPPED.rows(connection, {"send": lease.send, "lane": lease.lane})
    return BatchState.STOPPED if stopped else BatchState.QUEUED


def expire(connection: Connection, *, send: int = 0, mine: str = "", alone: bool = False) -> int:
    """Find batches whose holder is dead: what it had in flight becomes `unknown`, the rest is queued again.

    `alone`: every other holder is proven dead, so that no lease need run out. Returns how many recipients
    are now in doubt.
    """
    doubtful = 0
    for number, seq, lane, first, last, token in cast(
        "list[tuple[int, int, str, int, int, str]]",
        _ABANDONED.rows(connection, {"send": send, "mine": mine, "alone": int(alone)}),
    ):
        lease = Lease(send=number, seq=seq, lane=lane, first=first, last=last, token=token)
        doubtful += doubt(connection, lease)
        put_back(connection, lease)
    return doubtful


def doubt(connection: Connection, lease: Lease) -> int:
    """Mark what a batch has in flight as `unknown`: its answers will not come."""
    rows = _DOUBT.rows(connection, {"send": lease.send, "first": lease.first, "last": lease.last})
    for n, attempt in cast("list[tuple[int, int]]", rows):
        note(connection, lease.send, n=n, attempt=attempt, what="unknown", text="")
    return len(rows)


def note(
    connection: Connection,
    send: int,
    *,
    n: int,
    attempt: int,
    what: str,
    code: int = 0,
    status: str = "",
    text: str = "",
) -> None:
    """Add a line to a delivery's history; `text` has every address taken out."""
    values: dict[str, Value] = {
        "send": send,
        "n": n,
        "attempt": attempt,
        "what": what,
        "code": code,
        "status": status,
        "text": text,
    }
    _NOTE.change(connection, values)


def next_due(connection: Connection, send: int) -> float | None:
    """Return in how many seconds the next batch is due; None when none waits."""
    value = _NEXT_DUE.rows(connection, {"send": send})[0][0]
    return None if value is None else max(0.0, cast("float", value))


def leased(connection: Connection, send: int) -> int:
    """Return how many batches are in somebody's hands."""
    return cast("int", _LEASED.rows(connection, {"send": send})[0][0])
