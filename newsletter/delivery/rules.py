"""When a send stops itself and asks: too many failures, complaints, our own fault, a provider that refuses us.

Only what happened since a person last looked counts: resuming is an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from newsletter.delivery.control import PARKED, stop_lane, stop_send, stopped_lanes
from newsletter.delivery.lanes import CANARY, provider_of
from newsletter.delivery.sql import Statement
from newsletter.delivery.transports.base import Blame, Outcome, Receipt
from newsletter.language import _

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.delivery.send import Send
    from newsletter.delivery.throttle import Throttle
    from newsletter.store.database import Store

#: answers before a share of failures says anything
ENOUGH_ANSWERS = 20
ENOUGH_FAILURES = 3
#: complaints per mail sent at which Gmail and Yahoo begin to refuse a sender (their sender guidelines, 2024)
COMPLAINT_SHARE = 0.003
ENOUGH_COMPLAINTS = 2
#: refusals of our own address or message in a row
OUR_FAULTS = 3
#: a relay that is busy this often in a row is given time: 1 s, 2 s, 4 s …
BUSY_IN_A_ROW = 8
LONGEST_BRAKE = 60.0

_RELEASE = Statement("""
    UPDATE send_batch SET state = 'queued'
     WHERE send_id = :send AND state = 'waiting' AND NOT EXISTS (
        SELECT 1 FROM send_batch c JOIN delivery d ON d.send_id = c.send_id AND d.n BETWEEN c.first_n AND c.last_n
         WHERE c.send_id = :send AND c.lane = :canary AND d.state IN ('queued', 'sending'))""")


def release(connection: Connection, send: int) -> int:
    """Let everybody else go once each of the canary batch has an answer; return how many batches were waiting."""
    return _RELEASE.change(connection, {"send": send, "canary": CANARY})


@dataclass(kw_only=True)
class Rules:
    """What one run has seen that only it can know: refusals in a row."""

    store: Store
    send: Send
    throttle: Throttle
    #: percent of failures at which the send stops; 0: never
    stop_at_failures: float
    _ours: int = 0
    _busy: int = 0

    def see(self, receipt: Receipt, domain: str) -> None:
        """Take note of one answer from a receiving domain; stop what it says must stop."""
        if receipt.outcome is Outcome.ACCEPTED:
            self._ours = self._busy = 0
        elif receipt.blame is Blame.RELAY:
            self._slow_down(receipt)
        elif receipt.blame is Blame.SENDER:
            self._ours += 1
            if self._ours >= OUR_FAULTS:
                self._stop(_("The mail server refuses our own address or message: {answer}"), answer=_short(receipt))
        elif receipt.blame is Blame.DOMAIN:
            self._stop_lane(provider_of(domain), receipt)

    def _slow_down(self, receipt: Receipt) -> None:
        """Let every worker wait: as long as the relay says, or longer each time it is busy again."""
        self._busy += 1
        if receipt.retry_after is not None:
            self.throttle.brake(self.store, receipt.retry_after)
        elif self._busy >= BUSY_IN_A_ROW:
            self.throttle.brake(self.store, min(2.0 ** (self._busy - BUSY_IN_A_ROW), LONGEST_BRAKE))

    def judge(self) -> None:
        """Look at the whole send: stop it when failures or complaints are too many; let it go past its canary."""
        with self.store.read() as connection:
            tally = _since_judged(connection, self.send.id)
        if not tally.left:
            return
        if self._too_many_failures(tally):
            answered = tally.sent + tally.failed
            self._stop(_("{failed} of {answered} recipients were refused."), failed=tally.failed, answered=answered)
        elif tally.complaints >= ENOUGH_COMPLAINTS and tally.complaints >= COMPLAINT_SHARE * tally.sent:
            self._stop(_("{complaints} people reported it as unwanted."), complaints=tally.complaints)
        elif tally.waiting:
            with self.store.write() as connection:
                release(connection, self.send.id)
        elif not tally.going:
            lanes = stopped_lanes(self.store, self.send.id)
            self._stop(_("Refused by {lanes}"), lanes="; ".join(f"{lane}: {why}" for lane, why in lanes.items()))

    def _too_many_failures(self, tally: _Tally) -> bool:
        answered = tally.sent + tally.failed
        enough = answered >= min(ENOUGH_ANSWERS, self.send.canary or ENOUGH_ANSWERS) and tally.failed >= ENOUGH_FAILURES
        return enough and 0 < self.stop_at_failures <= 100.0 * tally.failed / answered

    def _stop(self, reason: str, **values: object) -> None:
        stop_send(self.store, self.send.id, reason=reason.format(**values))

    def _stop_lane(self, lane: str, receipt: Receipt) -> None:
        with self.store.write() as connection:
            stop_lane(connection, self.send.id, lane, reason=_short(receipt))


def _short(receipt: Receipt) -> str:
    status = "" if receipt.text.startswith(receipt.status) else f"{receipt.status} "
    return f"{receipt.code} {status}{receipt.text}".strip()[:200]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tally:
    """Where a send stands, as far as rules ask."""

    sent: int
    failed: int
    complaints: int
    #: recipients that nothing was decided about
    left: int
    #: batches that wait for the canary, and those that can go on by themselves
    waiting: int
    going: int


_TALLY = Statement("""
    SELECT coalesce(sum(sent), 0), coalesce(sum(failed), 0),
           coalesce(sum(last_n - first_n + 1 - sent - failed - unknown - skipped), 0),
           coalesce(sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0),
           coalesce(sum(CASE WHEN state IN ('queued', 'leased') AND not_before < :parked THEN 1 ELSE 0 END), 0)
      FROM send_batch WHERE send_id = :send""")
_JUDGED = Statement("""
    SELECT judged_sent, judged_failed, judged_complaints,
           (SELECT count(*) FROM event WHERE send_id = :send AND kind = 'complained')
      FROM send WHERE id = :send""")


def _since_judged(connection: Connection, number: int) -> _Tally:
    sent, failed, left, waiting, going = (
        int(cast("int", value)) for value in _TALLY.rows(connection, {"send": number, "parked": PARKED})[0]
    )
    seen = cast("tuple[int, int, int, int]", _JUDGED.rows(connection, {"send": number})[0])
    return _Tally(
        sent=sent - seen[0],
        failed=failed - seen[1],
        complaints=seen[3] - seen[2],
        left=left,
        waiting=waiting,
        going=going,
    )
