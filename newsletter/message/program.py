"""Segments turned into a program: literals encoded once, slots and choices left open, filled for one reader.

A program is a flat sequence: octets, the number of a slot, or a branch. A slot is evaluated and encoded
once for a reader, however often it stands there; what it becomes is decided by `edition.segments`, as in
the preview.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from newsletter.edition.segments import Choice, Context, Given, Literal, Segments, Slot, escaped, holds
from newsletter.issue.document import Condition
from newsletter.issue.expression import compile_expression
from newsletter.message.encode import qp_chunk

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
    truths: list[bool]


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
        sources = tuple(dict.fromkeys(slot.expression for slot in self._slots))
        return Filler(
            expressions=tuple(compile_expression(source) for source in sources),
            slots=tuple((sources.index(slot.expression), slot.context) for slot in self._slots),
            conditions=tuple(self._conditions),
        )


@dataclass(frozen=True, kw_only=True)
class Filler:
    """Evaluates the open places of a letter for one reader."""

    expressions: tuple[Callable[[Values], str], ...]
    #: which expression, and where it stands
    slots: tuple[tuple[int, Context], ...]
    conditions: tuple[Condition | Given, ...]

    def fill(self, values: Values) -> Filling:
        """Evaluate, escape and encode for one reader; what reads the same in two places is encoded once."""
        texts = [evaluate(values) for evaluate in self.expressions]
        encoded: dict[str, bytes] = {}
        slots = []
        for number, context in self.slots:
            text = escaped(texts[number], context)
            chunk = encoded.get(text)
            if chunk is None:
                chunk = encoded[text] = qp_chunk(text)
            slots.append(chunk)
        return Filling(slots=slots, truths=[holds(condition, values) for condition in self.conditions])


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
