"""A workbook (.xlsx) becomes rows of cells, as a person sees them: values, not formulas.

The one sheet with a column of addresses is read; hidden sheets are not. Its XML must not declare
entities (CWE-776): no spreadsheet program writes any.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from newsletter.audience.importing.headers import find_header, is_address
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.refused import RefusedFileError
from newsletter.audience.importing.table import SAMPLE, Record
from newsletter.language import _

if TYPE_CHECKING:
    from openpyxl import Workbook

_HEAD = 4096


def workbook_records(path: Path, options: ImportOptions) -> Iterator[Record]:
    """Yield the rows of a workbook's sheet of people; raises RefusedFileError when there is not exactly one."""
    _refuse_entities(path)
    with path.open("rb") as file:
        book = _load(file)
        width = 0
        for row, values in enumerate(book[_sheet(book, options)].iter_rows(values_only=True), start=1):
            cells = [_text(value) for value in values]
            width = max(width, len(cells))
            yield row, cells + [""] * (width - len(cells))


def _load(file: BinaryIO) -> Workbook:
    from openpyxl import load_workbook  # 0.2 s, only for workbooks
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise RefusedFileError("damaged", _("The file is damaged or cut short.")) from error


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
    return book.worksheets[0].title


def _holds_people(rows: Iterator[Sequence[object]], options: ImportOptions) -> bool:
    sample = [[_text(value) for value in values] for values in islice(rows, SAMPLE)]
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
            if name.endswith((".xml", ".rels")):
                with archive.open(name) as part:
                    if b"<!DOCTYPE" in part.read(_HEAD):
                        raise RefusedFileError("unsafe_archive", _("The workbook declares entities, as none does."))
