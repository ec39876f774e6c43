"""What came back takes effect, whichever way it came; what is forged does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from newsletter.audience.subscriber import Subscriber
from newsletter.config.model import Mailbox
from newsletter.feedback.applying import Applied
from newsletter.feedback.collecting import Collector
from newsletter.feedback.event import Source
from newsletter.feedback.inbox import keep
from newsletter.feedback.score import Terms
from newsletter.message.headers import message_id
from newsletter.message.links import SignedLinks
from newsletter.store.tables import ledger

AT = 1_790_000_500.0
HARD = "Final-Recipient: rfc822; p1@example.com\nAction: failed\nStatus: 5.1.1\n"


@pytest.fixture
def make_collector(keys) -> Callable[..., Collector]:
    def make(store) -> Collector:
        return Collector(store=store, keys=keys, terms=Terms(), clock=lambda: AT)

    return make


@pytest.fixture
def make_bounce(make_report, keys) -> Callable[..., bytes]:
    """Make a bounce of delivery `n`, addressed to its return path."""

    def make(send: int, n: int) -> bytes:
        links = SignedLinks(base_url="", keys=keys, mailing_list="membres", send=send, bounces_to="rebonds@example.org")
        reader = Subscriber(id=n, key=f"{n:032x}", address=f"p{n}@example.com")
        raw = make_report(HARD.replace("p1@", f"p{n}@"))
        return raw.replace(b"rebonds+jeton@example.org", links.return_path(reader, n).encode())

    return make


def test_a_bounce_takes_effect_once(store, make_sent, make_collector, make_bounce) -> None:
    sent = make_sent(store, count=2)
    collector = make_collector(store)
    assert collector.take(make_bounce(sent.send, 2)) == Applied(new=1, suppressed=1)
    assert collector.take(make_bounce(sent.send, 2)) == Applied(known=1)
    assert [sent.subscription(n)[0] for n in (1, 2)] == ["active", "ended"]


def test_trust_74_a_forged_bounce_for_a_victim_suppresses_nobody(store, make_sent, make_collector, make_report) -> None:
    sent = make_sent(store, count=1)
    assert make_collector(store).take(make_report(HARD)) == Applied(unmatched=1)
    assert sent.suppressions() == {}


def test_trust_28_a_mail_to_the_unsubscribe_address_is_enough_to_leave_the_list(
    store, make_sent, make_collector, keys
) -> None:
    """An empty mail from any address, with no password and no page; a changed address does nothing."""
    sent = make_sent(store, count=2)
    reader = Subscriber(id=1, key=f"{1:032x}", address="p1@example.com")
    links = SignedLinks(base_url="", keys=keys, mailing_list="membres", send=sent.send, bounces_to="r@example.org")
    address = links.mailto(reader).removeprefix("mailto:")
    assert re.fullmatch(r"r\+[A-Za-z0-9_-]+@example\.org", address)
    changed = address.replace("@", "a@")

    def mail(to: str) -> bytes:
        return f"From: autre@example.net\nTo: <{to}>\n\n".encode()

    assert make_collector(store).take(mail(changed)) == Applied()
    assert [sent.subscription(n)[0] for n in (1, 2)] == ["active", "active"]
    make_collector(store).take(mail(address))
    assert sent.subscription(1) == ("ended", "unsubscribed")
    assert sent.subscription(2)[0] == "active"


def test_without_a_return_path_the_message_id_proves_whose_bounce_it_is(
    store, make_sent, make_collector, make_report, keys
) -> None:
    sent = make_sent(store, count=2)
    identity = message_id(keys.derive("message-id"), send=f"S{sent.send}", number=1, domain="infolettre.example.org")
    returned = f"From: infolettre@example.org\nTo: p1@example.com\nMessage-ID: {identity}\n\nBonjour\n"
    other = HARD.replace("p1@", "p2@")
    assert make_collector(store).take(make_report(other, original=returned)) == Applied(unmatched=1)
    assert make_collector(store).take(make_report(HARD, original=returned)) == Applied(new=1, suppressed=1)
    assert [sent.subscription(n)[0] for n in (1, 2)] == ["ended", "active"]


def test_a_maildir_is_visited_and_only_reports_of_ours_are_marked(
    make_store, make_sent, make_collector, make_bounce, tmp_path: Path
) -> None:
    store = make_store()
    sent = make_sent(store, count=2)
    for folder in ("new", "cur", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1.a").write_bytes(make_bounce(sent.send, 1))
    (tmp_path / "new" / "2.b").write_bytes(b"From: chat@example.com\n\nBonjour\n")
    visit = make_collector(store).visit(Mailbox(kind="maildir", path=str(tmp_path)), "")
    assert (visit.looked_at, visit.applied.suppressed) == (2, 1)
    assert sorted(path.name for path in tmp_path.glob("[cn]*/*")) == ["1.a:2,S", "2.b"]


def test_an_mbox_may_be_visited_again_and_again(make_store, make_sent, make_collector, make_bounce, tmp_path) -> None:
    store = make_store()
    sent = make_sent(store, count=1)
    line = b"From MAILER-DAEMON Thu Oct  1 09:00:00 2026\n"
    (tmp_path / "rebonds").write_bytes(line + make_bounce(sent.send, 1) + b"\n" + line + make_bounce(sent.send, 1))
    box = Mailbox(kind="mbox", path=str(tmp_path / "rebonds"))
    assert [make_collector(store).visit(box, "").applied.suppressed for _ in range(2)] == [1, 0]


@pytest.mark.parametrize(
    ("code", "status", "text", "suppressed", "kinds"),
    [
        (550, "5.1.1", "<>... User unknown", 1, [("bounced", "hard", 1)]),
        (552, "5.2.2", "mailbox full", 0, [("bounced", "soft", 1)]),
        (452, "4.2.2", "mailbox full", 0, [("bounced", "soft", 1)]),
        (554, "5.7.1", "rejected as spam", 0, [("blocked", "policy", 1)]),
        (451, "4.3.0", "try again later", 0, []),
        (0, "", "connection lost", 0, []),
    ],
)
def test_refusals_of_the_session_count_the_same(
    make_store, make_sent, make_collector, code, status, text, suppressed, kinds
) -> None:
    store = make_store()
    sent = make_sent(store, count=1, state="failed")
    row = {"send_id": sent.send, "n": 1, "attempt": 1, "at": AT - 60, "what": "failed", "code": code}
    with store.write() as connection:
        connection.execute(insert(ledger.attempt_event).values(**row, status=status, text=text))
    results = [make_collector(store).attend() for _ in range(2)]
    assert [result.suppressed for result in results] == [suppressed, 0]
    assert sent.events() == kinds


def test_attending_works_off_what_providers_told_and_what_the_ledger_holds(store, make_sent, make_collector) -> None:
    sent = make_sent(store, count=2, state="unknown")
    row = {"send_id": sent.send, "n": 2, "attempt": 1, "at": AT - 60, "what": "failed", "code": 552}
    with store.write() as connection:
        connection.execute(update(ledger.send).values(state="running"))
        connection.execute(insert(ledger.attempt_event).values(**row, status="5.2.2", text="mailbox full"))
    keep(store, Source.GENERIC, f'{{"event": "delivered", "delivery": "S{sent.send}.1"}}'.encode(), at=AT)
    assert make_collector(store).attend() == Applied(new=2, settled=2)
    assert sent.state(1) == "sent"
