"""The ledger's cycle: a worker leases a batch, claims windows of it, and gives it back.

Nobody gets a mail twice: a body leaves only for a row that a committed transaction moved from queued to
sending, by compare-and-set, and a row returns to queued only after a definite refusal or by a person's
decision. Nobody is lost: an abandoned `sending` becomes `unknown`, which is shown. The lease is not what
prevents doubles; it stops workers that came back from the dead early, and makes a pause work.

Every function runs in the caller's transaction. Times are the database's own clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from sqlalchemy import Double, Integer, literal_column

from newsletter.audience.resolving import wanted
from newsletter.delivery.sql import Statement, Value, among
from newsletter.delivery.states import BatchState, SendState, State

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """A batch in a worker's hands: recipients `first` to `last` of one send, all of one lane."""

    send: int
    seq: int
    lane: str
    first: int
    last: int
    token: str


class Claim(NamedTuple):
    """A recipient committed as `sending`, or due to be; an answer counts only for this attempt.

    One is made for every recipient: a tuple takes a third of a dataclass's time.
    """

    n: int
    subscriber: int
    list: int
    lang: str
    attempt: int


def _wanted_until() -> ColumnElement[bool]:
    """The same, for as long as nobody writes into the database."""
    person, owner = literal_column("delivery.subscriber_id", Integer), literal_column("delivery.list_id", Integer)
    at, until = (cast("float", literal_column(name, Double)) for name in (":at", ":until"))
    return wanted(person, owner, at, until=until)


def wanted_here() -> ColumnElement[bool]:
    """Whether a mail may still leave is looked at in the very statement that says it will."""
    person, owner = literal_column("delivery.subscriber_id", Integer), literal_column("delivery.list_id", Integer)
    return wanted(person, owner, cast("float", literal_column(":at", Double)))


#: a send that was made in the future was made before the clock jumped back: its hold is over
_LEASE = Statement("""
    UPDATE send_batch SET state = 'leased', token = :token, lease_until = {now} + :seconds
     WHERE send_id = :send AND seq = (
        SELECT seq FROM send_batch
         WHERE send_id = :send AND state = 'queued' AND not_before <= {now} AND (:seq = 0 OR seq = :seq)
           AND EXISTS (SELECT 1 FROM send WHERE id = :send AND state = 'running'
                        AND (starts_at <= {now} OR created_at > {now} + 1))
         ORDER BY seq LIMIT 1 {skip_locked})
    RETURNING seq, lane, first_n, last_n, deferred""")
_DUE = Statement("""
    UPDATE delivery SET state = 'queued'
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'deferred' AND not_before <= {now}""")
_DUE_COUNT = Statement("UPDATE send_batch SET deferred = deferred - :due WHERE send_id = :send AND seq = :seq")
_BEAT = Statement("""
    UPDATE send_batch SET lease_until = {now} + :seconds, sent = sent + :sent
     WHERE send_id = :send AND seq = :seq AND token = :token AND state = 'leased'
       AND (lease_until > {now} OR :alone = 1)
       AND (SELECT state FROM send WHERE id = :send) = 'running'""")
_DUE_NOW = Statement("""
    SELECT n, subscriber_id, list_id, lang, attempt + 1 FROM delivery
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'queued' AND not_before <= {now}
     ORDER BY n LIMIT :limit""")
_UNSURE = Statement(
    """
    SELECT 1 FROM delivery WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'queued'
       AND NOT {wanted} LIMIT 1""",
    wanted=_wanted_until,
)
_CLAIM_SURE = Statement("""
    UPDATE delivery SET state = 'sending', attempt = attempt + 1
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'queued' AND attempt = :attempt - 1
       AND not_before <= {now}""")
