"""A file becomes rows under a header, whatever kind of table it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from newsletter.audience.importing.headers import Columns, is_address, recognise
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import Layout, Why
from newsletter.audience.importing.refused import RefusedFileError
from newsletter.audience.importing.table import SAMPLE, Dialect, Record, cells_of, dialect_of, records
from newsletter.language import _

MAX_COLUMNS = 500


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A table of people: where its columns are, and its rows below the header."""

    layout: Layout
    columns: Columns
    records: Iterator[Record] = field(repr=False)


def open_table(path: Path, options: ImportOptions) -> Opened:
    """Open a file of people; raises RefusedFileError when it is no table, or has no column of addresses."""
    if not path.is_file():
        raise RefusedFileError("no_file", _("There is no such file."))
    dialect = dialect_of(path)
    source = records(path, dialect)
    first = list(islice(source, SAMPLE))
    header, columns = _header(first, options)
    if columns.rivals:
        raise _ambiguous(columns)
    if columns.width > MAX_COLUMNS:
        raise RefusedFileError("too_many_columns", _("The table has {count} columns.").format(count=columns.width))
    return Opened(
        layout=_layout(dialect, header, columns),
        columns=columns,
        records=chain((record for record in first if record[0] > header), source),
    )


def _header(first: Sequence[Record], options: ImportOptions) -> tuple[int, Columns]:
    """Return the header's row and columns; row 0 for a bare list of addresses without a header."""
    for row, cells in first:
        if isinstance(cells, Why):
            continue
        columns = recognise(cells, named=options.columns, fields=options.fields)
        if columns is not None:
            return row, columns
        if any(map(is_address, cells)):
            return _bare(row, cells)
    named = next(cells_of(first), [])
    raise RefusedFileError(
        "no_address_column",
        _("No column of addresses was recognised."),
        hint=_(
            "Name it « email » or « courriel » in the file, or say which it is: --column email=HEADER. Found: {found}"
        ).format(found=", ".join(cell.strip()[:40] for cell in named[:12]) or "-"),
    )


def _bare(row: int, cells: Sequence[str]) -> tuple[int, Columns]:
    """Accept a table without a header only where nothing must be guessed: one column, addresses."""
    if len(cells) == 1:
        return 0, Columns(headers=("",), address=0)
    raise RefusedFileError(
        "no_header",
        _("Row {row} holds an address, and no header stands above it.").format(row=row),
        row=row,
        hint=_("Add a first row that names the columns, e.g. email, name, lang."),
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
