"""A send under way, as a page: held, paused, called off, gone on with, handed over, in trouble, reported."""

from __future__ import annotations

import email
import email.policy
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from desk_client import PATIENCE, PEOPLE, PLAN, Desk, confirm, ended, mails_of, until
from scripted_relay import ScriptedRelay

from newsletter.delivery.states import SendState
from newsletter.project.mailroom import Mailroom

LOOPBACK = '[transport]\nkind = "smtp"\nhold = 60\n[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n'


def test_a_real_way_out_holds_and_can_be_called_off_before_anybody_got_it(make: Callable[..., Desk]) -> None:
    desk = make(config=LOOPBACK)
    assert "after 60 seconds" in desk.get(PLAN).text
    began = time.monotonic()
    assert confirm(desk).status_code == 200
    now = desk.get("/sends/S1/progress.json").json()
    assert 60 - (time.monotonic() - began) - 1 < now["hold"] <= 60
    assert now["can"] == ["pause", "cancel"]
    called_off = desk.post("/sends/S1/cancel").json()
    assert (called_off["state"], called_off["hold"]) == ("cancelled", 0)
    assert {each["name"]: each["number"] for each in called_off["counts"]}["skipped"] == "7"
    refused = desk.post("/sends/S1/pause")
    assert refused.status_code == 409
    assert "cancelled" in refused.json()["error"]["message"]


#: a dozen seconds for everybody: however long somebody else stands still, a look finds it under way
SLOW = "[transport]\nper_second = 0.5\nwindow = 1\n"


def test_a_send_pauses_and_goes_on_with_those_who_remain(make: Callable[..., Desk]) -> None:
    desk = make(config=SLOW)
    confirm(desk)
    until(desk, "S1", lambda now: now["settled"] >= 1)
    paused = desk.post("/sends/S1/pause").json()
    assert paused["state"] == "paused"
    assert "resume" in paused["can"]
    assert paused["settled"] < PEOPLE
    until(desk, "S1", lambda _now: not desk.studio.mailroom._at_work)
    settings = desk.root / "newsletter.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("0.5", "1000"), encoding="utf-8")
    desk.studio.workshop.renew(whole=True)
    desk.post("/sends/S1/resume", {"at_once": True})
    until(desk, "S1", ended)
    recipients = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["to"] for path in mails_of(desk)
    ]
    assert len(recipients) == len(set(map(str, recipients))) == PEOPLE


def test_what_is_resumed_before_its_pause_came_to_an_end_goes_on(
    make: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, ends, over = Mailroom._turn, threading.Semaphore(0), threading.Event()

    def lingering(*given: Any) -> float | None:
        found = turn(*given)
        ends.release()
        over.wait(PATIENCE)
        return found

    monkeypatch.setattr(Mailroom, "_turn", lingering)
    desk = make(config=LOOPBACK)
    confirm(desk)
    desk.post("/sends/S1/pause")
    assert ends.acquire(timeout=PATIENCE), "the pause is seen"
    assert desk.post("/sends/S1/resume").json()["state"] == "running"
    over.set()
    until(desk, "S1", lambda now: now["hold"] > 0 and not now["idle"])
    desk.post("/sends/S1/cancel")
    assert ends.acquire(timeout=PATIENCE), "it was taken up once more"
    now = until(desk, "S1", ended)
    assert (now["state"], now["idle"]) == ("cancelled", False)


def test_the_end_of_the_studio_ends_a_send_that_can_be_resumed(make: Callable[..., Desk]) -> None:
    desk = make(config=SLOW)
    confirm(desk)
    until(desk, "S1", lambda now: now["settled"] >= 1)
    desk.studio.mailroom.end()
    now = desk.get("/sends/S1/progress.json").json()
    assert (now["state"], now["idle"], now["unknown"]) == ("running", True, 0)
    assert "resume" in now["can"]
    assert len(mails_of(desk)) == now["settled"]


def test_a_send_that_ended_while_it_was_looked_at_is_not_shown_as_left_alone(desk: Desk) -> None:
    from newsletter.delivery.send import load_send
    from newsletter.project import opened
    from newsletter.web.preview import watching

    confirm(desk)
    until(desk, "S1", ended)
    with opened(desk.root) as project:
        before = replace(load_send(project.store, 1), state=SendState.RUNNING)
        now = watching.progress_of(desk.studio, project, before)
    assert (now["state"], now["idle"], now["can"]) == ("done", False, [])


def test_what_another_process_sends_is_handed_over_and_watched(desk: Desk) -> None:
    from newsletter.delivery.lock import sole_sender
    from newsletter.project import opened

    with opened(desk.root) as project, sole_sender(project.store, role="serve"):
        confirm(desk)
        time.sleep(0.5)
        now = desk.get("/sends/S1/progress.json").json()
        assert (now["state"], now["settled"], now["fault"], now["idle"]) == ("running", 0, None, False)
    until(desk, "S1", ended)
    assert len(mails_of(desk)) == PEOPLE


def test_what_goes_wrong_while_sending_is_on_the_page_in_the_commands_words(make: Callable[..., Desk]) -> None:
    with ScriptedRelay(
        script=lambda step, _count, _word: "535 5.7.8 Wrong password" if step == "auth" else None,
        offers=("PIPELINING", "AUTH PLAIN"),
    ) as relay:
        config = LOOPBACK.replace("hold = 60", "hold = 0").replace("port = 9", f'port = {relay.port}\nusername = "x"')
        desk = make(config=config, environ={"NEWSLETTER_SMTP_PASSWORD": "geheim"})
        confirm(desk)
        now = until(desk, "S1", lambda now: now["fault"] is not None)
    assert now["state"] == "stopped"
    assert "535" in now["fault"]["message"]
    assert "geheim" not in json.dumps(now)
    assert (now["unknown"], now["can"]) == (0, ["resume", "cancel"])
    assert "Traceback" not in desk.get("/sends/S1").text
    assert _as_read_before_it_stopped(desk)["state"] == "stopped"


def _as_read_before_it_stopped(desk: Desk) -> dict[str, Any]:
    """Answer as to somebody who read the send a moment before its fault."""
    from newsletter.delivery.send import load_send
    from newsletter.project import opened
    from newsletter.web.preview.watching import progress_of

    with opened(desk.root) as project:
        return progress_of(desk.studio, project, replace(load_send(project.store, 1), state=SendState.RUNNING))


def test_the_report_stands_in_the_studio_with_its_charts(desk: Desk) -> None:
    confirm(desk)
    until(desk, "S1", ended)
    assert 'src="/sends/S1/report.html"' in desk.get("/sends/S1/report").text
    answer = desk.get("/sends/S1/report.html")
    assert "<svg" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert desk.get("/sends/S9/report").status_code == 404
    assert desk.get("/sends/S9/report.html").status_code == 404
