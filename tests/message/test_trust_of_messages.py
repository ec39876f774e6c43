"""Statements about every mail that others do not hold, each named in its test."""

from __future__ import annotations

import mail_reader
import pytest

from newsletter.audience.lists import MailingList
from newsletter.config import Sender
from newsletter.errors import ConfigError

#: every header that a mail of ours may have
OURS = {
    *("From", "Reply-To", "Date", "List-Id", "Auto-Submitted", "MIME-Version", "Subject", "Content-Type"),
    *("To", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post"),
}


def test_trust_1_no_header_comes_twice_and_the_id_is_of_our_domain(make_letter, make_subscriber, make_imprint) -> None:
    sender = Sender(**{"from": "Coalition <info@qu\xe9bec.example>", "reply_to": "R\xe9ponses <r@qu\xe9bec.example>"})
    mail = mail_reader.read(make_letter(imprint=make_imprint(sender=sender)).to(make_subscriber(), 1).content)
    names = [name.lower() for name, _value in mail.headers]
    assert len(names) == len(set(names))
    assert mail.one("Message-ID").endswith("@xn--qubec-csa.example>")


def test_trust_4_no_address_holds_an_encoded_word(make_letter, make_subscriber, make_imprint) -> None:
    sender = Sender(**{"from": "\xc9quipe <info@qu\xe9bec.example>", "reply_to": "\xc9quipe <r@qu\xe9bec.example>"})
    message = make_letter(imprint=make_imprint(sender=sender)).to(
        make_subscriber(name="\xc9lo\xefse", address="eloise@\xe9t\xe9.example"), 1
    )
    mail = mail_reader.read(message.content)
    for name in ("From", "Reply-To", "To"):
        address = mail_reader.mailbox(mail.one(name))[1]
        assert address.isascii()
        assert "=?" not in address
    assert message.return_path.isascii()
    assert "=?" not in message.return_path + message.recipient


#: what RFC 6854 would allow in From, and no mail of ours may have: groups, and more authors than one
SEVERAL = (
    *(
        "G:a@x.example;",
        "G:;",
        "G: a@x.example;",
        "<G:a@x.example;>",
        "G: A <a@x.example>;",
        "undisclosed-recipients:;",
    ),
    *("a@x.example, b@y.example", "a@x.example,b@y.example", "A <a@x.example>, B <b@y.example>"),
    *("A <a@x.example,b@y.example>", "A <a@x.example> <b@y.example>", "<a@x.example;b@y.example>"),
)


@pytest.mark.parametrize("written", SEVERAL)
@pytest.mark.parametrize("field", ["from", "reply_to"])
def test_trust_11_no_mail_is_made_from_or_answered_to_a_group_or_several(
    make_letter, make_subscriber, make_imprint, field: str, written: str
) -> None:
    sender = Sender(**{"from": "Coalition <info@coalition.example>", field: written})
    with pytest.raises(ConfigError):
        make_letter(imprint=make_imprint(sender=sender)).to(make_subscriber(), 1)


def test_trust_11_answers_go_to_one_address_that_was_asked_for_or_the_header_is_absent(
    make_letter, make_subscriber, make_imprint
) -> None:
    """Whether somebody reads it, no program can tell: none is ever made up."""

    def headers(**more: str) -> mail_reader.Part:
        sender = Sender(**{"from": "Coalition, l\u2019\xe9quipe: nous; <info@coalition.example>", **more})
        letter = make_letter(imprint=make_imprint(sender=sender))
        return mail_reader.read(letter.to(make_subscriber(), 1).content)

    shown = "Coalition, l\u2019\xe9quipe: nous;"
    assert mail_reader.mailbox(headers().one("From")) == (shown, "info@coalition.example")
    assert headers().all("Reply-To") == headers().all("Sender") == []
    answered = headers(reply_to="R\xe9ponses <r@coalition.example>").one("Reply-To")
    assert mail_reader.mailbox(answered) == ("R\xe9ponses", "r@coalition.example")


@pytest.mark.parametrize("name", ["a", "l" * 300, "Liste d\u2019\xe9t\xe9 \u2708", "9.9", "-"])
def test_trust_12_the_id_of_a_list_is_short_ascii_and_the_same_for_every_issue(
    make_letter, make_subscriber, make_imprint, make_edition, name: str
) -> None:
    listed = MailingList(name=name, title={"fr-CA": "\xc9t\xe9 " * 30})

    def identity(slug: str, send: str) -> str:
        letter = make_letter(edition=make_edition(slug=slug), imprint=make_imprint(mailing_list=listed, send=send))
        return mail_reader.read(letter.to(make_subscriber(), 1).content).one("List-Id").rpartition("<")[2]

    first = identity("2026-automne", "S12")
    assert first == identity("2027-hiver", "S99")
    assert first.isascii()
    assert first.endswith(".coalition.example>")
    assert len(first.removesuffix(">")) <= 255


def test_trust_18_there_is_no_arc_or_bimi_and_nothing_that_nobody_asked_for(
    make_letter, make_subscriber, make_imprint
) -> None:
    mail = mail_reader.read(make_letter(imprint=make_imprint(auto_generated=True)).to(make_subscriber(), 1).content)
    assert {name for name, _value in mail.headers} <= OURS


def test_trust_8_both_parts_are_encoded_for_seven_bits(make_letter, make_subscriber) -> None:
    raw = make_letter().to(make_subscriber(), 1).content
    mail = mail_reader.read(raw)
    assert [part.one("Content-Transfer-Encoding") for part in mail.parts] == ["quoted-printable"] * 2
    assert raw.isascii()
