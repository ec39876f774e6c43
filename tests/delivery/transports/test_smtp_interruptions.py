"""Pauses, ends and faults of ours in the middle of a delivery."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from calm import BOUND, closed_once, in_time
from scripted_relay import SILENT, ScriptedRelay
from smtp_driver import once
from transport_driver import A, D, U, deliver, outcomes

from newsletter.delivery.transports.base import Parcel, Pause, Receipt


def test_an_interruption_reports_what_is_known_of_each(make_smtp, make_parcels) -> None:
    def pulled() -> Iterator[Parcel]:
        yield from make_parcels(3)
        raise KeyboardInterrupt

    def attempt(patience: float) -> None:
        with ScriptedRelay(script=once("dot", 3, SILENT)) as relay:
            smtp = make_smtp(relay, dot_timeout=patience)
            with pytest.raises(KeyboardInterrupt):
                deliver(smtp, pulled())
        assert outcomes(deliver.last) == {1: A, 2: A, 3: U}

    in_time(attempt, 0.5)


def test_answers_are_read_during_a_pause(make_smtp, make_parcels) -> None:
    one, two = make_parcels(2)
    seen: list[Receipt] = []

    def pulled() -> Iterator[Parcel | Pause]:
        yield one
        deadline = time.monotonic() + BOUND
        while not seen and time.monotonic() < deadline:
            yield Pause(seconds=0.4)
        assert seen
        yield two

    with ScriptedRelay() as relay:
        make_smtp(relay).deliver(pulled(), seen.append)
    assert [receipt.key for receipt in seen] == [1, 2]


def test_closing_from_another_thread_says_what_is_known_and_returns(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("dot", 3, SILENT)) as relay:
        smtp = make_smtp(relay)
        with closed_once(lambda: len(relay.accepted) == 3, smtp.close, within=2):
            receipts = deliver(smtp, make_parcels(6))
    assert outcomes(receipts) == {1: A, 2: A, 3: U, 4: D}


def test_a_report_that_fails_ends_the_delivery_with_its_error(make_smtp, make_parcels) -> None:
    def full(_receipt: Receipt) -> None:
        raise RuntimeError("the disk is full")

    with ScriptedRelay() as relay, pytest.raises(RuntimeError, match="disk"):
        make_smtp(relay, connections=2).deliver(iter(make_parcels(50)), full)
    assert len(relay.accepted) < 10


def test_no_log_and_no_receipt_names_anybody(make_smtp, make_parcels, caplog) -> None:
    def script(step: str, count: int, argument: str) -> str | None:
        if step == "rcpt" and count % 2:
            local = argument.partition("<")[2].partition("@")[0]
            return f"550 5.1.1 {argument} unknown; {local} is no user (mailto:{local}%40exemple.org)"
        return None

    caplog.set_level("DEBUG")
    with ScriptedRelay(script=script) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(6))
    assert "lecteur" not in repr(receipts) + caplog.text
    assert "@" not in repr(receipts) + caplog.text
    assert "unknown" in receipts[2].text
