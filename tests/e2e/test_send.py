"""A send from the command line to the mailbox: each recipient once, and nobody without a confirmation."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_project import SLUG, Coalition, sink, taken
from sendgrid_lookalike import KEY, Lookalike

SUBSCRIBED = {
    "camille.exemple@example.org",
    "zoe.hetu@example.org",
    "taylor.sample@example.com",
    "sans.nom@example.net",
    "noemie.modele@example.com",
}
CONFIRMED = ("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "5")


def mails(coalition: Coalition) -> list[Path]:
    return sorted((coalition.folder / "var" / "outbox").rglob("*.eml"))


def test_without_a_confirmation_nothing_is_sent(coalition: Coalition) -> None:
    coalition.import_people()
    coalition.run("send", SLUG, "--list", "demo", code=3)
    coalition.run("send", SLUG, "--list", "demo", "--yes", code=3)
    coalition.run("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "4", code=3)
    coalition.run("send", SLUG, "--list", "demo", "--confirm", "autre", "--expect", "5", code=3)
    assert mails(coalition) == []


def test_five_people_get_it_once_and_again_nobody(coalition: Coalition) -> None:
    coalition.import_people()
    coalition.run_apart(*CONFIRMED)
    assert len(mails(coalition)) == 5
    again = coalition.run_apart(*CONFIRMED)
    assert "already" in again.stdout
    assert len(mails(coalition)) == 5
    coalition.run_apart("verify", SLUG)


def test_a_plan_holds_until_something_changes(coalition: Coalition) -> None:
    coalition.import_people()
    plan = coalition.json("send", SLUG, "--list", "demo", "--dry-run")["plan"]
    issue = coalition.folder / "issues" / f"{SLUG}.md"
    issue.write_text(issue.read_text(encoding="utf-8").replace("Voici", "Voilà"), encoding="utf-8")
    coalition.run(*CONFIRMED, "--plan", plan, code=3)
    assert mails(coalition) == []


def test_each_recipient_gets_it_once_by_smtp(coalition: Coalition, free_port: int, tmp_path: Path) -> None:
    coalition.import_people()
    coalition.by_smtp(free_port)
    log = tmp_path / "taken"
    with sink(free_port, log):
        coalition.run(*CONFIRMED)
        coalition.run(*CONFIRMED)
    assert sorted(taken(log)) == sorted(SUBSCRIBED)


def test_each_recipient_gets_it_once_by_sendgrid(coalition: Coalition) -> None:
    coalition.import_people()
    with Lookalike() as api:
        coalition.variables |= {
            "NEWSLETTER_TRANSPORT_KIND": "sendgrid",
            "NEWSLETTER_SENDGRID_BASE_URL": api.url,
            "NEWSLETTER_SENDGRID_API_KEY": KEY,
        }
        coalition.run(*CONFIRMED)
        assert sorted(mail.to["email"] for mail in api.mails) == sorted(SUBSCRIBED)
        assert api.faults == []


@pytest.mark.torture
def test_a_server_that_is_not_there_for_a_minute_loses_nothing(
    coalition: Coalition, free_port: int, tmp_path: Path
) -> None:
    coalition.import_people()
    coalition.by_smtp(free_port)
    failed = coalition.run(*CONFIRMED, code=5)
    assert "resume" in failed.stdout + failed.stderr
    log = tmp_path / "taken"
    with sink(free_port, log):
        coalition.run("resume", SLUG, "--now")
    assert sorted(taken(log)) == sorted(SUBSCRIBED)


def test_examples_of_an_identity_leave_no_machine(coalition: Coalition) -> None:
    coalition.import_people()
    coalition.variables |= {"NEWSLETTER_TRANSPORT_KIND": "smtp", "NEWSLETTER_SMTP_HOST": "mail.example.org"}
    coalition.run(*CONFIRMED, code=3)
