"""Who may call the preview."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from newsletter.web.guard import QUIET, LoopbackOnly, WithHeaders, is_loopback


async def _answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse("done")


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/", _answer, methods=["GET", "POST"])])
    guarded = WithHeaders(app=LoopbackOnly(app=app, token="secret"), headers=QUIET)
    return TestClient(guarded, base_url="http://127.0.0.1:8025")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8025", "localhost:80", "[::1]:8025", "LOCALHOST"])
def test_this_machine_is_served(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["127.evil.example", "evil.example", "127.0.0.1.evil.example:8025", "", "10.0.0.1"])
def test_any_other_name_is_refused_before_routing(client: TestClient, host: str) -> None:
    """Statement 60."""
    assert client.get("/nowhere", headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    ("origin", "token", "status"),
    [
        ("http://127.0.0.1:8025", "secret", 200),
        ("http://127.0.0.1:8025", "wrong", 403),
        ("http://127.0.0.1:8025", "", 403),
        ("http://evil.example", "secret", 403),
        ("null", "secret", 403),
        ("https://127.0.0.1:8025", "secret", 403),
    ],
)
def test_a_change_needs_the_token_and_the_same_origin(client: TestClient, origin: str, token: str, status: int) -> None:
    """Statement 61."""
    answer = client.post("/", headers={"origin": origin, "x-newsletter-token": token})
    assert answer.status_code == status


def test_every_answer_is_quiet(client: TestClient) -> None:
    for host in ("127.0.0.1", "evil.example"):
        assert client.get("/", headers={"host": host}).headers["referrer-policy"] == "no-referrer"


def test_a_name_that_only_begins_like_loopback_is_not() -> None:
    assert not is_loopback("127.0.0.1@evil.example")
    assert not is_loopback("localhost.evil.example")
