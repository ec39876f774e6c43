"""How a send stands, from its batches' counters in a millisecond, and the proof that it adds up, from every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import text

from newsletter.delivery.sql import Statement
from newsletter.delivery.states import Counts, State
from newsletter.language import _, ngettext, number

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.delivery.send import Send
    from newsletter.store.database import Store

_SUMS = Statement("""
    SELECT coalesce(sum(last_n - first_n + 1), 0), coalesce(sum(sent), 0), coalesce(sum(deferred), 0),
           coalesce(sum(failed), 0), coalesce(sum(unknown), 0), coalesce(sum(skipped), 0)
      FROM send_batch WHERE send_id = :send""")
#: only a batch in somebody's hands can have rows in flight: a few hundred rows are looked at
_IN_FLIGHT = Statement("""
    SELECT count(*) FROM send_batch b JOIN delivery d
        ON d.send_id = b.send_id AND d.n BETWEEN b.first_n AND b.last_n AND d.state = 'sending'
     WHERE b.send_id = :send AND b.state = 'leased'""")
_ROWS = Statement("SELECT state, count(*) FROM delivery WHERE send_id = :send GROUP BY state")
_NUMBERS = Statement("SELECT count(*), coalesce(min(n), 0), coalesce(max(n), 0) FROM delivery WHERE send_id = :send")
_ORPHANS = Statement("""
    SELECT count(*) FROM delivery d
     WHERE d.send_id = :send AND d.state = 'sending' AND NOT EXISTS (
        SELECT 1 FROM send_batch b WHERE b.send_id = d.send_id AND d.n BETWEEN b.first_n AND b.last_n
           AND b.state = 'leased')""")
_DOUBTFUL = Statement("SELECT n FROM delivery WHERE send_id = :send AND state = 'unknown' ORDER BY n LIMIT :limit")


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What counting every row of a send showed; `problems` is empty when all adds up."""

    counts: Counts
    total: int
    problems: tuple[str, ...] = ()
    #: the numbers of the first deliveries that only a person or a late answer can settle
    unknown: tuple[int, ...] = ()

    @property
    def ok(self) -> bool:
        """The states add up and every row is accounted for; some may be `unknown`."""
        return not self.problems


def counts(store: Store, number: int) -> Counts:
    """Return how many recipients of a send are in each state."""
    with store.read() as connection:
        return counts_on(connection, number)


def counts_on(connection: Connection, number: int) -> Counts:
    """Do the same within a transaction."""
    row = cast("tuple[int, ...]", _SUMS.rows(connection, {"send": number})[0])
    total, sent, deferred, failed, unknown, skipped = (int(value) for value in row)
    sending = cast("int", _IN_FLIGHT.rows(connection, {"send": number})[0][0])
    queued = total - sent - deferred - failed - unknown - skipped - sending
    return Counts(
        queued=queued,
        sending=sending,
        sent=sent,
        deferred=deferred,
        failed=failed,
        unknown=unknown,
        skipped=skipped,
    )


def verify(store: Store, send: Send, *, listed: int = 100) -> Verification:
    """Count every row and compare: with the batches' counters, with the number that was confirmed, with the leases."""
    asked = {"send": send.id}
    with store.read() as connection:
        one_moment(connection)
        quick = counts_on(connection, send.id)
        rows = dict(cast("list[tuple[str, int]]", _ROWS.rows(connection, asked)))
        numbers = cast("tuple[int, int, int]", _NUMBERS.rows(connection, asked)[0])
        orphans = cast("int", _ORPHANS.rows(connection, asked)[0][0])
        doubtful = _DOUBTFUL.rows(connection, {**asked, "limit": listed})
    exact = Counts(**{state.value: rows.get(state.value, 0) for state in State})
    return Verification(
        counts=exact,
        total=send.total,
        problems=tuple(_problems(send, quick, exact, numbers, orphans)),
        unknown=tuple(cast("int", row[0]) for row in doubtful),
    )


def one_moment(connection: Connection) -> None:
    """Let every statement of this transaction see the same moment; SQLite's always do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _problems(send: Send, quick: Counts, exact: Counts, numbers: tuple[int, int, int], orphans: int) -> list[str]:
    found: list[str] = []
    if numbers != (send.total, min(1, send.total), send.total):
        found.append(
            _("{total} recipients were confirmed, {rows} are in the ledger.").format(
                total=number(send.total), rows=number(numbers[0])
            )
        )
    if exact.total != numbers[0]:
        found.append(_("Some deliveries are in a state that does not exist."))
    if quick != exact:
        found.append(_("The batches' counters differ from the rows they count."))
    if orphans:
        found.append(
            ngettext(
                "{count} delivery is marked as in flight, but nobody holds it.",
                "{count} deliveries are marked as in flight, but nobody holds them.",
                orphans,
            ).format(count=orphans)
        )
    return found
