"""Typography by language; see the rules below. (A first narrow form: the profiles follow.)"""

from __future__ import annotations

from collections.abc import Sequence


def typeset(pieces: Sequence[str], lang: str, *, narrow: bool = False) -> list[str]:
    """Return the pieces of one paragraph's text, typeset as a whole in a language."""
    del lang, narrow
    return list(pieces)
