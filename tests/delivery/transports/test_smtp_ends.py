"""Silence, nonsense and broken connections: what is in doubt, and nothing else."""

from __future__ import annotations

import time

import pytest
from calm import in_time
from scripted_relay import DROP, RESET, SILENT, ScriptedRelay
from smtp_driver import once
from transport_driver import A, D, U, deliver, outcomes

from newsletter.delivery.transports.base import Blame


@pytest.mark.parametrize("end", [DROP, RESET])
@pytest.mark.parametrize(
    ("step", "second", "third"),
    [("mail", D, A), ("rcpt", D, A), ("data", D, A), ("dot", U, D)],
)
def test_a_dropped_connection_leaves_only_what_was_handed_over_in_doubt(
    make_smtp, make_parcels, step, second, third, end
) -> None:
    with ScriptedRelay(script=once(step, 2, end)) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(6))
    assert outcomes(receipts) == {1: A, 2: second, 3: third, 4: A, 5: A, 6: A}
    assert receipts[2].code == 0
    assert receipts[2].blame is Blame.RELAY
    taken = {f"lecteur{key}@exemple.org" for key, receipt in receipts.items() if receipt.outcome in (A, U)}
    assert relay.recipients() == sorted(taken)


def test_dropped_after_acceptance_of_the_third_of_six(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("dot", 3, DROP), offers=("8BITMIME",)) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(6))
    assert outcomes(receipts) == {1: A, 2: A, 3: U, 4: A, 5: A, 6: A}
    assert len(relay.accepted) == len(set(relay.recipients())) == 6


@pytest.mark.parametrize(
    ("step", "second", "third", "setting"),
    [
        ("mail", D, A, "command_timeout"),
        ("rcpt", D, A, "command_timeout"),
        ("data", D, A, "command_timeout"),
        ("dot", U, D, "dot_timeout"),
    ],
)
def test_silence_ends_in_time_and_says_what_is_known(make_smtp, make_parcels, step, second, third, setting) -> None:
    def attempt(patience: float) -> None:
        with ScriptedRelay(script=once(step, 2, SILENT)) as relay:
            began = time.monotonic()
            receipts = deliver(make_smtp(relay, **{setting: patience}), make_parcels(4))
        assert outcomes(receipts) == {1: A, 2: second, 3: third, 4: A}
        assert time.monotonic() - began < 15 * patience

    in_time(attempt, 0.2)


def test_a_slow_answer_to_the_dot_is_waited_for(make_smtp, make_parcels) -> None:
    def attempt(patience: float) -> None:
        with ScriptedRelay(script=once("dot", 1, f"<after {3 * patience}> 250 2.0.0 Ok")) as relay:
            receipts = deliver(make_smtp(relay, command_timeout=patience, dot_timeout=60), make_parcels(2))
        assert outcomes(receipts) == {1: A, 2: A}
        assert receipts[1].seconds > 2.5 * patience

    in_time(attempt, 0.2)


@pytest.mark.parametrize(
    "nonsense", ["tralala", "25", "999 x", "250", "x" * 5000, "250-a\r\n" * 200 + "250 b", "\x00\xff"]
)
@pytest.mark.parametrize(("step", "second", "third"), [("rcpt", D, A), ("dot", U, D)])
def test_nonsense_is_no_answer(make_smtp, make_parcels, step, second, third, nonsense) -> None:
    if nonsense == "250":
        second = third = A
    with ScriptedRelay(script=once(step, 2, nonsense)) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(4))
    assert outcomes(receipts) == {1: A, 2: second, 3: third, 4: A}


def test_a_go_ahead_where_none_was_asked_for_is_no_acceptance(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("dot", 1, "354 Go on")) as relay:
        assert outcomes(deliver(make_smtp(relay), make_parcels(1))) == {1: U}
    with ScriptedRelay(script=once("data", 1, "250 2.0.0 Ok")) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(2))
    assert receipts[1].outcome is D
    assert relay.recipients() == ["lecteur2@exemple.org"]


def test_a_large_body_cut_off_is_not_in_doubt(make_smtp, make_edition, make_letter, make_parcels) -> None:
    from newsletter.edition.edition import Attachment

    file = Attachment(filename="a.bin", media_type="application/octet-stream", content=bytes(8_000_000))
    big = make_letter(edition=make_edition(attachments=(file,)))
    cut = []

    def script(step: str, _count: int, _argument: str) -> str | None:
        if step == "body" and not cut:
            cut.append(True)
            return DROP
        return None

    with ScriptedRelay(script=script, offers=("PIPELINING",)) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(2, letter=big))
    assert outcomes(receipts) == {1: D, 2: A}
    assert relay.accepted[0].content == make_parcels(2, letter=big)[1].message().content
