"""The statements about people's trust that a whole project must keep, each named in its test."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from lawful_project import FAR, configuration, members, pages_of
from starlette.routing import Route

from newsletter.audience.consent import Basis
from newsletter.config.model import Config, SubscriberSection
from newsletter.errors import ConfigError, RefusedError
from newsletter.message.tokens import Purpose, list_key, sign
from newsletter.project.desk import Desk
from newsletter.project.reachable import pages_answer, refuse_silent_pages
from newsletter.project.returns import postroom
from newsletter.project.transports import identity_faults


@pytest.fixture
def client(make_project):
    """Return a browser at the pages of a project with one list."""
    project = make_project(configuration(base_url=""), files={"subscribers/membres.toml": members()})
    made = pages_of(project, raise_server_exceptions=False)
    made.project = project
    return made


def token_of(project, key: str = "0123456789abcdef" * 2) -> str:
    mine = list_key("membres", project.keys)
    return sign(Purpose.UNSUBSCRIBE, subscriber_key=key, list_key=mine, keys=project.keys)


def test_trust_24_whoever_is_gone_gets_the_same_answer(client) -> None:
    known, altered = token_of(client.project), token_of(client.project)[:-1] + "x"
    answers = [client.post(f"/u/{token}", headers={"accept-language": "fr"}) for token in (known, known, altered)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({re.sub(r"/u/[\w-]+", "", answer.text) for answer in answers}) == 1


def test_trust_25_a_link_names_nobody_and_one_changed_character_is_no_link(client) -> None:
    token = token_of(client.project)
    assert re.fullmatch(r"[A-Za-z0-9_-]{40,}", token)
    desk = Desk(project=client.project)
    assert desk.open(token) is not None
    for at in range(0, len(token), 7):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert desk.open(other) is None or at > len(token) - 2


def test_trust_29_leaving_offers_this_list_and_everything_and_asks_nothing(client) -> None:
    page = client.get(f"/u/{token_of(client.project)}?lang=en").text
    assert page.count("<button") == 2
    assert 'value="all"' in page
    assert 'type="text"' not in page
    assert "password is needed" in page


@pytest.mark.parametrize(
    "base",
    [
        "http://infolettre.example.org",
        "https://localhost:8080",
        "https://127.0.0.1",
        "https://10.0.0.3",
        "https://machine",
    ],
)
def test_trust_31_pages_that_others_do_not_reach_by_https_refuse_a_send(make_project, base: str) -> None:
    [fault] = identity_faults(make_project(configuration(base_url=base), **FAR).config)
    assert "https" in fault.message
    assert identity_faults(make_project(configuration(), **FAR).config) == []


def test_trust_31_pages_that_do_not_answer_refuse_a_send(make_project) -> None:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok\n" if self.path == "/healthz" else b"something else\n")

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    assert pages_answer(base, seconds=60)
    assert not pages_answer(f"{base}/elsewhere", seconds=60)
    server.shutdown()
    server.server_close()
    assert not pages_answer(base, seconds=1)
    with pytest.raises(RefusedError) as raised:
        refuse_silent_pages(make_project(configuration(base_url=base)))
    assert raised.value.exit_code == 3


def test_trust_33_the_box_is_unticked_one_a_list_and_says_who_asks(client) -> None:
    page = client.get("/fr/abonnement").text
    assert page.count('type="checkbox"') == 1
    assert "checked" not in page
    for said in ("Coalition", "contact@example.org", "1, rue X", "J’accepte.", "retirer"):
        assert said in page, said


def test_trust_36_asking_for_express_consent_needs_a_consent_that_still_holds(client, tmp_path) -> None:
    """There is no mail to people but an issue to an audience, in which nobody is whose consent is over."""
    from datetime import date

    from newsletter.audience.consent import ConsentKind
    from newsletter.audience.importing import ImportOptions
    from newsletter.issue.document import AudienceWish
    from newsletter.project.registry import import_people

    path = tmp_path / "p.csv"
    path.write_text("email\na@example.org\n")
    options = ImportOptions(
        list="membres", consent=ConsentKind.IMPLIED, basis=Basis.INQUIRY, obtained=date(2020, 1, 1), source="test"
    )
    import_people(client.project, path, options)
    assert client.project.audience(AudienceWish(lists=("membres",))).total == 0


def test_trust_37_no_exemption_for_fundraising_is_built_in(make_project) -> None:
    """The default is off because there is no switch: everybody needs a consent."""
    with pytest.raises(ConfigError):
        make_project("[site]\nregistered_charity = true\n")


def test_trust_41_nothing_sensitive_is_asked_by_default() -> None:
    assert SubscriberSection().fields == {}


def test_trust_46_and_47_nothing_follows_anybody_and_no_switch_makes_it(make_project, client) -> None:
    """No pixel, no rewritten link: there is no such option, and the pages have no such route (65)."""
    for option in ("[tracking]\nopens = true\n", "[web]\ntracking = true\n", "[images]\npixel = true\n"):
        with pytest.raises(ConfigError):
            make_project(option)
    assert not any("track" in name or "pixel" in name for name in Config.model_fields)


def test_trust_49_the_privacy_officer_stands_on_every_page_and_a_send_needs_one(make_project, client) -> None:
    for path in ("/fr/abonnement", "/u/x", "/m/x", "/nowhere", "/c/x"):
        assert "Responsable" in client.get(path).text, path
    without = re.sub(r"privacy_officer\w+ = .*\n", "", configuration())
    faults = [fault.message for fault in identity_faults(make_project(without, **FAR).config)]
    assert len(faults) == 2
    assert all("privacy_officer" in fault for fault in faults)


def test_trust_65_no_page_leads_elsewhere(client) -> None:
    """No redirect is built in, so none can be open (CWE-601)."""
    for path in ("/r", "/click?url=https://evil.example", "/?url=//evil.example", "/u/x?next=https://evil.example"):
        answer = client.get(path, follow_redirects=False)
        assert "location" not in answer.headers
        assert "evil.example" not in answer.text
    paths = [route.path for route in client.app.routes if isinstance(route, Route)]
    assert not [path for path in paths if "click" in path or "redirect" in path]


@pytest.mark.parametrize(
    "path",
    ["/static/../serve.py", "/static/%2e%2e/serve.py", "/static/..%2fserve.py", "/static/a%00.css", "//etc/passwd"],
)
def test_trust_66_paths_stay_within_their_folder(client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 405)
    assert "import" not in answer.text


def test_trust_68_the_age_of_a_call_is_five_minutes_or_what_the_configuration_says(make_project) -> None:
    assert postroom(make_project(configuration())).secrets.max_age == 300
    longer = f"{configuration()}\n[feedback]\nwebhook_max_age = 7200\n"
    assert postroom(make_project(longer)).secrets.max_age == 7200


def test_trust_88_a_token_is_in_no_log_and_no_referrer(client, caplog: pytest.LogCaptureFixture) -> None:
    token = token_of(client.project)
    with caplog.at_level("DEBUG", logger="newsletter"):
        answers = [client.get(f"/u/{token}"), client.post(f"/u/{token}"), client.get(f"/u/{token}x")]
    assert token not in caplog.text
    assert {answer.headers["referrer-policy"] for answer in answers} == {"no-referrer"}
