"""What goes wrong on an ordinary day: each gives words, the right exit code, no traceback, and loses nothing."""

from __future__ import annotations

import resource
import subprocess

import pytest
from calm import until
from e2e_project import SLUG, Coalition
from scripted_relay import DROP, SILENT, Script, ScriptedRelay

HEAD = '---\nsubject: "Bonjour"\nlang: fr-CA\nstatus: ready\naudience: [demo]\n---\n\n'
CONFIRMED = ("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", "5")
IMPORT = ("--list", "demo", "--consent", "express", "--source", "test")
#: no address of the demonstration's list
GOOD = b"email,name\nfirst@example.org,First\n"


def findings(coalition: Coalition, text: str) -> str:
    """Write an issue, try to send it, and return what is said about it."""
    coalition.import_people()
    (coalition.folder / "issues" / "bad.md").write_text(text, encoding="utf-8")
    refused = coalition.run("send", "bad", "--list", "demo", "--confirm", "bad", "--expect", "5", code=3)
    assert "nothing was sent" in refused.stderr
    assert not (coalition.folder / "var" / "outbox").exists()
    return coalition.run("check", "issues/bad.md", code=1).stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('---\nsubject: "Bonjour\nlang: fr-CA\n---\n\nTexte.\n', "2:10: NL003", id="broken front matter"),
        pytest.param("---\nsubject: Bonjour\n\nTexte.\n", "1:1: NL002", id="front matter without an end"),
        pytest.param(HEAD.replace("status", "preheadr: x\nstatus"), "“preheader”", id="unknown key"),
        pytest.param(f"{HEAD}::: boutton\nx\n:::\n", "begins like this: **[…](https://…)**", id="unknown block"),
        pytest.param(f"{HEAD}Oui {{{{ subscriber.frist_name }}}}.\n", "“subscriber.first_name”", id="unknown field"),
        pytest.param(f"{HEAD}![Une photo](absent.png)\n", "correct its name", id="missing image"),
        pytest.param(f"{HEAD}![](absent.png)\n", "Say in the brackets", id="image without alternative text"),
    ],
)
def test_a_faulty_issue_is_not_sent_and_its_line_is_shown(coalition: Coalition, text: str, said: str) -> None:
    shown = findings(coalition, text)
    assert said in shown
    assert "issues/bad.md:" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"nom,ville\nA,B\n", "Name it « email »", id="wrong columns"),
        pytest.param(GOOD + b"second@example.org,\x81\xff\n", "CSV UTF-8", id="wrong encoding"),
        pytest.param(GOOD + b'"b@example.org\r\nBcc: c@example.org",X\n', "--skip-rejected", id="hostile cell"),
        pytest.param(GOOD + b'second@example.org,"open\nthird@example.org,C\n', "Close it", id="unterminated quote"),
        pytest.param(GOOD + b"second@example.org,A,B,C\n", "not as many cells", id="ragged row"),
        pytest.param(b"", "column names", id="empty file"),
    ],
)
def test_a_faulty_file_of_people_is_refused_whole(coalition: Coalition, content: bytes, said: str) -> None:
    (coalition.folder / "bad.csv").write_bytes(content)
    refused = coalition.run("subscribers", "import", "bad.csv", *IMPORT, code=1)
    assert said in refused.stdout + refused.stderr
    (coalition.folder / "good.csv").write_bytes(GOOD)
    assert "1 person joined" in coalition.run("subscribers", "import", "good.csv", *IMPORT).stdout


