"""One batch of one send, as a job hands it out: the same turn, and nothing of any other batch."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from newsletter.delivery import ledger
from newsletter.delivery.cluster import refill
from newsletter.delivery.control import close_finished
from newsletter.delivery.rules import Rules
from newsletter.delivery.run import Run
from newsletter.delivery.send import load_send, sends
from newsletter.delivery.sql import Statement
from newsletter.delivery.states import BatchState, SendState
from newsletter.delivery.throttle import Throttle
from newsletter.errors import BusyError, TransientError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.config.model import TransportSection
    from newsletter.delivery.run import Means
    from newsletter.store.database import Store

#: seconds before a batch is tried again whose mails could not be handed over
AGAIN = 2.0
#: the same for a batch that this worker leaves to others because it ends
AT_ONCE = 0.05
#: seconds between two tries to write down what the database was not there for
WRITE_AGAIN = 1.0

_STATE = Statement("SELECT state, not_before - {now} FROM send_batch WHERE send_id = :send AND seq = :seq")


class BatchRun(Run):
    """A run of one send that takes batches as it is told, one after the other."""

    def __init__(self, store: Store, number: int, means: Means) -> None:
        super().__init__(store, load_send(store, number), means, alone=False)

    def batch(self, seq: int) -> float:
        """Send what is due of one batch; return after how many seconds to try again, 0 when there is nothing more now.

        Raises BusyError when another worker has it in hand, CredentialsError when the other side does not
        accept us (the send is then stopped), TransientError when it could not be reached for too long.
        """
        if not self._still_running():
            return 0.0
        if wait := self._not_yet():
            return wait
        wait = self._settled_turn(seq)
        self._rules.judge()
        if close_finished(self._store, self._send.id) or not self._still_running():
            return 0.0
        return self._next_try(seq, wait)

    def _settled_turn(self, seq: int) -> float:
        """Take a turn; whatever ends it, nothing that is known stays unwritten while the lease may still be ours."""
        try:
            return self.turn(batch=seq)
        except TransientError:
            if self._feed is None or (self._feed.settled and self._feed.failure is None):
                raise  # it is the other side, not the database, that can not be reached
            return AGAIN
        finally:
            self._write_down()

    def _write_down(self) -> None:
        """Write answers that the database was not there for, however often it takes, for as long as a lease."""
        until = time.monotonic() + self._means.settings.lease
        while self._feed is not None and not self._feed.settled:
            try:
                self._feed.close()
            except TransientError:
                if time.monotonic() > until or self._means.stop.urgent:
                    return
                time.sleep(WRITE_AGAIN)

    def _next_try(self, seq: int, wait: float) -> float:
        with self._store.read() as connection:
            rows = _STATE.rows(connection, {"send": self._send.id, "seq": seq})
        state, due = cast("tuple[str, float]", rows[0]) if rows else (BatchState.DONE.value, 0.0)
        if state == BatchState.LEASED.value:
            raise BusyError(_("Another worker has this batch in hand."), hint=_("Wait a moment and try again."))
        if state != BatchState.QUEUED.value or due > 0:
            return 0.0  # whoever looks after all batches sees when it is due
        return AT_ONCE if self._means.stop.asked else wait or AGAIN


def look_after(store: Store, transport: str, settings: TransportSection) -> None:
    """Look at all that runs: end the leases of the dead, apply the rules, close what is done, hand out the rest."""
    with store.write() as connection:
        ledger.expire(connection)
    for send in sends(store, unfinished=True):
        if send.state is SendState.RUNNING:
            throttle = Throttle.of(transport, settings)
            Rules(store=store, send=send, throttle=throttle, stop_at_failures=settings.stop_at_failures).judge()
            close_finished(store, send.id)
    with store.write() as connection:
        refill(connection)
