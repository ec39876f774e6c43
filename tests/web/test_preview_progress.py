"""A send under way, as a page: held, paused, called off, gone on with, handed over, in trouble, reported."""

from __future__ import annotations

import email
import email.policy
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from desk_client import PEOPLE, PLAN, Desk, confirm, ended, mails_of, until
from scripted_relay import ScriptedRelay

from newsletter.delivery.states import SendState

LOOPBACK = '[transport]\nkind = "smtp"\nhold = 60\n[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n'


def test_a_real_way_out_holds_and_can_be_called_off_before_anybody_got_it(make: Callable[..., Desk]) -> None:
    desk = make(config=LOOPBACK)
    assert "after 60 seconds" in desk.get(PLAN).text
    assert confirm(desk).status_code == 200
    now = desk.get("/sends/S1/progress.json").json()
    assert 50 < now["hold"] <= 60
    assert now["can"] == ["pause", "cancel"]
    called_off = desk.post("/sends/S1/cancel").json()
    assert (called_off["state"], called_off["hold"]) == ("cancelled", 0)
    assert {each["name"]: each["number"] for each in called_off["counts"]}["skipped"] == "7"
    refused = desk.post("/sends/S1/pause")
    assert refused.status_code == 409
    assert "cancelled" in refused.json()["error"]["message"]


def test_a_send_pauses_and_goes_on_with_those_who_remain(make: Callable[..., Desk]) -> None:
    desk = make(people=40, config="[transport]\nper_second = 8\nwindow = 1\n")
    confirm(desk)
    until(desk, "S1", lambda now: now["settled"] >= 2)
    paused = desk.post("/sends/S1/pause").json()
    assert paused["state"] == "paused"
    assert "resume" in paused["can"]
    before = until(desk, "S1", lambda now: not desk.studio.mailroom._threads["S1"].is_alive())
    assert before["settled"] < 40
    desk.post("/sends/S1/resume", {"at_once": True})
    until(desk, "S1", ended)
    assert len(mails_of(desk)) == 40
    recipients = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["to"] for path in mails_of(desk)
    ]
    assert len(set(map(str, recipients))) == 40


def test_the_end_of_the_studio_ends_a_send_that_can_be_resumed(make: Callable[..., Desk]) -> None:
    desk = make(people=40, config="[transport]\nper_second = 8\nwindow = 1\n")
    confirm(desk)
    until(desk, "S1", lambda now: now["settled"] >= 2)
    desk.studio.mailroom.end()
    now = desk.get("/sends/S1/progress.json").json()
    assert (now["state"], now["idle"], now["unknown"]) == ("running", True, 0)
    assert "resume" in now["can"]
    assert len(mails_of(desk)) == now["settled"]


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
