"""What a part for some readers becomes in each medium: the mail, its text, the web version.

`in=email` is the mail with both its parts; `in=text` is the text part alone. The archive is open to
everybody: it has only the parts that say `in=web`, and none that is for lists or segments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from newsletter.edition.frame import merged
from newsletter.edition.segments import Choice, Given, Literal, Segment, Segments, Slot, fill_slot, holds
from newsletter.issue.document import Condition, Medium
from newsletter.issue.expression import compile_checked

Verdict = Condition | Given | bool | None


def in_mail(condition: Condition | Given) -> Verdict:
    """Settle a condition for the HTML of the mail."""
    return _settled(condition, frozenset({Medium.EMAIL}))


def in_text(condition: Condition | Given) -> Verdict:
    """Settle a condition for the plain text of the mail."""
    return _settled(condition, frozenset({Medium.EMAIL, Medium.TEXT}))


def _settled(condition: Condition | Given, here: frozenset[Medium]) -> Verdict:
    """Return what is left to ask each reader: a condition, None (it is for all) or False (for none)."""
    if isinstance(condition, Given):
        return condition
    if condition.media and here.isdisjoint(condition.media):
        return False
    left = replace(condition, media=())
    return None if left == Condition() else left


def on_the_web(lang: str) -> Callable[[Condition | Given], Verdict]:
    """Return what settles conditions for the web version of an edition in `lang`."""

    def settle(condition: Condition | Given) -> Verdict:
        if isinstance(condition, Given):
            return condition
        if Medium.WEB not in condition.media or condition.lists or condition.segment:
            return False
        reader = {"subscriber": {"lang": lang}}
        return None if holds(replace(condition, media=()), reader) else False

    return settle


def settled_for_the_web(segments: Segments, constants: Mapping[str, object]) -> Segments:
    """Return segments without anything of a reader: only links are left to fill."""
    made: list[Segment] = []
    for segment in segments:
        if isinstance(segment, Slot) and not _is_link(segment.expression):
            segment = Literal(text=fill_slot(segment, constants))
        elif isinstance(segment, Choice):
            inner = settled_for_the_web(segment.inner, constants)
            if isinstance(segment.condition, Given) and not _is_link(segment.condition.expression):
                made.extend(inner if holds(segment.condition, constants) else ())
                continue
            segment = Choice(condition=segment.condition, inner=inner)
        made.append(segment)
    return merged(made)


def _is_link(expression: str) -> bool:
    return any(path.startswith("links.") for path in compile_checked(expression).paths)
