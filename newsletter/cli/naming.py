"""Names for files made from many issues: the slug, and no more of language, reader and folder than tells them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from newsletter.issue.names import slug_of


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One file to be written: which issue, in which language, for which reader, and where its source lies."""

    slug: str
    lang: str
    source: Path
    #: a persona's key; empty when there is only one reader
    reader: str = ""


def names_for(pieces: Sequence[Piece], suffix: str) -> list[str]:
    """Return a file name for each piece, all different, the same whatever the order they come in.

    `suffix` has its dot. Issues that say one slug in several files are named after the files; issues of
    one name in several folders get their folder before it: `a-x.html`, `b-x.html`.
    """
    names = [_spelt(piece, depth=0, lang=False) for piece in pieces]
    names = _apart(pieces, names, [_spelt(piece, depth=0, lang=True) for piece in pieces])
    names = _apart(pieces, names, [_of_file(piece) for piece in pieces])
    deepest = max((len(piece.source.resolve().parents) for piece in pieces), default=0)
    for depth in range(1, deepest + 1):
        names = _apart(pieces, names, [_spelt(piece, depth=depth, lang=False) for piece in pieces])
        names = _apart(pieces, names, [_spelt(piece, depth=depth, lang=True) for piece in pieces])
        if len(set(names)) == len(names):
            break
    return [f"{name}{suffix}" for name in _numbered(names)]


def _spelt(piece: Piece, *, depth: int, lang: bool) -> str:
    folders = [part for part in piece.source.resolve().parent.parts[-depth:] if depth and part != "/"]
    parts = [*(slug_of(folder) for folder in folders), piece.slug]
    ends = [piece.lang.split("-")[0] if lang else "", piece.reader]
    return ".".join(["-".join(parts), *(end for end in ends if end)])


def _of_file(piece: Piece) -> str:
    return ".".join(part for part in (slug_of(piece.source.stem), piece.reader) if part)


def _apart(pieces: Sequence[Piece], names: list[str], longer: list[str]) -> list[str]:
    """Give the pieces whose names are equal their longer names."""
    times = Counter(names)
    return [longer[index] if times[names[index]] > 1 else names[index] for index in range(len(pieces))]


def _numbered(names: list[str]) -> Iterator[str]:
    """Number what is still equal: one file given twice, or names that differ only in what a slug leaves out."""
    taken: set[str] = set()
    for name in names:
        free = chain([name], (f"{name}-{number}" for number in count(2)))
        taken.add(found := next(each for each in free if each not in taken and (each == name or each not in names)))
        yield found
