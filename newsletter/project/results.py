"""What a project gives back: an issue's part as it was rendered, what would be sent to whom, how far a send is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from newsletter.delivery.confirm import Order
    from newsletter.delivery.plan import Plan
    from newsletter.delivery.progress import Progress
    from newsletter.errors import Finding
    from newsletter.issue.document import Issue

#: hears how far a send is
Tell: TypeAlias = "Callable[[Progress], None]"


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One part of one issue for one reader."""

    slug: str
    lang: str
    source: Path
    #: the persona's key; empty for a reader of whom nothing is known
    reader: str
    content: bytes = field(repr=False)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What would be sent to whom: the plan that a person sees, and the order that a send is confirmed from."""

    issues: tuple[Issue, ...] = field(repr=False)
    order: Order = field(repr=False)
    plan: Plan

    @property
    def ready(self) -> bool:
        """The author has said of each language that it may go."""
        return all(issue.front.status == "ready" for issue in self.issues)
