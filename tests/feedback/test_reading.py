"""What came back is read for what it says: whose mail did not arrive, and why."""

from __future__ import annotations

import tracemalloc
from functools import partial

import pytest
from calm import least
from hypothesis import given
from hypothesis import strategies as st

from newsletter.feedback.mail import DEPTH, PARTS, open_mail
from newsletter.feedback.reading import Kind, read_message
from newsletter.feedback.verdict import Reason, Verdict

FAILED = "Final-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        ("5.1.1", "550 5.1.1 <chat@example.com>... User unknown", Verdict.HARD),
        ("5.1.2", "550 5.1.2 Host unknown", Verdict.HARD),
        ("5.1.10", "556 5.1.10 Domain does not accept mail (null MX)", Verdict.HARD),
        ("5.0.0", "550 Requested action not taken: mailbox unavailable", Verdict.SOFT),
        ("5.2.2", "552 5.2.2 Mailbox full", Verdict.SOFT),
        ("5.1.1", "550 5.1.1 chat@example.com is over quota", Verdict.SOFT),
        ("5.1.3", "553 sorry, your envelope recipient is in my badrcptto list (#5.7.1)", Verdict.SOFT),
        ("4.1.1", "450 4.1.1 User unknown", Verdict.SOFT),
        ("4.2.0", "451 4.2.0 Greylisted, try again later", Verdict.SOFT),
        ("4.4.7", "delivery time expired", Verdict.SOFT),
        ("5.2.1", "550 5.2.1 This account has been disabled", Verdict.SOFT),
        ("5.7.1", "554 5.7.1 Message rejected as spam", Verdict.POLICY),
        ("5.7.26", "550 5.7.26 This mail is unauthenticated (DMARC)", Verdict.POLICY),
        ("5.7.515", "550 5.7.515 Access denied, sending domain does not meet the level", Verdict.POLICY),
        ("5.7.1", "554 Service unavailable; Client host [192.0.2.10] blocked using bl.example", Verdict.POLICY),
        ("5.1.8", "553 5.1.8 Sender address rejected: Domain not found", Verdict.POLICY),
        ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", Verdict.POLICY),
    ],
)
def test_trust_72_only_an_address_that_does_not_exist_is_hard(make_report, status, said, verdict) -> None:
    reading = read_message(make_report(FAILED.format(status=status, said=said)))
    assert reading.kind is Kind.BOUNCE
    assert [(one.address, one.verdict) for one in reading.recipients] == [("chat@example.com", verdict)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "From MAILER-DAEMON Thu Oct  1 09:00:00 2026\n"])
def test_line_ends_and_a_mailbox_line_change_nothing(make_report, end, start) -> None:
    report = make_report(FAILED.format(status="5.1.1", said="550 5.1.1 User unknown"))
    reading = read_message((start.encode() + report).replace(b"\n", end.encode()))
    assert [(one.address, one.reason) for one in reading.recipients] == [("chat@example.com", Reason.UNKNOWN_USER)]


def test_the_address_that_was_mailed_is_preferred_to_the_one_it_was_forwarded_to(make_report) -> None:
    fields = "Final-Recipient: rfc822; felin@example.net\nAction: failed\nStatus: 5.1.1\n"
    for original in (
        "Original-Recipient: rfc822; chat@example.com\n",
        "X-Actual-Recipient: rfc822; chat@example.com\n",
    ):
        reading = read_message(make_report(original + fields))
        assert [one.address for one in reading.recipients] == ["chat@example.com"]


def test_a_success_report_is_no_bounce(make_report) -> None:
    for action in ("delivered", "relayed", "expanded"):
        fields = f"Final-Recipient: rfc822; chat@example.com\nAction: {action}\nStatus: 2.0.0\n"
        assert read_message(make_report(fields)).kind is Kind.DELIVERED


def test_a_delay_is_soft_whatever_it_says(make_report) -> None:
    fields = (
        "Final-Recipient: rfc822; chat@example.com\nAction: delayed\nStatus: 4.4.1\n"
        "Diagnostic-Code: smtp; 550 no such user\n"
    )
    (one,) = read_message(make_report(fields)).recipients
    assert (one.verdict, one.reason) == (Verdict.SOFT, Reason.DELAYED)


