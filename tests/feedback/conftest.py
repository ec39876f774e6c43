"""Reports as mail servers write them, made of parts: every name and domain is invented."""

from __future__ import annotations

from collections.abc import Callable

import pytest

WRITER = "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>"
ORIGINAL = """Received: from infolettre.example.org (infolettre.example.org [192.0.2.10])
\tby mx.example.net with ESMTP id 5c0ffee for <chat@example.com>; Thu, 1 Oct 2026 09:00:01 -0400
Message-ID: <6b1f@infolettre.example.org>
Date: Thu, 1 Oct 2026 09:00:00 -0400
From: Infolettre <infolettre@example.org>
To: chat@example.com
Subject: =?utf-8?q?Num=C3=A9ro_12?=

Bonjour
"""


@pytest.fixture
def make_notice() -> Callable[..., bytes]:
    """Make a plain-text bounce: what its server says, with or without the mail it returns."""

    def make(text: str, *, sender: str = WRITER, subject: str = "failure notice", headers: str = "") -> bytes:
        top = f"From: {sender}\nTo: rebonds+jeton@example.org\nSubject: {subject}\n{headers}"
        return f"{top}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()

    return make


@pytest.fixture
def make_report() -> Callable[..., bytes]:
    """Make a report of RFC 3464: the words, the fields of each recipient, the mail it returns."""

    def make(fields: str, *, text: str = "Delivery failed.", original: str = ORIGINAL, headers: str = "") -> bytes:
        return (
            f"From: {WRITER}\nTo: rebonds+jeton@example.org\nSubject: Undelivered Mail\n{headers}"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\n\n'
            f"--=_b\nContent-Type: text/plain\n\n{text}\n"
            f"--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n{fields}\n"
            f"--=_b\nContent-Type: message/rfc822\n\n{original}\n--=_b--\n"
        ).encode()

    return make


@pytest.fixture
def make_complaint() -> Callable[..., bytes]:
    """Make a feedback report of RFC 5965."""

    def make(fields: str, *, original: str = ORIGINAL) -> bytes:
        return (
            "From: staff@provider.example\nTo: plaintes@example.org\nSubject: FW: Infolettre\n"
            "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
            "--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n"
            f"--b\nContent-Type: message/feedback-report\n\n{fields}\n"
            f"--b\nContent-Type: message/rfc822\n\n{original}\n--b--\n"
        ).encode()

    return make