_CLAIM_RUN = Statement(
    """
    UPDATE delivery SET state = 'sending', attempt = attempt + 1
     WHERE send_id = :send AND n BETWEEN :first AND :last AND state = 'queued' AND attempt = :attempt - 1
       AND not_before <= {now} AND {wanted}""",
    wanted=wanted_here,
)
_CLAIM = Statement(
    """
    UPDATE delivery SET state = 'sending', attempt = attempt + 1
     WHERE send_id = :send AND n {among :ns} AND state = 'queued' AND not_before <= {now} AND {wanted}
    RETURNING n, attempt""",
    wanted=wanted_here,
)
_SKIP = Statement(
    """
    UPDATE delivery SET state = 'skipped'
     WHERE send_id = :send AND n {among :ns} AND state = 'queued' AND not_before <= {now} AND NOT {wanted}
    RETURNING n""",
    wanted=wanted_here,
)
_SKIP_COUNT = Statement("UPDATE send_batch SET skipped = skipped + :skipped WHERE send_id = :send AND seq = :seq")


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
_OURS = Statement("SELECT 1 FROM send_batch WHERE send_id = :send AND seq = :seq AND token = :token {share}")
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
_HOLD = Statement("""
    SELECT CASE WHEN created_at > {now} + 1 THEN 0 ELSE starts_at - {now} END FROM send WHERE id = :send""")
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
    number, lane, first, last, deferred = cast("tuple[int, str, int, int, int]", rows[0])
    lease = Lease(send=send, seq=number, lane=lane, first=first, last=last, token=token)
    if deferred and (due := _DUE.change(connection, {"send": send, "first": first, "last": last})):
        _DUE_COUNT.change(connection, {"send": send, "seq": number, "due": due})
    return lease


def beat(connection: Connection, lease: Lease, *, seconds: float, alone: bool = False, sent: int = 0) -> bool:
    """Heartbeat, fence and pause in one statement: False means that no further window may be claimed.

    `alone`: the operating system proves that nobody else sends, so that a clock that jumps takes nothing away.
    `sent`: so many of the batch were sent since; only counted when True is returned.
    """
    values: dict[str, Value] = {
        "send": lease.send,
        "seq": lease.seq,
        "token": lease.token,
        "seconds": seconds,
        "alone": int(alone),
        "sent": sent,
    }
    return _BEAT.change(connection, values) == 1


def candidates(connection: Connection, lease: Lease, *, limit: int, after: int = 0) -> list[Claim]:
    """Return the next recipients of the batch who are due, at most `limit`, numbered above `after`, as claims to be."""
    first = max(lease.first, after + 1)
    values: dict[str, Value] = {"send": lease.send, "first": first, "last": lease.last, "limit": limit}
    return list(map(Claim._make, _DUE_NOW.rows(connection, values)))


def skip(connection: Connection, lease: Lease, numbers: Sequence[int], *, at: float) -> None:
    """Leave out those of a claim who were not claimed as they must not be written to any more."""
    rows = _SKIP.rows(connection, {"send": lease.send, "ns": among(connection, numbers), "at": at})
    for row in rows:
        note(connection, lease.send, n=cast("int", row[0]), attempt=0, what="skipped", text="withdrawn")
    _SKIP_COUNT.change(connection, {"send": lease.send, "seq": lease.seq, "skipped": len(rows)})


def postpone(connection: Connection, lease: Lease, n: int, *, seconds: float) -> None:
    """Let one recipient come later: their domain has had its share for now."""
    _POSTPONE.change(connection, {"send": lease.send, "n": n, "seconds": seconds})


def set_aside(connection: Connection, lease: Lease, *, seconds: float) -> None:
    """Let every waiting batch of a lane come later."""
    _SET_ASIDE.change(connection, {"send": lease.send, "lane": lease.lane, "seconds": seconds})


def claim(connection: Connection, lease: Lease, due: Sequence[Claim], *, at: float) -> list[Claim]:
    """Move queued rows to `sending`; only those returned may be sent, and only once this is committed.

    Whoever unsubscribed, was suppressed, or whose consent ended by `at` is not among them.
    """
    if not due:
        return []
    values: dict[str, Value] = {"send": lease.send, "ns": among(connection, [row.n for row in due]), "at": at}
    claimed = dict(cast("list[tuple[int, int]]", _CLAIM.rows(connection, values)))
    return [row._replace(attempt=claimed[row.n]) for row in due if row.n in claimed]


def all_wanted(connection: Connection, lease: Lease, *, after: int, at: float, until: float) -> bool:
    """Tell whether everybody left of the batch wants it until then, as long as nobody else writes."""
    values = {"send": lease.send, "first": after + 1, "last": lease.last, "at": at, "until": until}
    return not _UNSURE.rows(connection, values)


