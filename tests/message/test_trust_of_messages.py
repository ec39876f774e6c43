"""Statements about every mail that others do not hold, each named in its test."""

from __future__ import annotations

import mail_reader
import pytest

from newsletter.audience.lists import MailingList
from newsletter.config import Sender

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
