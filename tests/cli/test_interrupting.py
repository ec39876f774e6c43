"""Ctrl-C says what was done and what was not, where a person would have to find out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsletter.cli.root import newsletter
from newsletter.project.project import Project

Run = Callable[..., Result]
PEOPLE = ("subscribers", "import", "subscribers/demo.csv", "--list", "demo", "--consent", "express", "--source", "test")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one project with people, to copy the others from."""
    folder = tmp_path_factory.mktemp("interrupted") / "mine"
    for words in (("init", "--yes", str(folder), "--lang", "fr-CA"), (*PEOPLE, "--project", str(folder))):
        words = tuple(word.replace("subscribers/", f"{folder}/subscribers/") for word in words)
        assert CliRunner().invoke(newsletter, list(words)).exit_code == 0
    return folder


@pytest.fixture
def project(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(begun, tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.setenv("NEWSLETTER_LANG", "en")
    return tmp_path / "mine"


@pytest.fixture
def confirmed(run_json: Callable[..., dict], project: Path) -> tuple[str, ...]:
    """Return the words that send what the demo list gets."""
    count = run_json("send", "bienvenue", "--dry-run")["recipients"]
    return ("send", "bienvenue", "--confirm", "bienvenue", "--expect", str(count))


def interrupted(*_words: object, **_options: object) -> None:
    raise KeyboardInterrupt


def said(result: Result) -> str:
    assert result.exit_code == 130
    assert result.stdout == ""
    assert "error" not in result.stderr
    return result.stderr.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("step", ["plan", "confirm"])
@pytest.mark.parametrize(("lang", "words"), [("en", "nothing was sent."), ("fr", "Interrompu : rien n’est parti.")])
def test_before_the_first_mail_nothing_was_sent(run, confirmed, monkeypatch, step, lang, words) -> None:
    monkeypatch.setattr(Project, step, interrupted)
    assert words in said(run("--lang", lang, *confirmed))


def test_at_the_question_nothing_was_sent(run, project, monkeypatch) -> None:
    monkeypatch.setattr("newsletter.cli.ceremony.confirmed", interrupted)
    assert "nothing was sent" in said(run("send", "bienvenue"))


def test_once_it_is_confirmed_it_says_how_to_go_on(run, confirmed, monkeypatch) -> None:
    monkeypatch.setattr(Project, "deliver", interrupted)
    text = said(run(*confirmed))
    assert "S1 is confirmed" in text
    assert "newsletter resume S1" in text


def test_a_test_mail_may_have_left(run, project, monkeypatch) -> None:
    monkeypatch.setattr(Project, "send_test", interrupted)
    assert "some of the test mails may have left" in said(run("send", "bienvenue", "--test", "me@example.org"))


def test_nobody_was_imported_and_nobody_is(run, run_json, project, monkeypatch) -> None:
    monkeypatch.setattr("newsletter.project.registry.import_people", interrupted)
    assert "nobody was imported" in said(run(*PEOPLE))


def test_nothing_was_restored(run, project, monkeypatch, tmp_path) -> None:
    (tmp_path / "backup.zip").write_bytes(b"")
    monkeypatch.setattr("newsletter.project.backups.restore", interrupted)
    text = said(run("restore", str(tmp_path / "backup.zip")))
    assert "nothing was restored" in text
    assert "Run it again" in text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("send", "x"), "nothing was sent"),
        (("subscribers", "import", "x"), "nobody was imported"),
        (("restore", "x"), "nothing was restored"),
        (("status",), "Interrupted."),
    ],
)
def test_before_a_command_runs_the_words_of_the_line_are_enough(run, monkeypatch, words, text) -> None:
    monkeypatch.setattr("newsletter.cli.start._invoked", interrupted)
    assert text in said(run(*words))
