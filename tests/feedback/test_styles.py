"""Sixty ways of saying that a mail did not arrive are read alike, with the returned mail and without it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.feedback.reading import Kind, read_message
from newsletter.feedback.verdict import judge

SAMPLES = Path(__file__).with_name("data")
RETURNED = """Return-Path: <rebonds+jeton@example.org>
Received: from infolettre.example.org (infolettre.example.org [192.0.2.10])
\tby mx.example.net with ESMTP id 5c0ffee for <{address}>; Thu, 1 Oct 2026 09:00:01 -0400
Message-ID: <6b1f@infolettre.example.org>
From: Infolettre <infolettre@example.org>
To: {address}
Subject: Infolettre
MIME-Version: 1.0

Bonjour"""


def notices() -> Iterator[object]:
    """Yield each sample of notices.txt: its text, its verdict, its addresses."""
    for sample in re.split(r"^%% ", (SAMPLES / "notices.txt").read_text(), flags=re.MULTILINE)[1:]:
        title, _, mail = sample.partition("\n")
        name, verdict, *people = title.split()
        yield pytest.param(mail, verdict, people, id=name)


def refusals() -> Iterator[object]:
    """Yield each line of refusals.txt: verdict, status, words."""
    for line in (SAMPLES / "refusals.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield pytest.param(*(piece.strip() for piece in line.split("|", 2)), id=line[:60])


def complete(mail: str, returned: str) -> bytes:
    """Return a sample as mail: our return path as its reader, the returned mail in its place."""
    head, _, body = mail.replace("{original}", returned).partition("\n\n")
    return f"{head}\nTo: rebonds+jeton@example.org\n\n{body}".encode()


@pytest.mark.parametrize(("mail", "verdict", "people"), list(notices()))
def test_trust_71_a_notice_is_read_with_the_mail_that_it_returns(mail, verdict, people) -> None:
    reading = read_message(complete(mail, RETURNED.format(address=people[0])))
    assert reading.kind is Kind.BOUNCE
    assert [(one.address, one.verdict) for one in reading.recipients] == [(one, verdict) for one in people]


@pytest.mark.parametrize(("mail", "verdict", "people"), list(notices()))
def test_trust_71_a_notice_is_read_by_its_words_alone(request, mail, verdict, people) -> None:
    if "unnamed" in request.node.name:
        assert read_message(complete(mail, "")).recipients == ()
        return
    reading = read_message(complete(mail, ""))
    assert [(one.address, one.verdict) for one in reading.recipients] == [(one, verdict) for one in people]


@pytest.mark.parametrize(("verdict", "status", "words"), list(refusals()))
def test_trust_72_a_refusal_is_judged_by_code_and_words(verdict, status, words) -> None:
    assert judge(text=words, status=status).verdict == verdict
