"""`newsletter feedback` and `report` from the shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsletter.cli.root import newsletter
from tests.feedback.test_sendgrid_webhook import PUBLISHED_BODY, PUBLISHED_HEADERS, PUBLISHED_KEY, recorded

HARD = "Final-Recipient: rfc822; chat@example.com\nAction: failed\nStatus: 5.1.1\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("LANG", "en_CA.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*words: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(newsletter, [str(word) for word in words], input=stdin)

    return call


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "newsletter.toml").write_text(
        '[site]\nname = "Coalition"\n\n[feedback.mailbox.rebonds]\nkind = "maildir"\npath = "boite"\n'
    )
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "boite" / folder).mkdir(parents=True)
    return tmp_path


def test_read_prints_one_object_a_message(run, make_report, make_notice, tmp_path) -> None:
    (tmp_path / "a.eml").write_bytes(make_report(HARD))
    (tmp_path / "b.eml").write_bytes(make_notice("Absente.", sender="chat@example.com", subject="Absence du bureau"))
    result = run("feedback", "read", tmp_path, "--dry-run", "--json", "--show-addresses")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["file"], first["kind"]) == (str(tmp_path / "a.eml"), "bounce")
    assert first["recipients"] == [
        {"address": "chat@example.com", "verdict": "hard", "status": "5.1.1", "reason": "unknown_user"}
    ]
    assert (second["kind"], second["recipients"]) == ("autoreply", [])


def test_read_shows_no_address_unless_asked(run, make_report) -> None:
    for more, verdict in (((), "for good"), (("--json",), "hard"), (("--lang", "fr"), "définitif")):
        result = run("feedback", "read", "-", "--dry-run", *more, stdin=make_report(HARD))
        assert result.exit_code == 0
        assert "chat" not in result.output
        assert verdict in result.output


def test_read_without_a_project_changes_nothing_and_says_so(run, make_report) -> None:
    result = run("feedback", "read", "-", stdin=make_report(HARD))
    assert result.exit_code == 2


def test_read_lets_messages_take_effect(run, project, make_report) -> None:
    result = run("feedback", "read", "-", "--lang", "en", stdin=make_report(HARD))
    assert result.exit_code == 0
    assert "not about our mail" in result.stderr
    assert run("feedback", "read", "none.eml").exit_code == 2


def test_fetch_visits_the_configured_mailboxes(run, project, make_report) -> None:
    (project / "boite" / "new" / "1").write_bytes(make_report(HARD))
    found = json.loads(run("feedback", "fetch", "--json").stdout)
    assert found["mailboxes"]["rebonds"]["messages"] == 1
    assert found["attended"]["new"] == 0
    wrong = run("feedback", "fetch", "rebond")
    assert wrong.exit_code == 2
    assert "rebonds" in wrong.stderr


def test_verify_exits_0_or_1(run, tmp_path) -> None:
    (tmp_path / "headers").write_bytes(recorded(PUBLISHED_HEADERS))
    (tmp_path / "body").write_bytes(PUBLISHED_BODY)
    words = ("feedback", "verify", "--provider", "sendgrid", "--headers", "headers", "--body", "body", "--public-key")
    assert run(*words, PUBLISHED_KEY).exit_code == 0
    assert run(*words, PUBLISHED_KEY, "--max-age", "300").exit_code == 1
    assert run(*words, "AAAA").exit_code == 1
    (tmp_path / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{PUBLISHED_KEY}\n-----END PUBLIC KEY-----\n")
    assert run(*words, "@key.pem").exit_code == 0
    assert run(*words, "key.pem").exit_code == 0
    assert run(*words, "@none.pem").exit_code == 2
    (tmp_path / "body").write_bytes(PUBLISHED_BODY.rstrip())
    assert run(*words, PUBLISHED_KEY).exit_code == 1


def test_report_of_a_send_that_is_not_there(run, project) -> None:
    assert run("report", "S1").exit_code == 2
