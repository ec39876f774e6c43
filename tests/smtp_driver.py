"""How tests open the SMTP transport to a scripted relay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from scripted_relay import ScriptedRelay

from newsletter.config.model import Smtp as Settings
from newsletter.delivery.transports.smtp import Smtp, fast_loop
from newsletter.delivery.transports.smtp_opening import Relay


def once(step: str, number: int, answer: str) -> Callable[[str, int, str], str | None]:
    """Answer so to the `number`th occurrence (from 1) of a step."""
    return lambda said, count, _argument: answer if (said, count) == (step, number - 1) else None


@pytest.fixture(params=[asyncio.new_event_loop, fast_loop], ids=["asyncio", "uvloop"])
def make_smtp(request) -> Iterator[Callable[..., Smtp]]:
    """Make transports to a scripted relay; each is closed at the end."""
    made: list[Smtp] = []

    def make(relay: ScriptedRelay, *, password: str = "", **settings: object) -> Smtp:
        plain = {"host": "127.0.0.1", "port": relay.port, "security": "none", "connections": 1, "helo": "us.example"}
        smtp = Smtp(Relay(settings=Settings(**{**plain, **settings}), password=password), new_loop=request.param)
        made.append(smtp)
        return smtp

    yield make
    for smtp in made:
        smtp.close()