def test_postgresql_without_a_secret_key_says_how_to_make_one(coalition: Coalition) -> None:
    coalition.variables["NEWSLETTER_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    refused = coalition.run("subscribers", "import", "subscribers/demo.csv", *IMPORT, code=2)
    assert "NEWSLETTER_SECRET_KEY" in refused.stderr
    assert "secrets.token_hex" in refused.stderr


def test_sendgrid_without_a_key_names_the_variable(coalition: Coalition) -> None:
    coalition.import_people()
    coalition.variables["NEWSLETTER_TRANSPORT_KIND"] = "sendgrid"
    coalition.variables["NEWSLETTER_SENDGRID_BASE_URL"] = "http://127.0.0.1:1"
    assert "NEWSLETTER_SENDGRID_API_KEY" in coalition.run(*CONFIRMED, code=4).stderr


def failing(
    coalition: Coalition, script: Script, *, code: int, login: str | None = None, patience: float = 60
) -> tuple[str, ScriptedRelay]:
    """Send through a server that does as `script` says; return what was said, and the server as it was."""
    coalition.import_people()
    with ScriptedRelay(script=script, offers=("PIPELINING", "8BITMIME", "AUTH PLAIN")) as relay:
        coalition.by_smtp(relay.port)
        coalition.variables |= {"NEWSLETTER_SMTP_DOT_TIMEOUT": str(patience)}
        if login is not None:
            coalition.variables |= {"NEWSLETTER_SMTP_USERNAME": "we", "NEWSLETTER_SMTP_PASSWORD": login}
        done = coalition.run(*CONFIRMED, code=code)
    return done.stdout + done.stderr, relay


def resumed(coalition: Coalition) -> list[str]:
    """Go on through a server that works; return whom it got mails for."""
    with ScriptedRelay(offers=("PIPELINING", "8BITMIME", "AUTH PLAIN")) as relay:
        coalition.by_smtp(relay.port)
        coalition.run("resume", SLUG, "--now")
    coalition.run("verify", SLUG)
    return relay.recipients()


def at(step: str, answer: str, *, only: int | None = None) -> Script:
    return lambda name, count, _argument: answer if name == step and only in (None, count) else None


def test_a_wrong_smtp_password_is_said_and_the_rest_waits(coalition: Coalition) -> None:
    said, relay = failing(coalition, at("auth", "535 5.7.8 Bad credentials"), code=4, login="wr0ng-s3cret")
    assert "NEWSLETTER_SMTP_PASSWORD" in said
    assert "wr0ng-s3cret" not in said
    assert relay.recipients() == []
    assert len(set(resumed(coalition))) == 5


def test_a_missing_smtp_password_is_not_tried(coalition: Coalition) -> None:
    said, relay = failing(coalition, at("none", ""), code=4, login="")
    assert "NEWSLETTER_SMTP_PASSWORD_FILE" in said
    assert not any(command.startswith("AUTH") for _connection, command in relay.commands)


def test_a_server_that_refuses_us_is_quoted_and_the_rest_waits(coalition: Coalition) -> None:
    said, _relay = failing(coalition, at("greeting", "554 5.7.1 go away"), code=4)
    assert "go away" in said
    assert "Ask its operator" in said
    assert len(set(resumed(coalition))) == 5


def test_a_server_that_stalls_after_the_mail_leaves_it_in_doubt(coalition: Coalition) -> None:
    said, relay = failing(coalition, at("dot", SILENT), code=1, patience=1)
    assert "newsletter resolve S1" in said
    assert len(relay.recipients()) == len(set(relay.recipients())) == 5
    coalition.run("resume", SLUG, code=1)
    assert coalition.counts()["unknown"] == 5


def test_a_server_that_drops_the_line_gets_nothing_twice(coalition: Coalition) -> None:
    said, relay = failing(coalition, at("dot", DROP, only=2), code=1)
    assert "1 recipient is in doubt" in said
    assert len(relay.recipients()) == len(set(relay.recipients())) == 5


@pytest.mark.parametrize("limit", [20_000, 70_000], ids=["no room to begin", "no room to go on"])
def test_a_full_disk_is_said_and_a_resume_finishes(coalition: Coalition, limit: int) -> None:
    coalition.import_people()
    done = cramped(coalition, limit)
    assert done.returncode == 5, done.stderr
    assert "Traceback" not in done.stderr
    assert "Make room" in done.stderr
    coalition.run(*CONFIRMED)  # nothing was begun, or those who have it are left out
    coalition.run("resume", SLUG, "--now")
    assert len(list((coalition.folder / "var" / "outbox").rglob("*.eml"))) == 5
    coalition.run("verify", SLUG)


def cramped(coalition: Coalition, limit: int) -> subprocess.CompletedProcess[str]:
    """Send where no file may grow beyond `limit` octets."""
    return subprocess.run(
        coalition.command(*CONFIRMED),
        cwd=coalition.folder,
        env=coalition.environment(),
        capture_output=True,
        text=True,
        timeout=240,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )


def test_a_second_send_beside_the_first_sends_nothing_twice(coalition: Coalition) -> None:
    coalition.import_people()
    with ScriptedRelay(script=at("dot", "<after 1.5> 250 Ok")) as relay:
        coalition.by_smtp(relay.port)
        first = coalition.start(*CONFIRMED)
        until(lambda: relay.accepted)
        second = coalition.run(*CONFIRMED)
        assert "already" in second.stdout + second.stderr
        assert first.wait(120) == 0
    assert len(relay.recipients()) == len(set(relay.recipients())) == 5
