"""What SpamAssassin says of a mail is read and weighed; the sample issues stay far from what it stops."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter import open_project
from newsletter.edition.check.spam import Hit
from newsletter.errors import Severity
from newsletter.language import speaking
from newsletter.project import Project
from newsletter.project.correspondence import mail_waiting
from newsletter.project.desk import Desk
from newsletter.project.spam import NoVerdictError, ask, check_spam, verdict_of
from newsletter.project.visits import SignUp

ROOT = Path(__file__).parents[2]
REPORT = """X-Spam-Checker-Version: SpamAssassin 4.0.1 (2024-03-25) on example
X-Spam-Status: {yes}, score={score} required=5.0 tests=HTML_MESSAGE,
\tNO_RELAYS,SUBJ_ALL_CAPS autolearn=disabled version=4.0.1
Subject: Essai

X-Spam-Status: No, score=-99.0 required=5.0 tests=FORGED autolearn=no

 9.9 FORGED                 written by the sender
Content analysis details:   ({score} points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 0.0 HTML_MESSAGE           BODY: HTML included in message
 {score} SUBJ_ALL_CAPS          Subject is all
                            capitals

"""
CONFIG = '[sender.redaction]\nfrom = "Rédaction <redaction@example.org>"\n'
ISSUE = "---\nsubject: Essai\npreheader: Un essai\n---\n\n# Essai\n\nTexte.\n"


def report(score: float) -> str:
    return REPORT.format(score=score, yes="Yes" if score >= 5 else "No")


def stand_in(folder: Path, script: str) -> Path:
    """Write a program that answers as SpamAssassin would."""
    path = folder / "spamassassin"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_verdict_is_read_from_the_header_and_the_last_table() -> None:
    verdict = verdict_of(report(3.2))
    assert (verdict.score, verdict.limit) == (3.2, 5.0)
    assert verdict.hits == (
        Hit(name="HTML_MESSAGE", points=0.0, said="BODY: HTML included in message"),
        Hit(name="NO_RELAYS", points=-0.0, said="Informational: message was not relayed via SMTP"),
        Hit(name="SUBJ_ALL_CAPS", points=3.2, said="Subject is all capitals"),
    )


def test_no_rule_at_all_is_a_verdict_too() -> None:
    verdict = verdict_of("X-Spam-Status: No, score=0.0 required=5.0 tests=none autolearn=no\n\nx")
    assert (verdict.score, verdict.hits) == (0.0, ())


def test_an_answer_that_is_none_is_said() -> None:
    with pytest.raises(NoVerdictError):
        verdict_of("Subject: x\n\nX-Spam-Status: No, score=0.0 required=5.0 tests=none autolearn=no\n")


@pytest.mark.parametrize(
    ("score", "code", "severity"),
    [
        (5.0, "NL920", Severity.ERROR),
        (4.9, "NL921", Severity.WARNING),
        (2.0, "NL921", Severity.WARNING),
        (1.9, "NL922", Severity.INFO),
    ],
)
def test_the_score_weighs(
    make_project: Callable[..., Project], tmp_path: Path, score: float, code: str, severity: Severity
) -> None:
    project = make_project(CONFIG, files={"issues/x.md": ISSUE})
    program = stand_in(tmp_path, f"cat >/dev/null; cat <<'END'\n{report(score)}\nEND")
    [found] = check_spam(project, ["x"], program=str(program))
    assert (found.code, found.severity) == (code, severity)
    assert f"{score:.1f} points" in found.message
    assert f"SUBJ_ALL_CAPS ({score:+.1f}), HTML_MESSAGE, NO_RELAYS" in found.message
    assert found.hint == "Subject is all capitals."


def test_it_is_given_the_mail_and_told_to_ask_nobody_and_to_learn_nothing(tmp_path: Path) -> None:
    program = stand_in(
        tmp_path, f'echo "$@" > {tmp_path}/said; echo "$HOME" >> {tmp_path}/said; cat > {tmp_path}/mail; exit 3'
    )
    with pytest.raises(NoVerdictError):
        ask(b"Subject: x\r\n\r\ny\r\n", str(program))
    options, home = (tmp_path / "said").read_text().splitlines()
    assert options == "-L -t -x -p /dev/null --cf=use_bayes 0"
    assert not Path(home).exists()
    assert (tmp_path / "mail").read_bytes() == b"Subject: x\r\n\r\ny\r\n"


def test_one_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(NoVerdictError, match="did not answer"):
        ask(b"x", str(stand_in(tmp_path, "exec sleep 20")), within=0.3)


def test_without_it_one_finding_says_how_to_get_it(make_project: Callable[..., Project]) -> None:
    project = make_project(files={"issues/x.md": ISSUE, "issues/y.md": ISSUE})
    [found] = check_spam(project, ["x", "y"], program="no-such-program-anywhere")
    assert (found.code, found.severity) == ("NL923", Severity.WARNING)
    assert "apt-get install spamassassin" in (found.hint or "")


installed = pytest.mark.skipif(
    not shutil.which("spamassassin"), reason="SpamAssassin is not installed: apt-get install spamassassin"
)


@installed
@pytest.mark.parametrize("issue", sorted((ROOT / "issues").glob("*.md")), ids=lambda path: path.stem)
def test_the_sample_issues_are_far_from_spam(issue: Path) -> None:
    """Statement 95."""
    project = open_project(ROOT, {})
    [found] = check_spam(project, [str(issue)])
    assert found.code == "NL922", found.message


@installed
@pytest.mark.parametrize(
    "theme", sorted({path.name for path in (ROOT / "templates").iterdir() if path.is_dir()} - {"default"})
)
def test_every_other_theme_is_far_from_spam(theme: str) -> None:
    """Statement 95: below two points, whatever the dress; the sample issues themselves wear the default one."""
    project = open_project(ROOT, {"NEWSLETTER_THEME_NAME": theme})
    [found] = check_spam(project, [str(ROOT / "issues" / "2014-premiere-infolettre.md")])
    assert found.code == "NL922", found.message


@installed
def test_the_mail_that_confirms_is_far_from_spam(make_project: Callable[..., Project]) -> None:
    """Statement 95: it is the first mail that somebody gets."""
    lists = {"subscribers/membres.toml": 'public = true\n[title]\nfr-CA = "Membres"\n[consent]\nfr-CA = "Oui."\n'}
    project = make_project('[site]\nname = "Coalition"\npostal_address = "1, rue X"\n' + CONFIG, files=lists)
    Desk(project=project).ask(SignUp(address="zoe@example.org", lang="fr-CA", lists=("membres",)))
    assert mail_waiting(project) == 1
    [path] = (project.root / "var" / "outbox").rglob("*.eml")
    assert ask(path.read_bytes(), "spamassassin").score < 2


@pytest.mark.parametrize(
    ("score", "lang", "said"),
    [
        (1.2, "fr-CA", "donne 1,2 point;"),
        (2.5, "fr-CA", "donne 2,5 points;"),
        (1.2, "en-CA", "gives 1.2 points;"),
        (1.0, "en-CA", "gives 1.0 point;"),
    ],
)
def test_a_score_is_written_as_the_language_writes_numbers(
    make_project: Callable[..., Project], tmp_path: Path, score: float, lang: str, said: str
) -> None:
    project = make_project(CONFIG, files={"issues/x.md": ISSUE})
    program = stand_in(tmp_path, f"cat >/dev/null; cat <<'END'\n{report(score)}\nEND")
    with speaking(lang):
        [found] = check_spam(project, ["x"], program=str(program))
    assert said in found.message
    assert ("(+1,2); HTML" in found.message) is (score == 1.2 and lang == "fr-CA")
