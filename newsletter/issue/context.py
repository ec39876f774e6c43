"""What the makers of blocks share while one file is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from newsletter.issue.merge import Merge
from newsletter.issue.options import ReadOptions
from newsletter.issue.source import Report


@dataclass(kw_only=True)
class Counts:
    """What is counted through an issue and everything it includes."""

    events: int = 0
    notes: int = 0
    includes: int = 0
    #: what the markup weighs that was read (see `bounds`)
    markup: int = 0


@dataclass(kw_only=True)
class Shared:
    """What an issue and its includes have in common: counters, files, anchors."""

    options: ReadOptions
    #: the folder beyond which nothing is read; None: there is no folder, nothing is read
    folder: Path | None
    slug: str
    lang: str
    #: another tool's issue: its words stay as they were typed
    foreign: bool = False
    counts: Counts = field(default_factory=Counts)
    anchors: dict[str, int] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)
    #: files being included, to refuse a circle
    chain: tuple[Path, ...] = ()


@dataclass(kw_only=True)
class Context:
    """One file while it is read."""

    shared: Shared
    report: Report
    merge: Merge
    #: empty in the issue's own file; an include's path in an include
    path: str = ""
