"""A change of a file becomes a new generation, told to every open page by server-sent events."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

#: of each file, what changes when it is saved
Marks = dict[str, tuple[int, int, int]]


@dataclass
class Bell:
    """Tells every listener the newest generation; slow listeners get the newest only."""

    generation: int = 1
    ended: bool = False
    _listeners: set[asyncio.Event] = field(default_factory=set)

    def ring(self, generation: int) -> None:
        """Tell everybody; to be called in the event loop's own thread."""
        self.generation = generation
        for listener in self._listeners:
            listener.set()

    def end(self) -> None:
        """Let every listener go, in the event loop's own thread: a server that ends waits for none of them."""
        self.ended = True
        self.ring(self.generation)

    async def listen(self, *, heartbeat: float = 15.0) -> AsyncIterator[int | None]:
        """Yield the generation now and at each change, and None when nothing happened for `heartbeat` seconds."""
        mine = asyncio.Event()
        self._listeners.add(mine)
        try:
            yield self.generation
            while not self.ended:
                try:
                    await asyncio.wait_for(mine.wait(), heartbeat)
                    mine.clear()
                    yield self.generation
                except TimeoutError:
                    yield None
        finally:
            self._listeners.discard(mine)


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a project's files lie: what changes below `often` is an issue's, all else is read once for all."""

    root: Path
    #: the issues and their images
    often: Path
    #: themes, lists, personas
    seldom: tuple[Path, ...] = ()
    #: files of the root itself
    names: frozenset[str] = frozenset({"newsletter.toml", "pyproject.toml"})

    def folders(self) -> list[Path]:
        """Return the folders to watch that are there."""
        return [folder for folder in (self.often, *self.seldom) if folder.is_dir()]

    def marks(self) -> Seen:
        """Return the state of every file now: a watch begun later misses nothing that was saved after this."""
        return Seen(root=_marks([self.root], recursive=False), below=_marks(self.folders(), recursive=True))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The files as they were before anybody read them."""

    root: Marks
    below: Marks


def watch(places: Places, changed: Callable[[bool], None], stop: threading.Event, seen: Seen | None = None) -> None:
    """Call `changed` once for each burst of saves until `stop` is set; its word: not only an issue changed.

    Blocks: give it a thread. The root is watched by itself, not with what lies below: `var/` changes all the time.
    `seen`: the files as they were before; what was saved between then and the beginning of the watch is told too.
    """
    seen = seen or places.marks()
    beside = threading.Thread(target=_watch_root, args=(places, changed, stop, seen.root), daemon=True)
    beside.start()
    below = seen.below
    while not stop.is_set():
        folders = places.folders()
        if not folders:
            stop.wait(0.5)
            continue
        again = _Until(stop, places, folders)
        for names in _watched(folders, again, below, recursive=True):
            changed(any(not Path(name).is_relative_to(places.often) for name in names))
        if places.folders() != folders and not stop.is_set():
            below = places.marks().below
            changed(True)  # a folder came or went: a theme of one's own, the first list
    beside.join(2)


def _watch_root(places: Places, changed: Callable[[bool], None], stop: threading.Event, before: Marks) -> None:
    for names in _watched([places.root], stop, before, recursive=False):
        if any(Path(name).name in places.names for name in names):
            changed(True)


def _watched(
    folders: list[Path], stop: threading.Event | _Until, before: Marks, *, recursive: bool
) -> Iterator[set[str]]:
    """Yield the names of each burst; first, what changed since `before` while nobody watched yet."""
    from watchfiles import watch as watch_files  # a compiled module, 20 ms, only where something is watched

    begun = False
    for changes in watch_files(
        *folders,
        debounce=50,
        step=10,
        rust_timeout=500,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
        recursive=recursive,
    ):
        names = {name for _kind, name in changes}
        if not begun:
            begun = True
            names |= _changed(before, _marks(folders, recursive=recursive))
        if names:
            yield names


def _marks(folders: list[Path], *, recursive: bool) -> Marks:
    found: Marks = {}
    for folder in folders:
        for top, below, names in os.walk(folder):
            found |= {path: mark for name in names if (mark := _mark(path := os.path.join(top, name)))}  # noqa: PTH118
            if not recursive:
                below.clear()
    return found


def _mark(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of them
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _changed(before: Marks, now: Marks) -> set[str]:
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}


@dataclass
class _Until:
    """Ends a watch when it must end, or when other folders are there than those it began with."""

    stop: threading.Event
    places: Places
    began: list[Path]

    def is_set(self) -> bool:
        """Tell whether the watch is over."""
        return self.stop.is_set() or self.places.folders() != self.began
