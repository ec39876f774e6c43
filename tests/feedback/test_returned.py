"""A returned mail counts only when something of it was signed by us."""

from __future__ import annotations

import pytest

from newsletter.audience.subscriber import Subscriber
from newsletter.config import Keys
from newsletter.feedback.event import EventKind, Source
from newsletter.feedback.returned import events_of
from newsletter.feedback.verdict import Verdict
from newsletter.message.links import SignedLinks

AT = 1_790_000_000.0
KEYS = Keys(signing=(b"s" * 32,), suppression=b"p" * 32)
FORGED = Keys(signing=(b"f" * 32,), suppression=b"p" * 32)
READER = Subscriber(id=7, key="0123456789abcdef" * 2, address="chat@example.com")
HARD = "Final-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: 5.1.1\n"
FULL = "Final-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: 5.2.2\n"
DONE = "Final-Recipient: rfc822; chat@example.com\nAction: delivered\nStatus: 2.0.0\n"
ABUSE = "Feedback-Type: abuse\nOriginal-Rcpt-To: <redacted@provider.example>\n"


def links(keys: Keys = KEYS) -> SignedLinks:
    return SignedLinks(
        base_url="https://infolettre.example.org",
        keys=keys,
        mailing_list="membres",
        send=12,
        bounces_to="rebonds@example.org",
    )


def to_return_path(raw: bytes, keys: Keys = KEYS) -> bytes:
    return raw.replace(b"rebonds+jeton@example.org", links(keys).return_path(READER, 345).encode())


def original(keys: Keys = KEYS) -> str:
    return f"From: infolettre@example.org\nTo: x\nList-Unsubscribe: <{links(keys).unsubscribe(READER)}>\n\nBonjour\n"


def test_a_bounce_to_our_return_path_is_an_event_of_that_delivery(make_report) -> None:
    (event,) = events_of(to_return_path(make_report(HARD)), KEYS, at=AT)
    assert (event.kind, event.source, event.verdict) == (EventKind.BOUNCED, Source.DSN, Verdict.HARD)
    assert (event.send, event.key) == (12, 345)


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To"])
def test_the_return_path_is_found_where_servers_write_it(make_report, header) -> None:
    raw = f"{header}: {links().return_path(READER, 345).upper()}\n".encode() + make_report(HARD)
    assert [event.key for event in events_of(raw, KEYS, at=AT)] == [345]


def test_the_return_path_of_the_returned_mail_proves_as_well(make_report) -> None:
    returned = f"Return-Path: <{links().return_path(READER, 345)}>\n{original(FORGED)}"
    assert [event.key for event in events_of(make_report(HARD, original=returned), KEYS, at=AT)] == [345]


def test_trust_73_a_blacked_out_complaint_is_found_by_the_unsubscribe_link(make_complaint) -> None:
    (event,) = events_of(make_complaint(ABUSE, original=original()), KEYS, at=AT)
    assert (event.kind, event.subscriber_key) == (EventKind.COMPLAINED, READER.key)


def test_trust_73_a_blacked_out_complaint_is_found_by_the_return_path(make_complaint) -> None:
    raw = make_complaint(f"{ABUSE}Original-Mail-From: <{links().return_path(READER, 345)}>\n", original="X: y\n")
    assert [event.key for event in events_of(raw, KEYS, at=AT)] == [345]


def test_trust_74_a_forged_report_proves_nothing(make_report, make_complaint) -> None:
    forged = f"Feedback-Type: abuse\nOriginal-Rcpt-To: <{READER.address}>\n"
    reports = (
        make_report(HARD, original="X: y\n"),
        to_return_path(make_report(HARD, original="X: y\n"), FORGED),
        make_report(HARD, original=original(FORGED)),
        make_complaint(forged, original=original(FORGED)),
        make_complaint(forged, original="X: y\n"),
    )
    assert [events_of(raw, KEYS, at=AT) for raw in reports] == [[]] * 5


def test_without_a_signature_an_address_counts_only_with_its_message_id(make_report) -> None:
    (event,) = events_of(make_report(HARD), KEYS, at=AT)
    assert (event.send, event.key, event.subscriber_key) == (0, 0, "")
    assert (event.address, event.message_id) == ("chat@example.com", "<6b1f@infolettre.example.org>")


def test_a_report_is_dated_by_its_own_date_where_that_is_credible(make_report) -> None:
    for date, expected in (
        ("Mon, 21 Sep 2026 10:00:00 +0000", 1_789_984_800.0),
        ("Mon, 21 Sep 2020 10:00:00 +0000", AT),
        ("Mon, 21 Sep 2030 10:00:00 +0000", AT),
        ("Mon, 99 Sep 2026 99:00:00", AT),
        ("", AT),
    ):
        raw = to_return_path(make_report(HARD, headers=f"Date: {date}\n"))
        assert [event.at for event in events_of(raw, KEYS, at=AT)] == [expected]


def test_a_success_report_is_a_delivery_and_an_autoreply_nothing(make_report, make_notice) -> None:
    assert [one.kind for one in events_of(to_return_path(make_report(DONE)), KEYS, at=AT)] == [EventKind.DELIVERED]
    vacation = make_notice("Absente.", sender="chat@example.com", subject="Absence du bureau")
    assert events_of(to_return_path(vacation), KEYS, at=AT) == []


def test_copies_of_a_bounce_are_one_event_and_another_verdict_is_another(make_report) -> None:
    def dedupe(fields: str, at: float = AT) -> str:
        return events_of(to_return_path(make_report(fields)), KEYS, at=at)[0].dedupe

    assert dedupe(HARD) == dedupe(HARD, AT + 90_000)
    assert dedupe(HARD) != dedupe(FULL)


def test_trust_28_a_mail_to_the_unsubscribe_address_leaves_the_list() -> None:
    for keys, expected in ((KEYS, [EventKind.UNSUBSCRIBED]), (FORGED, [])):
        address = links(keys).mailto(READER).removeprefix("mailto:")
        raw = f"From: chat@example.com\nTo: <{address}>\nSubject: unsubscribe\n\n".encode()
        assert [event.kind for event in events_of(raw, KEYS, at=AT)] == expected
