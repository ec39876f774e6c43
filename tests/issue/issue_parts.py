"""What tests of issues look at: findings as places, all text of an issue."""

from __future__ import annotations

from collections.abc import Iterable

from newsletter.issue.contents import walk
from newsletter.issue.document import Block, Issue, Prose
from newsletter.issue.settle import plain_text


def places(issue: Issue) -> list[str]:
    """Return findings as `line:column CODE`."""
    return [f"{one.location.line}:{one.location.column} {one.code}" for one in issue.findings]


def text_of(issue: Issue) -> str:
    """Return the text of an issue: its prose and the words of its typed blocks."""
    return "\n".join(part for block in walk(issue.blocks) for part in _texts(block) if part)


def _texts(block: Block) -> Iterable[str]:
    if isinstance(block, Prose):
        for token in block.tokens:
            yield plain_text(token.children) if token.type == "inline" else token.content
    else:
        for name in ("title", "label", "kind", "by", "alt", "caption", "text", "name", "role", "location"):
            value = getattr(block, name, "")
            if isinstance(value, str):
                yield value
