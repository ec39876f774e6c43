"""A change of a file becomes a new generation, told to every open page by server-sent events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Bell:
    """Tells every listener the newest generation; slow listeners get the newest only."""

    generation: int = 1
    _listeners: set[asyncio.Event] = field(default_factory=set)

    def ring(self, generation: int) -> None:
        """Tell everybody; to be called in the event loop's own thread."""
        self.generation = generation
        for listener in self._listeners:
            listener.set()

    async def listen(self, *, heartbeat: float = 15.0) -> AsyncIterator[int | None]:
        """Yield the generation now and at each change, and None when nothing happened for `heartbeat` seconds."""
        mine = asyncio.Event()
        self._listeners.add(mine)
        try:
            yield self.generation
            while True:
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


def watch(places: Places, changed: Callable[[bool], None], stop: threading.Event) -> None:
    """Call `changed` once for each burst of saves until `stop` is set; its word: not only an issue changed.

    Blocks: give it a thread. The root is watched by itself, not with what lies below: `var/` changes all the time.
    """
    beside = threading.Thread(target=_watch_root, args=(places, changed, stop), daemon=True)
    beside.start()
    while not stop.is_set():
        folders = places.folders()
        if not folders:
            stop.wait(0.5)
            continue
        again = _Until(stop, places, folders)
        for changes in _watched(folders, again, recursive=True):
            changed(any(not Path(name).is_relative_to(places.often) for _kind, name in changes))
        if places.folders() != folders and not stop.is_set():
            changed(True)  # a folder came or went: a theme of one's own, the first list
    beside.join(2)


def _watch_root(places: Places, changed: Callable[[bool], None], stop: threading.Event) -> None:
    for changes in _watched([places.root], stop, recursive=False):
        if any(Path(name).name in places.names for _kind, name in changes):
            changed(True)


def _watched(
    folders: list[Path], stop: threading.Event | _Until, *, recursive: bool
) -> Iterator[set[tuple[object, str]]]:
    from watchfiles import watch as watch_files  # a compiled module, 20 ms, only where something is watched

    yield from watch_files(  # type: ignore[misc] # a wider set
        *folders, debounce=50, step=10, rust_timeout=500, stop_event=stop, raise_interrupt=False, recursive=recursive
    )


@dataclass
class _Until:
    """Ends a watch when it must end, or when other folders are there than those it began with."""

    stop: threading.Event
    places: Places
    began: list[Path]

    def is_set(self) -> bool:
        """Tell whether the watch is over."""
        return self.stop.is_set() or self.places.folders() != self.began
