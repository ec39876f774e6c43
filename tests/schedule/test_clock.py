"""The clock ticks at once and goes on ticking, whatever a tick raises, until it is asked to end."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from calm import until

from newsletter.errors import TransientError
from newsletter.language import current, speaking
from newsletter.schedule.clock import run_clock, start_clock


def test_it_ticks_at_once_and_again_and_again():
    ticks = []
    clock = start_clock(lambda: ticks.append(time.monotonic()), every=0.05)
    until(lambda: len(ticks) >= 3)
    clock.stop()
    seen = len(ticks)
    time.sleep(0.15)
    assert len(ticks) == seen


def test_a_tick_that_raises_does_not_stop_it_and_says_no_address(caplog):
    ticks = []

    def tick():
        ticks.append(len(ticks))
        raise [TransientError("gone"), ValueError("somebody@example.org")][len(ticks) % 2]

    clock = start_clock(tick, every=0.05)
    until(lambda: len(ticks) >= 3)
    clock.stop()
    assert {"tick failed", "tick broke"} <= {record.message for record in caplog.records}
    assert "example.org" not in caplog.text
    assert any("test_clock.py" in getattr(record, "place", "") for record in caplog.records)


def test_two_ticks_never_run_at_once(caplog):
    running, most = [], []

    def tick():
        running.append(1)
        most.append(len(running))
        time.sleep(0.12)
        running.pop()

    clock = start_clock(tick, every=0.02)
    until(lambda: len(most) >= 3)
    clock.stop()
    assert max(most) == 1
    assert caplog.records == []


def test_it_stops_when_the_event_is_set_and_finishes_its_tick():
    stop, ended = threading.Event(), []

    def tick():
        stop.set()
        time.sleep(0.2)
        ended.append(1)

    run_clock(tick, every=0.05, stop=stop)
    assert ended == [1]


def test_ticks_speak_the_language_of_whoever_started_the_clock():
    spoken = []
    with speaking("fr-CA"):
        clock = start_clock(lambda: spoken.append(current()), every=0.05)
    until(lambda: spoken)
    clock.stop()
    assert spoken[0] == "fr-CA"


SCRIPT = """
import sys, time
from newsletter.schedule.clock import run_clock

def tick():
    print("begin", flush=True)
    time.sleep(0.5)
    print("end", flush=True)

run_clock(tick, every=60)
print("over", flush=True)
"""


def test_sigterm_lets_the_tick_that_runs_come_to_its_end():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=120)
    assert rest == "end\nover\n"
    assert process.returncode == 0
