"""Whose request it is, behind proxies of ours: what they wrote is believed, and nothing before it."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from newsletter.web.public.counter import network


def request(*forwarded: str, peer: str = "10.0.0.7") -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 4711)})


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ((), 0, "10.0.0.0/24"),
        (("203.0.113.9",), 0, "10.0.0.0/24"),
        (("203.0.113.9",), 1, "203.0.113.0/24"),
        (("198.51.100.1, 203.0.113.9",), 1, "203.0.113.0/24"),
        (("198.51.100.1, 203.0.113.9, 192.0.2.4",), 2, "203.0.113.0/24"),
        (("198.51.100.1", "203.0.113.9"), 1, "203.0.113.0/24"),
        (("203.0.113.9",), 2, "10.0.0.0/24"),
        (("2001:db8:1:2:3::4",), 1, "2001:db8:1:2::/64"),
        (("nonsense",), 1, "?"),
    ],
)
def test_the_network_is_what_our_own_proxy_saw(forwarded: tuple[str, ...], proxies: int, expected: str) -> None:
    """Statement 64: a header that anybody can write makes nobody new."""
    assert network(request(*forwarded), proxies) == expected
