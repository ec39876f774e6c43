"""Correcting files by the edits that findings bring: from the end to the beginning, none over another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from newsletter.errors import Edit, Finding


def correct(root: Path, findings: Iterable[Finding]) -> tuple[Path, ...]:
    """Apply every safe edit to the files below `root` that the findings name; return the files that changed."""
    edits: dict[Path, list[Edit]] = defaultdict(list)
    for finding in findings:
        path = (root / finding.location.path).resolve()
        if finding.fix and path.is_relative_to(root.resolve()) and path.is_file():
            edits[path] += finding.fix
    return tuple(path for path, some in sorted(edits.items()) if _rewrite(path, some))


def corrected(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with edits applied; one that touches another that comes later in the text is left out."""
    starts = _line_starts(text)
    spans = {(_offset(starts, e.line, e.column), _offset(starts, e.end_line, e.end_column), e.text) for e in edits}
    reached = len(text) + 1
    for start, end, new in sorted(spans, reverse=True):
        if start <= end < reached:
            text = text[:start] + new + text[end:]
            reached = start
    return text


def _rewrite(path: Path, edits: Sequence[Edit]) -> bool:
    """Write a file anew, beside it and renamed; line ends and a byte-order mark stay as they are."""
    before = path.read_bytes().decode("utf-8")
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    after = mark + corrected(before.removeprefix(mark), edits)
    if after == before:
        return False
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(after.encode())
    beside.chmod(path.stat().st_mode)
    beside.replace(path)
    return True


def _line_starts(text: str) -> list[int]:
    starts = [0]
    starts += [index + 1 for index, character in enumerate(text) if character == "\n"]
    return starts


def _offset(starts: Sequence[int], line: int, column: int) -> int:
    return starts[min(line, len(starts)) - 1] + column - 1
