"""While `serve` runs, what came back is attended to by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.delivery.stopping import Stop
from newsletter.feedback.event import Source
from newsletter.feedback.inbox import keep
from newsletter.feedback.webhooks import generic
from newsletter.project import open_project
from newsletter.project.attendance import MAILBOXES, REFUSALS, Attendance
from newsletter.project.project import Project
from newsletter.project.returns import postroom

SECRET = "un secret partagé"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    (tmp_path / "newsletter.toml").write_text(
        '[site]\nname = "Coalition"\n\n[feedback.mailbox.rebonds]\nkind = "maildir"\npath = "boite"\n'
    )
    found = open_project(tmp_path, {"NEWSLETTER_WEBHOOK_SECRET": SECRET})
    yield found
    found.close()


def test_calls_refusals_and_mailboxes_are_looked_at_in_their_time(project, monkeypatch) -> None:
    looked: list[str] = []
    place = "newsletter.feedback.collecting.Collector"
    for name in ("work_off_calls", "count_refusals", "visit"):
        monkeypatch.setattr(f"{place}.{name}", lambda *_args, name=name: looked.append(name))
    attendance = Attendance(project, Stop())
    for at in (1.0, 2.0, 1.0 + REFUSALS, 1.0 + MAILBOXES):
        attendance.once(at)
    assert looked == ["count_refusals", "visit", "count_refusals", "count_refusals", "visit"]
    keep(project.store, Source.GENERIC, b"[]", at=0.0)
    attendance.once(2.0 + MAILBOXES)
    assert looked[-1] == "work_off_calls"


def test_the_projects_postroom_knows_its_secret(project) -> None:
    body, at = b"[]", str(int(time.time()))
    headers = {"webhook-id": "1", "webhook-timestamp": at}
    signature = generic.sign("1", at, body, secret=SECRET)
    assert postroom(project).receive("generic", {**headers, "webhook-signature": signature}, body) == 204
    assert postroom(project).receive("generic", {**headers, "webhook-signature": "v1,x"}, body) == 403
    assert postroom(project).receive("sendgrid", headers, body) == 403


def test_it_begins_at_once_and_ends_when_asked(project) -> None:
    keep(project.store, Source.GENERIC, b"[]", at=0.0)
    stop = Stop()
    attendance = Attendance(project, stop).start()
    from newsletter.feedback.inbox import waiting

    until = time.monotonic() + 120
    while waiting(project.store) and time.monotonic() < until:
        time.sleep(0.02)
    stop.ask()
    attendance.join(120)
    assert not waiting(project.store)
    assert not attendance._thread.is_alive()
