"""What a mail server says: replies read from octets, bounded, and made fit to be kept (RFC 5321 4.2)."""

from __future__ import annotations

import re
from typing import NamedTuple

#: octets of one line; RFC 5321 4.5.3.1.5 allows 512, servers exceed it
LONGEST_LINE = 4096
#: lines of one reply
MOST_LINES = 100

#: what may follow a code: the last line, more to come, a line without text; some write a tab
_SIGNS = (b" ", b"-", b"\r", b"", b"\t")
_CODES = {str(code).encode(): code for code in range(100, 1000)}
_STATUS = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")


class Reply(NamedTuple):
    """One whole reply: its code, and its lines without code and line end."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """The lines as one text; still holds whatever the server put into it."""
        return b" ".join(self.lines).decode("utf-8", "replace")

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463), or nothing."""
        found = _STATUS.match(self.lines[0])
        return found[1].decode() if found else ""


class ReplyReader:
    """Cuts what arrives into replies; keeps the rest for the next arrival."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        #: the other side does not speak SMTP, or not in measure: the connection is of no more use
        self.nonsense = False

    @property
    def pending(self) -> bool:
        """Something arrived that is not a whole reply yet."""
        return bool(self._rest or self._lines)

    def feed(self, octets: bytes) -> list[Reply]:
        """Return the replies that are now whole, up to the first thing that is none."""
        *lines, self._rest = (self._rest + octets).split(b"\n")
        found: list[Reply] = []
        for line in lines:
            code, sign = _CODES.get(line[:3]), line[3:4]
            self._lines.append(line[4:].rstrip(b"\r"))
            if code is None or sign not in _SIGNS or len(line) > LONGEST_LINE or len(self._lines) > MOST_LINES:
                self.nonsense = True
                return found
            if sign != b"-":
                found.append(Reply(code, tuple(self._lines)))
                self._lines.clear()
        self.nonsense = len(self._rest) > LONGEST_LINE
        return found
