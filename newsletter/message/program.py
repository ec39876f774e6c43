"""Segments turned into a program: literals encoded once, slots and choices left open, filled for one reader.

A program is a flat sequence: octets, the number of a slot, or a branch. A slot is evaluated and encoded
once for a reader, however often it stands there; what it becomes is decided by `edition.segments`, as in
the preview.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.edition.segments import Choice, Given, Literal, Segments, Slot
from newsletter.issue.document import Condition
from newsletter.message.encode import qp_chunk
from newsletter.message.fields import Conditions, Fields, compile_fields

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part that is there when the condition of this number holds."""

    condition: int
    inner: Program


Piece = bytes | int | Branch
Program = tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filling:
    """What one reader puts into the open places: encoded slots and decided conditions, by number."""

    slots: list[bytes] = field(repr=False)
    truths: tuple[bool, ...]


class Compiler:
    """Numbers the slots and conditions of one letter, and compiles its texts."""

    def __init__(self) -> None:
        self._slots: dict[Slot, int] = {}
        self._conditions: dict[Condition | Given, int] = {}

    def program(self, segments: Segments) -> Program:
        """Compile a text: neighbouring literals become one piece of quoted-printable."""
        pieces: list[Piece] = []
        text = ""
        for segment in segments:
            if isinstance(segment, Literal):
                text += segment.text
                continue
            pieces += (qp_chunk(text), self._open(segment))
            text = ""
        pieces.append(qp_chunk(text))
        return tuple(piece for piece in pieces if piece != b"")

    def _open(self, segment: Slot | Choice) -> Piece:
        if isinstance(segment, Slot):
            return self._slots.setdefault(segment, len(self._slots))
        number = self._conditions.setdefault(segment.condition, len(self._conditions))
        return Branch(number, self.program(segment.inner))

    def filler(self) -> Filler:
        """Return what fills everything that was compiled so far; raises IssueError for what is no expression."""
        return Filler(fields=compile_fields(self._slots), conditions=Conditions(all=tuple(self._conditions)))


@dataclass(frozen=True, kw_only=True)
class Filler:
    """Fills the open places of a letter for one reader."""

    fields: Fields
    conditions: Conditions

    def fill(self, values: Values) -> Filling:
        """Evaluate, escape and encode for one reader; what reads the same in two places is encoded once."""
        texts = self.fields.texts(values)
        encoded = {text: qp_chunk(text) for text in set(texts)}
        return Filling(slots=[encoded[text] for text in texts], truths=self.conditions.truths(values))


def assemble(program: Program, filling: Filling, out: list[bytes]) -> None:
    """Append the pieces of a program, filled, to `out`."""
    slots, truths = filling.slots, filling.truths
    for piece in program:
        if type(piece) is bytes:
            out.append(piece)
        elif type(piece) is int:
            out.append(slots[piece])
        elif type(piece) is Branch and truths[piece.condition]:
            assemble(piece.inner, filling, out)
