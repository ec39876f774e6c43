"""What becomes of the rows of a table, said shortly.

A table may be written as it stands in the file, a line a row, with what becomes of the row beside it; `_` marks the
header and the rows in which there is nobody.
"""

from __future__ import annotations

from newsletter.audience.importing import ImportReport

A, M, S, R, _ = "accepted", "merged", "suppressed", "rejected", ""
Table = tuple[tuple[str, str], ...]


def said(report: ImportReport) -> list[str]:
    return [one.outcome.value for one in report.rows]


def rows(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(one.row, one.outcome.value, one.reason.value) for one in report.rows]


def outcomes(report: ImportReport) -> dict[int, str]:
    return {one.row: one.outcome.value for one in report.rows}


def reasons(report: ImportReport) -> dict[int, str]:
    return {one.row: one.reason.value for one in report.rows}


def content_of(table: Table) -> str:
    return "\n".join(line for line, _outcome in table) + "\n"


def expected_of(table: Table) -> dict[int, str]:
    return {row: outcome for row, (_line, outcome) in enumerate(table, start=1) if outcome}
