"""A file becomes rows under a header, whatever kind of table it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from newsletter.audience.importing.headers import Columns, find_header, fold, is_address
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import Layout
from newsletter.audience.importing.refused import RefusedFileError
from newsletter.audience.importing.source import source_of
from newsletter.audience.importing.standing import WORDS, Standing
from newsletter.audience.importing.table import MAX_COLUMNS, SAMPLE, Dialect, Record, dialect_of, records, sound_rows
from newsletter.audience.importing.workbook import workbook_records
from newsletter.language import _

#: what some tools say in the file's name only (`unsubscribed_members_export.csv`, `list-marked-as-spam.csv`)
_NAMES: Sequence[tuple[re.Pattern[str], Standing]] = (
    (re.compile(r"\b(non ?subscribed|unconfirmed|non confirmes?)\b"), Standing.PENDING),
    (re.compile(r"\b(unsubscribed|unsubscribers|desabonnes?|desinscrits?|suppressed)\b"), Standing.UNSUBSCRIBED),
    (re.compile(r"\b(cleaned|bounced|bounces)\b"), Standing.BOUNCED),
    (re.compile(r"\b(marked as spam|complained|complaints)\b"), Standing.COMPLAINED),
)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A table of people: where its columns are, and its rows below the header."""

    layout: Layout
    columns: Columns
    records: Iterator[Record] = field(repr=False)


def open_table(path: Path, options: ImportOptions) -> Opened:
    """Open a file of people; raises RefusedFileError when it is no table, or has no column of addresses."""
    source = source_of(path)
    if source.workbook:
        dialect = Dialect(encoding="xlsx", separator="")
        rows = workbook_records(path, options)
    else:
        dialect = dialect_of(source, options)
        rows = records(source, dialect)
    first = list(islice(rows, SAMPLE))
    header, columns = _header(first, options)
    if columns.rivals and _differ(columns, [cells for row, cells in sound_rows(first) if row > header]):
        raise _ambiguous(columns)
    if len(columns.headers) > MAX_COLUMNS:
        raise RefusedFileError(
            "too_many_columns", _("The table has {count} columns.").format(count=len(columns.headers)), row=header
        )
    if not columns.rules:
        columns = replace(columns, floor=_by_name(path.stem))
    below = chain((record for record in first if record[0] > header), rows)
    return Opened(layout=_layout(dialect, header, columns), columns=columns, records=below)


def _header(first: Sequence[Record], options: ImportOptions) -> tuple[int, Columns]:
    """Return the header's row and columns; row 0 for a bare list of addresses without a header."""
    rows = sound_rows(first)
    found = find_header(rows, named=options.columns, fields=options.fields)
    if found is not None:
        return found
    if rows and (bare := _bare([cells for _row, cells in rows])) is not None:
        return 0, bare
    row = next((row for row, cells in rows if any(map(is_address, cells))), 0)
    if row:
        raise RefusedFileError(
            "no_header",
            _("Row {row} holds an address, and no header stands above it.").format(row=row),
            row=row,
            hint=_("Add a first row that names the columns, e.g. email, name, lang."),
        )
    seen = ", ".join(cell.strip()[:40] for cell in (rows[0][1] if rows else [])[:12] if "@" not in cell)
    raise RefusedFileError(
        "no_address_column",
        _("No column of addresses was recognised."),
        hint=_(
            "Name it « email » or « courriel » in the file, or say which it is: --column email=HEADER. Found: {found}"
        ).format(found=seen or "-"),
    )


def _bare(rows: Sequence[Sequence[str]]) -> Columns | None:
    """Accept a table without a header only where nothing must be guessed: addresses, alone or beside a name."""
    if not is_address(rows[0][0]) and (len(rows[0]) == 1 or not is_address(rows[0][1])):
        return None
    width = len(rows[0])
    if width == 1:
        return Columns(headers=("email",), address=0)
    at = 0 if is_address(rows[0][0]) else 1
    names = [fold(cells[1 - at]) for cells in rows if len(cells) == width]
    if width != 2 or len(rows) < 2 or not all(is_address(cells[at]) for cells in rows if len(cells) == width):
        return None
    if any(name in WORDS or any(map(str.isdigit, name)) for name in names):
        return None
    headers = ("email", "name") if at == 0 else ("name", "email")
    return Columns(headers=headers, address=at, name=1 - at)


def _by_name(stem: str) -> Standing:
    """Return the standing that a file's name gives to all of its rows, where no column says anything about it."""
    name = fold(stem)
    return next((standing for pattern, standing in _NAMES if pattern.search(name)), Standing.ACTIVE)


def _differ(columns: Columns, rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether columns that could equally be the address hold other addresses than the first of them."""
    others = [at for at, header in enumerate(columns.headers) if header in columns.rivals and at != columns.address]
    return any(
        at < len(cells) and is_address(cells[at]) and cells[at].strip() != cells[columns.address].strip()
        for cells in rows
        for at in others
    )


def _ambiguous(columns: Columns) -> RefusedFileError:
    return RefusedFileError(
        "ambiguous_address_column",
        _("More than one column could hold the address: {names}.").format(names=", ".join(columns.rivals)),
        hint=_("Say which it is: --column email=HEADER, or take the others out."),
    )


def _layout(dialect: Dialect, header: int, columns: Columns) -> Layout:
    return Layout(
        encoding=dialect.encoding,
        separator=dialect.separator,
        tool=columns.tool.name if columns.tool else "",
        header=header,
        columns=columns.used(),
        unused=columns.unused(),
    )
