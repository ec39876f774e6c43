"""What is the same for every reader of a send, put into the edition once: nothing of it is filled in for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from newsletter.edition.frame import merged
from newsletter.edition.segments import Choice, Given, Literal, Segment, Segments, Slot, fill_slot

if TYPE_CHECKING:
    from newsletter.edition.edition import Edition


def settled(edition: Edition, links: Mapping[str, str]) -> Edition:
    """Return an edition in which these links stand; a part that is there only with one that is empty is gone."""
    known = {f"links.{name}": link for name, link in links.items()}
    values = {"links": dict(links)}
    return replace(
        edition,
        html_segments=merged(list(_settled(edition.html_segments, known, values))),
        text_segments=merged(list(_settled(edition.text_segments, known, values))),
    )


def _settled(segments: Segments, known: Mapping[str, str], values: Mapping[str, object]) -> Iterator[Segment]:
    for segment in segments:
        if isinstance(segment, Slot) and segment.expression in known:
            if known[segment.expression]:
                yield Literal(text=fill_slot(segment, values))
        elif isinstance(segment, Choice):
            inner = merged(list(_settled(segment.inner, known, values)))
            if not isinstance(segment.condition, Given) or segment.condition.expression not in known:
                yield replace(segment, inner=inner)
            elif known[segment.condition.expression]:
                yield from inner
        else:
            yield segment
