"""A `serve` that is killed under load: what it answered with 200 is done, whatever happens next."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from calm import until
from e2e_project import Coalition, wait_for_an_answer

from newsletter.config import read_config
from newsletter.message.tokens import Purpose, list_key, sign
from newsletter.project import Project

PEOPLE = 3_000
CALLERS = 4
#: answers after which the callers are in no hurry any more
ENOUGH = 400


def keys_of_people(coalition: Coalition) -> list[str]:
    with closing(sqlite3.connect(coalition.folder / "var" / "newsletter.db")) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM subscriber ORDER BY id")]


def leave(port: int, tokens: list[tuple[str, str]], answered: list[str]) -> None:
    """Post one-click calls one after the other on one connection, and note whose was answered with 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        for key, token in tokens:
            connection.request("POST", f"/u/{token}", b"List-Unsubscribe=One-Click", headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                answered.append(key)
            if len(answered) > ENOUGH:
                time.sleep(0.2)  # there is always somebody left who was not answered
    except (OSError, HTTPException):
        return  # killed: what was not answered may be lost


@pytest.mark.parametrize("after", [40])
def test_a_killed_serve_loses_no_unsubscription_that_it_answered(
    coalition: Coalition, free_port: int, after: int
) -> None:
    """Statement 27, and the issue's fifth: `kill -9` under load."""
    rows = "".join(f"p{number}@example.org\n" for number in range(PEOPLE))
    (coalition.folder / "many.csv").write_text("email\n" + rows, encoding="utf-8")
    coalition.run("subscribers", "import", "many.csv", "--list", "demo", "--consent", "express", "--source", "test")
    project = Project(read_config(coalition.folder, {}))
    of_list = list_key("demo", project.keys)
    tokens = [
        (key, sign(Purpose.UNSUBSCRIBE, subscriber_key=key, list_key=of_list, keys=project.keys))
        for key in keys_of_people(coalition)
    ]
    server = coalition.start("serve", "--pages-only", "--port", str(free_port))
    try:
        wait_for_an_answer(free_port)
        answered: list[str] = []
        parts = [tokens[start::CALLERS] for start in range(CALLERS)]
        callers = [threading.Thread(target=leave, args=(free_port, part, answered)) for part in parts]
        for caller in callers:
            caller.start()
        until(lambda: len(answered) >= after, every=0.005)
        os.kill(server.pid, signal.SIGKILL)
        for caller in callers:
            caller.join(120)
            assert not caller.is_alive()
    finally:
        server.kill()
        server.wait(120)
    assert after <= len(answered) < PEOPLE
    with closing(sqlite3.connect(coalition.folder / "var" / "newsletter.db")) as connection:
        query = (
            "SELECT subscriber.key FROM subscription JOIN subscriber ON subscriber.id = subscriber_id "
            "WHERE status = 'ended' AND ended_reason = 'unsubscribed'"
        )
        left = {key for (key,) in connection.execute(query)}
        stopped = connection.execute("SELECT count(*) FROM suppression").fetchone()[0]
    assert set(answered) <= left
    assert len(left) <= len(answered) + CALLERS
    assert stopped == len(left)


def test_several_processes_answer_and_end_with_the_one_that_began_them(coalition: Coalition, free_port: int) -> None:
    server = coalition.start("serve", "--pages-only", "--processes", "3", "--port", str(free_port))
    try:
        wait_for_an_answer(free_port)
        seen: list[list[int]] = []

        def two_others() -> bool:
            seen.append(children_of(server.pid))
            return len(seen[-1]) == 2

        until(two_others, every=0.1)
        os.kill(server.pid, signal.SIGKILL)
        server.wait(120)
        until(lambda: not any(is_running(pid) for pid in seen[-1]), every=0.1)
    finally:
        server.kill()
        server.wait(120)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
