"""What a mail server says: replies read from octets, bounded, and made fit to be kept (RFC 5321 4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: octets of one line; RFC 5321 4.5.3.1.5 allows 512, servers exceed it
LONGEST_LINE = 4096
#: lines of one reply
MOST_LINES = 100

#: what may follow a code: the last line, more to come, a line without text; some write a tab
_SIGNS = (b" ", b"-", b"\r", b"", b"\t")
_CODES = {str(code).encode(): code for code in range(100, 1000)}
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")


class NonsenseError(Exception):
    """The other side does not speak SMTP, or not in measure; the connection is of no more use."""


class Reply(NamedTuple):
    """One whole reply: its code, and its lines without code and line end."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """The lines as one text; still holds whatever the server put into it."""
        return " ".join(line.decode("utf-8", "replace") for line in self.lines)

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), or nothing."""
        found = _STATUS.match(self.lines[0].decode("ascii", "replace"))
        return found[1] if found else ""


class ReplyReader:
    """Cuts what arrives into replies; keeps the rest for the next arrival."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []

    @property
    def pending(self) -> bool:
        """Something arrived that is not a whole reply yet."""
        return bool(self._rest or self._lines)

    def feed(self, octets: bytes) -> Iterator[Reply]:
        """Yield the replies that are now whole; raises NonsenseError at the first thing that is none."""
        *lines, self._rest = (self._rest + octets).split(b"\n")
        for line in lines:
            code, sign = _CODES.get(line[:3]), line[3:4]
            if code is None or sign not in _SIGNS or len(line) > LONGEST_LINE:
                raise NonsenseError("not a reply")
            self._lines.append(line[4:].rstrip(b"\r"))
            if sign == b"-":
                if len(self._lines) > MOST_LINES:
                    raise NonsenseError("a reply without end")
                continue
            reply = Reply(code, tuple(self._lines))
            self._lines.clear()
            yield reply
        if len(self._rest) > LONGEST_LINE:
            raise NonsenseError("a line without end")
