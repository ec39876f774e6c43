"""What the studio looks at on demand only: SpamAssassin, where there is one, and nothing of it where there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk_client import ISSUE, Desk

ASK = "/issues/decembre/fr-CA/spam"
PAGE = "/issues/decembre/fr-CA"
BUTTON = 'id="ask-spam"'
ANSWER = """X-Spam-Status: {yes}, score={score} required=5.0 tests=HTML_MESSAGE,SUBJ_ALL_CAPS
\tautolearn=disabled version=4.0.0

pts rule name              description
---- ---------------------- --------------------------------------------------
 0.0 HTML_MESSAGE           BODY: HTML included in message
 {score} SUBJ_ALL_CAPS      Subject is all capitals
"""


@pytest.fixture
def standing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole path; a program in it answers as SpamAssassin would."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def _says(folder: Path, answer: str) -> None:
    program = folder / "spamassassin"
    program.write_text(f"#!/bin/sh\n/bin/cat > {folder}/mail\n/bin/cat <<'END'\n{answer}END\n")
    program.chmod(0o755)


def test_without_it_there_is_no_button_and_asking_says_how_to_get_it(desk: Desk, standing_in: Path) -> None:
    assert BUTTON not in desk.get(PAGE).text
    [found] = desk.post(ASK).json()["findings"]
    assert found["code"] == "NL923"
    assert "apt-get install spamassassin" in found["hint"]


@pytest.mark.parametrize(("score", "severity", "code"), [("1.2", "info", "NL922"), ("7.5", "error", "NL920")])
def test_its_score_of_the_mail_is_a_finding_with_its_weight(
    desk: Desk, standing_in: Path, score: str, severity: str, code: str
) -> None:
    _says(standing_in, ANSWER.format(score=score, yes="No" if score < "5" else "Yes"))
    assert BUTTON in desk.get(PAGE).text
    assert not (standing_in / "mail").exists(), "asked before somebody pressed the button"
    told = desk.post(ASK).json()
    assert told["said"] == "SpamAssassin has read it."
    assert (told["findings"][0]["code"], told["findings"][0]["severity"]) == (code, severity)
    assert score in told["findings"][0]["message"].replace(",", ".")
    mail = (standing_in / "mail").read_bytes()
    assert b"Content-Type: multipart/" in mail
    assert b"To: " in mail


def test_an_answer_that_is_none_is_said_and_hides_nothing(desk: Desk, standing_in: Path) -> None:
    _says(standing_in, "perl: cannot locate object method\n")
    [found] = desk.post(ASK).json()["findings"]
    assert (found["code"], found["severity"]) == ("NL923", "warning")


@pytest.mark.skipif(
    not shutil.which("spamassassin"), reason="SpamAssassin is not installed: apt-get install spamassassin"
)
def test_the_real_one_reads_the_mail(desk: Desk) -> None:
    desk.issue(text=ISSUE)
    assert BUTTON in desk.get(PAGE).text
    [found] = desk.post(ASK).json()["findings"]
    assert found["code"] in ("NL920", "NL921", "NL922")
