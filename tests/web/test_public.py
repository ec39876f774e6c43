"""The subscriber's pages, with a desk that notes what it is asked."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from starlette.testclient import TestClient

from newsletter.audience.lists import MailingList
from newsletter.config import Site
from newsletter.message.tokens import inert_web
from newsletter.project.visits import Change, Opened, Profile, SignUp
from newsletter.web.public.counter import Counter
from newsletter.web.public.limits import opened_at
from newsletter.web.serve import public_app

KEY = b"k" * 32
MEMBERS = MailingList(name="membres", title={"fr-CA": "Membres", "en-CA": "Members"}, public=True)
HIDDEN = MailingList(name="comite", title={"fr-CA": "Comité"})


@dataclass
class NotingDesk:
    """A desk in memory: it knows tokens `unsubscribe`, `confirm`, … and writes down what is asked."""

    noted: list[object] = field(default_factory=list)
    site: Site = field(default_factory=lambda: Site(name="Coalition", newsletter="L’infolettre"))
    quick_exit: str = "https://meteo.example/"
    is_near: bool = False

    def lists(self) -> Sequence[MailingList]:
        return [MEMBERS, HIDDEN]

    def open(self, token: str) -> Opened | None:
        known = ("unsubscribe", "preferences", "access", "confirm", "undo", "web")
        purpose = token.removeprefix("inert-")
        found = Opened(purpose=purpose, key="k", list_name="membres", lang="fr-CA", inert=token != purpose)
        return found if purpose in known else None

    def read_online(self, slug: str, lang: str) -> tuple[str, str] | None:
        return ("<!doctype html><p>Numéro 1</p>", "fr-CA") if slug == "numero-1" else None

    def read_version(self, token: str) -> tuple[str, str] | None:
        return ("<!doctype html><p>Number 1</p>", "en-CA") if token == "issue" else None

    def ask(self, sign_up: SignUp) -> None:
        self.noted.append(sign_up)

    def confirm(self, opened: Opened) -> bool:
        self.noted.append("confirm")
        return True

    def unsubscribe(self, opened: Opened, *, everything: bool) -> str:
        self.noted.append("all" if everything else opened.list_name)
        return "undo"

    def undo(self, opened: Opened) -> None:
        self.noted.append("undo")

    def mail_access(self, opened: Opened) -> None:
        self.noted.append("access mailed")

    def profile(self, opened: Opened) -> Profile | None:
        return Profile(name="Zoé", address="zoe@example.org", lang="fr-CA", lists=frozenset({"membres"}))

    def change(self, opened: Opened, change: Change) -> None:
        self.noted.append(change)

    def export(self, opened: Opened) -> Mapping[str, object]:
        return {"name": "Zoé"}

    def spreadsheet(self, opened: Opened) -> str:
        return "part,number,what,value\r\nprofile,1,name,Zoé\r\n"

    def forget(self, opened: Opened) -> None:
        self.noted.append("forgotten")


class Refusing:
    def receive(self, provider: str, headers: Mapping[str, str], body: bytes) -> int:
        return 400


@pytest.fixture
def desk() -> NotingDesk:
    return NotingDesk()


@pytest.fixture
def client(desk: NotingDesk) -> TestClient:
    return TestClient(public_app(Counter(desk=desk, whole=desk, form_key=KEY), Refusing()), follow_redirects=False)


BODIES = [
    ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    ),
    ("text/plain", b"anything"),
    ("application/x-www-form-urlencoded", b""),
]


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_one_post_of_any_body_unsubscribes_without_anything_else(
    client: TestClient, desk: NotingDesk, kind: str, body: bytes
) -> None:
    """Statements 21 and 22 (RFC 8058 3.2): 200, no cookie, no Location."""
    answer = client.post("/u/unsubscribe", content=body, headers={"content-type": kind})
    assert answer.status_code == 200
    assert desk.noted == ["membres"]
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/u/unsubscribe/", "/u/unsubscribe//", "/u/x", "/u/x/", "/u/", "/u", "/u/inert-unsubscribe/", "/u/a/b",
     "/u/unsubscribe?lang=en&next=https://evil.example", "/u/" + "A" * 4000],
)  # fmt: skip
def test_no_post_to_leave_is_ever_sent_on(client: TestClient, path: str) -> None:
    """Statement 22: no status has a Location; a link to which somebody added a stroke still works."""
    for host in ("infolettre.example.org", "evil.example"):
        answer = client.post(
            path, content=b"List-Unsubscribe=One-Click", headers={"host": host}, follow_redirects=False
        )
        assert answer.status_code in (200, 404), path
        assert "location" not in answer.headers
        assert "evil.example" not in answer.text


def test_a_stroke_at_the_end_changes_nothing(client: TestClient, desk: NotingDesk) -> None:
    assert client.post("/u/unsubscribe/").status_code == 200
    assert desk.noted == ["membres"]
    for path in ("/fr/abonnement/", "/archives/numero-1/", "/static", "/static/", "/hooks/x/"):
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code in (200, 404, 405)
        assert "location" not in answer.headers


@pytest.mark.parametrize("times", [10, pytest.param(100, marks=pytest.mark.torture)])
def test_looking_changes_nothing_however_often(client: TestClient, desk: NotingDesk, times: int) -> None:
    """Statements 23 and 40: scanners open every link."""
    for _ in range(times):
        for path in ("/u/unsubscribe", "/c/confirm", "/p/preferences", "/m/access"):
            assert client.get(path).status_code == 200
            assert client.head(path).status_code == 200
    assert desk.noted == []


def test_an_altered_token_gets_the_same_answer_as_a_done_one(client: TestClient, desk: NotingDesk) -> None:
    """Statement 24: no enumeration."""
    answer = client.post("/u/unsubscribf", content=b"")
    assert answer.status_code == 200
    assert desk.noted == []
    assert "Votre désabonnement est fait" in client.post("/u/x", headers={"accept-language": "fr"}).text


def test_everything_can_be_left_at_once(client: TestClient, desk: NotingDesk) -> None:
    client.post("/u/unsubscribe", data={"scope": "all"})
    assert desk.noted == ["all"]


def test_a_test_mail_s_link_says_so_and_does_nothing(client: TestClient, desk: NotingDesk) -> None:
    assert "courriel d’essai" in client.get("/u/inert-unsubscribe").text
    assert client.post("/u/inert-unsubscribe").status_code == 200
    assert desk.noted == []


def test_undo_is_one_press_away(client: TestClient, desk: NotingDesk) -> None:
    page = client.post("/u/unsubscribe")
    path = re.search(r'action="(/undo/[^"]+)"', page.text)
    assert path
    assert client.post(path[1]).status_code == 200
    assert client.get(path[1]).status_code == 405
    assert desk.noted == ["membres", "undo"]


def test_the_language_that_was_chosen_stays_through_forms(client: TestClient) -> None:
    """Peers 8: an English reader of a French list gets English pages, to the end."""
    page = client.get("/u/unsubscribe?lang=en")
    action = re.search(r'action="([^"]+)"', page.text)
    assert action
    assert action[1] == "/u/unsubscribe?lang=en"
    left = client.post(action[1])
    assert "You are unsubscribed" in left.text
    undo = re.search(r'action="([^"]+)"', left.text)
    assert undo
    assert "You stay subscribed" in client.post(undo[1]).text
    assert client.get('/u/unsubscribe?lang="><script>').text.count("<script") == 0


def _form(**more: str) -> dict[str, str]:
    opened = opened_at(KEY, time.time() - 10)
    return {"email": "zoe@example.org", "list": "membres", "opened": opened, "website": "", **more}


def test_a_person_subscribes(client: TestClient, desk: NotingDesk) -> None:
    page = client.get("/fr/abonnement")
    assert "Comité" not in page.text
    assert "checked" not in page.text
    answer = client.post("/fr/abonnement", data=_form(name="Zoé"))
    assert answer.status_code == 200
    assert [sign_up.lists for sign_up in desk.noted if isinstance(sign_up, SignUp)] == [("membres",)]


@pytest.mark.parametrize("trap", [{"website": "http://x"}, {"opened": "0.x"}, {"opened": opened_at(KEY, 9e9)}])
def test_a_machine_gets_the_same_answer_and_nothing_happens(
    client: TestClient, desk: NotingDesk, trap: dict[str, str]
) -> None:
    """Statements 63 and 64."""
    human = client.post("/fr/abonnement", data=_form())
    machine = client.post("/fr/abonnement", data=_form(**trap))
    assert (machine.status_code, machine.text) == (human.status_code, human.text)
    assert len(desk.noted) == 1


@pytest.mark.parametrize("posts", [150, pytest.param(1000, marks=pytest.mark.torture)])
def test_however_many_posts_ask_for_few_mails(client: TestClient, desk: NotingDesk, posts: int) -> None:
    """Statement 64: the bucket of one network is empty after ten."""
    began = time.monotonic()
    for number in range(posts):
        client.post("/fr/abonnement", data=_form(email=f"p{number}@example.org"))
    assert 10 <= len(desk.noted) <= 11 + (time.monotonic() - began) * 30 / 3600


def test_many_networks_do_not_flood_one_domain_nor_everybody(desk: NotingDesk) -> None:
    """Statement 64: per domain, and in all."""
    behind = TestClient(public_app(Counter(desk=desk, whole=desk, form_key=KEY, proxies=1), Refusing()))

    def ask(number: int, domain: str) -> None:
        headers = {"x-forwarded-for": f"10.{number // 250}.{number % 250}.1"}
        behind.post("/fr/abonnement", data=_form(email=f"p{number}@{domain}"), headers=headers)

    began = time.monotonic()
    for number in range(100):
        ask(number, ("example.org", "EXAMPLE.org", "example.org.")[number % 3])
    assert 50 <= len(desk.noted) <= 51 + (time.monotonic() - began) * 300 / 3600
    for number in range(100, 300):
        ask(number, f"d{number}.example")
    assert 200 <= len(desk.noted) <= 201 + (time.monotonic() - began) * 2000 / 3600


def test_faults_are_named_and_linked_to_their_field(client: TestClient) -> None:
    answer = client.post("/en/subscribe", data={"email": "zoe", "opened": "x"})
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert 'href="#list-membres"' in answer.text
    assert "<title>Error:" in answer.text
    assert 'value="zoe"' in answer.text


def test_a_forwarded_mail_s_link_shows_nothing_of_its_owner(client: TestClient, desk: NotingDesk) -> None:
    page = client.get("/p/preferences")
    assert "zoe@example.org" not in page.text
    client.post("/p/preferences")
    assert desk.noted == ["access mailed"]


def test_one_s_own_page_changes_and_erases(client: TestClient, desk: NotingDesk) -> None:
    changed = client.post("/m/access", data={"do": "change", "list": "membres", "lang": "en-CA", "pause": "30"})
    assert changed.status_code == 200
    assert isinstance(desk.noted[0], Change)
    assert desk.noted[0].pause_days == 30
    assert "Tout effacer?" in client.post("/m/access", data={"do": "forget"}).text
    assert len(desk.noted) == 1
    client.post("/m/access", data={"do": "forget", "sure": "yes"})
    assert desk.noted[1] == "forgotten"
    assert client.get("/m/access/donnees.json").json() == {"name": "Zoé"}
    sheet = client.get("/m/access/donnees.csv")
    assert "Zoé" in sheet.content.decode("utf-8-sig")
    assert sheet.headers["cache-control"] == "no-store"


def test_a_wrong_new_address_is_named_and_changes_nothing(client: TestClient, desk: NotingDesk) -> None:
    answer = client.post("/m/access", data={"do": "change", "list": "membres", "email": "zoe"})
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert 'aria-describedby="email-note email-fault"' in answer.text
    assert desk.noted == []


def test_a_theme_restyles_the_pages(desk: NotingDesk) -> None:
    counter = Counter(desk=desk, whole=desk, form_key=KEY, style="h1 { color: #000 }")
    styled = TestClient(public_app(counter, Refusing()))
    assert '<link rel="stylesheet" href="/theme.css">' in styled.get("/fr/abonnement").text
    assert styled.get("/theme.css").text == "h1 { color: #000 }"
    plain = TestClient(public_app(Counter(desk=desk, whole=desk, form_key=KEY), Refusing()))
    assert "theme.css" not in plain.get("/fr/abonnement").text


def test_a_page_that_is_not_there_says_so_in_the_readers_language(client: TestClient) -> None:
    for path, status in (
        ("/nowhere", 404),
        ("/undo/undo", 405),
        ("/m/../../etc/passwd", 404),
        ("/static/%2e%2e/x", 404),
    ):
        answer = client.get(path, headers={"accept-language": "en"})
        assert answer.status_code == status, path
        assert "There is nothing here" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_every_page_is_quiet(client: TestClient) -> None:
    """Statement 62: strict policy, nosniff, no-referrer, noindex, no-store."""
    for path in ("/u/unsubscribe", "/fr/abonnement", "/m/access", "/nowhere", "/healthz", "/u/zzz"):
        headers = client.get(path).headers
        assert "script-src" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex"
        assert headers["cache-control"] == "no-store"


def test_no_page_has_a_script_or_asks_another_site(client: TestClient) -> None:
    for path in ("/u/unsubscribe", "/c/confirm", "/p/preferences", "/m/access", "/fr/abonnement", "/en/subscribe"):
        text = client.get(path).text
        assert "<script" not in text
        assert not re.search(r'(src|action)="https?://', text)


def test_hooks_never_answer_with_five_hundred(client: TestClient) -> None:
    assert client.post("/hooks/sendgrid", content=b"\xff").status_code == 400
    assert client.post("/hooks/sendgrid", content=b"x" * (2 << 20)).status_code == 413


def test_an_issue_is_read_in_the_browser_with_nothing_from_elsewhere(client: TestClient) -> None:
    """Statement 62."""
    answer = client.get("/archives/numero-1")
    assert "Numéro 1" in answer.text
    assert answer.headers["content-language"] == "fr-CA"
    policy = answer.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "https:" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get("/archives/none").status_code == 404


def test_a_mails_own_link_shows_the_issue_in_the_mails_language_and_is_kept_nowhere(client: TestClient) -> None:
    """Statement 62: a page behind a token is in no cache, no index and no referrer."""
    answer = client.get("/v/issue", headers={"accept-language": "fr"})
    assert "Number 1" in answer.text
    assert answer.headers["content-language"] == "en-CA"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert client.get("/v/other").status_code == 404
    assert client.post("/v/issue").status_code == 405
    assert "Disallow: /v/" in client.get("/robots.txt").text


def test_the_web_link_of_a_personas_mail_says_what_it_is(client: TestClient) -> None:
    answer = client.get(f"/v/{inert_web()}", headers={"accept-language": "en"})
    assert answer.status_code == 200
    assert "test mail" in answer.text
