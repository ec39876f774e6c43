"""Who is at work: a row for each process that sends on PostgreSQL, renewed every second, and how far work lags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from newsletter.delivery.sql import Statement, Value

if TYPE_CHECKING:
    from newsletter.store.database import Store

#: seconds of silence after which a worker is shown as silent, and after which it is forgotten
SILENT = 10.0
FORGOTTEN = 3600.0

_BEAT = Statement("""
    INSERT INTO worker (name, role, version, started_at, seen_at, send_id, seq, rate)
    VALUES (:name, :role, :version, {now}, {now}, :send, :seq, :rate)
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, send_id = excluded.send_id, seq = excluded.seq,
           rate = excluded.rate""")
_FORGET = Statement("DELETE FROM worker WHERE seen_at < {now} - :seconds OR name = :name")
_CREW = Statement("""
    SELECT name, role, version, started_at, {now} - seen_at, send_id, seq, rate FROM worker
     ORDER BY started_at, name""")
_LAG = Statement("""
    SELECT count(*), coalesce(sum(b.last_n - b.first_n + 1 - b.sent - b.failed - b.unknown - b.skipped), 0),
           coalesce(max({now} - {later}(b.not_before, s.starts_at)), 0)
      FROM send_batch b JOIN send s ON s.id = b.send_id
     WHERE s.state = 'running' AND b.state = 'queued' AND b.not_before <= {now} AND s.starts_at <= {now}""")


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One process that sends; its name tells neither host nor person."""

    #: 32 hexadecimal digits, drawn by chance
    name: str
    #: worker, serve, send
    role: str
    version: str
    started_at: datetime
    #: seconds since it was last heard of
    silence: float
    #: the send and the batch in hand
    send: int | None
    seq: int | None
    #: recipients a second, lately
    rate: float

    @property
    def alive(self) -> bool:
        """It was heard of a moment ago."""
        return self.silence < SILENT

    def as_dict(self) -> dict[str, object]:
        """Return it as `status --watch --json` shows it."""
        return {
            "name": self.name,
            "role": self.role,
            "version": self.version,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "silence": round(self.silence, 1),
            "alive": self.alive,
            "send": f"S{self.send}" if self.send else None,
            "batch": self.seq,
            "rate": round(self.rate, 1),
        }


@dataclass(frozen=True, kw_only=True)
class Lag:
    """What is due and nobody has taken up yet."""

    batches: int
    recipients: int
    #: how long the oldest of it has been due
    seconds: float

    def as_dict(self) -> dict[str, object]:
        """Return it as `status --watch --json` shows it."""
        return {"batches": self.batches, "recipients": self.recipients, "seconds": round(self.seconds, 1)}


def say(store: Store, *, name: str, role: str, version: str, at: tuple[int, int | None] | None, rate: float) -> None:
    """Say that a process lives, and what it has in hand."""
    send, seq = at or (None, None)
    values: dict[str, Value] = {"name": name, "role": role, "version": version, "send": send, "seq": seq, "rate": rate}
    with store.write() as connection:
        _BEAT.change(connection, values)


def leave(store: Store, name: str) -> None:
    """Take a process off the roll, and those that were not heard of for an hour."""
    with store.write() as connection:
        _FORGET.change(connection, {"name": name, "seconds": FORGOTTEN})


def crew(store: Store) -> list[Worker]:
    """Return who was at work within the hour, the oldest first."""
    with store.read() as connection:
        rows = _CREW.rows(connection, {})
    return [_worker(row) for row in rows]


def lag(store: Store) -> Lag:
    """Return what is due and in nobody's hands."""
    with store.read() as connection:
        batches, recipients, seconds = cast("tuple[int, int, float]", _LAG.rows(connection, {})[0])
    return Lag(batches=int(batches), recipients=int(recipients), seconds=float(seconds))


def _worker(row: tuple[object, ...]) -> Worker:
    name, role, version, started, silence, send, seq, rate = row
    return Worker(
        name=str(name),
        role=str(role),
        version=str(version),
        started_at=datetime.fromtimestamp(cast("float", started), UTC),
        silence=max(0.0, cast("float", silence)),
        send=cast("int | None", send),
        seq=cast("int | None", seq),
        rate=cast("float", rate),
    )
