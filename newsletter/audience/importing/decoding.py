"""Bytes become text: which encoding a file is in, found by reading all of it, never by its first lines only.

UTF-8 and UTF-16 with their marks, UTF-16 without, UTF-8, and of old spreadsheets Windows-1252 or Mac Roman,
whichever makes French letters of its bytes. What fits none of them, or two at once, is refused.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from newsletter.audience.importing.refused import RefusedFileError
from newsletter.audience.importing.source import Source
from newsletter.language import _

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20
#: French and English letters as UTF-8 writes them: in a file that is not UTF-8, two encodings are mixed
_UTF8_LETTER = re.compile(rb"[\xc2-\xc5][\x80-\xbf]|\xe2\x80[\x90-\xbf]")
#: bytes with which Mac Roman writes French letters, and those with which it writes marks
_MAC_LETTERS = bytes.fromhex("82 83 88 89 8d 8e 8f 90 91 94 95 99 9d 9e")
_MAC_FRENCH = _MAC_LETTERS + bytes.fromhex("c7 c8 c9 ca cb cf d0 d1 d2 d3 d5")
_ASCII = bytes(range(0x80))
_BINARY = ((b"%PDF", "PDF"), (b"{\\rtf", "RTF"), (b"\x89PNG", "PNG"))
#: old Office files, and new ones under a password, are compound files (MS-CFB)
_COMPOUND = b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "mac-roman": "Mac Roman", "xlsx": "Excel"}


def encoding_of(source: Source) -> str:
    """Return the encoding of a text file, having decoded all of it; raises RefusedFileError when none fits.

    A NUL anywhere refuses the file: it ends a text early in other programs.
    """
    with source.open() as file:
        head = file.read(4096)
        _refuse_binary(head, file)
        for encoding in _candidates(head, source):
            file.seek(0)
            if _decodes(file, encoding):
                return encoding
        file.seek(0)
        raise RefusedFileError(
            "wrong_encoding",
            _("The file is in no encoding that is known, or in two at once."),
            row=_first_bad_line(file),
            hint=_("Save it again as « CSV UTF-8 »."),
        )


def name_of(encoding: str) -> str:
    """Return an encoding's name as people know it: Windows-1252, Mac Roman, UTF-16."""
    return _NAMES.get(encoding, encoding.upper())


def _candidates(head: bytes, source: Source) -> Iterator[str]:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked:
        yield marked
        return
    if head[1::2].count(0) > len(head) // 4:
        yield "utf-16-le"
    elif head[::2].count(0) > len(head) // 4:
        yield "utf-16-be"
    else:
        yield "utf-8"
        yield "mac-roman" if _looks_mac(source) else "cp1252"


def _looks_mac(source: Source) -> bool:
    """Tell whether all bytes beyond ASCII are French in Mac Roman: in Windows-1252 most of them are no letters."""
    beyond = b""
    with source.open() as file:
        while chunk := file.read(_CHUNK):
            beyond = bytes(set(beyond + chunk.translate(None, _ASCII)))
    return bool(beyond.translate(None, _MAC_LETTERS) != beyond and not beyond.translate(None, _MAC_FRENCH))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    """Decode the whole file; refuse it for a NUL, and the old encodings for letters that are UTF-8's."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    rest = b""
    while chunk := file.read(_CHUNK):
        if encoding in ("cp1252", "mac-roman") and _UTF8_LETTER.search(rest + chunk):
            return False
        rest = chunk[-2:]
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
        if "\0" in text:
            _refuse_nul(line + text.count("\n", 0, text.index("\0")))
        line += text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(head: bytes, file: BinaryIO) -> None:
    if head.startswith(_COMPOUND):
        _refuse_compound(head + file.read(_CHUNK))
    for mark, name in _BINARY:
        if head.startswith(mark):
            raise RefusedFileError(
                "not_a_table",
                _("This is a {kind} file, not a table that can be read.").format(kind=name),
                hint=_("Save it as .xlsx or as « CSV UTF-8 »."),
            )
    if not head.strip():
        raise RefusedFileError(
            "empty", _("The file is empty."), hint=_("Save it again with a first row of column names.")
        )


def _refuse_compound(content: bytes) -> None:
    if _LOCKED in content:
        raise RefusedFileError(
            "encrypted",
            _("The workbook is locked with a password."),
            hint=_("Open it with its password, and save a copy without one."),
        )
    raise RefusedFileError(
        "not_a_table",
        _("This is a file of an old Office program (.xls, .doc), which is not read."),
        hint=_("Save it as .xlsx or as « CSV UTF-8 »."),
    )


def _refuse_nul(line: int) -> None:
    raise RefusedFileError(
        "nul",
        _("Line {line} holds a NUL character: the file is damaged or not a table.").format(line=line),
        row=line,
        hint=_("Save it again as « CSV UTF-8 »."),
    )


def _first_bad_line(file: BinaryIO) -> int:
    for number, line in enumerate(file, start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            return number
    return 0
