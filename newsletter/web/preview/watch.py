"""A change of a file becomes a new generation, told to every open page by server-sent events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable
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


def watch(folders: Iterable[Path], changed: Callable[[], None], stop: threading.Event) -> None:
    """Call `changed` once for each burst of saves below `folders`, until `stop` is set. Blocks: give it a thread."""
    from watchfiles import watch as watch_files  # a compiled module, 20 ms, only where something is watched

    present = [folder for folder in folders if folder.exists()]
    for _changes in watch_files(*present, debounce=50, step=20, stop_event=stop, raise_interrupt=False):
        changed()
