"""Sending from the studio: what the command refuses, the page refuses, with the same words."""

from __future__ import annotations

import email
import email.policy
import html
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_client import CONFIG, ISSUE, Desk, enrol, make_desk
from scripted_relay import ScriptedRelay

PEOPLE = 7
PLAN = "/plan/decembre"
TESTED = "essai@example.org"
LOOPBACK = '[transport]\nkind = "smtp"\nhold = 60\n[smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n'


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one project with people, to copy the others from."""
    desk = make_desk(tmp_path_factory.mktemp("peuple") / "projet")
    enrol(desk, PEOPLE)
    desk.studio.workshop.close()
    return desk.root


@pytest.fixture
def make(tmp_path: Path, peopled: Path) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def build(*, people: int = PEOPLE, **given: Any) -> Desk:
        if people:
            shutil.copytree(peopled, tmp_path / "projet")
        desk = make_desk(tmp_path / "projet", **given)
        made.append(desk)
        if people > PEOPLE:
            enrol(desk, people)
        return desk

    yield build
    for desk in made:
        desk.studio.mailroom.end()
        desk.studio.workshop.close()


@pytest.fixture
def desk(make: Callable[..., Desk]) -> Desk:
    return make()


def _plan(desk: Desk, address: str = PLAN) -> dict[str, Any]:
    """Open the page of a plan and read what it is bound to."""
    answer = desk.get(address)
    assert answer.status_code == 200, answer.text
    found = re.search(r"id=\"bound\" data-plan=\"(\w+)\" data-lists='([^']*)' data-again=\"([^\"]*)\"", answer.text)
    assert found
    return {"plan": found[1], "lists": json.loads(html.unescape(found[2])), "again": found[3]}


def _confirm(desk: Desk, **changes: object) -> Any:
    return desk.post(f"{PLAN}/send", {**_plan(desk), "typed": "decembre", **changes})


def _until(desk: Desk, ref: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(300):
        now: dict[str, Any] = desk.get(f"/sends/{ref}/progress.json").json()
        if wanted(now):
            return now
        time.sleep(0.1)
    raise AssertionError(now)


def _ended(now: dict[str, Any]) -> bool:
    return bool(now["ended"])


def _mails(desk: Desk) -> list[Path]:
    return sorted((desk.root / "var" / "outbox").glob("*/*.eml"))


def test_the_plan_says_who_how_many_who_not_and_why(desk: Desk) -> None:
    page = desk.get(PLAN).text
    assert "7 people" in page
    assert "Send to 7 people" in page
    assert "type the issue&#39;s name: decembre" in page
    assert "infolettre@example.org" in page
    assert not _mails(desk)


def test_who_left_stands_among_those_left_out_with_the_reason(desk: Desk) -> None:
    from newsletter.project import opened
    from newsletter.project.registry import take_off

    with opened(desk.root) as project:
        take_off(project, "personne1@example.org", name="membres")
    page = desk.get(PLAN).text
    assert "6 people" in page
    assert re.search(r"unsubscribed</th><td class=\"number\">1<", page)


def test_nobody_on_the_lists_is_a_page_with_the_commands_words(make: Callable[..., Desk]) -> None:
    answer = make(people=0).get(PLAN)
    assert answer.status_code == 409
    assert "Nobody would get it" in answer.text
    assert "Traceback" not in answer.text


def test_an_issue_that_is_not_there_is_not_found(desk: Desk) -> None:
    answer = desk.get("/plan/decembr")
    assert answer.status_code == 404
    assert "decembre" in answer.text


def test_the_typed_name_sends_to_each_once_and_the_page_tells(desk: Desk) -> None:
    answer = _confirm(desk)
    assert answer.status_code == 200, answer.text
    assert answer.json()["page"] == "/sends/S1"
    now = _until(desk, "S1", _ended)
    assert {each["name"]: each["number"] for each in now["counts"]}["sent"] == "7"
    assert len(_mails(desk)) == PEOPLE
    page = desk.get("/sends/S1")
    assert page.status_code == 200
    assert "7 people" in page.text
    assert "<h1>Décembre</h1>" in page.text


@pytest.mark.parametrize("typed", ["", "décembre", "decembre-2", "DECEMBRE"])
def test_02_another_name_sends_nothing(desk: Desk, typed: str) -> None:
    answer = _confirm(desk, typed=typed)
    assert answer.status_code == 409
    assert "is not the issue's name: nothing was sent." in answer.json()["error"]["message"]
    assert desk.get("/sends").text.count("/sends/S") == 0
    assert not _mails(desk)


def test_a_plan_that_no_longer_holds_is_refused_and_says_what_changed(desk: Desk) -> None:
    bound = _plan(desk)
    desk.issue(text=ISSUE.replace("Bonjour", "Bonsoir"))
    answer = desk.post(f"{PLAN}/send", {**bound, "typed": "decembre"})
    assert answer.status_code == 409
    assert "the issue's content changed" in answer.json()["error"]["message"]
    enrol(desk, PEOPLE + 1)
    answer = desk.post(f"{PLAN}/send", {**_plan(desk), "typed": "decembre", "plan": bound["plan"]})
    assert "who would get it" in answer.json()["error"]["message"]
    assert not _mails(desk)


def test_without_a_plan_nothing_is_sent(desk: Desk) -> None:
    answer = desk.post(f"{PLAN}/send", {"typed": "decembre", "lists": ["membres"]})
    assert answer.status_code == 400
    assert "no plan" in answer.json()["error"]["message"]
    assert not _mails(desk)


def test_a_draft_is_refused_until_its_author_says_it_is_ready(desk: Desk) -> None:
    path = desk.issue(text=ISSUE.replace("status: ready", "status: draft"))
    page = desk.get(PLAN).text
    assert "The issue is a draft: nothing was sent." in page
    assert 'id="send-form"' not in page
    assert _confirm(desk).status_code == 409
    assert desk.post(f"{PLAN}/ready").status_code == 200
    assert path.read_text(encoding="utf-8") == ISSUE
    assert 'id="send-form"' in desk.get(PLAN).text


def test_an_issue_with_errors_is_refused(desk: Desk) -> None:
    desk.issue(text=ISSUE + "\n![](images/nulle.png)\n")
    page = desk.get(PLAN).text
    assert "The issue has errors: nothing was sent." in page
    assert "chip error" in page
    assert _confirm(desk).status_code == 409
    assert not _mails(desk)


def test_nobody_gets_it_twice_but_by_a_reason_and_a_word_of_its_own(desk: Desk) -> None:
    _confirm(desk)
    _until(desk, "S1", _ended)
    assert "Everybody has “decembre” already" in desk.get(PLAN).text
    assert "already: nothing was sent" in _confirm(desk).json()["error"]["message"]
    again = desk.post(PLAN, {"lists": [], "again": "Lien mort"}).json()
    assert "People will get it twice. Why: Lien mort" in again["html"]
    number = re.search(r'data-plan="(\w+)"', again["html"])
    assert number
    wish = {"plan": number[1], "lists": ["membres"], "again": "Lien mort", "typed": "decembre"}
    refused = desk.post(f"{PLAN}/send", wish)
    assert "was not confirmed: nothing was sent" in refused.json()["error"]["message"]
    assert len(_mails(desk)) == PEOPLE
    assert desk.post(f"{PLAN}/send", {**wish, "typed_again": "decembre"}).json()["page"] == "/sends/S2"
    _until(desk, "S2", _ended)
    assert len(_mails(desk)) == 2 * PEOPLE


def test_the_plan_stands_beside_the_last_send(desk: Desk) -> None:
    _confirm(desk)
    _until(desk, "S1", _ended)
    enrol(desk, PEOPLE + 2)
    desk.issue("janvier", ISSUE.replace("Décembre", "Janvier"))
    page = desk.get("/plan/janvier").text
    assert "Then: decembre" in page
    row = re.search(r'Recipients</th><td>7</td><td>9 <span class="chip">changed', page)
    assert row, page
    assert re.search(r'<tr class="same"><th scope="row">Lists</th><td>membres</td><td>membres', page)


def test_a_real_way_out_holds_and_can_be_called_off_before_anybody_got_it(make: Callable[..., Desk]) -> None:
    desk = make(config=LOOPBACK)
    assert "after 60 seconds" in desk.get(PLAN).text
    assert _confirm(desk).status_code == 200
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
    _confirm(desk)
    _until(desk, "S1", lambda now: now["settled"] >= 2)
    paused = desk.post("/sends/S1/pause").json()
    assert paused["state"] == "paused"
    assert "resume" in paused["can"]
    before = _until(desk, "S1", lambda now: not desk.studio.mailroom._threads["S1"].is_alive())
    assert before["settled"] < 40
    desk.post("/sends/S1/resume", {"at_once": True})
    _until(desk, "S1", _ended)
    assert len(_mails(desk)) == 40
    recipients = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["to"] for path in _mails(desk)
    ]
    assert len(set(map(str, recipients))) == 40


def test_the_end_of_the_studio_ends_a_send_that_can_be_resumed(make: Callable[..., Desk]) -> None:
    desk = make(people=40, config="[transport]\nper_second = 8\nwindow = 1\n")
    _confirm(desk)
    _until(desk, "S1", lambda now: now["settled"] >= 2)
    desk.studio.mailroom.end()
    now = desk.get("/sends/S1/progress.json").json()
    assert (now["state"], now["idle"], now["unknown"]) == ("running", True, 0)
    assert "resume" in now["can"]
    assert len(_mails(desk)) == now["settled"]


def test_what_another_process_sends_is_handed_over_and_watched(desk: Desk) -> None:
    from newsletter.delivery.lock import sole_sender
    from newsletter.project import opened

    with opened(desk.root) as project, sole_sender(project.store, role="serve"):
        _confirm(desk)
        time.sleep(0.5)
        now = desk.get("/sends/S1/progress.json").json()
        assert (now["state"], now["settled"], now["fault"], now["idle"]) == ("running", 0, None, False)
    _until(desk, "S1", _ended)
    assert len(_mails(desk)) == PEOPLE


def test_what_goes_wrong_while_sending_is_on_the_page_in_the_commands_words(make: Callable[..., Desk]) -> None:
    with ScriptedRelay(
        script=lambda step, _count, _word: "535 5.7.8 Wrong password" if step == "auth" else None,
        offers=("PIPELINING", "AUTH PLAIN"),
    ) as relay:
        config = LOOPBACK.replace("hold = 60", "hold = 0").replace("port = 9", f'port = {relay.port}\nusername = "x"')
        desk = make(config=config, environ={"NEWSLETTER_SMTP_PASSWORD": "geheim"})
        _confirm(desk)
        now = _until(desk, "S1", lambda now: now["fault"] is not None)
    assert now["state"] == "stopped"
    assert "535" in now["fault"]["message"]
    assert "geheim" not in json.dumps(now)
    assert (now["unknown"], now["can"]) == (0, ["resume", "cancel"])
    assert "Traceback" not in desk.get("/sends/S1").text


def test_the_report_stands_in_the_studio_with_its_charts(desk: Desk) -> None:
    _confirm(desk)
    _until(desk, "S1", _ended)
    assert 'src="/sends/S1/report.html"' in desk.get("/sends/S1/report").text
    answer = desk.get("/sends/S1/report.html")
    assert "<svg" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert desk.get("/sends/S9/report").status_code == 404
    assert desk.get("/sends/S9/report.html").status_code == 404


def test_31_a_test_is_marked_and_its_way_out_says_that_it_is_one(desk: Desk) -> None:
    from newsletter.message.tokens import is_inert

    answer = desk.post("/test/decembre", {"addresses": f" {TESTED}\n"})
    assert answer.json()["said"] == "1 test mail handed over."
    assert answer.json()["where"] == "The mails are in var/outbox."
    [path] = _mails(desk)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["subject"] == "[ESSAI] Décembre"
    link = re.search(r"/u/([\w-]+)", str(mail["list-unsubscribe"]))
    assert link
    assert is_inert(link[1])
    assert "S1" not in desk.get("/sends").text


def test_a_test_without_its_mark_and_as_an_invented_reader(desk: Desk) -> None:
    personas = '[[persona]]\nkey = "zoe"\nname = "Zoé"\nlang = "fr-CA"\nlists = ["membres"]\n'
    (desk.root / "subscribers" / "personas.toml").write_text(personas, encoding="utf-8")
    desk.issue(text=ISSUE.replace("# Bonjour", '# Bonjour {{ subscriber.first_name | default("vous") }}'))
    desk.studio.workshop.renew(whole=True)
    assert "Zoé" in desk.get("/test/decembre").text
    desk.post("/test/decembre", {"addresses": TESTED, "reader": "zoe", "prefix": False})
    [path] = _mails(desk)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["subject"] == "Décembre"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Zoé" in body.get_content()


@pytest.mark.parametrize(
    ("addresses", "words"),
    [
        ("", "To which address?"),
        ("pas-une-adresse", ""),
        (" ".join(f"a{number}@example.org" for number in range(11)), "at most 10"),
    ],
)
def test_a_test_to_nobody_or_to_many_is_refused(desk: Desk, addresses: str, words: str) -> None:
    answer = desk.post("/test/decembre", {"addresses": addresses})
    assert answer.status_code >= 400
    assert words in answer.json()["error"]["message"]
    assert "pas-une-adresse" not in answer.text
    assert not _mails(desk)


def test_17_the_address_of_a_test_is_in_no_log_no_file_but_the_mail_and_no_page(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "canari.unique@example.org"
    with caplog.at_level(0):
        desk.post("/test/decembre", {"addresses": canary})
    assert canary not in caplog.text
    pages = ("/test/decembre", PLAN, "/sends", "/issues/decembre/fr-CA", "/shelf.json")
    assert not any(canary in desk.get(page).text for page in pages)
    holding = [path for path in desk.root.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()]
    assert holding == _mails(desk)


def _tomorrow(desk: Desk) -> dict[str, object]:
    return {**_plan(desk), "date": "2031-12-01", "time": "09:00", "zone": "America/Toronto", "typed": "decembre"}


def test_a_time_to_come_is_said_in_words_with_what_clocks_do_to_it(desk: Desk) -> None:
    said = desk.post(f"{PLAN}/moment", {"date": "2031-12-01", "time": "09:00", "zone": ""}).json()
    assert said["said"] == "Monday 1 December 2031 at 09:00 (America/Toronto)"
    gap = desk.post(f"{PLAN}/moment", {"date": "2031-03-09", "time": "02:30", "zone": "America/Toronto"}).json()
    assert "clocks go forward" in gap["notes"][0]
    past = desk.post(f"{PLAN}/moment", {"date": "2014-01-01", "time": "09:00", "zone": ""})
    assert past.status_code == 409
    assert "is past" in past.json()["error"]["message"]
    nowhere = desk.post(f"{PLAN}/moment", {"date": "2031-12-01", "time": "09:00", "zone": "America/Toronta"})
    assert "America/Toronto" in nowhere.json()["error"]["hint"]


def test_quiet_hours_move_a_time_and_the_page_says_so(make: Callable[..., Desk]) -> None:
    desk = make(config='[transport]\nquiet_hours = "22:00-07:00"\n')
    said = desk.post(f"{PLAN}/moment", {"date": "2031-12-01", "time": "23:30", "zone": ""}).json()
    assert "quiet hours" in said["notes"][0]


def test_an_issue_is_booked_shown_given_another_time_and_taken_off(desk: Desk) -> None:
    wish = _tomorrow(desk)
    refused = desk.post(f"{PLAN}/schedule", {**wish, "typed": "janvier"})
    assert refused.status_code == 409
    assert "Nothing is scheduled" not in desk.get("/sends").text
    assert desk.post(f"{PLAN}/schedule", wish).json()["page"] == "/sends"
    assert "Monday 1 December 2031 at 09:00 (America/Toronto), waiting for its time" in desk.get("/sends").text
    assert "Give it this time" in desk.get(PLAN).text
    assert desk.post(f"{PLAN}/schedule", {**wish, "time": "10:00"}).status_code == 200
    assert "2031 at 10:00" in desk.get("/sends").text
    assert desk.post("/bookings/cancel", {"ref": "decembre"}).status_code == 200
    assert "2031" not in desk.get("/sends").text
    assert not _mails(desk)


CHANGES = (
    f"{PLAN}/send",
    f"{PLAN}/schedule",
    f"{PLAN}/ready",
    PLAN,
    "/test/decembre",
    "/sends/S1/cancel",
    "/sends/S1/resume",
    "/bookings/cancel",
)


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    "forged",
    [{"origin": "http://evil.example"}, {"x-newsletter-token": ""}, {"host": "evil.example"}],
    ids=["another-origin", "no-token", "another-host"],
)
def test_31_a_forged_change_is_refused_before_anything_is_looked_at(
    tmp_path: Path, path: str, forged: dict[str, str]
) -> None:
    desk = make_desk(tmp_path / "projet")
    body = json.dumps({"addresses": TESTED, "typed": "decembre"})
    answer = desk.client.post(path, content=body, headers={**desk.token, **forged})
    assert answer.status_code == 403
    assert not (desk.root / "var").exists()


def test_what_is_wrong_with_the_configuration_is_a_page_in_words(make: Callable[..., Desk]) -> None:
    desk = make(people=0, base=CONFIG.replace("[sender.redaction]", "[sendr.redaction]"))
    answer = desk.get(PLAN)
    assert answer.status_code == 409
    assert "sendr" in answer.text
    assert "Traceback" not in answer.text


def test_the_pages_speak_french(make: Callable[..., Desk]) -> None:
    desk = make(lang="fr-CA")
    page = html.unescape(desk.get(PLAN).text)
    for words in ("Envoyer à 7 personnes", "Pour envoyer à 7 personnes, tapez le nom du numéro", "Envoyer plus tard"):
        assert words in page
    _confirm(desk)
    assert _until(desk, "S1", _ended)["word"] == "terminé"
