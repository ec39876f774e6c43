"""Whatever a page sends, the studio answers with words: never with an error of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from desk_client import ISSUE, ORIGIN, Desk, enrol, make_desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from newsletter.web.preview.asking import asking_routes
from newsletter.web.preview.deciding import deciding_routes
from newsletter.web.preview.looking import looking_routes
from newsletter.web.preview.mending import mending_routes
from newsletter.web.preview.sending import sending_routes
from newsletter.web.preview.studio import MOST
from newsletter.web.preview.watching import watching_routes
from newsletter.web.preview.writing import writing_routes

STAGES = (
    looking_routes,
    mending_routes,
    asking_routes,
    writing_routes,
    sending_routes,
    deciding_routes,
    watching_routes,
)
EVERY = [route for routes in STAGES for route in routes() if isinstance(route, Route)]
POSTS = sorted(route.path for route in EVERY if "POST" in (route.methods or ()))
#: an answer without end is not read to its end
GETS = sorted(route.path for route in EVERY if "GET" in (route.methods or ()) and route.path != "/events")
PLACES = {"slug": "decembre", "lang": "fr-CA", "name": "image", "ref": "S1", "act": "settle"}
#: what is no text that a file or a database could hold
ODD = [
    "",
    "\0",
    "\ud800",
    "../../etc/passwd",
    "a" * 5000,
    "é" * 200,
    "[",
    "-1",
    "9" * 400,
    "%00",
    "\u202e",
    "😀",
    "S99",
]
#: every key that a page sends, and what it is usually
KEYS = {
    "text": ISSUE,
    "version": "x",
    "values": {"subject": "Autre"},
    "plan": "abc",
    "lists": ["membres"],
    "again": "Lien mort",
    "typed": "decembre",
    "typed_again": "decembre",
    "date": "2027-01-01",
    "time": "09:00",
    "zone": "America/Toronto",
    "addresses": "essai@example.org",
    "reader": "",
    "prefix": True,
    "code": "NL201",
    "where": "issues/decembre.md:1:1",
    "path": "issues/decembre.md",
    "line": 3,
    "column": 1,
    "address": "essai@example.org",
    "ref": "decembre",
    "title": "Neuf",
    "source": "decembre",
    "lang": "fr-CA",
    "at_once": True,
    "decision": "sent",
    "reason": "Vu au journal",
    "only": "2",
}
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(ODD) | st.text(max_size=20)
ANYTHING = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
#: a request costs more than a line of text: two fifths of the usual number, in the long form too
FEW = settings.default.max_examples * 2 // 5
BODIES = st.fixed_dictionaries({}, optional={key: st.just(usual) | ANYTHING for key, usual in KEYS.items()})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One studio for every request: what one of them breaks, the next ones show."""
    made = make_desk(tmp_path_factory.mktemp("requetes") / "projet")
    (made.root / "issues" / "decembre.md").write_text(ISSUE.replace("https://", "mailto:x@"), encoding="utf-8")
    enrol(made, 2)
    yield made
    made.studio.mailroom.end()
    made.studio.workshop.close()


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def _post(desk: Desk, path: str, content: bytes, **headers: str) -> Any:
    return desk.client.post(path, content=content, headers={**desk.token, **headers})


def _said(answer: Any) -> str:
    """Return the words of a refusal; whatever else was answered is one of the usual answers."""
    assert answer.status_code in (200, 400, 404, 409, 503), answer.text
    if answer.status_code == 200:
        return ""
    error = answer.json()["error"]
    assert error["message"].strip()
    assert "Traceback" not in answer.text
    return str(error["message"])


@settings(max_examples=FEW, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(path=st.sampled_from(POSTS), body=BODIES)
def test_every_request_of_a_page_is_answered_with_words(desk: Desk, path: str, body: dict[str, object]) -> None:
    _said(_post(desk, path.format(**PLACES), json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "can not be read"),
        (b"[1, 2]", "can not be read"),
        (b'"text"', "can not be read"),
        (b"\xff\xfe", "can not be read"),
        (b"[" * 200_000, "can not be read"),
        (b'{"text": "\\ud800"}', "can not be read"),
        (b'{"typed": "\\u0000"}', "can not be read"),
        (b'{"lists": [{"\\u0000": 1}]}', "can not be read"),
        (b'{"text": "' + b"a" * MOST + b'"}', "too long"),
    ],
    ids=["cut", "list", "text", "octets", "deep", "half a character", "no character", "no key", "huge"],
)
def test_a_body_that_is_none_is_refused_in_words(desk: Desk, body: bytes, words: str) -> None:
    for path in POSTS:
        if path != "/pictures":
            answer = _post(desk, path.format(**PLACES), body)
            assert answer.status_code == 400, path
            assert words in _said(answer), path


@pytest.mark.parametrize("path", POSTS)
def test_a_change_without_the_runs_token_or_from_elsewhere_is_refused(desk: Desk, path: str) -> None:
    where = path.format(**PLACES)
    for headers in ({}, {"x-newsletter-token": "wrong"}, {"origin": "http://evil.example"}, {"host": "evil.example"}):
        given = {**desk.token, **headers} if headers else {"origin": ORIGIN}
        answer = desk.client.post(where, content=b"{", headers=given)
        assert answer.status_code == 403
        assert answer.text.endswith((".", "reload the page."))


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd not in ("", "\ud800")], ids=lambda odd: ascii(odd)[:12])
def test_an_address_that_means_nothing_is_answered_with_words(desk: Desk, odd: str) -> None:
    spelt = quote(odd, safe="")
    for path in (*POSTS, *GETS):
        where = path.format(**dict.fromkeys(PLACES, spelt))
        for answer in [_post(desk, where, b"{}")] if path in POSTS else []:
            assert answer.status_code in (200, 400, 404, 405, 409), (path, answer.text)
        if path in GETS:
            answer = desk.client.get(where, params={"persona": odd, "list": odd}, follow_redirects=False)
            assert answer.status_code in (200, 307, 400, 404, 409), (path, answer.text)
            assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", ["", "%00.png", "%ff", ".." * 300, "/" * 50, "a" * 900, "%F0%9F%98%80.png"])
def test_a_picture_of_any_name_is_placed_or_refused(desk: Desk, name: str) -> None:
    assert _said(_post(desk, "/pictures", b"no picture", **{"x-name": name}))
