"""The text of an issue file, made safe to read, and the list of what there is to say about it.

`decode` turns any bytes into text; `Source` knows lines and places; `Report` collects findings, each
with the line it stands on, so that the code frame can be drawn without the file.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from newsletter.errors import Edit, Finding, Location, Severity
from newsletter.language import _

#: characters that no text needs and that break headers, XML or terminals: C0 but tab and newline, DEL, C1, U+FFFE/F
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: a code frame shows at most this many characters of a line
_FRAME = 400


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file's text with `\\n` line ends; offsets become lines and columns, both from 1."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(line) + 1
        return starts

    def line(self, number: int) -> str:
        """Return a line by its number, or nothing where there is none."""
        return self.lines[number - 1][:_FRAME] if 0 < number <= len(self.lines) else ""

    def offset(self, line: int) -> int:
        """Return where a line begins; a line after the last begins at the end."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def find(self, needle: str, first: int, last: int) -> tuple[int, int]:
        """Return where `needle` stands between two lines, or the beginning of the first when it does not."""
        if needle:
            at = self.text.find(needle, self.offset(first), self.offset(last + 1))
            if at >= 0:
                return self.place(at)
        indent = len(self.line(first)) - len(self.line(first).lstrip(" "))
        return first, indent + 1


class Placed(Protocol):
    """Something that knows where in its file it stands; a length of 0 is unknown."""

    @property
    def line(self) -> int:
        """The line, from 1."""
        ...

    @property
    def column(self) -> int:
        """The column, from 1."""
        ...

    @property
    def length(self) -> int:
        """How many characters it has on that line."""
        ...


@dataclass(kw_only=True)
class Report:
    """What there is to say about one file; an include has one of its own with the same list."""

    source: Source
    findings: list[Finding] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: str,
        *,
        line: int,
        column: int = 1,
        length: int = 0,
        severity: Severity = Severity.ERROR,
        suggestion: str | None = None,
        hint: str | None = None,
        fix: tuple[Edit, ...] = (),
    ) -> None:
        """Record a finding at a place of this file; `length` is how many characters the caret underlines."""
        end = (line, column + length) if length else (None, None)
        location = Location(path=self.source.path, line=line, column=column, end_line=end[0], end_column=end[1])
        self.findings.append(
            Finding(
                code=code,
                severity=severity,
                message=message,
                location=location,
                suggestion=suggestion,
                hint=hint,
                source=self.source.line(line),
                fix=fix,
            )
        )

    def at(
        self,
        place: Placed,
        code: str,
        message: str,
        *,
        severity: Severity = Severity.ERROR,
        suggestion: str | None = None,
        hint: str | None = None,
    ) -> None:
        """Record a finding about something that knows its place, such as a key or a value of YAML."""
        self.add(
            code,
            message,
            line=place.line,
            column=place.column,
            length=place.length,
            severity=severity,
            suggestion=suggestion,
            hint=hint,
        )

    def about(self, source: Source) -> Report:
        """Return a report on another file whose findings join these."""
        return Report(source=source, findings=self.findings)


def decode(content: bytes) -> tuple[str, bool]:
    """Return the text of a file, and whether it was the UTF-8 (or UTF-16 with a mark) that it should be.

    Other bytes are read as Windows-1252, the usual other encoding of French and English text: nothing
    is lost, and the finding says what to do.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace"), True
    try:
        return content.decode("utf-8"), True
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), False


def clean(text: str, *, path: str) -> Report:
    """Normalise line ends, replace what cannot be written anywhere, and begin the report on the text."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    bad = _CONTROL.search(text) or _SURROGATE.search(text)
    if bad is None:
        return Report(source=Source(path=path, text=text))
    report = Report(source=Source(path=path, text=_SURROGATE.sub("\ufffd", _CONTROL.sub("\ufffd", text))))
    line, column = report.source.place(bad.start())
    report.add(
        "NL007",
        _("control character {character} in the text").format(character=f"U+{ord(bad.group()):04X}"),
        line=line,
        column=column,
        length=1,
        hint=_("Remove it; it is shown as a replacement character."),
    )
    return report
