"""Mend what can be mended safely: edits of findings, applied to the source from its end to its beginning."""

from __future__ import annotations

from collections.abc import Iterable

from newsletter.errors import Edit, Finding


def apply_fixes(source: str, findings: Iterable[Finding]) -> tuple[str, int]:
    """Return the mended source and how many findings were mended; overlapping edits wait for the next run."""
    starts = _line_starts(source)
    applied, floor = 0, len(source) + 1
    for finding in sorted((found for found in findings if found.fix), key=_last, reverse=True):
        spans = [
            (_offset(starts, edit.line, edit.column), _offset(starts, edit.end_line, edit.end_column))
            for edit in finding.fix
        ]
        if any(end > floor or start > end or end > len(source) for start, end in spans):
            continue
        for (start, end), edit in sorted(zip(spans, finding.fix, strict=True), key=lambda pair: pair[0], reverse=True):
            source = source[:start] + edit.text + source[end:]
        floor = min(start for start, _end in spans)
        applied += 1
    return source, applied


def _last(finding: Finding) -> tuple[int, int]:
    return max((edit.line, edit.column) for edit in finding.fix)


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _offset(starts: list[int], line: int, column: int) -> int:
    return starts[min(line, len(starts)) - 1] + column - 1


def replaced(line: int, column: int, old: str, new: str) -> Edit:
    """Make the edit that puts `new` where `old` stands."""
    return Edit(line=line, column=column, end_line=line, end_column=column + len(old), text=new)
