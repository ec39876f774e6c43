"""Results and notes on their way out: text or one JSON object on standard output, the rest on standard error.

A reader that stops reading (`| head`) stops nothing: a send goes on, its output goes nowhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.cli.settings import Settings

#: ANSI codes of the few styles that are used
_STYLES = {"error": "31;1", "warning": "33;1", "good": "32", "strong": "1", "faint": "2", "place": "1", "mark": "36"}


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where a command's words go."""

    json: bool = False
    quiet: bool = False
    #: colours on standard output and on standard error
    color: tuple[bool, bool] = (False, False)

    @staticmethod
    def of(settings: Settings, environ: Mapping[str, str]) -> Output:
        """Return the output that the options ask for; `auto` follows the terminal and NO_COLOR."""
        colors = tuple(_wants_color(settings.color, stream, environ) for stream in (sys.stdout, sys.stderr))
        return Output(json=settings.json, quiet=settings.quiet, color=(colors[0], colors[1]))

    def aside(self) -> Output:
        """Return the same output without JSON: for what is said beside the one object."""
        return replace(self, json=False)

    def say(self, text: str = "") -> None:
        """Print a result for a person; nothing in JSON."""
        if not self.json:
            self.write(f"{text}\n")

    def note(self, text: str) -> None:
        """Print on standard error what is good to know; nothing when quiet."""
        if not self.quiet:
            _put(sys.stderr, f"{text}\n")

    def complain(self, text: str) -> None:
        """Print on standard error what must be known, also when quiet."""
        _put(sys.stderr, f"{text}\n")

    def write(self, text: str) -> None:
        """Put text on standard output as it is."""
        _put(sys.stdout, text)

    def write_bytes(self, content: bytes) -> None:
        """Put bytes on standard output as they are: a mail's line ends are part of it."""
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            forget_reader(sys.stdout)

    def result(self, name: str, content: Mapping[str, object], lines: Iterable[str] = (), *, ok: bool = True) -> None:
        """Give a result: with `--json` as one object with its schema's name, else as lines."""
        if self.json:
            self.object(name, content, ok=ok)
        else:
            for line in lines:
                self.say(line)

    def object(self, name: str, content: Mapping[str, object], *, ok: bool = True) -> None:
        """Print one JSON object on one line, whatever the options."""
        envelope = {"schema": f"newsletter.{name}/1", "ok": ok, **content}
        import json  # 4 ms that help does not need

        self.write(json.dumps(envelope, ensure_ascii=False, default=str) + "\n")

    def styled(self, style: str, text: str, *, error: bool = True) -> str:
        """Return text in a style, where colours are wanted (on standard error unless `error` is false)."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.color[1 if error else 0] else text


def _wants_color(wish: str, stream: IO[str], environ: Mapping[str, str]) -> bool:
    if wish != "auto":
        return wish == "always"
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def _put(stream: IO[str], text: str) -> None:
    """Write and flush; a text that the terminal can not show is shown with question marks."""
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            stream.write(text.encode("ascii", "replace").decode())
        stream.flush()
    except BrokenPipeError:
        forget_reader(stream)


def forget_reader(stream: IO[str]) -> None:
    """Send what is still written to a closed pipe nowhere, also at the interpreter's end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
