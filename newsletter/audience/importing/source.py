"""The bytes of a file of people: as it is, out of gzip, or out of a zip with one table in it; always bounded.

A packed file can grow a thousandfold (CWE-409): its size, its entries and its ratio have limits, and a
name that leads elsewhere is refused (CWE-22).
"""

from __future__ import annotations

import codecs
import gzip
import io
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from newsletter.audience.importing.refused import RefusedFileError
from newsletter.language import _

MAX_BYTES = 1 << 30
MAX_RATIO = 250
MAX_ENTRIES = 2_000
#: below this a high ratio does no harm
_SMALL = 16 << 20
#: octets in which a file says what it is, and how some begin
_START = 400
_MARKUP = (
    (b"begin:vcard", "vCard"),
    (b"<!doctype html", "HTML"),
    (b"<html", "HTML"),
    (b"<table", "HTML"),
    (b"<meta", "HTML"),
    (b"<style", "HTML"),
    (b"<?xml", "XML"),
    (b"{\\rtf", "RTF"),
    (b"%pdf-", "PDF"),
)
_TABLES = (".csv", ".tsv", ".txt", ".tab")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Something that can be read from its beginning as often as needed."""

    path: Path
    open: Callable[[], BinaryIO] = field(repr=False)
    #: a workbook rather than a text
    workbook: bool = False


def source_of(path: Path) -> Source:
    """Return the source that a path stands for; raises RefusedFileError for what is too big or unsafe."""
    if not path.is_file():
        raise RefusedFileError("no_file", _("There is no such file."))
    if path.stat().st_size > MAX_BYTES:
        raise _too_big()
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(b"\x1f\x8b"):
        return Source(path=path, open=lambda: _gunzip(path))
    if head == b"PK\x03\x04":
        return _zipped(path)
    _refuse_markup(path)
    return Source(path=path, open=lambda: path.open("rb"))


def _refuse_markup(path: Path) -> None:
    """Refuse what is no table though its name says so: some programs call a web page `.xls`."""
    with path.open("rb") as file:
        start = file.read(_START).removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n").lower()
    kind = next((kind for mark, kind in _MARKUP if start.startswith(mark)), "")
    if kind:
        raise RefusedFileError(
            "not_a_table",
            _("This is a {kind} file, not a table that can be read.").format(kind=kind),
            hint=_("Save it as .xlsx or as « CSV UTF-8 »."),
        )


def _gunzip(path: Path) -> BinaryIO:
    return io.BufferedReader(_Bounded(gzip.open(path, "rb"), path.stat().st_size))


class _Bounded(io.RawIOBase):
    """A stream that refuses to grow beyond all proportion."""

    def __init__(self, inner: IO[bytes] | gzip.GzipFile, packed: int) -> None:
        self._inner = inner
        self._most = min(MAX_BYTES, max(_SMALL, packed * MAX_RATIO))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer is a view here
        try:
            part = self._inner.read(len(buffer))
        except (OSError, EOFError) as error:
            raise _damaged() from error
        buffer[: len(part)] = part
        if self._inner.tell() > self._most:
            raise _too_big()
        return len(part)

    def close(self) -> None:
        self._inner.close()
        super().close()


def _zipped(path: Path) -> Source:
    """Open a zip: a workbook, or an archive with exactly one table in it."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check(entries)
            names = {entry.filename for entry in entries}
            if "[Content_Types].xml" in names and not names & {
                "xl/workbook.bin",
                "word/document.xml",
                "ppt/presentation.xml",
            }:
                return Source(path=path, open=lambda: path.open("rb"), workbook=True)
            if names & {"mimetype", "[Content_Types].xml"}:
                raise RefusedFileError(
                    "not_a_table",
                    _("This is a {kind} file, not a table that can be read.").format(kind=_kind(names)),
                    hint=_("Save it as .xlsx or as « CSV UTF-8 »."),
                )
            tables = [entry for entry in entries if PurePosixPath(entry.filename).suffix.lower() in _TABLES]
    except zipfile.BadZipFile as error:
        raise _damaged() from error
    if len(tables) != 1:
        raise RefusedFileError(
            "several_tables",
            _("The archive holds {count} tables, not one.").format(count=len(tables)),
            hint=_("Unpack it and import each file with what is true for it."),
        )
    return Source(path=path, open=lambda: _unzip(path, tables[0]))


def _kind(names: set[str]) -> str:
    """Return the kind of an office document by its parts."""
    parts = {"word/document.xml": "Word", "ppt/presentation.xml": "PowerPoint", "xl/workbook.bin": "XLSB"}
    return next((kind for part, kind in parts.items() if part in names), "ODF (.ods, .odt)")


def _unzip(path: Path, entry: zipfile.ZipInfo) -> BinaryIO:
    return io.BufferedReader(_Bounded(zipfile.ZipFile(path).open(entry), entry.compress_size))


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise _too_big()
    for entry in entries:
        if entry.file_size > max(_SMALL, entry.compress_size * MAX_RATIO):
            raise _too_big()
        name = PurePosixPath(entry.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or stat.S_ISLNK(entry.external_attr >> 16) or ":" in entry.filename:
            raise RefusedFileError("unsafe_archive", _("The archive holds a name that leads out of it."))
        if entry.flag_bits & 1:
            raise RefusedFileError("encrypted", _("The archive is locked with a password."))


def _too_big() -> RefusedFileError:
    return RefusedFileError(
        "too_big",
        _("The file is too big, or unpacks to too much."),
        hint=_("Unpack it, and split it into files of at most a million rows."),
    )


def _damaged() -> RefusedFileError:
    return RefusedFileError("damaged", _("The file is damaged or cut short."))
