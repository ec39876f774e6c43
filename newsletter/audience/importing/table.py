"""A text file becomes rows of cells: separator found, quotes held to their rules, every row numbered.

A row number is what a spreadsheet shows: the first line is 1, empty ones count. A fault within one line is
that row's; a quote that runs over lines and does not close makes every later row doubtful, so the file is
refused (Python's csv would swallow those rows in silence).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from typing import TextIO

from newsletter.audience.importing.decoding import encoding_of
from newsletter.audience.importing.headers import find_header, is_address
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import Why
from newsletter.audience.importing.refused import RefusedFileError
from newsletter.audience.importing.source import Source
from newsletter.language import _

SEPARATORS = (",", ";", "\t", "|")
#: characters of a cell; more is an accident or an attack
MAX_CELL = 65_536
#: rows that are looked at to find separator and header
SAMPLE = 60
MAX_COLUMNS = 500
_SEP = "sep="


#: a row's number, and its cells or what is wrong with it (a tuple: a file has a million)
Record = tuple[int, list[str] | Why]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a text file is written."""

    encoding: str
    separator: str


def dialect_of(source: Source, options: ImportOptions) -> Dialect:
    """Find encoding and separator; raises RefusedFileError when the file can not be read as a table."""
    encoding = encoding_of(source)
    with _text(source, encoding) as file:
        named = _named_separator(file.readline(200))
    if named:
        return Dialect(encoding=encoding, separator=named)
    scores = {}
    for separator in SEPARATORS:
        with _text(source, encoding) as file:
            scores[separator] = _score(file, separator, options)
    return Dialect(encoding=encoding, separator=max(SEPARATORS, key=lambda separator: scores[separator]))


def records(source: Source, dialect: Dialect) -> Iterator[Record]:
    """Yield every row of a file, the empty ones too; raises RefusedFileError at a quote that never closes."""
    with _text(source, dialect.encoding) as file:
        first = file.readline(200)
        if _named_separator(first):
            yield 1, []
            yield from _read(file, dialect.separator, offset=1)
        else:
            file.seek(0)
            yield from _read(file, dialect.separator, offset=0)


def _text(source: Source, encoding: str) -> TextIO:
    return TextIOWrapper(source.open(), encoding=encoding, newline="")


def _read(file: TextIO, separator: str, *, offset: int) -> Iterator[Record]:
    """Yield rows; a fault in one line is that row's, and reading goes on below it."""
    reader = csv.reader(file, delimiter=separator, strict=True, skipinitialspace=True)
    row, line = offset, 0
    while True:
        try:
            for cells in reader:
                row += 1
                line = reader.line_num
                yield row, cells
            return
        except csv.Error as error:
            row += 1
            if reader.line_num - line > 1 or "end of data" in str(error):
                raise _unterminated(row) from None
            line = reader.line_num
            yield row, Why.TOO_LONG if "limit" in str(error) else Why.STRAY_QUOTE


def _unterminated(row: int) -> RefusedFileError:
    return RefusedFileError(
        "unterminated_quote",
        _(
            "A quotation mark opens in row {row} and does not close where it should; "
            "the rows after it can not be told apart."
        ).format(row=row),
        row=row,
        hint=_('Close it, or write a quotation mark that belongs to the text twice: "".'),
    )


def _named_separator(line: str) -> str:
    """Return the separator that Excel's first line names (`sep=;`); empty when the line is something else."""
    text = line.strip('\ufeff\r\n "')
    if text[:4].lower() != _SEP:
        return ""
    name = line.split("=", 1)[1].rstrip("\r\n").rstrip('"')[:1] or ","
    return name


def _score(file: TextIO, separator: str, options: ImportOptions) -> tuple[int, int]:
    """Tell how well a separator fits: a header with an address first, then rows with one, then columns."""
    try:
        sample = sound_rows(islice(_read(file, separator, offset=0), SAMPLE))
    except RefusedFileError:
        return (0, 0)
    header = find_header(sample, named=options.columns, fields=options.fields)
    if header is not None:
        return (2 + header[1].exact, header[1].width)
    return next(((1, len(cells)) for _row, cells in sample if any(map(is_address, cells))), (0, 0))


def sound_rows(found: Iterable[Record]) -> list[tuple[int, list[str]]]:
    """Return the rows that have cells and are not at fault."""
    return [(row, cells) for row, cells in found if not isinstance(cells, Why) and any(map(str.strip, cells))]
