"""Reports in odd dress: encoded, forwarded, attached as text, in other tongues, with half of the fields."""

from __future__ import annotations

import base64
import json
import quopri

import pytest

from newsletter.feedback.flufl_bounce import second_opinion
from newsletter.feedback.reading import Kind, read_message
from newsletter.feedback.verdict import Verdict

FIELDS = "Final-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: 5.1.1\n"


def people(raw: bytes) -> list[tuple[str, str | None]]:
    return [(one.address, one.verdict) for one in read_message(raw).recipients]


FOUND = [("chat@example.com", Verdict.HARD)]


@pytest.mark.parametrize(
    "fields",
    [
        "Final-Recipient: chat@example.com\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: RFC822;<chat@example.com>\nAction: Failed\nStatus: 5.1.1 (bad)",
        "final-recipient:rfc822;chat@example.com\naction:failed\nstatus:5.1.1",
        "Original-Recipient: rfc822;chat+40example.com\nFinal-Recipient: local; u123\nAction: failed\nStatus: 5.1.1",
        "Original-Recipient: rfc822;\nFinal-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: x400; /G=chat/\nX-Actual-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: 5.1.1",
        "Final-Recipient: rfc822; chat\nAction: failed\nStatus: 5.1.1",
        "Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; chat@example.com",
        "Final-Recipient: rfc822; chat@example.com\nAction: failed\nDiagnostic-Code: smtp; 550\n 5.1.1\n\tUser unknown",
        "Final-Recipient: rfc822; chat@example.com\nStatus: 5.1.1",
        "Final-Recipient: rfc822; chat@example.com\nAction: failed\nX-Supplementary-Info: <mx #5.1.1 smtp;550 x>",
        "Final-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 #5.1.1",
    ],
)
def test_fields_are_read_however_they_are_written(make_report, fields) -> None:
    assert people(make_report(fields)) == FOUND


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_report_is_decoded(make_report, encoding) -> None:
    plain = b"Reporting-MTA: dns; mx.example.net\n\n" + FIELDS.encode()
    encoded = base64.encodebytes(plain) if encoding == "base64" else quopri.encodestring(plain)
    head = b"Content-Type: message/delivery-status\n"
    raw = make_report(FIELDS).replace(
        head + b"\n" + plain, head + f"Content-Transfer-Encoding: {encoding}\n\n".encode() + encoded
    )
    assert encoding.encode() in raw
    assert people(raw) == FOUND


def test_a_report_whose_line_ends_were_doubled_is_read(make_report) -> None:
    assert people(make_report(FIELDS).replace(FIELDS.encode(), FIELDS.replace("\n", "\n\n").encode())) == FOUND


def test_a_report_that_only_names_somebody_is_soft(make_report) -> None:
    raw = make_report("Final-Recipient: rfc822; chat@example.com\n")
    assert people(raw) == [("chat@example.com", Verdict.SOFT)]


def test_a_forwarded_report_is_read_inside(make_report) -> None:
    outer = (
        b"From: Admin <admin@example.org>\nTo: x@example.org\nSubject: Fwd: Undelivered Mail Returned to Sender\n"
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain\n\nVoir ci-joint.\n"
        b"--o\nContent-Type: message/rfc822\n\n" + make_report(FIELDS) + b"\n--o--\n"
    )
    assert people(outer) == FOUND


@pytest.mark.parametrize("kind", ["text/plain; name=rebond.eml", "application/octet-stream", "text/rfc822"])
def test_a_report_attached_as_text_is_read(kind) -> None:
    report = f"Return-Path: <>\nFrom: MAILER-DAEMON@example.net\nSubject: failure notice\nX-Y: z\n\n{FIELDS}"
    raw = (
        "From: Admin <admin@example.org>\nSubject: rebond\nContent-Type: multipart/mixed; boundary=o\n\n"
        f"--o\nContent-Type: text/plain\n\nVoir ci-joint.\n--o\nContent-Type: {kind}\n\n{report}\n--o--\n"
    )
    assert people(raw.encode()) == FOUND


def test_a_report_without_its_boundaries_is_read_as_text(make_report) -> None:
    assert people(make_report(FIELDS).replace(b'boundary="=_b"', b"boundary=other")) == FOUND
    assert people(make_report(FIELDS).replace(b'; boundary="=_b"', b"")) == FOUND
    assert people(make_report(FIELDS).replace(b"--=_b--", b"")) == FOUND


def test_a_complaint_in_plain_text_is_a_complaint() -> None:
    raw = (
        b"From: staff@provider.example\nSubject: report\nContent-Type: text/plain\n\n"
        b"Feedback-Type: abuse\nUser-Agent: Loop/1\nVersion: 1\nOriginal-Rcpt-To: <chat@example.com>\n"
    )
    reading = read_message(raw)
    assert (reading.kind, [one.address for one in reading.recipients]) == (Kind.COMPLAINT, ["chat@example.com"])


def test_a_complaint_of_the_older_form_names_its_reader() -> None:
    raw = (
        b"From: staff@provider.example\nSubject: complaint about message from 192.0.2.10\n"
        b"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: message/rfc822\n\n"
        b"X-HmXmrOriginalRecipient: <chat@example.com>\nFrom: infolettre@example.org\nTo: x\n\nBonjour\n--o--\n"
    )
    reading = read_message(raw)
    assert (reading.kind, [one.address for one in reading.recipients]) == (Kind.COMPLAINT, ["chat@example.com"])


