"""Scripts in one word: `gmаil` with a Cyrillic а is not `gmail`, while `québec` is one script (UTS 39, 5.1).

Python's tables do not name a character's script; its name begins with it (`CYRILLIC SMALL LETTER A`),
which is enough to tell scripts apart.
"""

from __future__ import annotations

import unicodedata

#: scripts that one language writes together (UTS 39, highly restrictive), each with Latin
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)


def is_mixed(word: str) -> bool:
    """Tell whether a word's letters come from scripts that no language writes together."""
    if word.isascii():
        return False
    found = {_script(letter) for letter in word if letter.isalpha()}
    return len(found) > 1 and not any(found <= allowed for allowed in _TOGETHER)


def _script(letter: str) -> str:
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]
