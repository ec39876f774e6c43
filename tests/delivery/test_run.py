"""A confirmed send, run to its end."""

from __future__ import annotations

from delivery_parts import Recorder

from newsletter.delivery.confirm import Terms
from newsletter.delivery.counts import counts, verify
from newsletter.delivery.run import run_send
from newsletter.delivery.send import find_send
from newsletter.delivery.states import SendState
from newsletter.store.database import Store


def test_everybody_gets_it_once(store: Store, make_send, make_means) -> None:
    send = make_send(store, 130)
    recorder = Recorder()
    outcome = run_send(store, send.id, make_means(recorder))
    assert outcome.done
    assert sorted(recorder.got) == sorted(set(recorder.got))
    assert len(recorder.got) == 130
    assert counts(store, send.id).as_dict() == {
        "queued": 0, "sending": 0, "sent": 130, "deferred": 0, "failed": 0, "unknown": 0, "skipped": 0,
    }  # fmt: skip
    assert verify(store, find_send(store, send.ref)).ok


def test_a_canary_is_a_batch_of_its_own(store: Store, make_send, make_means) -> None:
    send = make_send(store, 30, terms=Terms(canary=4))
    recorder = Recorder()
    run_send(store, send.id, make_means(recorder))
    assert find_send(store, send.ref).state is SendState.DONE
