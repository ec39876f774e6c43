"""Bookings, policies and a way to fire that makes a row of `send`, once for each turn."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from schedule_parts import Ledger

from newsletter.config import Sender
from newsletter.issue.document import AudienceWish
from newsletter.schedule.book import Confirmed
from newsletter.schedule.moment import Moment, parse_moment
from newsletter.schedule.policy import Policy
from newsletter.store.database import Store

TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def policy() -> Policy:
    """Return the rules of a project in Toronto: six hours, no quiet hours."""
    return Policy(zone=TORONTO)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """Return a way to fire that writes one send for each turn."""
    return Ledger(store)


@pytest.fixture
def make_confirmed() -> Callable[..., Confirmed]:
    """Make what a person confirmed."""

    def make(issue: str = "2026-12", **more: object) -> Confirmed:
        values = {
            "issue": issue,
            "audience": AudienceWish(lists=("membres",)),
            "sender": Sender.model_validate({"from": "Coalition <info@example.org>"}),
            "transport": "files",
            "digest": "d" * 64,
            "frozen": b"frozen editions",
            "expect": 100,
        }
        return Confirmed(**{**values, **more})

    return make


@pytest.fixture
def moment() -> Callable[[str], Moment]:
    """Read a moment in Toronto."""
    return lambda text: parse_moment(text, TORONTO)


@pytest.fixture
def at() -> Callable[[str], datetime]:
    """Read an instant given as Toronto's wall time."""
    return lambda text: parse_moment(text, TORONTO).utc.astimezone(UTC)


@pytest.fixture
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own, in English, with no settings from outside."""
    for name in [name for name in os.environ if name.startswith(("NEWSLETTER_", "LC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_CA.UTF-8")
    monkeypatch.chdir(tmp_path)
