"""A line of plain text as it is put together, so that what an address or an image touches stays a word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_WORD = re.compile(r"\w+")


@dataclass
class Words:
    """Gathers the pieces of a line: `Week<address>end` is written as `Weekend <address>`."""

    pieces: list[str] = field(default_factory=list)
    #: addresses that wait for the end of the word they stand in
    _waiting: str = ""
    #: the last piece is an image's words, which end where they end
    _image: bool = False

    def text(self, text: str) -> None:
        """Add text that goes on where the last piece ended."""
        rest = _WORD.match(text) if self._waiting else None
        if rest:
            self.pieces.append(rest.group())
            text = text[rest.end() :]
        if text:
            self._flush()
            self._apart(text)
            self.pieces.append(text)

    def image(self, words: str) -> None:
        """Add what an image shows."""
        if words:
            self._flush()
            self._image = bool(self.pieces)
            self._apart(words)
            self.pieces.append(words)
            self._image = True

    def link(self, label: str, written: str, *, pictured: tuple[bool, bool] = (False, False)) -> None:
        """Add a link as it is written, its label and then its address; `pictured`: an image begins or ends it."""
        begins, ends = pictured
        inside = bool(label) and label[-1].isalnum() and written.startswith(f"{label} ") and not ends
        if self._waiting and not (inside and label[0].isalnum() and not begins):
            self._flush()
        self._image = self._image or (begins and bool(self.pieces))
        self._apart(written)
        if written:
            self.pieces.append(label if inside else written)
        self._waiting += written[len(label) :] if inside else ""
        self._image = ends

    def __str__(self) -> str:
        self._flush()
        return "".join(self.pieces)

    def _flush(self) -> None:
        if self._waiting:
            self.pieces.append(self._waiting)
            self._waiting = ""

    def _apart(self, text: str) -> None:
        """Put a space between an image's words and a word that touches them."""
        last = self.pieces[-1] if self.pieces else ""
        if self._image and last and (last[-1].isalnum() or last[-1] == ">") and text[:1].isalnum():
            self.pieces.append(" ")
        self._image = False
