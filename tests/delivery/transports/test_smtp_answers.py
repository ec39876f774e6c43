"""Every answer of a mail server: what becomes of the recipient, and that the others get theirs."""

from __future__ import annotations

import pytest
from scripted_relay import ScriptedRelay
from smtp_driver import once
from transport_driver import A, D, R, deliver, outcomes

from newsletter.delivery.transports.base import Blame


@pytest.mark.parametrize(
    ("step", "answer", "outcome", "blame", "status"),
    [
        ("mail", "451 4.3.0 Later", D, Blame.RELAY, "4.3.0"),
        ("mail", "450 4.1.8 Your domain", D, Blame.SENDER, "4.1.8"),
        ("mail", "550 5.1.8 Your address", D, Blame.SENDER, "5.1.8"),
        ("mail", "552 5.3.4 Too big", R, Blame.SENDER, "5.3.4"),
        ("rcpt", "450 4.2.0 Greylisted", D, Blame.RECIPIENT, "4.2.0"),
        ("rcpt", "451 4.7.1 Greylisted", D, Blame.NOBODY, "4.7.1"),
        ("rcpt", "450 Greylisted", D, Blame.NOBODY, ""),
        ("rcpt", "452 4.3.1 No room", D, Blame.RELAY, "4.3.1"),
        ("rcpt", "550 5.1.1 Unknown", R, Blame.RECIPIENT, "5.1.1"),
        ("rcpt", "550 Unknown", R, Blame.RECIPIENT, ""),
        ("rcpt", "552 5.2.2 Full", R, Blame.RECIPIENT, "5.2.2"),
        ("rcpt", "554 5.7.1 Relay access denied", R, Blame.SENDER, "5.7.1"),
        ("rcpt", "550 5.7.515 Authenticate", R, Blame.DOMAIN, "5.7.515"),
        ("data", "451 4.3.0 Later", D, Blame.RELAY, "4.3.0"),
        ("data", "554 5.5.1 No", R, Blame.SENDER, "5.5.1"),
        ("dot", "450 4.2.1 Later", D, Blame.RECIPIENT, "4.2.1"),
        ("dot", "451 Later", D, Blame.NOBODY, ""),
        ("dot", "550 5.7.1 Spam", R, Blame.SENDER, "5.7.1"),
        ("dot", "554 Spam", R, Blame.SENDER, ""),
        ("dot", "550 5.7.26 Unauthenticated", R, Blame.DOMAIN, "5.7.26"),
        ("dot", "421-4.7.26 Unauthenticated\r\n421 4.7.26 twice", D, Blame.DOMAIN, "4.7.26"),
        ("dot", "421 4.3.2 Closing", D, Blame.RELAY, "4.3.2"),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "plain"])
def test_an_answer_says_what_becomes_of_the_recipient_and_the_others_get_theirs(
    make_smtp, make_parcels, step, answer, outcome, blame, status, pipelining
) -> None:
    offers = ("PIPELINING", "ENHANCEDSTATUSCODES") if pipelining else ()
    with ScriptedRelay(script=once(step, 2, answer), offers=offers) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(5))
    assert receipts[2].outcome is outcome
    assert receipts[2].blame is blame
    assert receipts[2].status == status
    assert receipts[2].code == int(answer[:3])
    others = {key: receipt.outcome for key, receipt in receipts.items() if key != 2}
    closing = answer.startswith("421") and pipelining  # the next envelope had left: that row is deferred, too
    assert others == {1: A, 3: D if closing else A, 4: A, 5: A}
    assert relay.violations == []
    assert len(relay.accepted) == len(set(relay.recipients())) == (3 if closing else 4)


def test_a_refused_recipient_with_data_taken_gets_a_lone_dot(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("rcpt", 2, "550 5.1.1 Unknown")) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(4))
    assert outcomes(receipts) == {1: A, 2: R, 3: A, 4: A}
    assert any(octets.startswith(b".\r\nMAIL FROM") for _, octets in relay.arrivals)
    assert not any(line == "RSET" for _, line in relay.commands)
    assert relay.violations == []


def test_a_refused_recipient_with_data_refused_gets_rset(make_smtp, make_parcels) -> None:
    def script(step: str, count: int, _argument: str) -> str | None:
        return {("rcpt", 1): "550 5.1.1 Unknown", ("data", 1): "554 5.5.1 No recipients"}.get((step, count))

    with ScriptedRelay(script=script) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(4))
    assert outcomes(receipts) == {1: A, 2: R, 3: A, 4: A}
    assert receipts[2].status == "5.1.1"
    assert any(octets.startswith(b"RSET\r\nMAIL FROM") for _, octets in relay.arrivals)


def test_every_third_refused_leaves_the_others_with_exactly_one(make_smtp, make_parcels) -> None:
    script = lambda step, count, _: "550 5.1.1 Unknown" if step == "rcpt" and count % 3 == 2 else None  # noqa: E731
    with ScriptedRelay(script=script) as relay:
        receipts = deliver(make_smtp(relay, connections=3), make_parcels(60))
    taken = [key for key, receipt in receipts.items() if receipt.outcome is A]
    assert len(taken) == 40
    assert relay.recipients() == sorted(f"lecteur{key}@exemple.org" for key in taken)


def test_a_sender_refused_with_a_body_wanted_ends_the_connection_without_a_dot(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("mail", 1, "550 5.1.8 Your address")) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(2))
    assert outcomes(receipts) == {1: D, 2: A}
    assert relay.connections == 2
    assert relay.violations == []
