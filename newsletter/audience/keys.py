"""Random keys for people: what links and consents refer to."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

_AT_ONCE = 1024
_DIGITS = 32


def random_keys() -> Callable[[], str]:
    """Return a maker of random keys, 32 hexadecimal digits each; the system is asked for many at a time."""
    return _keys().__next__


def _keys() -> Iterator[str]:
    while True:
        block = secrets.token_hex(_AT_ONCE * _DIGITS // 2)
        yield from (block[at : at + _DIGITS] for at in range(0, len(block), _DIGITS))
