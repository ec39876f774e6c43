"""Segments turned into a program: literals encoded once, slots and choices left open, filled for one reader.

A program is a flat sequence: octets, the number of a slot, or a branch. Each expression is evaluated once
for a reader, each of its forms (escaped for HTML, plain …) encoded once, however often it stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from newsletter.edition.segments import Choice, Context, Literal, Segments, Slot
from newsletter.issue.document import Condition
from newsletter.message.encode import qp_chunk
from newsletter.message.escape import escape

Values = Mapping[str, object]
#: turns the source of an expression into the function that evaluates it
Compile = Callable[[str], Callable[[Values], str]]
#: turns a condition into the function that decides it
Decide = Callable[[Condition], Callable[[Values], bool]]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part that is there when the condition of this number holds."""

    condition: int
    inner: Program


Piece = bytes | int | Branch
Program = tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What one reader puts into the open places: encoded slots and decided conditions, by number."""

    slots: list[bytes] = field(repr=False)
    truths: list[bool]


class Compiler:
    """Numbers the expressions, slots and conditions of one letter, and compiles its texts."""

    def __init__(self, compile_expression: Compile, decide: Decide) -> None:
        self._compile = compile_expression
        self._decide = decide
        self._expressions: dict[str, int] = {}
        self._slots: dict[tuple[int, Context], int] = {}
        self._conditions: list[Condition] = []

    def program(self, segments: Segments) -> Program:
        """Compile a text: neighbouring literals become one piece of quoted-printable."""
        pieces: list[Piece] = []
        text = ""
        for segment in segments:
            if isinstance(segment, Literal):
                text += segment.text
                continue
            pieces.append(qp_chunk(text))
            text = ""
            pieces.append(self._open(segment))
        pieces.append(qp_chunk(text))
        return tuple(piece for piece in pieces if piece != b"")

    def _open(self, segment: Slot | Choice) -> Piece:
        if isinstance(segment, Choice):
            return Branch(self.condition(segment.condition), self.program(segment.inner))
        if not isinstance(segment, Slot):
            raise TypeError(f"a segment of an unknown kind: {type(segment).__name__}")
        expression = self._expressions.setdefault(segment.expression, len(self._expressions))
        return self._slots.setdefault((expression, segment.context), len(self._slots))

    def condition(self, condition: Condition) -> int:
        """Return the number of a condition."""
        if condition not in self._conditions:
            self._conditions.append(condition)
        return self._conditions.index(condition)

    def filler(self) -> Filler:
        """Return what fills everything that was compiled so far."""
        return Filler(
            expressions=tuple(self._compile(source) for source in self._expressions),
            slots=tuple(self._slots),
            conditions=tuple(self._decide(condition) for condition in self._conditions),
        )


@dataclass(frozen=True, kw_only=True)
class Filler:
    """Evaluates the open places of a letter for one reader."""

    expressions: tuple[Callable[[Values], str], ...]
    #: number of the expression, and where it stands
    slots: tuple[tuple[int, Context], ...]
    conditions: tuple[Callable[[Values], bool], ...]

    def fill(self, values: Values) -> Filling:
        """Evaluate, escape and encode for one reader."""
        texts = [evaluate(values) for evaluate in self.expressions]
        return Filling(
            slots=[qp_chunk(escape(texts[number], context)) for number, context in self.slots],
            truths=[decide(values) for decide in self.conditions],
        )


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