def test_of_several_recipients_those_that_failed_count(make_report) -> None:
    fields = (
        "Final-Recipient: rfc822; chat@example.com\nAction: delivered\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; chien@example.com\nAction: failed\nStatus: 5.1.1\n"
    )
    assert [one.address for one in read_message(make_report(fields)).recipients] == ["chien@example.com"]


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Absence du bureau", ""),
        ("Re: Numéro 12", "Auto-Submitted: auto-replied\n"),
        ("Out of Office: Numéro 12", "Return-Path: <>\n"),
        ("Re: Numéro 12", "Precedence: auto_reply\n"),
        ("=?utf-8?q?R=C3=A9ponse_automatique_=3A_Num=C3=A9ro_12?=", "X-Autoreply: yes\n"),
    ],
)
def test_a_vacation_notice_is_no_bounce(make_notice, subject, headers) -> None:
    words = "Je suis absente jusqu’au 12. Écrivez à collegue@example.com.\nMailbox full of joy, user unknown to no one."
    raw = make_notice(words, sender="Zoé <chat@example.com>", subject=subject, headers=headers)
    assert read_message(raw).kind is Kind.AUTOREPLY


def test_an_ordinary_letter_is_nothing(make_notice) -> None:
    letter = make_notice(
        "Bonjour,\n\nmerci pour le numéro.\nchat@example.com", sender="chat@example.com", subject="Merci"
    )
    assert read_message(letter).kind is Kind.NONE


@pytest.mark.parametrize("kind", ["abuse", "opt-out", "fraud", "other", "miscellaneous"])
def test_trust_73_a_complaint_names_its_reader(make_complaint, kind) -> None:
    reading = read_message(make_complaint(f"Feedback-Type: {kind}\nOriginal-Rcpt-To: <chat@example.com>\n"))
    assert (reading.kind, [one.address for one in reading.recipients]) == (Kind.COMPLAINT, ["chat@example.com"])


@pytest.mark.parametrize("kind", ["auth-failure", "not-spam"])
def test_trust_73_an_authentication_report_is_no_complaint(make_complaint, kind) -> None:
    assert read_message(make_complaint(f"Feedback-Type: {kind}\n")).kind is Kind.NONE


def test_a_blacked_out_complaint_is_read_from_the_mail_that_it_returns(make_complaint) -> None:
    reading = read_message(make_complaint("Feedback-Type: abuse\nOriginal-Rcpt-To: <redacted@provider.example>\n"))
    assert [one.address for one in reading.recipients] == ["chat@example.com"]


@given(st.binary(max_size=2_000))
def test_trust_75_no_bytes_make_it_raise(raw: bytes) -> None:
    assert read_message(raw).kind in Kind


REPORT_PIECES = st.sampled_from(
    [
        b"From: MAILER-DAEMON@example.net\n",
        b"Subject: =?utf-8?b?!!!?= =?rot13?q?x?=\n",
        b"Content-Type: multipart/report; boundary=b\n",
        b"Content-Type: text/plain; charset=punycode\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"\n",
        b"--b\n",
        b"--b--\n",
        b"Content-Type: message/delivery-status\n\n",
        b"Content-Type: message/rfc822\n\n",
        b"Content-Type: message/feedback-report\n\n",
        b"Final-Recipient: rfc822; \xe9@\xff\n",
        b"Action: failed\nStatus: 5.1.1\n",
        b"<chat@example.com>: host mx said: 550 no\n",
        b"The following addresses failed:\n",
        b"=\r\r=3D=\x00",
        b"From \n",
    ]
)


@given(st.lists(REPORT_PIECES, max_size=30).map(b"".join))
def test_trust_75_no_broken_report_makes_it_raise(raw: bytes) -> None:
    assert read_message(raw).kind in Kind


HOSTILE = (
    b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)),
    b"Content-Type: message/rfc822\n\n" * 40_000,
    b"From: MAILER-DAEMON@example.net\n\n" + b"a@example.com " * 80_000,
    b"From: MAILER-DAEMON@example.net\n\n" + b"<a@example.com>: user\n" * 50_000,
    b"From: MAILER-DAEMON@example.net\nSubject: " + b"=?utf-8?q?=C3?= " * 60_000,
    b"From: MAILER-DAEMON@example.net\n\n" + b"(" * 1_000_000,
    b"From: MAILER-DAEMON@example.net\nContent-Type: text/html\n\n" + b"<" * 1_000_000,
    b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\nContent-Type: message/delivery-status\n\n\n" * 20_000,
    b"A: b\n" * 200_000,
    b"A:" + b"\n b" * 300_000,
    b"From: MAILER-DAEMON@example.net\n\nSorry " + b"recipient " * 90_000,
)
HOSTILE_NAMES = (
    "nested",
    "enclosed",
    "addresses",
    "lines",
    "words",
    "open",
    "tags",
    "parts",
    "fields",
    "folded",
    "gaps",
)


