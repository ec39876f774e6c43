"""The servers' reasons behind a count: the commonest first, from both databases."""

from __future__ import annotations

from delivery_parts import Recorder

from newsletter.delivery.reasons import why
from newsletter.delivery.run import run_send
from newsletter.delivery.states import State
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.store.database import Store


def test_the_commonest_reasons_come_first_and_each_state_has_its_own(store: Store, make_send, make_means) -> None:
    def answer(parcel: Parcel) -> Receipt:
        if parcel.key <= 4:
            status = "5.1.1" if parcel.key > 1 else "5.2.1"
            return Receipt(key=parcel.key, outcome=Outcome.REFUSED, code=550, status=status, text=f"{status} no")
        if parcel.key <= 6:
            return Receipt(key=parcel.key, outcome=Outcome.DEFERRED, code=451, text="later", retry_after=3600)
        return Receipt(key=parcel.key, outcome=Outcome.ACCEPTED, code=250, text="ok")

    send = make_send(store, 120)
    run_send(store, send.id, make_means(Recorder(answer), stay=1, settings={"stop_at_failures": 0}))
    assert [(each.count, each.answer) for each in why(store, send.id, State.FAILED)] == [
        (3, "550 5.1.1 no"),
        (1, "550 5.2.1 no"),
    ]
    assert [(each.count, each.answer) for each in why(store, send.id, State.DEFERRED)] == [(2, "451 later")]
