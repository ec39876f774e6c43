"""Mail servers as they are out there: old, slow, talkative, confused, hostile; none is believed too soon."""

from __future__ import annotations

import pytest
from scripted_relay import DROP, RESET, ScriptedRelay, socket_ends
from smtp_driver import once
from transport_driver import A, D, R, U, deliver, outcomes

from newsletter.delivery.transports.base import Blame
from newsletter.delivery.transports.smtp_opening import capabilities
from newsletter.delivery.transports.smtp_reply import Reply
from newsletter.errors import CredentialsError, TransientError

OLD = ("SIZE 10485760",)
PIPELINED = ("PIPELINING", "SIZE 10485760")


def always(step: str, answer: str):
    return lambda said, _count, _argument: answer if said == step else None


def dressed(dress: str):
    """Dress each usual answer differently; `%d` is its code."""
    codes = {"greeting": 220, "mail": 250, "rcpt": 250, "data": 354, "dot": 250, "rset": 250, "quit": 221}
    return lambda step, _count, _argument: dress.replace("%d", str(codes[step])) if step in codes else None


@pytest.mark.parametrize("offers", [OLD, PIPELINED], ids=["plain", "pipelined"])
@pytest.mark.parametrize(
    "dress",
    [
        "%d",
        "%d ",
        "%d   Ok  ",
        "%d\tOk",
        "%d-one\r\n%d-\r\n%d three",
        "%d-one\n%d two",
        "%d bient\xf4t \xff\xfe \x01",
        "%d " + "x" * 2000,
        "".join(f"%d-line {n}\r\n" for n in range(99)) + "%d last",
        "<in bits> %d-one by one\r\n%d Ok",
        "<after 0.02> %d Ok",
        "%d 2.0.0 (not an enhanced code) 4.2.2",
    ],
)
def test_an_answer_counts_by_its_code_however_it_is_dressed(make_smtp, make_parcels, dress, offers) -> None:
    with ScriptedRelay(script=dressed(dress), offers=offers) as relay:
        assert outcomes(deliver(make_smtp(relay), make_parcels(3))) == {1: A, 2: A, 3: A}
    assert relay.violations == []
    assert relay.recipients() == [f"lecteur{key}@exemple.org" for key in (1, 2, 3)]


@pytest.mark.parametrize(("step", "answer"), [("rcpt", "251 2.1.5 Forwarded"), ("rcpt", "252 2.1.5 Cannot say")])
def test_a_recipient_that_is_forwarded_or_not_looked_at_is_taken(make_smtp, make_parcels, step, answer) -> None:
    with ScriptedRelay(script=always(step, answer)) as relay:
        assert outcomes(deliver(make_smtp(relay), make_parcels(2))) == {1: A, 2: A}


@pytest.mark.parametrize("answer", ["500 What?", "502 5.5.1 Not here", "504 no"])
def test_old_servers_know_helo_only(make_smtp, make_parcels, answer) -> None:
    with ScriptedRelay(script=lambda step, _c, _a: answer if step in ("ehlo", "ehlo?") else None, offers=()) as relay:
        assert outcomes(deliver(make_smtp(relay), make_parcels(3))) == {1: A, 2: A, 3: A}
    assert relay.commands[1][1].startswith("HELO ")
    assert relay.violations == []


# Answers in advance: none may be taken for the answer to what was not yet said


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("greeting", "220 relay\r\n250 relay"),
        ("greeting", "220 relay\r\n250-relay\r\n250 PIPELINING\r\n250 Ok\r\n250 Ok\r\n354 Go\r\n250 Ok: queued"),
        ("ehlo", "250 relay\r\n250 Ok\r\n250 Ok\r\n354 Go\r\n250 Ok: queued"),
    ],
)
def test_a_server_that_answers_before_it_was_asked_gets_nothing(make_smtp, make_parcels, step, answer) -> None:
    pulled = iter(make_parcels(2))

    def script(said: str, _count: int, _argument: str) -> str | None:
        return answer if said == step or (said == "ehlo?" and step == "ehlo") else None

    with ScriptedRelay(script=script) as relay:
        try:
            receipts = deliver(make_smtp(relay), pulled)
        except TransientError:
            receipts = deliver.last
    assert A not in outcomes(receipts).values()
    assert relay.accepted == []


@pytest.mark.parametrize("offers", [OLD, PIPELINED], ids=["plain", "pipelined"])
@pytest.mark.parametrize(("step", "answer"), [("data", "354 Go on\r\n250 2.0.0 Ok: queued"), ("data", "354 Go\r\n2")])
def test_an_acceptance_before_the_body_is_none(make_smtp, make_parcels, step, answer, offers) -> None:
    with ScriptedRelay(script=once(step, 1, answer), offers=offers) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(3))
    assert outcomes(receipts) == {1: D, 2: A, 3: A}
    assert relay.recipients() == ["lecteur2@exemple.org", "lecteur3@exemple.org"]


def test_more_answers_than_commands_end_a_plain_conversation(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("mail", 1, "250 Ok\r\n250 Ok\r\n354 Go"), offers=OLD) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(3))
    assert outcomes(receipts) == {1: D, 2: A, 3: A}
    assert relay.violations == []


# Endings