@pytest.mark.parametrize(
    ("charset", "words", "verdict"),
    [
        ("iso-2022-jp", "次のメールは配信できませんでした。\n<chat@example.com>: 宛先不明", Verdict.HARD),
        (
            "shift_jis",
            "次のメールは配信できませんでした。\n<chat@example.com>: メールボックスの容量を超過",
            Verdict.SOFT,
        ),
        ("gb2312", "邮件无法投递\n<chat@example.com>: 用户不存在", Verdict.HARD),
        ("koi8-r", "Письмо не доставлено\n<chat@example.com>: пользователь не существует", Verdict.HARD),
        ("iso-8859-1", "Non remis à chat@example.com : utilisateur inconnu", Verdict.HARD),
        ("utf-16", "Undelivered to <chat@example.com>: user unknown", Verdict.HARD),
    ],
)
def test_words_are_read_in_the_charset_that_they_come_in(charset, words, verdict) -> None:
    head = f"From: MAILER-DAEMON@example.net\nSubject: failure notice\nContent-Type: text/plain; charset={charset}\n"
    body = base64.encodebytes(words.encode(charset))
    raw = head.encode() + b"Content-Transfer-Encoding: base64\n\n" + body
    assert people(raw) == [("chat@example.com", verdict)]


def test_a_page_of_html_is_read_as_it_is_seen() -> None:
    page = (
        "<html><head><style>p{x}</style></head><body><p>Votre courriel n&rsquo;a pas &eacute;t&eacute; remis &agrave;"
        " <a href='mailto:chat@example.com'>chat@example.com</a></p><p>550 5.1.1 User&nbsp;unknown</p></body></html>"
    )
    head = "From: postmaster@example.com\nSubject: Non remis : Infolettre\nContent-Type: text/html; charset=utf-8\n\n"
    assert people((head + page).encode()) == FOUND


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Delivery Status Notification (Success)", "Your message was successfully delivered to chat@example.com."),
        ("Delivery status notification: success", "Your message was successfully delivered to these recipients:\n"),
        (
            "Delivery Notification",
            "Your message has been successfully relayed to the following recipients:\na@x.org",
        ),
    ],
)
def test_a_success_in_words_is_no_bounce(make_notice, subject, words) -> None:
    assert read_message(make_notice(words, subject=subject)).kind is Kind.DELIVERED


@pytest.mark.parametrize(
    ("subject", "words", "headers"),
    [
        ("Re: Numéro 12", "I am away and can be reached at collegue@example.com until Monday.", "Return-Path: <>\n"),
        ("Merci", "Is the delivery to chat@example.com possible?", ""),
        ("Your delivery", "The parcel was delivered to the following address: 1, rue de l’Exemple. a@example.com", ""),
        ("Error in your last issue", "There was a date wrong on page 2.\nchat@example.com", ""),
        ("Confirm your message", "Please answer to let your mail through to chat@example.com", "Return-Path: <>\n"),
    ],
)
def test_what_people_write_is_no_bounce(make_notice, subject, words, headers) -> None:
    raw = make_notice(words, sender="Zoé <chat@example.com>", subject=subject, headers=headers)
    assert read_message(raw).kind in (Kind.NONE, Kind.AUTOREPLY)


def test_an_answer_by_a_program_from_a_person_is_no_bounce_whatever_it_says(make_notice) -> None:
    words = "The following address is unknown: chat@example.com\n550 5.1.1 user unknown"
    raw = make_notice(words, sender="chat@example.com", subject="Re: x", headers="Auto-Submitted: auto-replied\n")
    assert read_message(raw).kind is Kind.AUTOREPLY


def test_a_mail_server_that_says_auto_replied_still_reports_a_bounce(make_notice) -> None:
    raw = make_notice("<chat@example.com>: user unknown", headers="Auto-Submitted: auto-replied\n")
    assert people(raw) == FOUND


def test_a_read_receipt_is_an_autoreply() -> None:
    raw = (
        b"From: chat@example.com\nSubject: Lu\xc3\xa9\nContent-Type: multipart/report; boundary=o;\n"
        b" report-type=disposition-notification\n\n--o\nContent-Type: message/disposition-notification\n\n"
        b"Final-Recipient: rfc822;chat@example.com\nDisposition: manual-action/MDN-sent-manually; displayed\n--o--\n"
    )
    assert read_message(raw).kind is Kind.AUTOREPLY


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_notification_of_ses_by_mail_is_read(wrapped) -> None:
    person = {"emailAddress": "chat@example.com", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [person]}
    told = json.dumps({"notificationType": "Bounce", "bounce": bounce, "mail": {"source": "x@example.org"}})
    body = json.dumps({"Type": "Notification", "Message": told}) if wrapped else told
    raw = f"From: AWS Notifications <no-reply@sns.example>\nSubject: AWS Notification Message\n\n{body}\n\n--\nunsub"
    assert people(raw.encode()) == FOUND
    complaint = json.dumps({"notificationType": "Complaint", "complaint": {"complainedRecipients": [person]}})
    assert read_message(f"From: x@sns.example\nSubject: AWS\n\n{complaint}".encode()).kind is Kind.COMPLAINT
    assert read_message(b'From: x@sns.example\n\n{"eventType": "Open"').kind is Kind.NONE


def test_what_the_second_reader_can_not_read_is_not_told_to_anybody(make_notice, caplog) -> None:
    raw = make_notice("Something went wrong.", sender="\xe9@example.net", headers="X-Failed-Recipients: \n")
    for broken in (raw, raw.replace(b"From: ", b"X-From: ", 1), raw.replace(b"From: ", b"From: \xff", 1)):
        assert read_message(broken).kind is Kind.NONE
        assert second_opinion(broken) == []
    assert not caplog.records
