"""What an answer means for the ledger: a receipt becomes a result, with the back-off of those to be tried again.

RFC 5321 4.5.4.1 asks for a wait that grows; the figures are those of Postfix: from 5 minutes, doubling to
4,000 seconds, given up after 5 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.delivery.results import ANSWER_LENGTH, Result
from newsletter.delivery.states import State
from newsletter.delivery.transports.base import Blame, Outcome, Receipt

if TYPE_CHECKING:
    from random import Random

    from newsletter.delivery.ledger import Claim

FIRST_WAIT = 300.0
LONGEST_WAIT = 4000.0
#: a relay that is busy is tried again sooner than a mailbox that is
RELAY_WAIT = 5.0
#: how often a wait that was asked for is believed to be enough
TRUSTED_WISHES = 5

_STATES = {
    Outcome.ACCEPTED: State.SENT,
    Outcome.DEFERRED: State.DEFERRED,
    Outcome.REFUSED: State.FAILED,
    Outcome.UNKNOWN: State.UNKNOWN,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long deferred recipients of one send are tried again."""

    #: seconds left until they are given up
    left: float
    random: Random

    def wait(self, attempt: int, blame: Blame, wished: float | None) -> float:
        """Return how many seconds to wait after this attempt: as asked, else growing; never all at the same time."""
        if wished is not None and attempt <= TRUSTED_WISHES:
            return wished * self.random.uniform(1.0, 1.1)
        first = RELAY_WAIT if blame is Blame.RELAY else FIRST_WAIT
        wait = min(first * 2.0 ** (max(1, attempt) - 1), LONGEST_WAIT) * self.random.uniform(0.8, 1.2)
        return max(wait, wished or 0.0)


def result_of(receipt: Receipt, claim: Claim, *, seq: int, patience: Patience) -> Result:
    """Turn the answer for a claimed recipient into what the ledger keeps."""
    state = _STATES[receipt.outcome]
    delay = 0.0
    if state is State.DEFERRED:
        delay = patience.wait(claim.attempt, receipt.blame, receipt.retry_after)
        if delay > patience.left:
            state, delay = State.FAILED, 0.0
    return Result(
        n=claim.n,
        attempt=claim.attempt,
        seq=seq,
        state=state,
        code=receipt.code,
        status=receipt.status[:12],
        answer=receipt.text[:ANSWER_LENGTH],
        delay=delay,
    )
