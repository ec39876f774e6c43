"""Where each key of a TOML file stands, so that a fault of configuration has its line and column.

`tomllib` gives values without places; this scan gives places without values. It reads text that
`tomllib` has already accepted, so it has no errors of its own (TOML 1.0.0, https://toml.io).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

#: keys and indices from the top of the file: `("sender", "coordination", "from")`, `("persona", 0, "key")`
KeyPath = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+')
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
#: a number, a boolean or a date, whose time may stand apart by one space
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]+|[^\s,\]}#]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A key from `start` to `end`, and where its value begins: offsets in characters."""

    start: int
    end: int
    value: int


@dataclass
class _Scan:
    """The reading position and what was found so far."""

    text: str
    at: int = 0
    spans: dict[KeyPath, Span] = field(default_factory=dict)
    #: how many times each array of tables was opened
    opened: dict[KeyPath, int] = field(default_factory=dict)


def key_spans(text: str) -> Mapping[KeyPath, Span]:
    """Return where every key and every item of an array stands in a valid TOML text."""
    scan = _Scan(text=text)
    prefix: KeyPath = ()
    _skip(scan)
    while scan.at < len(text):
        if text[scan.at] == "[":
            prefix = _header(scan)
        else:
            _pair(scan, prefix)
        _skip(scan)
    return scan.spans


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return the 1-based line and column of an offset."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def line_text(text: str, line: int) -> str:
    """Return a line by its number, without its end; empty when there is no such line."""
    lines = text.splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _skip(scan: _Scan) -> None:
    found = _SPACE.match(scan.text, scan.at)
    scan.at = found.end() if found else scan.at


def _eat(scan: _Scan, pattern: re.Pattern[str]) -> str:
    found = pattern.match(scan.text, scan.at)
    if found is None:  # the text was not valid after all: read on, the fault is reported by tomllib
        scan.at += 1
        return ""
    scan.at = found.end()
    return found.group()


def _header(scan: _Scan) -> KeyPath:
    """Read `[a.b]` or `[[a.b]]`; return the path under which the following keys stand."""
    double = scan.text.startswith("[[", scan.at)
    scan.at += 2 if double else 1
    parts = _dotted(scan)
    scan.at += 2 if double else 1
    path: KeyPath = ()
    for name, start, end in parts:
        path = (*_in_newest(scan, path), name)
        scan.spans.setdefault(path, Span(start=start, end=end, value=start))
    if double:
        scan.opened[path] = scan.opened.get(path, 0) + 1
        scan.spans[_in_newest(scan, path)] = scan.spans[path]
    return _in_newest(scan, path)


def _in_newest(scan: _Scan, path: KeyPath) -> KeyPath:
    """Go into the newest table of a path that is an array of tables."""
    return (*path, scan.opened[path] - 1) if path in scan.opened else path


def _dotted(scan: _Scan) -> list[tuple[str, int, int]]:
    """Read `a.b.c`; return each part and where it stands."""
    parts: list[tuple[str, int, int]] = []
    while True:
        _skip(scan)
        start = scan.at
        name = _name(_eat(scan, _KEY))
        parts.append((name, start, scan.at))
        _skip(scan)
        if not scan.text.startswith(".", scan.at):
            return parts
        scan.at += 1


def _name(raw: str) -> str:
    return next(iter(tomllib.loads(f"{raw} = 0"))) if raw[:1] in ('"', "'") else raw


def _pair(scan: _Scan, prefix: KeyPath) -> None:
    """Read `key = value`."""
    parts = _dotted(scan)
    scan.at += 1
    _skip(scan)
    path = prefix
    for name, start, end in parts:
        path = (*path, name)
        scan.spans.setdefault(path, Span(start=start, end=end, value=scan.at))
    _value(scan, path)


def _value(scan: _Scan, path: KeyPath) -> None:
    match scan.text[scan.at : scan.at + 1]:
        case '"' | "'":
            _eat(scan, _STRING)
        case "[":
            _array(scan, path)
        case "{":
            _inline_table(scan, path)
        case _:
            _eat(scan, _SCALAR)


def _array(scan: _Scan, path: KeyPath) -> None:
    for index in _items(scan, "]"):
        scan.spans[(*path, index)] = Span(start=scan.at, end=scan.at, value=scan.at)
        _value(scan, (*path, index))


def _inline_table(scan: _Scan, path: KeyPath) -> None:
    for _index in _items(scan, "}"):
        _pair(scan, path)


def _items(scan: _Scan, close: str) -> Iterator[int]:
    """Stop before each item between two brackets, and after the closing one."""
    scan.at += 1
    _skip(scan)
    index = 0
    while scan.at < len(scan.text) and not scan.text.startswith(close, scan.at):
        yield index
        index += 1
        _skip(scan)
        if scan.text.startswith(",", scan.at):
            scan.at += 1
        _skip(scan)
    scan.at += 1
