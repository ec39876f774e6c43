"""A workbook (.xlsx) becomes rows of cells, as a person sees them: values, not formulas.

The one sheet with a column of addresses is read; hidden sheets are not. Its XML must not declare
entities (CWE-776): no spreadsheet program writes any.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from newsletter.audience.importing.headers import find_header, is_address
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.refused import RefusedFileError
from newsletter.audience.importing.table import MAX_COLUMNS, SAMPLE, Record
from newsletter.language import _

if TYPE_CHECKING:
    from openpyxl import Workbook

_CHUNK = 1 << 20
_DOCTYPE = b"<!DOCTYPE"
#: what a spreadsheet program shows for a formula that has no value
_NO_VALUE = "#VALUE!"
#: what reading a damaged workbook raises: the archive's, the XML's (a SyntaxError) and the reader's own faults
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, NotImplementedError),
)


def workbook_records(path: Path, options: ImportOptions) -> Iterator[Record]:
    """Yield the rows of a workbook's sheet of people; raises RefusedFileError when there is not exactly one."""
    try:
        formulas = _looked_through(path)
        with path.open("rb") as file:
            book = _load(file)
            sheet = _sheet(book, options)
            rows = book[sheet].iter_rows(values_only=True)
            uncounted = formulas and not any(map(_is_counted, *_both(path, book, sheet)))
            yield from _rows(map(_with_faults, *_both(path, book, sheet)) if uncounted else rows)
    except _FAULTS as error:
        raise RefusedFileError(
            "damaged",
            _("The file is damaged or cut short."),
            hint=_("Open it in a spreadsheet program and save it again."),
        ) from error


def _rows(rows: Iterable[Sequence[object]]) -> Iterator[Record]:
    """Yield the rows of the sheet of people, none shorter than one before it: empty cells at the end are not kept."""
    width = 0
    for row, values in enumerate(rows, start=1):
        cells = _cells(values)
        width = max(width, len(cells)) if len(cells) <= MAX_COLUMNS else width
        yield row, cells + [""] * (width - len(cells))


def _cells(values: Sequence[object]) -> list[str]:
    """Return a row's texts up to the last that is one."""
    filled = len(values)
    while filled and values[filled - 1] in (None, ""):
        filled -= 1
    return [_text(value) for value in values[:filled]]


def _both(path: Path, book: Workbook, sheet: str) -> tuple[Iterator[Sequence[object]], Iterator[Sequence[object]]]:
    """Return the rows of a sheet twice: their values, and what was written, formulas and all."""
    return book[sheet].iter_rows(values_only=True), _written(path, sheet)


def _written(path: Path, sheet: str) -> Iterator[Sequence[object]]:
    with path.open("rb") as file:
        yield from _load(file, values=False)[sheet].iter_rows(values_only=True)


def _is_counted(values: Sequence[object], written: Sequence[object]) -> bool:
    """Tell whether some formula of a row has a value: then the whole file was counted, and what is empty is so."""
    return any(value is not None and _is_formula(cell) for value, cell in zip(values, written, strict=False))


def _with_faults(values: Sequence[object], written: Sequence[object]) -> list[object]:
    """Put a fault where a formula stands whose value nobody counted: no row is lost in silence."""
    return [
        _NO_VALUE if value is None and _is_formula(cell) else value
        for value, cell in zip(values, written, strict=False)
    ]


def _is_formula(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith("=")


def _load(file: BinaryIO, *, values: bool = True) -> Workbook:
    from openpyxl import load_workbook  # 0.2 s, only for workbooks

    return load_workbook(file, read_only=True, data_only=values, keep_links=False)


def _sheet(book: Workbook, options: ImportOptions) -> str:
    """Return the one visible sheet that holds people."""
    found = [
        sheet.title
        for sheet in book.worksheets
        if sheet.sheet_state == "visible" and _holds_people(sheet.iter_rows(values_only=True), options)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise RefusedFileError(
            "several_sheets",
            _("More than one sheet holds people: {names}.").format(names=", ".join(found)),
            hint=_("Save the one you mean as a file of its own."),
        )
    if not book.worksheets:
        raise RefusedFileError("damaged", _("The workbook holds no sheet."))
    return book.worksheets[0].title


def _holds_people(rows: Iterator[Sequence[object]], options: ImportOptions) -> bool:
    sample = [_cells(values) for values in islice(rows, SAMPLE)]
    header = find_header(enumerate(sample, start=1), named=options.columns, fields=options.fields)
    return header is not None or any(is_address(cell) for cells in sample for cell in cells)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _looked_through(path: Path) -> bool:
    """Refuse a workbook that declares entities; tell whether there are formulas in it."""
    found = False
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                found |= _has_formulas(archive, name)
    return found


def _has_formulas(archive: zipfile.ZipFile, name: str) -> bool:
    """Refuse a part that has a document type, or is in an encoding in which one could hide (as none is)."""
    found = False
    with archive.open(name) as part:
        rest = b""
        while chunk := part.read(_CHUNK):
            whole = rest + chunk
            if _DOCTYPE in whole or b"\0" in chunk:
                raise RefusedFileError("unsafe_archive", _("The workbook declares entities, as none does."))
            found = found or b"<f>" in whole or b"<f " in whole
            rest = chunk[-len(_DOCTYPE) :]
    return found
