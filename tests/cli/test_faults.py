import errno

import click
import pytest
from click.testing import CliRunner

from newsletter.cli.faults import full, redacted
from newsletter.cli.frame import Root, Shelf
from newsletter.cli.output import Output
from newsletter.errors import (
    BusyError,
    CredentialsError,
    Finding,
    IssueError,
    Location,
    NewsletterError,
    RefusedError,
    Severity,
)
from newsletter.language import speaking

CANARY = "canari.secret@example.org"
TOKEN = "abcdef0123456789abcdef0123456789abcdef"


class PanicException(BaseException):
    """What a Rust library raises."""


@pytest.fixture
def fail(tmp_path):
    """Run a command that raises."""
    (tmp_path / "newsletter.toml").write_text("")

    def call(error: BaseException, *words: str):
        class Failing(Root):
            def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
                @click.command("fail", context_settings={"ignore_unknown_options": True})
                @click.argument("rest", nargs=-1)
                def failing(rest):
                    raise error

                return failing

        return CliRunner().invoke(Failing(help="", shelves=(Shelf(title="", entries=()),)), ["fail", *words])

    return call


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NewsletterError("x"), 1),
        (RefusedError("x"), 3),
        (CredentialsError("x"), 4),
        (BusyError("x"), 5),
        (OSError(errno.ENOSPC, "No space left on device", "var/x"), 5),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (ValueError("x"), 1),
        (PanicException("x"), 1),
    ],
)
def test_each_kind_of_fault_has_its_exit_code(fail, error, code):
    result = fail(error)
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert result.stderr.startswith(("error:", "erreur")) is (code != 130)


def test_a_fault_of_the_program_leaves_no_address_anywhere(fail, tmp_path):
    result = fail(ValueError(f"no {CANARY} with {TOKEN}"), "--verbose")
    assert CANARY not in result.output
    assert TOKEN not in result.output
    kept = list((tmp_path / "var" / "log").iterdir())
    assert len(kept) == 1
    text = kept[0].read_text()
    assert "ValueError" in text
    assert CANARY not in text
    assert TOKEN not in text
    assert kept[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["<a.b@example.org>", "to:a+b@example.org,", "'é@exemple.québec'", "mailto:a@example.org"]
)
def test_redaction_leaves_no_at_sign_with_a_name(text):
    assert "example" not in redacted(text)
    assert "exemple" not in redacted(text)


def test_a_finding_is_shown_with_its_line_and_a_caret(tmp_path):
    (tmp_path / "2026-12.md").write_text('---\nlang: fr-CA\nsubject: "Décembre"\npreheeder: "Ordre du jour"\n')
    finding = Finding(
        code="NL104",
        severity=Severity.ERROR,
        message="clé inconnue « preheeder »",
        location=Location(path="2026-12.md", line=4, column=1, end_line=4, end_column=10),
        suggestion="preheader",
        hint="Corrigez-la.",
        source='preheeder: "Ordre du jour"',
    )
    with speaking("fr-CA"):
        shown = full(finding, Output(), tmp_path)
    assert shown.replace("\xa0", " ").splitlines() == [
        "2026-12.md:4:1: NL104 erreur : clé inconnue « preheeder »",
        "  |",
        '3 | subject: "Décembre"',
        '4 | preheeder: "Ordre du jour"',
        "  | ^^^^^^^^^ vouliez-vous dire « preheader »?",
        "  |",
        "  = aide : Corrigez-la. Règle : newsletter rule NL104",
    ]


def test_all_findings_of_an_error_are_told(fail):
    places = [Location(path="x.md", line=line) for line in (1, 2)]
    findings = [Finding(code="NL1", severity=Severity.ERROR, message="m", location=place) for place in places]
    assert fail(IssueError("two", findings)).stderr.count("NL1") == 2
