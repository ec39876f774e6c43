"""What flufl.bounce finds in a mail: the second opinion, for forms that our own readers do not know.

Its verdict is not used (it calls three in four soft bounces permanent), and it raises on mail without
From, on 8-bit headers and on broken reports: all of that is met here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes

#: octets handed over: its detectors walk every line, and the standard parser recurses once a level
OCTETS = 60_000
LEVELS = 40
FAULTS = (IndexError, AttributeError, LookupError, ValueError, TypeError, AssertionError, RecursionError)


def second_opinion(mail: bytes) -> list[str]:
    """Return the addresses that flufl.bounce takes for undeliverable, in alphabetical order."""
    from flufl.bounce import all_failures  # 60 ms, only for mail that nothing else reads

    if mail[:OCTETS].lower().count(b"boundary") > LEVELS:
        return []
    try:
        with _silent():
            temporary, permanent = all_failures(message_from_bytes(mail[:OCTETS]))
    except FAULTS:
        return []
    return sorted(address.decode("utf-8", "replace") for address in {*temporary, *permanent})


@contextmanager
def _silent() -> Iterator[None]:
    """Keep its log still: it writes a traceback for each of its detectors that a broken mail makes raise."""
    log = logging.getLogger("flufl.bounce")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
