from types import SimpleNamespace

import pytest

from newsletter.cli import progress
from newsletter.cli.output import Output
from newsletter.cli.progress import said, shown
from newsletter.delivery.progress import Progress
from newsletter.delivery.states import Counts
from newsletter.language import speaking
from newsletter.project.words import count_line, duration, size


def look(sent, *, rate=0.0, left=None):
    counts = Counts(sent=sent, queued=10 - sent)
    return Progress(send="S1", issue="2026-12", counts=counts, total=10, rate=rate, left=left)


@pytest.fixture(autouse=True)
def _in_english():
    with speaking("en-CA"):
        yield


def test_elsewhere_than_at_a_terminal_there_is_a_line_now_and_then(capsys, monkeypatch):
    clock = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
    with shown(Output(), terminal=False) as show:
        for sent in (1, 2, 2):
            show(look(sent))
            clock.seconds += progress.EVERY / 2
            show(look(sent))
            clock.seconds += progress.EVERY / 2
        show(look(3, rate=12.3, left=90))
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["S1 2026-12: 8 queued, 2 sent", "S1 2026-12: 7 queued, 3 sent · 12 a second · 2 min left"]


def test_a_terminal_gets_a_bar_on_standard_error_only(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with shown(Output(), terminal=True) as show:
        show(look(4))
    caught = capsys.readouterr()
    assert caught.out == ""
    assert "4 sent" in caught.err


def test_quiet_is_quiet(capsys):
    with shown(Output(quiet=True), terminal=False) as show:
        show(look(4))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3600, "1 h"), (7800, "2 h 10 min"), (90000, "1 d 1 h")],
)
def test_a_length_of_time_in_words(seconds, words):
    assert duration(seconds) == words


def test_counts_and_sizes_in_both_languages():
    counts = Counts(sent=2, failed=1, unknown=1)
    assert count_line(counts) == "2 sent, 1 failed, 1 in doubt"
    assert count_line(Counts()) == "nobody"
    assert size(92 * 1024) == "92 KB"
    with speaking("fr-CA"):
        assert count_line(counts) == "2 envoyés, 1 manqué, 1 douteux"
        assert said(look(4)).startswith("6 en file")
