"""Connections: opened as needed, fewer for a busy server, changed by count and age, found again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from calm import BOUND, until
from scripted_relay import DROP, SILENT, ScriptedRelay, socket_ends
from transport_driver import A, D, U, deliver, outcomes

from newsletter.delivery.transports.base import Blame, Parcel, Pause, Receipt
from newsletter.errors import CredentialsError, TransientError


def test_a_server_that_is_not_there_costs_nobody_an_attempt(make_smtp, make_parcels, free_port) -> None:
    with ScriptedRelay() as relay:
        smtp = make_smtp(relay, port=free_port)
    pulled = iter(make_parcels(3))
    with pytest.raises(TransientError, match=f"127.0.0.1:{free_port}"):
        deliver(smtp, pulled)
    assert len(list(pulled)) == 3


@pytest.mark.parametrize("greeting", ["421 4.3.2 Busy", "450 Later", DROP, "tralala"])
def test_a_busy_server_costs_nobody_an_attempt(make_smtp, make_parcels, greeting) -> None:
    pulled = iter(make_parcels(3))
    with (
        ScriptedRelay(script=lambda step, _c, _a: greeting if step == "greeting" else None) as relay,
        pytest.raises(TransientError),
    ):
        deliver(make_smtp(relay), pulled)
    assert len(list(pulled)) == 3


def test_a_silent_greeting_ends_in_time(make_smtp, make_parcels) -> None:
    with (
        ScriptedRelay(script=lambda step, _c, _a: SILENT if step == "greeting" else None) as relay,
        pytest.raises(TransientError),
    ):
        deliver(make_smtp(relay, command_timeout=0.2), make_parcels(1))


def test_a_server_that_wants_no_mail_from_us_stops_the_send(make_smtp, make_parcels) -> None:
    script = lambda step, _c, _a: "554 5.7.1 Blocked" if step == "greeting" else None  # noqa: E731
    with ScriptedRelay(script=script) as relay, pytest.raises(CredentialsError, match="Blocked"):
        deliver(make_smtp(relay), make_parcels(1))


def test_a_login_that_is_wanted_stops_the_send_and_blames_nobody(make_smtp, make_parcels) -> None:
    script = lambda step, _c, _a: "530 5.7.0 Log in first" if step == "mail" else None  # noqa: E731
    with ScriptedRelay(script=script) as relay, pytest.raises(CredentialsError, match="Log in first"):
        deliver(make_smtp(relay), make_parcels(5))
    assert outcomes(deliver.last) == {1: D, 2: D} or outcomes(deliver.last) == {1: D}
    assert all(receipt.blame in (Blame.SENDER, Blame.RELAY) for receipt in deliver.last.values())
    assert relay.accepted == []


def test_a_limit_of_connections_is_kept_to(make_smtp, make_parcels) -> None:
    def script(step: str, _count: int, argument: str) -> str | None:
        if step == "greeting" and int(argument) > 2:
            return "421 4.7.0 Too many connections"
        return "<after 0.005> 250 2.0.0 Ok" if step == "dot" else None

    with ScriptedRelay(script=script) as relay:
        receipts = deliver(make_smtp(relay, connections=8), make_parcels(80))
    assert set(outcomes(receipts).values()) == {A}
    assert len(relay.accepted) == 80
    assert relay.connections <= 10


def test_a_server_that_drops_every_connection_is_given_up(make_smtp, make_parcels) -> None:
    pulled = iter(make_parcels(100))
    with (
        ScriptedRelay(script=lambda step, _c, _a: DROP if step == "mail" else None) as relay,
        pytest.raises(TransientError),
    ):
        deliver(make_smtp(relay), pulled)
    assert len(list(pulled)) > 80
    assert set(outcomes(deliver.last).values()) == {D}


def test_a_server_that_closes_after_ten_is_learnt(make_smtp, make_parcels) -> None:
    counts: dict[str, int] = {}
    lock = threading.Lock()

    with ScriptedRelay() as relay:

        def script(step: str, _count: int, argument: str) -> str | None:
            if step != "mail":
                return None
            with lock:
                number = str(relay.connections)
                counts[number] = counts.get(number, 0) + 1
                return "421 4.7.0 Enough" if counts[number] > 10 else None

        relay.script = script
        receipts = deliver(make_smtp(relay), make_parcels(100))
    late = [key for key, receipt in receipts.items() if receipt.outcome is D]
    assert len(late) <= 2
    assert len(relay.accepted) == 100 - len(late)
    assert relay.connections == 10


def test_connections_are_changed_after_as_many_mails_as_configured(make_smtp, make_parcels) -> None:
    with ScriptedRelay() as relay:
        receipts = deliver(make_smtp(relay, messages_per_connection=10), make_parcels(35))
    assert set(outcomes(receipts).values()) == {A}
    assert relay.connections == 4
    assert [line for _, line in relay.commands].count("QUIT") >= 3


def test_a_server_that_disappears_for_a_while_is_found_again(make_smtp, make_parcels, free_port) -> None:
    parcels = make_parcels(10)
    with ScriptedRelay(port=free_port) as relay:
        smtp = make_smtp(relay)
        deliver(smtp, parcels[:5])
    with pytest.raises(TransientError):
        deliver(smtp, parcels[5:])
    assert deliver.last == {} or set(outcomes(deliver.last).values()) == {D}
    with ScriptedRelay(port=free_port):
        assert set(outcomes(deliver(smtp, parcels[5:])).values()) == {A}


def test_idle_connections_are_used_again(make_smtp, make_parcels) -> None:
    parcels = make_parcels(4)
    with ScriptedRelay() as relay:
        smtp = make_smtp(relay)
        deliver(smtp, parcels[:2])
        deliver(smtp, parcels[2:])
        assert relay.connections == 1
        smtp.close()
        until(lambda: relay.commands[-1][1] == "QUIT")


def test_connections_come_back_when_the_server_is_less_busy(make_smtp, make_parcels, monkeypatch) -> None:
    from newsletter.delivery.transports import smtp_pool

    monkeypatch.setattr(smtp_pool, "FIRST_GROWTH", 0.05)
    monkeypatch.setattr(smtp_pool, "LONGEST_TICK", 0.02)
    meeting = threading.Barrier(3)

    def script(step: str, count: int, argument: str) -> str | None:
        if step == "greeting" and int(argument) > 1 and len(relay.accepted) < 30:
            return "421 4.7.0 Too many connections"
        if step == "dot" and 100 <= count < 103:
            meeting.wait(BOUND)  # three mails are there at once: each by a connection of its own
        return "<after 0.01> 250 2.0.0 Ok" if step == "dot" else None

    with ScriptedRelay() as relay:
        relay.script = script
        receipts = deliver(make_smtp(relay, connections=3), make_parcels(150))
    assert set(outcomes(receipts).values()) == {A}
    assert len({mail.connection for mail in relay.accepted}) >= 3


def test_idle_connections_are_closed_politely_and_opened_again(make_smtp, make_parcels, monkeypatch) -> None:
    from newsletter.delivery.transports import smtp_pool

    monkeypatch.setattr(smtp_pool, "IDLE", 0.1)
    monkeypatch.setattr(smtp_pool, "LONGEST_TICK", 0.02)
    one, two = make_parcels(2)

    def pulled() -> Iterator[Parcel | Pause]:
        yield one
        deadline = time.monotonic() + BOUND
        while not any(line == "QUIT" for _connection, line in relay.commands) and time.monotonic() < deadline:
            yield Pause(seconds=0.3)
        yield two

    with ScriptedRelay() as relay:
        assert outcomes(deliver(make_smtp(relay), pulled())) == {1: A, 2: A}
    assert relay.connections == 2
    assert [line for _, line in relay.commands].count("QUIT") >= 1


def test_old_connections_are_replaced(make_smtp, make_parcels, monkeypatch) -> None:
    from newsletter.delivery.transports import smtp_pool

    monkeypatch.setattr(smtp_pool, "OLD", 0.1)
    monkeypatch.setattr(smtp_pool, "LONGEST_TICK", 0.02)
    slowly = lambda step, _count, _argument: "<after 0.01> 250 2.0.0 Ok" if step == "dot" else None  # noqa: E731
    with ScriptedRelay(script=slowly) as relay:
        assert set(outcomes(deliver(make_smtp(relay), make_parcels(50))).values()) == {A}
    assert relay.connections >= 3


def test_a_server_that_closes_idle_connections_is_not_given_up(make_smtp, make_parcels) -> None:
    with ScriptedRelay() as relay:
        receipts: dict[int, Receipt] = {}

        def pulled() -> Iterator[Parcel | Pause]:
            for number, parcel in enumerate(make_parcels(4), 1):
                yield parcel
                deadline = time.monotonic() + BOUND
                while len(receipts) < number and time.monotonic() < deadline:
                    yield Pause(seconds=0.01)
                for one in list(relay._open):
                    socket_ends(one)
                yield Pause(seconds=0.05)

        make_smtp(relay).deliver(pulled(), lambda receipt: receipts.setdefault(receipt.key, receipt))
    assert set(outcomes(receipts).values()) <= {A, U}
    assert outcomes(receipts)[1] is A
    assert relay.connections >= 4
