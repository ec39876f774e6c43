"""A row of cells becomes a candidate, or the reason why it can not be one. The store is not asked here."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from newsletter.audience.address import key_of
from newsletter.audience.attributes import read_value
from newsletter.audience.consent import Consent
from newsletter.audience.importing.cells import address_in, clean, is_control, language_reader, zone
from newsletter.audience.importing.headers import Columns, fold
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import Why
from newsletter.audience.importing.own_format import Extra, extra_reader, is_own
from newsletter.audience.importing.row_consent import consent_reader
from newsletter.audience.importing.standing import Standing, reader
from newsletter.audience.importing.table import MAX_CELL
from newsletter.audience.names import MAX_NAME

_SPACES = re.compile(r"\s+")
#: a line that begins like a header of a mail
_HEADER = re.compile(r"[\r\n]\s*[A-Za-z][\w-]*\s*:")
#: marks that turn the direction of what follows, or are nothing: a name shows as it is written
_TURNING = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
#: what a spreadsheet shows where a formula fails; other cells that begin a row with # make it a comment
_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|VALEUR!|NOM\?|NOMBRE!|NUL!)")


class Candidate(NamedTuple):
    """A row that can be read: who, and how they stand (a tuple: a file has a million)."""

    row: int
    standing: Standing
    address: str
    #: the address's keyed hash
    key: str
    domain: str
    name: str
    lang: str
    tz: str
    #: the project's attributes, as JSON
    fields: str
    #: the row's own consent; None: the import's
    consent: Consent | None = None
    paused_until: float | None = None

    def __repr__(self) -> str:
        """Say which row it is, and nothing of whose."""
        return f"Candidate(row={self.row})"


class Judge:
    """Reads the rows of one file."""

    def __init__(self, columns: Columns, options: ImportOptions, secret: bytes) -> None:
        self._columns = columns
        self._options = options
        self._secret = secret
        self._standing = reader(columns.rules, fold)
        self._language = language_reader(options.languages, options.lang)
        # many rows give the same few values
        self._fields = lru_cache(maxsize=4096)(self._read_fields)
        self._extra = extra_reader(columns, options) if is_own(columns) else None
        self._consent = None if is_own(columns) else consent_reader(columns, options)
        self._width = columns.width
        self._header = [fold(header) for header in columns.headers]
        self._names = tuple(at for at in (columns.first, columns.last) if at >= 0)

    def read(self, row: int, cells: list[str]) -> Candidate | Why | None:
        """Return the row's candidate, what is wrong with it, or None when there is nothing in it."""
        if not any(cells) or (cells[0].lstrip().startswith("#") and self._is_comment(cells)):
            return None
        if len(cells) != self._width and not self._fits(cells):
            return Why.RAGGED if any(map(str.strip, cells)) else None
        if max(map(len, cells)) > MAX_CELL:
            return Why.TOO_LONG
        address, said = address_in(cells[self._columns.address])
        if isinstance(address, Why):
            return None if self._is_header(cells) or not any(map(str.strip, cells)) else address
        return self._person(row, cells, address, said)

    def _is_header(self, cells: Sequence[str]) -> bool:
        """Tell whether a row is the header once more: files joined end to end."""
        return [fold(cell) for cell in cells] == self._header

    def _is_comment(self, cells: Sequence[str]) -> bool:
        """Tell whether a row whose first cell begins with # is none of a person: no number, no failed formula."""
        at = self._columns.address
        return not (_ERROR.fullmatch(cells[0].strip()) or (0 < at < len(cells) and "@" in cells[at]))

    def _fits(self, cells: Sequence[str]) -> bool:
        """Tell whether a row has only empty cells too many."""
        return len(cells) > self._width and not any(map(str.strip, cells[self._width :]))

    def _person(self, row: int, cells: Sequence[str], address: tuple[str, str, str], said: str) -> Candidate | Why:
        columns, options = self._columns, self._options
        standing = self._standing(cells)
        if standing is None:
            return Why.UNKNOWN_STATUS
        standing = max(standing, columns.floor)
        name = self._name(cells) or said
        if not name.isprintable():
            if (fault := _fault_of(name)) is not None:
                return fault
            name = _SPACES.sub(" ", _TURNING.sub("", name))
        if len(name) > MAX_NAME:
            return Why.TOO_LONG
        fields = self._fields(tuple([cells[at] for at in columns.fields.values()])) if columns.fields else "{}"
        if isinstance(fields, Why):
            return fields
        lang = self._language(cells[columns.lang]) if columns.lang >= 0 else options.lang
        tz = zone(cells[columns.tz]) if columns.tz >= 0 else ""
        local, domain, ascii_domain = address
        key = key_of(local, ascii_domain, self._secret)
        consent = None
        if self._consent is not None and standing == Standing.ACTIVE:
            given = self._consent(cells)
            if isinstance(given, Why):
                return given
            consent = given
        one = Candidate(row, standing, f"{local}@{domain}", key, ascii_domain, name, lang, tz, fields, consent)
        return one if self._extra is None else _with_extra(one, self._extra(cells))

    def _name(self, cells: Sequence[str]) -> str:
        at = self._columns.name
        if at >= 0 and (whole := clean(cells[at])):
            return whole
        if not self._names:
            return ""
        return " ".join(part for at in self._names if (part := clean(cells[at])))

    def _read_fields(self, cells: Sequence[str]) -> str | Why:
        """Return the project's attributes that these cells give, as JSON, or that one does not fit its column."""
        given = {name: clean(cell) for name, cell in zip(self._columns.fields, cells, strict=True)}
        found = {name: read_value(text, self._options.fields[name]) for name, text in given.items() if text}
        return Why.INVALID_FIELD if None in found.values() else json.dumps(found)


def _with_extra(one: Candidate, extra: Extra | None) -> Candidate:
    """Give a candidate what our own export says of it; without a consent there was none, and there is none now."""
    if extra is None:
        return one
    consent, paused_until = extra
    without = consent is None and one.standing == Standing.ACTIVE
    standing = Standing.WITHOUT_CONSENT if without else one.standing
    return one._replace(standing=standing, consent=consent, paused_until=paused_until)


def _fault_of(name: str) -> Why | None:
    """Tell what is wrong with a name that is more than letters and spaces; line breaks alone are mended."""
    if "\n" in name and "@" in name:  # a quotation mark swallowed a row
        return Why.STRAY_QUOTE
    if _HEADER.search(name):
        return Why.CONTROL_CHARACTER
    return Why.CONTROL_CHARACTER if any(is_control(letter) for letter in name if letter not in "\r\n\t") else None
