"""More servers that are not as the standards want them: each still gets its mails, or a clear word of why not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from calm import in_time
from scripted_relay import DROP, ScriptedRelay
from smtp_driver import once
from transport_driver import A, D, R, deliver, outcomes

from newsletter.delivery.transports import smtp_opening
from newsletter.delivery.transports.base import Blame
from newsletter.errors import CredentialsError, TransientError

PLAIN, PIPELINED = ("SIZE 10485760",), ("PIPELINING", "SIZE 10485760")


def to_ehlo(answer: str):
    return lambda step, _count, _argument: answer if step in ("ehlo", "ehlo?") else None


# Greetings


@pytest.mark.parametrize("answer", ["501 Bad hello", "550 5.5.1 Unknown command", "554 no", "503 5.5.1 out of place"])
def test_any_refusal_of_ehlo_is_followed_by_helo(make_smtp, make_parcels, answer) -> None:
    with ScriptedRelay(script=to_ehlo(answer), offers=()) as relay:
        assert outcomes(deliver(make_smtp(relay), make_parcels(2))) == {1: A, 2: A}
    assert [line.split()[0] for _, line in relay.commands[:3]] == ["EHLO", "HELO", "MAIL"]


def test_a_server_that_knows_neither_is_quoted(make_smtp, make_parcels) -> None:
    pulled = iter(make_parcels(2))
    script = lambda step, _c, _a: "500 5.5.1 LHLO only" if step in ("ehlo", "ehlo?", "helo") else None  # noqa: E731
    with ScriptedRelay(script=script) as relay, pytest.raises(CredentialsError, match="LHLO only"):
        deliver(make_smtp(relay), pulled)
    assert len(list(pulled)) == 2


def test_a_greeting_that_comes_late_is_waited_for(make_smtp, make_parcels) -> None:
    script = lambda step, _c, _a: "<after 0.5> 220 relay" if step == "greeting" else None  # noqa: E731
    with ScriptedRelay(script=script) as relay:
        assert outcomes(deliver(make_smtp(relay), make_parcels(1))) == {1: A}


@pytest.mark.parametrize("host", ["laptop", "my_pc.local", "caf\xe9.local", "-x.example", "a b.example"])
def test_a_host_without_a_whole_name_is_greeted_by_its_address(make_smtp, make_parcels, monkeypatch, host) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    with ScriptedRelay() as relay:
        assert outcomes(deliver(make_smtp(relay, helo=""), make_parcels(1))) == {1: A}
    assert relay.commands[0][1] == "EHLO [127.0.0.1]"


@pytest.mark.parametrize("written", ["::1", "[::1]"])
def test_ipv6_is_spoken(make_smtp, make_parcels, monkeypatch, written) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 on loopback")
    with ScriptedRelay(host="::1") as relay:
        assert outcomes(deliver(make_smtp(relay, host=written, helo=""), make_parcels(2))) == {1: A, 2: A}
        port = relay.port
    assert relay.commands[0][1] == "EHLO [IPv6:::1]"
    with pytest.raises(TransientError, match=rf"\[::1\]:{port}"):
        deliver(make_smtp(relay, host=written), make_parcels(1))


def test_a_name_with_an_address_where_nobody_listens_is_reached_at_the_other(make_smtp, make_parcels) -> None:
    with ScriptedRelay() as relay:
        assert outcomes(deliver(make_smtp(relay, host="localhost"), make_parcels(1))) == {1: A}


def test_an_address_that_does_not_answer_leaves_time_for_the_next(make_smtp, make_parcels, monkeypatch) -> None:
    async def two(_relay: object) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(smtp_opening, "_addresses", two)

    def attempt(patience: float) -> None:
        with ScriptedRelay() as relay, full("127.0.0.2", relay.port):
            smtp = make_smtp(relay, host="mail.example", connect_timeout=patience)
            assert outcomes(deliver(smtp, make_parcels(1))) == {1: A}

    in_time(attempt, 0.5)


@contextmanager
def full(host: str, port: int) -> Iterator[None]:
    """A port at which no further connection is taken, nor refused."""
    with ExitStack() as stack:
        stack.enter_context(socket.create_server((host, port), backlog=0))
        for _caller in range(3):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex((host, port))
        yield


# Logging in


def test_a_login_in_two_steps_is_made_in_two_steps(make_smtp, make_parcels) -> None:
    said: list[str] = []

    def script(step: str, count: int, argument: str) -> str | None:
        if step == "auth":
            said.append(argument)
            return "334 " if not count else "235 2.7.0 Ok"
        return None

    with ScriptedRelay(offers=("AUTH PLAIN",), script=script) as relay:
        smtp = make_smtp(relay, username="us", password="secret")
        assert outcomes(deliver(smtp, make_parcels(1))) == {1: A}
    assert relay.challenged == [said[0].partition(" ")[2]]


def test_a_login_that_is_taken_with_another_yes_is_taken(make_smtp, make_parcels) -> None:
    script = lambda step, _c, _a: "250 2.0.0 Welcome" if step == "auth" else None  # noqa: E731
    with ScriptedRelay(offers=("AUTH LOGIN",), script=script) as relay:
        smtp = make_smtp(relay, username="us", password="secret")
        assert outcomes(deliver(smtp, make_parcels(1))) == {1: A}


def test_a_server_that_wants_encryption_first_is_told_apart_from_a_wrong_login(make_smtp, make_parcels) -> None:
    answer = "530 5.7.0 Must issue a STARTTLS command first"
    script = lambda step, _c, _a: answer if step == "mail" else None  # noqa: E731
    with ScriptedRelay(script=script) as relay, pytest.raises(CredentialsError, match="STARTTLS") as caught:
        deliver(make_smtp(relay), make_parcels(1))
    assert "starttls" in caught.value.hint


# Encryption where there is none


def test_a_port_that_speaks_no_tls_is_said_to_be_one(make_smtp, make_parcels) -> None:
    pulled = iter(make_parcels(1))
    with ScriptedRelay() as relay, pytest.raises(CredentialsError) as caught:
        deliver(make_smtp(relay, security="tls"), pulled)
    assert "certificate" not in caught.value.message
    assert "465" in caught.value.hint
    assert len(list(pulled)) == 1


def test_a_handshake_of_nonsense_ends_in_words(make_smtp, make_parcels) -> None:
    script = lambda step, _c, _a: "220 Go on" if step == "starttls" else None  # noqa: E731
    with ScriptedRelay(offers=("STARTTLS",), script=script, nonsense_for_tls=True) as relay:
        smtp = make_smtp(relay, security="starttls", command_timeout=60)
        with pytest.raises(CredentialsError) as caught:
            deliver(smtp, make_parcels(1))
    assert str(relay.port) in caught.value.message


def test_encryption_that_can_not_be_had_for_now_is_tried_again_later(make_smtp, make_parcels) -> None:
    script = lambda step, _c, _a: "454 4.7.0 TLS not available" if step == "starttls" else None  # noqa: E731
    pulled = iter(make_parcels(1))
    with ScriptedRelay(offers=("STARTTLS",), script=script) as relay, pytest.raises(TransientError, match="454"):
        deliver(make_smtp(relay, security="starttls"), pulled)
    assert len(list(pulled)) == 1


# Endings


@pytest.mark.parametrize("offers", [PLAIN, PIPELINED], ids=["plain", "pipelined"])
def test_a_server_that_goes_without_a_word_after_each_mail_is_learnt(make_smtp, make_parcels, offers) -> None:
    with ScriptedRelay(offers=offers, mails_per_connection=3) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(30))
    late = [key for key, receipt in receipts.items() if receipt.outcome is D]
    assert len(late) <= 2  # whose envelopes were on the way, before it was learnt
    assert set(outcomes(receipts).values()) <= {A, D}
    assert len(relay.accepted) == len(set(relay.recipients())) == 30 - len(late)


def test_a_refusal_counts_though_the_server_goes_before_it_has_answered_the_rest(make_smtp, make_parcels) -> None:
    with ScriptedRelay(offers=PIPELINED, script=once("rcpt", 2, "<and go> 550 5.1.1 No such user")) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(4))
    assert outcomes(receipts) == {1: A, 2: R, 3: A, 4: A}
    assert (receipts[2].blame, receipts[2].status) == (Blame.RECIPIENT, "5.1.1")
    assert relay.recipients() == [f"lecteur{key}@exemple.org" for key in (1, 3, 4)]


def test_a_refusal_for_now_counts_too(make_smtp, make_parcels) -> None:
    with ScriptedRelay(offers=PIPELINED, script=once("rcpt", 1, "<and go> 450 4.2.1 Over quota")) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(2))
    assert outcomes(receipts) == {1: D, 2: A}
    assert (receipts[1].code, receipts[1].status) == (450, "4.2.1")


@pytest.mark.parametrize("offers", [PLAIN, PIPELINED], ids=["plain", "pipelined"])
def test_a_server_that_goes_at_rset_costs_only_who_it_refused(make_smtp, make_parcels, offers) -> None:
    def script(step: str, _count: int, argument: str) -> str | None:
        if step == "rcpt" and "lecteur2@" in argument:
            return "550 5.1.1 No such user"
        if step == "data" and offers is PIPELINED and relay.commands[-2][1].startswith("RCPT TO:<lecteur2@"):
            return "503 5.5.1 No valid recipients"
        return DROP if step == "rset" else None

    with ScriptedRelay(offers=offers, script=script) as relay:
        receipts = deliver(make_smtp(relay), make_parcels(4))
    found = outcomes(receipts)
    assert (found[1], found[2], found[4]) == (A, R, A)
    assert found[3] in (A, D)
    assert len(relay.accepted) == list(found.values()).count(A)


def test_words_of_parting_after_an_acceptance_do_not_take_it_back(make_smtp, make_parcels) -> None:
    with ScriptedRelay(offers=PLAIN, script=once("dot", 1, "250 2.0.0 Ok\r\n421 4.3.2 Enough")) as relay:
        assert outcomes(deliver(make_smtp(relay), make_parcels(3))) == {1: A, 2: A, 3: A}
    assert len(relay.accepted) == 3
