"""How much markup an issue may hold, so that no text takes minutes: what goes beyond it is shown as it was written.

The largest newsletters known to us (90 kB) weigh a tenth of what is allowed.
"""

from __future__ import annotations

#: what the markup of one issue may weigh, with everything that it includes
MOST_MARKUP = 80_000
#: what each sign costs the parser, beside a word
_SIGNS = "\\`*_~[]<>&:{|@"
_DEARER = ("\n", "\n", "www.", "](")


def weigh(text: str) -> int:
    """Return how much markup a text may hold, at most: its signs, its lines."""
    return sum(map(text.count, _SIGNS)) + 2 * sum(map(text.count, _DEARER))


def within(text: str, most: int) -> tuple[str, str]:
    """Return the lines of a text whose markup weighs at most `most`, and the lines after them."""
    if weigh(text) <= most:
        return text, ""
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        most -= weigh(text[at:end])
        if most < 0:
            break
        at = end
    return text[:at], text[at:]
