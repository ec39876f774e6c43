"""The SMTP transport against a server that does as it is told: what it says, and to whom."""

from __future__ import annotations

import threading

import mail_reader
from calm import BOUND
from scripted_relay import ScriptedRelay
from transport_driver import A, R, deliver, outcomes

from newsletter.delivery.transports.base import Blame


def test_each_gets_their_mail_once_and_as_it_was_made(make_smtp, make_parcels) -> None:
    parcels = make_parcels(20)
    with ScriptedRelay() as relay:
        receipts = deliver(make_smtp(relay), parcels)
    assert set(outcomes(receipts).values()) == {A}
    assert {mail.recipient: mail.content for mail in relay.accepted} == {
        parcel.subscriber.address: parcel.message().content for parcel in parcels
    }
    assert len(relay.accepted) == 20
    assert relay.violations == []
    assert receipts[7].text == "2.0.0 Ok: queued as 4F3"
    mail_reader.read(relay.accepted[0].content)


def test_the_envelope_names_the_delivery_and_the_recipient(make_smtp, make_parcels) -> None:
    (parcel,) = make_parcels(1)
    with ScriptedRelay() as relay:
        deliver(make_smtp(relay), [parcel])
    message = parcel.message()
    size = len(message.content)
    assert relay.commands[1] == (1, f"MAIL FROM:<{message.return_path}> SIZE={size}")
    assert relay.commands[2] == (1, "RCPT TO:<lecteur1@exemple.org>")


def test_the_body_its_dot_and_the_next_envelope_leave_in_one_write(make_smtp, make_parcels) -> None:
    with ScriptedRelay() as relay:
        deliver(make_smtp(relay), make_parcels(3))
    writes = [octets for _, octets in relay.arrivals if b"MAIL" in octets]
    assert writes[0].endswith(b"DATA\r\n")
    for octets in writes[1:]:
        assert b"\r\n.\r\nMAIL FROM:" in octets
        assert octets.endswith(b"DATA\r\n")
        assert octets.count(b"MIME-Version") == 1


def test_without_pipelining_each_command_waits_for_its_answer(make_smtp, make_parcels) -> None:
    with ScriptedRelay(offers=("8BITMIME",)) as relay:
        assert set(outcomes(deliver(make_smtp(relay), make_parcels(5))).values()) == {A}
    assert relay.violations == []
    assert len(relay.accepted) == 5


def test_a_server_that_knows_no_ehlo_is_greeted_with_helo(make_smtp, make_parcels) -> None:
    def script(step: str, _count: int, _argument: str) -> str | None:
        return "500 5.5.1 What?" if step == "ehlo?" else None

    with ScriptedRelay(script=script) as relay:
        assert set(outcomes(deliver(make_smtp(relay), make_parcels(3))).values()) == {A}
    assert [line for _, line in relay.commands[:2]] == ["EHLO us.example", "HELO us.example"]
    assert not any("SIZE=" in line for _, line in relay.commands)


def test_several_connections_share_the_work_and_everybody_gets_one(make_smtp, make_parcels) -> None:
    meeting = threading.Barrier(4)

    def together(step: str, count: int, _argument: str) -> None:
        if step == "dot" and count < 4:
            meeting.wait(BOUND)  # four mails are there at once: each by a connection of its own

    with ScriptedRelay(script=together) as relay:
        receipts = deliver(make_smtp(relay, connections=4), make_parcels(60))
    assert set(outcomes(receipts).values()) == {A}
    assert relay.recipients() == sorted({f"lecteur{key}@exemple.org" for key in range(1, 61)})
    assert {mail.connection for mail in relay.accepted} == {1, 2, 3, 4}


def test_too_big_is_refused_before_anybody_is_asked(make_smtp, make_parcels) -> None:
    with ScriptedRelay(offers=("PIPELINING", "SIZE 500")) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(2))
    assert {(receipt.outcome, receipt.code, receipt.blame) for receipt in receipts.values()} == {(R, 552, Blame.SENDER)}
    assert not any(line.startswith("MAIL") for _, line in relay.commands)


def test_international_local_parts_need_a_server_that_takes_them(make_smtp, make_parcels) -> None:
    parcels = make_parcels(1, address="zoé{}@exemple.org")
    with ScriptedRelay(offers=("PIPELINING", "8BITMIME")) as relay:
        receipts = deliver(make_smtp(relay), [*parcels, *make_parcels(2)[1:]])
    assert outcomes(receipts) == {1: R, 2: A}
    assert receipts[1].blame is Blame.NOBODY
    with ScriptedRelay() as relay:
        assert outcomes(deliver(make_smtp(relay), parcels)) == {1: A}
    assert any(line.endswith(" BODY=8BITMIME SMTPUTF8") for _, line in relay.commands)


def test_notifications_are_asked_for_only_where_they_are_known(make_smtp, make_parcels) -> None:
    with ScriptedRelay(offers=("PIPELINING", "DSN")) as relay:
        deliver(make_smtp(relay), make_parcels(1))
    assert "RET=HDRS ENVID=" in relay.commands[1][1]
    assert relay.commands[2][1].endswith("NOTIFY=FAILURE")
