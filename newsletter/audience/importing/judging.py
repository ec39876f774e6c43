"""A row of cells becomes a candidate, or the reason why it can not be one. The store is not asked here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsletter.audience.address import Address
from newsletter.audience.attributes import Value, read_value
from newsletter.audience.importing.cells import address_in, clean, is_control, language_reader, zone
from newsletter.audience.importing.headers import Columns, fold
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import Why
from newsletter.audience.importing.standing import Standing, reader
from newsletter.audience.importing.table import MAX_CELL, Record

MAX_NAME = 200
_SPACES = re.compile(r"\s+")


@dataclass(kw_only=True, slots=True)
class Candidate:
    """A row that can be read: who, and how they stand."""

    row: int
    address: Address = field(repr=False)
    standing: Standing
    name: str = field(repr=False)
    lang: str
    tz: str
    fields: dict[str, Value] = field(repr=False)


class Judge:
    """Reads the rows of one file."""

    def __init__(self, columns: Columns, options: ImportOptions) -> None:
        self._columns = columns
        self._options = options
        self._standing = reader(columns.rules, fold)
        self._language = language_reader(options.languages, options.lang)

    def read(self, record: Record) -> Candidate | Why | None:
        """Return the row's candidate, what is wrong with it, or None when there is nothing in it."""
        cells = record.cells
        if record.fault is not None:
            return record.fault
        if not any(cells) or cells[0].lstrip().startswith("#") or not any(map(str.strip, cells)):
            return None
        width = self._columns.width
        if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
            return Why.RAGGED
        if max(map(len, cells)) > MAX_CELL:
            return Why.TOO_LONG
        return self._person(record.row, cells)

    def _person(self, row: int, cells: Sequence[str]) -> Candidate | Why:
        columns = self._columns
        address, said = address_in(cells[columns.address])
        if isinstance(address, Why):
            return address
        standing = self._standing(cells)
        if standing is None:
            return Why.UNKNOWN_STATUS
        name = self._name(cells) or said
        if not name.isprintable():
            if (fault := _fault_of(name)) is not None:
                return fault
            name = _SPACES.sub(" ", name)
        if len(name) > MAX_NAME:
            return Why.TOO_LONG
        fields = self._fields(cells) if columns.fields else {}
        if fields is None:
            return Why.INVALID_FIELD
        lang = self._language(cells[columns.lang]) if columns.lang >= 0 else self._options.lang
        tz = zone(cells[columns.tz]) if columns.tz >= 0 else ""
        return Candidate(row=row, address=address, standing=standing, name=name, lang=lang, tz=tz, fields=fields)

    def _name(self, cells: Sequence[str]) -> str:
        columns = self._columns
        if columns.name >= 0 and (whole := clean(cells[columns.name])):
            return whole
        if columns.first < 0 and columns.last < 0:
            return ""
        parts = (clean(cells[at]) for at in (columns.first, columns.last) if at >= 0)
        return " ".join(part for part in parts if part)

    def _fields(self, cells: Sequence[str]) -> dict[str, Value] | None:
        """Return the project's attributes; None when a value does not fit its column."""
        found: dict[str, Value] = {}
        for name, at in self._columns.fields.items():
            if text := clean(cells[at]):
                value = read_value(text, self._options.fields[name])
                if value is None:
                    return None
                found[name] = value
        return found


def _fault_of(name: str) -> Why | None:
    """Tell what is wrong with a name that is more than letters and spaces; line breaks alone are mended."""
    if "\n" in name and "@" in name:  # a quotation mark swallowed a row
        return Why.STRAY_QUOTE
    return Why.CONTROL_CHARACTER if any(is_control(letter) for letter in name if letter not in "\r\n\t") else None
