"""Other tools' exports, recognised by their headers, and what their words mean there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience.importing.standing import Rule, Standing


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program people come from: by which headers its export is known, and how its columns are read."""

    name: str
    #: all of these headers together are its signature
    signature: frozenset[str]
    #: header -> how it is read, where it is not read as everywhere
    reads: Mapping[str, Rule] = field(default_factory=dict)
    #: headers that look as if they spoke of standing, and do not
    silent: frozenset[str] = frozenset()
    #: every row of this file has at least this standing
    whole: Standing = Standing.ACTIVE

    def rules(self, folded: Sequence[str]) -> Iterator[Rule]:
        """Yield the tool's own readings of the columns that are there."""
        for column, header in enumerate(folded):
            rule = self.reads.get(header)
            if rule is not None:
                yield Rule(column=column, words=rule.words, yes=rule.yes, no=rule.no)


TOOLS: Sequence[Tool] = ()


def tool_of(folded: Sequence[str]) -> Tool | None:
    """Return the tool whose signature a header holds; of several the one that asks for most."""
    headers = set(folded)
    found = [tool for tool in TOOLS if tool.signature <= headers]
    return max(found, key=lambda tool: len(tool.signature), default=None)
