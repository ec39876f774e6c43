"""Whoever looks who sends keeps nobody from sending."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from newsletter.delivery import lock
from newsletter.delivery.lock import sender, sole_sender
from newsletter.errors import BusyError
from newsletter.store.database import Store


def test_a_look_in_the_same_moment_is_not_taken_for_a_sender(
    make_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store()
    with sole_sender(store):
        assert sender(store)
    assert store.path is not None
    looking = os.open(store.path.with_name("sender.lock"), os.O_RDWR)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert sender(store) is None, "nor is it by another look"
    monkeypatch.setattr(lock, "time", SimpleNamespace(sleep=lambda _seconds: os.close(looking)))
    with sole_sender(store) as alone:
        assert alone


def test_who_does_send_is_named(make_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store()
    monkeypatch.setattr(lock, "PAUSE", 0.0)
    with (
        sole_sender(store, role="serve"),
        pytest.raises(BusyError, match=f"serve, number {os.getpid()}"),
        sole_sender(store),
    ):
        pytest.fail("two at once")
