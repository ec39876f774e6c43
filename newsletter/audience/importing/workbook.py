"""A workbook (.xlsx) becomes rows of cells, as a person sees them: values, not formulas.

The one sheet with a column of addresses is read; hidden sheets are not. Its XML must not declare
entities (CWE-776): no spreadsheet program writes any.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
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
#: what reading a damaged workbook raises: the archive's, the XML's (a SyntaxError) and the reader's own faults
_FAULTS = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, NotImplementedError),
)


def workbook_records(path: Path, options: ImportOptions) -> Iterator[Record]:
    """Yield the rows of a workbook's sheet of people; raises RefusedFileError when there is not exactly one."""
    try:
        _refuse_entities(path)
        with path.open("rb") as file:
            yield from _rows(_load(file), options)
    except _FAULTS as error:
        raise RefusedFileError(
            "damaged",
            _("The file is damaged or cut short."),
            hint=_("Open it in a spreadsheet program and save it again."),
        ) from error


def _rows(book: Workbook, options: ImportOptions) -> Iterator[Record]:
    """Yield the rows of the sheet of people, none shorter than one before it: empty cells at the end are not kept."""
    width = 0
    for row, values in enumerate(book[_sheet(book, options)].iter_rows(values_only=True), start=1):
        cells = _cells(values)
        width = max(width, len(cells)) if len(cells) <= MAX_COLUMNS else width
        yield row, cells + [""] * (width - len(cells))


def _cells(values: Sequence[object]) -> list[str]:
    """Return a row's texts up to the last that is one."""
    filled = len(values)
    while filled and values[filled - 1] in (None, ""):
        filled -= 1
    return [_text(value) for value in values[:filled]]


def _load(file: BinaryIO) -> Workbook:
    from openpyxl import load_workbook  # 0.2 s, only for workbooks

    return load_workbook(file, read_only=True, data_only=True, keep_links=False)


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


def _refuse_entities(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")) and _declares(archive, name):
                raise RefusedFileError("unsafe_archive", _("The workbook declares entities, as none does."))


def _declares(archive: zipfile.ZipFile, name: str) -> bool:
    """Tell whether a part has a document type, or is in an encoding in which one could hide (as none is)."""
    with archive.open(name) as part:
        rest = b""
        while chunk := part.read(_CHUNK):
            if _DOCTYPE in rest + chunk or b"\0" in chunk:
                return True
            rest = chunk[-len(_DOCTYPE) :]
    return False
