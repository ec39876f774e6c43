"""A host may be written with the brackets that its IPv6 address has in a URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.config import read
from newsletter.config.hosts import bare, in_url

TEXT = """
[smtp]
host = "[::1]"
[web]
host = "[::1]"
[feedback.mailbox.returns]
kind = "imap"
host = "[2001:db8::1]"
"""


def test_the_brackets_of_a_url_are_no_part_of_a_host(tmp_path: Path) -> None:
    (tmp_path / "newsletter.toml").write_text(TEXT)
    config = read(tmp_path, {}).config
    assert (config.smtp.host, config.web.host) == ("::1", "::1")
    assert config.feedback.mailbox["returns"].host == "2001:db8::1"
    assert read(tmp_path, {"NEWSLETTER_SMTP_HOST": "[::1]"}).config.smtp.host == "::1"


@pytest.mark.parametrize("host", ["::1", "mail.example.org", "127.0.0.1", "", "[x]"])
def test_other_hosts_stay_as_they_are(host: str) -> None:
    assert bare(host) == host


def test_in_a_url_the_brackets_come_back() -> None:
    assert in_url("::1") == "[::1]"
    assert in_url(bare("[::1]")) == "[::1]"
    assert in_url("example.org") == "example.org"
