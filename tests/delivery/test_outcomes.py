"""What an answer means for the ledger: who is tried again, when, and how long."""

from __future__ import annotations

from random import Random

import pytest

from newsletter.delivery.ledger import Claim
from newsletter.delivery.outcomes import FIRST_WAIT, LONGEST_WAIT, RELAY_WAIT, TRUSTED_WISHES, Patience, result_of
from newsletter.delivery.results import Result
from newsletter.delivery.states import State
from newsletter.delivery.transports.base import Blame, Outcome, Receipt

LATER = Receipt(key=1, outcome=Outcome.DEFERRED, code=451, status="4.7.1", text="later")
DAYS = 5 * 86400.0


class Middling(Random):
    """Chance that is always in the middle."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def after(attempt: int, receipt: Receipt = LATER, *, left: float = DAYS, random: Random | None = None) -> Result:
    claim = Claim(n=1, subscriber=1, list=1, lang="fr-CA", attempt=attempt)
    return result_of(receipt, claim, seq=1, patience=Patience(left=left, random=random or Middling()))


def test_the_wait_doubles_up_to_its_bound() -> None:
    waits = [after(attempt).delay for attempt in range(1, 9)]
    assert waits == [300, 600, 1200, 2400, 4000, 4000, 4000, 4000]


def test_a_busy_relay_is_tried_again_sooner() -> None:
    busy = Receipt(key=1, outcome=Outcome.DEFERRED, blame=Blame.RELAY)
    assert [after(attempt, busy).delay for attempt in (1, 2, 3)] == [RELAY_WAIT, 2 * RELAY_WAIT, 4 * RELAY_WAIT]
    assert after(40, busy).delay == LONGEST_WAIT


@pytest.mark.parametrize("seed", range(5))
def test_not_all_are_tried_again_at_the_same_moment(seed: int) -> None:
    waits = {after(1, random=Random(seed * 100 + n)).delay for n in range(20)}
    assert len(waits) > 15
    assert all(0.8 * FIRST_WAIT <= wait <= 1.2 * FIRST_WAIT for wait in waits)


@pytest.mark.parametrize(
    ("left", "state", "delay"),
    [(300.5, State.DEFERRED, 300.0), (300.0, State.DEFERRED, 300.0), (299.9, State.FAILED, 0.0), (-1, State.FAILED, 0)],
)
def test_who_could_only_be_tried_after_the_deadline_is_given_up(left: float, state: State, delay: float) -> None:
    found = after(1, left=left)
    assert (found.state, found.delay) == (state, delay)
    assert (found.code, found.status, found.answer) == (451, "4.7.1", "later")


def test_the_other_sides_wish_is_kept_to_and_in_the_end_not_believed() -> None:
    soon = Receipt(key=1, outcome=Outcome.DEFERRED, code=429, blame=Blame.RELAY, retry_after=2.0)
    assert [after(attempt, soon).delay for attempt in range(1, TRUSTED_WISHES + 1)] == [pytest.approx(2.1)] * 5
    assert after(TRUSTED_WISHES + 1, soon).delay == RELAY_WAIT * 2.0**TRUSTED_WISHES


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.ACCEPTED, State.SENT), (Outcome.REFUSED, State.FAILED), (Outcome.UNKNOWN, State.UNKNOWN)],
)
def test_a_final_answer_has_no_wait_though_the_deadline_has_passed(outcome: Outcome, state: State) -> None:
    found = after(1, Receipt(key=1, outcome=outcome), left=-1.0)
    assert (found.state, found.delay) == (state, 0.0)