@pytest.mark.parametrize("end", [DROP, RESET])
def test_an_end_after_goodbye_is_no_fault(make_smtp, make_parcels, end) -> None:
    with ScriptedRelay(script=always("quit", end)) as relay:
        smtp = make_smtp(relay, messages_per_connection=2)
        assert set(outcomes(deliver(smtp, make_parcels(6))).values()) == {A}
        smtp.close()
    assert len(relay.accepted) == 6


def test_a_body_that_is_refused_while_it_leaves_is_refused(make_smtp, make_edition, make_letter, make_parcels) -> None:
    from newsletter.edition.edition import Attachment

    file = Attachment(filename="a.bin", media_type="application/octet-stream", content=bytes(8_000_000))
    big = make_letter(edition=make_edition(attachments=(file,)))
    with ScriptedRelay(script=once("dot", 1, "552 5.3.4 Too big after all"), offers=("PIPELINING",)) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(2, letter=big))
    assert outcomes(receipts) == {1: R, 2: A}
    assert receipts[1].blame is Blame.SENDER


def test_a_server_that_says_421_and_goes_in_the_middle_of_an_envelope(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("rcpt", 3, "421 4.3.2 Shutting down")) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(6))
    assert outcomes(receipts) == {1: A, 2: A, 3: D, 4: A, 5: A, 6: A}
    assert receipts[3].blame is Blame.RELAY
    assert len(relay.accepted) == len(set(relay.recipients())) == 5


def test_a_server_that_says_421_in_a_pause_is_asked_again(make_smtp, make_parcels) -> None:
    from newsletter.delivery.transports.base import Pause

    with ScriptedRelay() as relay:

        def pulled():
            for number, parcel in enumerate(make_parcels(3), 1):
                yield parcel
                while len(relay.accepted) < number:
                    yield Pause(seconds=0.01)
                yield Pause(seconds=0.05)
                for one in list(relay._open):
                    one.sendall(b"421 4.4.2 Idle for too long\r\n")
                    socket_ends(one)
                yield Pause(seconds=0.05)

        assert set(outcomes(deliver(make_smtp(relay), pulled())).values()) <= {A, U}
    assert len(relay.accepted) == 3


def test_nonsense_after_an_acceptance_does_not_take_it_back(make_smtp, make_parcels) -> None:
    with ScriptedRelay(script=once("dot", 1, "250 2.0.0 Ok\r\nwhat?"), offers=OLD) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(2))
    assert outcomes(receipts) == {1: A, 2: A}
    assert len(relay.accepted) == 2


@pytest.mark.parametrize("code", ["150", "251 Ok", "334 Go", "600 Ok", "354 Go"])
def test_an_end_of_data_is_accepted_by_a_yes_and_nothing_else(make_smtp, make_parcels, code) -> None:
    with ScriptedRelay(script=once("dot", 1, code)) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(1))
    assert receipts[1].outcome is (A if code.startswith("2") else U)


# What is offered


@pytest.mark.parametrize(
    ("line", "size"),
    [(b"SIZE", 0), (b"SIZE 0", 0), (b"size=35882577", 35882577), (b"SIZE 1O", None), (b"SIZE -1", None)],
)
def test_sizes_are_read_as_they_are_written(line, size) -> None:
    assert capabilities(Reply(250, (b"relay", line))).size == size


@pytest.mark.parametrize(
    ("lines", "ways"),
    [
        ((b"AUTH=LOGIN PLAIN",), ("login", "plain")),
        ((b"AUTH PLAIN", b"AUTH=LOGIN"), ("plain", "login")),
        ((b"auth  plain   LOGIN ",), ("plain", "login")),
        ((b"AUTH",), ()),
    ],
)
def test_ways_to_log_in_are_read_as_they_are_written(lines, ways) -> None:
    assert capabilities(Reply(250, (b"relay", *lines))).auth == ways


def test_a_size_that_is_too_small_for_one_mail_refuses_that_one_only(
    make_smtp, make_edition, make_letter, make_parcels
) -> None:
    from newsletter.edition.segments import Literal

    big = make_letter(edition=make_edition(text_segments=(Literal(text="x" * 70 + "\n"),) * 300))
    parcels = [*make_parcels(1), *make_parcels(2, letter=big)[1:]]
    with ScriptedRelay(offers=("PIPELINING", "SIZE 10000")) as relay:
        assert outcomes(deliver(make_smtp(relay), parcels)) == {1: A, 2: R}
    assert relay.recipients() == ["lecteur1@exemple.org"]


@pytest.mark.parametrize("greeting", ["554 5.7.1 You are listed", "521 No mail here", "550-Go\r\n550 away"])
def test_a_greeting_that_refuses_us_stops_the_send(make_smtp, make_parcels, greeting) -> None:
    pulled = iter(make_parcels(3))
    with ScriptedRelay(script=always("greeting", greeting)) as relay, pytest.raises(CredentialsError):
        deliver(make_smtp(relay), pulled)
    assert len(list(pulled)) == 3


@pytest.mark.parametrize(
    "greeting", ["250 relay", "220", "HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.2", "* OK IMAP4rev1"]
)
def test_what_is_no_mail_server_is_found_out(make_smtp, make_parcels, greeting) -> None:
    with ScriptedRelay(script=always("greeting", greeting)) as relay:
        smtp = make_smtp(relay)
        if greeting == "220":
            assert outcomes(deliver(smtp, make_parcels(1))) == {1: A}
            return
        with pytest.raises((TransientError, CredentialsError)):
            deliver(smtp, make_parcels(1))
    assert relay.accepted == []
