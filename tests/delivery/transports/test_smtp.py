"""The SMTP transport against a server that does as it is told: every answer, silence and end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import mail_reader
import pytest
from scripted_relay import DROP, RESET, SILENT, ScriptedRelay

from newsletter.config.model import Smtp as Settings
from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Pause, Receipt
from newsletter.delivery.transports.smtp import Smtp, fast_loop
from newsletter.delivery.transports.smtp_opening import Relay
from newsletter.errors import CredentialsError, TransientError

A, D, R, U = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.REFUSED, Outcome.UNKNOWN


@pytest.fixture(params=[asyncio.new_event_loop, fast_loop], ids=["asyncio", "uvloop"])
def make_smtp(request) -> Iterator[Callable[..., Smtp]]:
    """Make transports to a scripted relay; each is closed at the end."""
    made: list[Smtp] = []

    def make(relay: ScriptedRelay, *, password: str = "", **settings: object) -> Smtp:
        plain = {"host": "127.0.0.1", "port": relay.port, "security": "none", "connections": 1, "helo": "us.example"}
        smtp = Smtp(Relay(settings=Settings(**{**plain, **settings}), password=password), new_loop=request.param)
        made.append(smtp)
        return smtp

    yield make
    for smtp in made:
        smtp.close()


def deliver(smtp: Smtp, parcels: list[Parcel] | Iterator[Parcel | Pause]) -> dict[int, Receipt]:
    """Deliver and return the receipts by key; asserts that none came twice."""
    receipts: list[Receipt] = []
    try:
        smtp.deliver(iter(parcels), receipts.append)
    finally:
        assert len({receipt.key for receipt in receipts}) == len(receipts)
        deliver.last = {receipt.key: receipt for receipt in receipts}
    return deliver.last


def outcomes(receipts: dict[int, Receipt]) -> dict[int, Outcome]:
    return {key: receipt.outcome for key, receipt in sorted(receipts.items())}


def once(step: str, number: int, answer: str) -> Callable[[str, int, str], str | None]:
    """Answer so to the `number`th occurrence (from 1) of a step."""
    return lambda said, count, _argument: answer if (said, count) == (step, number - 1) else None


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
    slowly = lambda step, _count, _argument: "<after 0.01> 250 2.0.0 Ok" if step == "dot" else None  # noqa: E731
    with ScriptedRelay(script=slowly) as relay:
        receipts = deliver(make_smtp(relay, connections=4), make_parcels(60))
    assert set(outcomes(receipts).values()) == {A}
    assert relay.recipients() == sorted({f"lecteur{key}@exemple.org" for key in range(1, 61)})
    assert {mail.connection for mail in relay.accepted} == {1, 2, 3, 4}


# Table of answers


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


# Ends and silences


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
        ("mail", D, A, {"command_timeout": 0.2}),
        ("rcpt", D, A, {"command_timeout": 0.2}),
        ("data", D, A, {"command_timeout": 0.2}),
        ("dot", U, D, {"dot_timeout": 0.2}),
    ],
)
def test_silence_ends_in_time_and_says_what_is_known(make_smtp, make_parcels, step, second, third, setting) -> None:
    with ScriptedRelay(script=once(step, 2, SILENT)) as relay:
        began = time.monotonic()
        receipts = deliver(make_smtp(relay, **setting), make_parcels(4))
    assert outcomes(receipts) == {1: A, 2: second, 3: third, 4: A}
    assert time.monotonic() - began < 3


def test_a_slow_answer_to_the_dot_is_waited_for(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("dot", 1, "<after 0.6> 250 2.0.0 Ok")) as relay:
        receipts = deliver(make_smtp(relay, command_timeout=0.2, dot_timeout=5), make_parcels(2))
    assert outcomes(receipts) == {1: A, 2: A}
    assert receipts[1].seconds > 0.5


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
    from newsletter.edition.segments import Literal

    big = make_letter(edition=make_edition(text_segments=(Literal(text="x" * 70 + "\n"),) * 150_000))
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


# Opening


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


def test_a_server_that_disappears_for_a_while_is_found_again(make_smtp, make_parcels) -> None:
    parcels = make_parcels(10)
    with ScriptedRelay() as relay:
        smtp = make_smtp(relay)
        deliver(smtp, parcels[:5])
        port = relay.port
    with pytest.raises(TransientError):
        deliver(smtp, parcels[5:])
    assert deliver.last == {} or set(outcomes(deliver.last).values()) == {D}
    with ScriptedRelay(port=port):
        assert set(outcomes(deliver(smtp, parcels[5:])).values()) == {A}


def test_idle_connections_are_used_again(make_smtp, make_parcels) -> None:
    parcels = make_parcels(4)
    with ScriptedRelay() as relay:
        smtp = make_smtp(relay)
        deliver(smtp, parcels[:2])
        deliver(smtp, parcels[2:])
        assert relay.connections == 1
        smtp.close()
        time.sleep(0.05)
        assert [line for _, line in relay.commands][-1] == "QUIT"


def test_connections_come_back_when_the_server_is_less_busy(make_smtp, make_parcels, monkeypatch) -> None:
    from newsletter.delivery.transports import smtp_pool

    monkeypatch.setattr(smtp_pool, "FIRST_GROWTH", 0.05)
    monkeypatch.setattr(smtp_pool, "LONGEST_TICK", 0.02)
    began = time.monotonic()

    def script(step: str, _count: int, argument: str) -> str | None:
        if step == "greeting" and int(argument) > 1 and time.monotonic() - began < 0.3:
            return "421 4.7.0 Too many connections"
        return "<after 0.01> 250 2.0.0 Ok" if step == "dot" else None

    with ScriptedRelay(script=script) as relay:
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
        yield Pause(seconds=0.5)
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

        def pulled() -> Iterator[Parcel | Pause]:
            for number, parcel in enumerate(make_parcels(4), 1):
                yield parcel
                while len(relay.accepted) < number:
                    yield Pause(seconds=0.01)
                yield Pause(seconds=0.05)  # its answer is read by then
                for one in list(relay._open):
                    one.shutdown(2)
                yield Pause(seconds=0.05)

        receipts = deliver(make_smtp(relay), pulled())
    assert set(outcomes(receipts).values()) <= {A, U}
    assert outcomes(receipts)[1] is A
    assert relay.connections >= 4


# Sizes and letters


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


# Pauses, ends, faults of ours


def test_an_interruption_reports_what_is_known_of_each(make_smtp, make_parcels) -> None:
    def pulled() -> Iterator[Parcel]:
        yield from make_parcels(3)
        raise KeyboardInterrupt

    with ScriptedRelay(script=once("dot", 3, SILENT)) as relay:
        smtp = make_smtp(relay, dot_timeout=0.5)
        with pytest.raises(KeyboardInterrupt):
            deliver(smtp, pulled())
    assert outcomes(deliver.last) == {1: A, 2: A, 3: U}


def test_answers_are_read_during_a_pause(make_smtp, make_parcels) -> None:
    one, two = make_parcels(2)
    seen: list[float] = []
    began = time.monotonic()

    def pulled() -> Iterator[Parcel | Pause]:
        yield one
        yield Pause(seconds=0.4)
        yield two

    with ScriptedRelay() as relay:
        make_smtp(relay).deliver(pulled(), lambda _receipt: seen.append(time.monotonic() - began))
    assert seen[0] < 0.3 < seen[1]


def test_closing_from_another_thread_says_what_is_known_and_returns(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("dot", 3, SILENT)) as relay:
        smtp = make_smtp(relay)
        threading.Timer(0.4, smtp.close).start()
        began = time.monotonic()
        receipts = deliver(smtp, make_parcels(6))
    assert outcomes(receipts) == {1: A, 2: A, 3: U, 4: D}
    assert time.monotonic() - began < 2


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
