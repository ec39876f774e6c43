"""The cycle of the ledger in the driver's bare statements: what is possible, to compare with; no product code.

A worker leases one batch after the other. A window is one transaction: the answers of the window before, a
heartbeat with fence and pause, the claim, the commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsletter.store.database import Store

ANSWER = "2.0.0 Ok: queued as 4F2B1A"


class Sqlite:
    """Rows one by one with a prepared statement."""

    begin = "BEGIN IMMEDIATE"
    clock = "((julianday('now') - 2440587.5) * 86400.0)"
    mark = "?"
    locked = ""

    def __init__(self, store: Store) -> None:
        self._connection: Any = store.engine.connect().connection.driver_connection

    def empty(self, send: int, window: int, token: str) -> None:
        """Take every batch of a send through the cycle."""
        run = self._connection.execute
        lease = self._said(
            """UPDATE send_batch SET state = 'leased', token = ?, lease_until = {clock} + 60
                WHERE send_id = ? AND seq = (
               SELECT seq FROM send_batch WHERE send_id = ? AND state = 'queued' ORDER BY seq LIMIT 1 {locked})
               RETURNING seq, first_n, last_n"""
        )
        claim = self._said(
            """UPDATE delivery SET state = 'sending', attempt = attempt + 1
                WHERE send_id = ? AND n BETWEEN ? AND ? AND state = 'queued' RETURNING n, attempt"""
        )
        done = self._said("UPDATE send_batch SET state = 'done' WHERE send_id = ? AND seq = ?")
        while True:
            run(self.begin)
            taken = run(lease, (token, send, send)).fetchone()
            run("COMMIT")
            if taken is None:
                return
            seq, first, last = taken
            rows: list[tuple[int, int]] = []
            for low in range(first, last + 1, window):
                run(self.begin)
                self._settle(send, seq, token, rows)
                rows = run(claim, (send, low, min(low + window - 1, last))).fetchall()
                run("COMMIT")
            run(self.begin)
            self._settle(send, seq, token, rows)
            run(done, (send, seq))
            run("COMMIT")

    def _settle(self, send: int, seq: int, token: str, rows: list[tuple[int, int]]) -> None:
        beat = self._said(
            """UPDATE send_batch SET lease_until = {clock} + 60, sent = sent + ? WHERE send_id = ? AND seq = ?
                  AND token = ? AND lease_until > {clock} AND (SELECT state FROM send WHERE id = ?) = 'running'"""
        )
        self._connection.execute(beat, (len(rows), send, seq, token, send))
        if rows:
            self._write(send, rows)

    def _write(self, send: int, rows: list[tuple[int, int]]) -> None:
        self._connection.executemany(
            """UPDATE delivery SET state = 'sent', code = 250, answer = ?
                WHERE send_id = ? AND n = ? AND attempt = ? AND state = 'sending'""",
            [(ANSWER, send, n, attempt) for n, attempt in rows],
        )

    def _said(self, text: str) -> str:
        return text.replace("{clock}", self.clock).replace("{locked}", self.locked).replace("?", self.mark)


class Postgres(Sqlite):
    """A window's rows in one statement."""

    begin = "BEGIN"
    clock = "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
    mark = "%s"
    locked = "FOR UPDATE SKIP LOCKED"

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._connection.autocommit = True

    def _write(self, send: int, rows: list[tuple[int, int]]) -> None:
        self._connection.execute(
            """UPDATE delivery SET state = 'sent', code = 250, answer = v.answer
                 FROM unnest(CAST(%s AS integer[]), CAST(%s AS integer[]), CAST(%s AS text[])) AS v(n, attempt, answer)
                WHERE send_id = %s AND delivery.n = v.n AND delivery.attempt = v.attempt AND state = 'sending'""",
            ([n for n, _ in rows], [a for _, a in rows], [ANSWER] * len(rows), send),
        )