def is_read(raw: bytes) -> None:
    assert read_message(raw).kind in Kind


@pytest.mark.parametrize("raw", HOSTILE, ids=HOSTILE_NAMES)
def test_trust_75_hostile_mail_is_read_within_a_second(raw: bytes) -> None:
    assert least(lambda: is_read(raw), 1) < 1


@pytest.mark.parametrize("raw", HOSTILE, ids=HOSTILE_NAMES)
def test_trust_75_hostile_mail_takes_bounded_memory(raw: bytes) -> None:
    """However long: what is beyond the first megabyte is never looked at."""
    long = raw * 30
    tracemalloc.start()
    try:
        assert read_message(long).kind in Kind
        assert tracemalloc.get_traced_memory()[1] < 64_000_000
    finally:
        tracemalloc.stop()


def test_trust_75_reports_are_looked_for_to_a_bounded_depth(make_report) -> None:
    def wrapped(levels: int) -> bytes:
        raw = make_report(FAILED.format(status="5.1.1", said="550 User unknown"))
        for level in range(levels):
            head = f"From: a@example.org\nContent-Type: multipart/mixed; boundary=o{level}\n\n--o{level}\n"
            raw = head.encode() + raw + f"\n--o{level}--\n".encode()
        return raw

    assert DEPTH <= 10
    assert PARTS <= 100
    assert [len(open_mail(wrapped(levels)).reports) for levels in (0, 2, DEPTH, 60, 600)] == [1, 1, 0, 0, 0]
    many = b"Content-Type: multipart/mixed; boundary=o\n\n" + b"--o\n\nxyz\n" * 5_000 + b"--o--\n"
    assert 0 < open_mail(many).notice.count("xyz") <= PARTS


ODD_HEADS = (
    *(b"", b"\n", b": x\n", b" folded first\n", b"No colon here\n", b"From: \xff\xfe\n", b"Subject: =?x?b?\n"),
    *(b"Content-Type: multipart/report; boundary=\n", b'Content-Type: multipart/mixed; boundary="\n'),
    *(b"Content-Type: multipart/report; boundary=" + b"b" * 5_000 + b"\n", b"Content-Type: /;;;=\n"),
    *(b"Content-Type: text/plain; charset=\x00\n", b"Content-Type: text/plain; charset=idna\n"),
    *(b"Content-Type: text/plain; charset*=utf-8''%ff\n", b"Content-Type: text/plain; charset*1=a; charset*0=b\n"),
    *(b"Content-Transfer-Encoding: x-uuencode\n", b"Content-Transfer-Encoding: base64\n", b"MIME-Version: \x00\n"),
    *(b"Date: Thu, 99 Foo 99999 99:99:99 +9999\n", b"To: " + b"<" * 999 + b"\n"),
)
ODD_BODIES = (
    *(b"", b"\n", b"\r", b"\x00" * 999, b"=" * 999, b"--\n--\n", b"--b\n", b"--" + b"b" * 5_000 + b"\n\nx", b"====\n"),
    b"--b\nContent-Type: message/delivery-status\n\nFinal-Recipient:;\nStatus: 9.9.9.9\nAction:\n--b--\n",
    b"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n####\n--b--\n",
    b"--b\nContent-Type: message/feedback-report\n\nFeedback-Type\n--b--\n",
    b"begin 644 x\n!!!\nend\n" + b"\xed\xa0\x80" * 99,
)


@pytest.mark.parametrize("head", ODD_HEADS, ids=range(len(ODD_HEADS)))
def test_trust_75_each_of_260_malformed_mails_is_read_within_a_second(head: bytes) -> None:
    """The usual faults of heads and bodies, each with each (20 heads, 13 bodies)."""
    assert len(ODD_HEADS) * len(ODD_BODIES) == 260
    for body in ODD_BODIES:
        for name in (b"From: MAILER-DAEMON@example.net\nSubject: failure notice\n", b""):
            assert least(partial(is_read, name + head + b"\n" + body), 1) < 1