def claim_run(connection: Connection, lease: Lease, run: Sequence[Claim], *, at: float, sure: bool = False) -> bool:
    """Do the same with all of a run, by its ends: RETURNING alone would cost SQLite a third of the cycle.

    False: not all of them could be had; the caller must roll back, and ask for them one by one. `sure`: that
    everybody wants it was looked at, and nobody wrote anything since.
    """
    values: dict[str, Value] = {
        "send": lease.send,
        "first": run[0].n,
        "last": run[-1].n,
        "attempt": run[0].attempt,
        "at": at,
    }
    return (_CLAIM_SURE if sure else _CLAIM_RUN).change(connection, values) == len(run)


def is_run(due: Sequence[Claim]) -> bool:
    """Tell whether these follow one another without a gap, all at the same attempt: what most windows are."""
    first, last = due[0], due[-1]
    return last.n - first.n == len(due) - 1 and all(row.attempt == first.attempt for row in due)


def give_back(connection: Connection, send: int, claims: Sequence[Claim]) -> int:
    """Queue again what was claimed and provably never begun: its own holder says so."""
    values = [{"send": send, "n": row.n, "attempt": row.attempt} for row in claims]
    return _GIVE_BACK.change_each(connection, values) if values else 0


def put_back(connection: Connection, lease: Lease) -> BatchState:
    """Give a batch back: done, or queued until the earliest of what is left is due.

    Nobody of it is in flight any more: who is `sending` all the same is in doubt. Its counters are taken from
    its rows, so that they are exact whatever happened meanwhile.
    """
    span: dict[str, Value] = {"send": lease.send, "first": lease.first, "last": lease.last}
    tally = _tally(connection, span)
    if tally.keys() & UNSETTLED and _clear(connection, lease, tally):
        tally = _tally(connection, span)
    open_rows = [tally[s][1] for s in (State.QUEUED, State.DEFERRED) if s in tally]
    state = _state_after(connection, lease, left=bool(open_rows))
    counters = {s.value: tally.get(s.value, (0, 0.0))[0] for s in COUNTED}
    values: dict[str, Value] = {"send": lease.send, "seq": lease.seq, "token": lease.token, "state": state.value}
    _PUT_BACK.change(connection, {**values, **counters, "not_before": min(open_rows, default=0.0)})
    return state


def _clear(connection: Connection, lease: Lease, tally: Mapping[str, object]) -> bool:
    """Settle what can not stay as it is in a batch that we give back; return whether anything may have changed."""
    if not _OURS.rows(connection, {"send": lease.send, "seq": lease.seq, "token": lease.token}):
        return False
    if State.SENDING in tally:
        doubt(connection, lease)  # a claim whose commit was done and never heard of
    if (
        _STANDS.rows(connection, {"send": lease.send})[0][0] == SendState.CANCELLED
    ):  # meanwhile: its own sweep passed over what we held
        _LEAVE_OUT.change(connection, {"send": lease.send, "first": lease.first, "last": lease.last})
        return True
    return State.SENDING in tally


def _tally(connection: Connection, span: Mapping[str, Value]) -> dict[str, tuple[int, float]]:
    rows = cast("list[tuple[str, int, float]]", _TALLY.rows(connection, span))
    return {state: (count, due) for state, count, due in rows}


#: the states of rows that something is still to be done about
UNSETTLED = {State.QUEUED, State.SENDING, State.DEFERRED}
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


def hold_left(connection: Connection, send: int) -> float:
    """Return for how many seconds a send is still held back; by the database's clock, as its leases are."""
    return max(0.0, cast("float", _HOLD.rows(connection, {"send": send})[0][0]))


def next_due(connection: Connection, send: int) -> float | None:
    """Return in how many seconds the next batch is due; None when none waits."""
    value = _NEXT_DUE.rows(connection, {"send": send})[0][0]
    return None if value is None else max(0.0, cast("float", value))


def leased(connection: Connection, send: int) -> int:
    """Return how many batches are in somebody's hands."""
    return cast("int", _LEASED.rows(connection, {"send": send})[0][0])
