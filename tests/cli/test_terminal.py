"""A real send at a real (pseudo) terminal: what is shown, what must be typed, what a slip of the hand does."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

import pytest

SLUG = "bienvenue"


@pytest.fixture
def at_terminal(project):
    """Run a command line at a terminal and type what is told when a question is asked."""

    def call(*words, typed, **environ):
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "newsletter", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "100", **environ},
            start_new_session=True,
        )
        os.close(slave)
        shown, answers = b"", list(typed)
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                shown += os.read(master, 4096)
            except OSError:  # the other side is closed, and all that it wrote has been read
                break
            if answers and shown.rstrip().endswith(b">:"):
                os.write(master, answers.pop(0).encode() + b"\n")
                shown += b"\n"
        os.close(master)
        return process.wait(60), shown.decode().replace("\r\n", "\n")

    return call


def test_the_plan_is_shown_and_the_name_typed(project, at_terminal):
    code, shown = at_terminal("send", SLUG, typed=[SLUG])
    assert code == 0, shown
    assert "To send to 5 people, type the issue's name: bienvenue" in shown
    for word in ("From", "Subject (fr-CA)", "demo: 5", "unsubscribed: 1", "KB", "c…e@e…g"):
        assert word in shown
    assert "camille.exemple@" not in shown
    assert len(list((project / "var" / "outbox" / "S1").glob("*.eml"))) == 5


def test_anything_else_sends_nothing(project, at_terminal):
    for typed in ("oui", "", "bienvenu"):
        code, shown = at_terminal("send", SLUG, typed=[typed])
        assert code == 3, shown
        assert "nothing was sent" in shown.lower()
    assert not (project / "var" / "outbox").exists()


def test_yes_is_never_enough(project, at_terminal):
    code, shown = at_terminal("send", SLUG, "--yes", typed=["non"])
    assert code == 3, shown


def test_a_small_question_takes_yes(project, at_terminal):
    at_terminal("send", SLUG, "--detach", typed=[SLUG])
    code, shown = at_terminal("cancel", SLUG, "--yes", typed=[])
    assert code == 0, shown
    assert "cancelled" in shown


def test_forty_columns_are_enough(at_terminal):
    code, shown = at_terminal("--help", typed=[], COLUMNS="40")
    assert code == 0
    assert max(map(len, shown.splitlines())) <= 40
