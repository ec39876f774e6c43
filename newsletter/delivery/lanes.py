"""Lanes: receiving domains grouped by who runs them, so that one that slows down holds up nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REST = "rest"
#: the first, watched batch holds people of every lane
CANARY = "canary"
#: lanes whose people have different receivers
MIXED = (REST, CANARY)
#: a name that ends in a dot stands for every country's domain of that name
PROVIDERS = {
    "gmail": ("gmail.com", "googlemail.com"),
    "outlook": ("outlook.", "hotmail.", "live.", "msn.com"),
    "yahoo": ("yahoo.", "ymail.com", "rocketmail.com", "aol.com"),
    "icloud": ("icloud.com", "me.com", "mac.com"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A batch to be: recipients `first` to `last`, all of one lane."""

    lane: str
    first: int
    last: int


def lane_of(domain: str, *, alone: bool) -> str:
    """Return the lane of a domain; `alone`: it has people enough for batches of its own."""
    lane = provider_of(domain)
    if lane in PROVIDERS or (alone and domain not in (REST, CANARY, "")):
        return lane
    return REST


def spans(sizes: Sequence[tuple[str, int]], *, batch: int, start: int = 1) -> list[Span]:
    """Cut lanes of these sizes, numbered from `start` one after the other, into batches that take turns.

    A lane's batches are spread evenly over the whole send: no provider gets its whole share at once.
    """
    turns: list[tuple[float, Span]] = []
    first = start
    for lane, size in sizes:
        cuts = range(first, first + size, batch)
        for place, low in enumerate(cuts):
            span = Span(lane=lane, first=low, last=min(low + batch, first + size) - 1)
            turns.append(((place + 0.5) / len(cuts), span))
        first += size
    return [span for _, span in sorted(turns, key=lambda turn: turn[0])]


def provider_of(domain: str) -> str:
    """Return the provider's lane of a domain, or the domain itself."""
    for lane, names in PROVIDERS.items():
        if any(domain.startswith(name) if name.endswith(".") else domain == name for name in names):
            return lane
    return domain
