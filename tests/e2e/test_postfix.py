"""A send through Debian's Postfix, each mail read back from its Maildir and compared with what was made for its reader.

Skipped with a reason where Postfix is missing or can not run. `make torture` sends 5,000.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import postfix_server
import pytest
from click.testing import CliRunner, Result
from e2e_project import ROOT, SLUG

from newsletter import open_project
from newsletter.cli.root import newsletter
from newsletter.delivery.transports.base import Parcel

pytestmark = [
    pytest.mark.postfix,
    pytest.mark.skipif(bool(postfix_server.why_not()), reason=postfix_server.why_not()),
]
DOMAINS = ("un.example", "deux.example", "trois.example")
#: what a server puts above a mail; ours begins below
_THEIRS = re.compile(rb"(?:(?:Return-Path|X-Original-To|Delivered-To|Received):[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_KEY = re.compile(rb"^Delivered-To: p(\d+)@", re.MULTILINE)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "newsletter.toml", folder)
    for name in ("issues", "subscribers"):
        shutil.copytree(ROOT / name, folder / name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NEWSLETTER_LANG", "en-CA")

    def call(*words: str) -> Result:
        result = CliRunner().invoke(newsletter, [*words, "--no-input"])
        assert result.exit_code == 0, result.output
        return result

    return call


def send(run: Callable[..., Result], count: int) -> None:
    """Import so many people and send to them."""
    rows = "".join(f"p{number}@{DOMAINS[number % 3]},Zoé Tremblay-{number}\n" for number in range(count))
    Path("crowd.csv").write_text(f"email,name\n{rows}", encoding="utf-8")
    run("subscribers", "import", "crowd.csv", "--list", "demo", "--consent", "express", "--source", "test")
    run("send", SLUG, "--list", "demo", "--confirm", SLUG, "--expect", str(count))
    counts = json.loads(run("status", SLUG, "--json").stdout)["sends"][0]["counts"]
    assert counts["sent"] == count
    run("verify", SLUG)


def made() -> dict[str, bytes]:
    """Make every mail of the send again, as the worker made it, by its reader's address."""
    from newsletter.project.delivering import letters_of

    with contextlib.closing(open_project(Path())) as project:
        from sqlalchemy import select

        from newsletter.audience.crowd import load
        from newsletter.delivery.send import find_send
        from newsletter.store.tables import ledger

        own = find_send(project.store, SLUG)
        letters = letters_of(project, own)
        row = ledger.delivery.c
        with project.store.read() as connection:
            query = select(row.n, row.subscriber_id, row.list_id, row.lang).where(row.send_id == own.id)
            rows = connection.execute(query).all()
            people = load(connection, [each.subscriber_id for each in rows])
        found = {}
        for n, person, owner, lang in rows:
            parcel = Parcel(key=n, send=own.ref, letter=letters(lang, owner), subscriber=people[person])
            found[people[person].address] = parcel.message().content
        return found


def check(server: postfix_server.Postfix, count: int, seconds: float) -> None:
    server.wait_for(count, seconds)
    expected = made()
    arrived = Counter[str]()
    for raw in server.mails():
        head = _THEIRS.match(raw)
        assert head is not None
        number = int(_KEY.findall(head[0])[0])
        address = f"p{number}@{DOMAINS[number % 3]}"
        arrived[address] += 1
        assert raw[head.end() :] == expected[address].replace(b"\r\n", b"\n")
        assert re.match(rb"Return-Path: <[^>]*>\n", head[0])
    assert set(arrived) == set(expected)
    assert max(arrived.values()) == 1
    assert len(expected) == count


@pytest.mark.parametrize(("count", "seconds"), [(200, 300), pytest.param(5_000, 600, marks=pytest.mark.torture)])
def test_each_mail_that_postfix_delivers_is_the_one_that_was_made(
    run: Callable[..., Result],
    tmp_path: Path,
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    seconds: float,
) -> None:
    for name, value in {"TRANSPORT_KIND": "smtp", "SMTP_PORT": str(free_port), "SMTP_SECURITY": "none"}.items():
        monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    with postfix_server.postfix(free_port, domains=DOMAINS) as server:
        send(run, count)
        check(server, count, seconds)
        assert "DATA command pipelining" not in server.log()
        assert "improper command pipelining" not in server.log()


def test_it_goes_encrypted_where_postfix_wants_it(
    run: Callable[..., Result], tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from certificates import certificate

    own = certificate(tmp_path, "localhost")
    values = {
        "TRANSPORT_KIND": "smtp",
        "SMTP_HOST": "localhost",
        "SMTP_PORT": str(free_port),
        "SMTP_SECURITY": "starttls",
        "SMTP_CA_FILE": str(own),
    }
    for name, value in values.items():
        monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    with postfix_server.postfix(free_port, domains=DOMAINS, certificate=own) as server:
        send(run, 20)
        check(server, 20, 300)
        assert all(b"ESMTPS" in raw for raw in server.mails())
