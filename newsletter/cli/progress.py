"""A send under way, for whoever watches: a bar on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsletter.language import _, ngettext, number
from newsletter.project.words import count_line, duration

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from newsletter.cli.output import Output
    from newsletter.delivery.progress import Progress

#: seconds between two lines where nobody looks at a terminal
EVERY = 10.0
Show = Callable[["Progress"], None]


@contextmanager
def shown(out: Output, *, terminal: bool | None = None) -> Iterator[Show]:
    """Give the function that a run tells its progress to; it never raises and is cheap to call."""
    if out.quiet:
        yield lambda _progress: None
    elif sys.stderr.isatty() if terminal is None else terminal:
        with _bar() as (bar, task):
            yield lambda progress: _move(bar, task, progress)
    else:
        yield _Lines(out)


@contextmanager
def counted(out: Output, *, terminal: bool | None = None) -> Iterator[Callable[[int], None]]:
    """Give the function that long work tells how many more rows it has done; drawn on a terminal only."""
    if out.quiet or not (sys.stderr.isatty() if terminal is None else terminal):
        yield lambda _rows: None
        return
    begun, done = time.monotonic(), 0
    with _bar() as (bar, task):

        def add(rows: int) -> None:
            nonlocal done
            done += rows
            rate = _("{rate} a second").format(rate=number(round(done / max(time.monotonic() - begun, 0.1))))
            rows_so_far = ngettext("{count} row", "{count} rows", done).format(count=number(done))
            bar.update(task, completed=done, said=f"{rows_so_far} · {rate}")

        yield add


@contextmanager
def _bar() -> Iterator[tuple[Bar, TaskID]]:
    from rich.console import Console  # 80 ms, only where something is drawn
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar, bar.add_task("", total=None, said="")


def _move(bar: Bar, task: TaskID, progress: Progress) -> None:
    bar.update(
        task,
        description=progress.issue,
        total=progress.total,
        completed=progress.counts.settled,
        said=said(progress),
    )


class _Lines:
    """Prints a line at most every ten seconds, and never the same twice in a row."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._next = time.monotonic() + EVERY
        self._last = ""

    def __call__(self, progress: Progress) -> None:
        """Print it when it is time."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        line = f"{progress.send} {progress.issue}: {said(progress)}"
        if line != self._last:
            self._out.note(line)
            self._last = line


def said(progress: Progress) -> str:
    """Return the counts, the rate and the time left."""
    parts = [count_line(progress.counts)]
    if progress.rate:
        parts.append(_("{rate} a second").format(rate=number(round(progress.rate, 1 if progress.rate < 10 else None))))
    if progress.left is not None and progress.counts.left:
        parts.append(_("{time} left").format(time=duration(progress.left)))
    return " · ".join(parts)
