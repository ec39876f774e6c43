"""A project as the preview sees it: issues read, rendered and made out to invented readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.project.parts import open_sample, unknown_reader

if TYPE_CHECKING:
    from newsletter.audience.subscriber import Subscriber
    from newsletter.edition.edition import Edition
    from newsletter.errors import Finding
    from newsletter.issue.document import Issue
    from newsletter.message.letter import Message
    from newsletter.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Pressroom:
    """What the preview asks of a project."""

    project: Project

    def slugs(self) -> Sequence[str]:
        """Return the slugs of all issues, newest first."""
        return self.project.shelf.slugs()

    def read_set(self, slug: str) -> Sequence[Issue]:
        """Read an issue in each of its languages."""
        return self.project.read_set(slug)

    def render(self, issue: Issue) -> Edition:
        """Render an issue."""
        return self.project.render(issue)

    def findings(self, issue: Issue, edition: Edition) -> Sequence[Finding]:
        """Return everything there is to say about it."""
        return self.project.findings(issue, edition)

    def readers(self) -> Mapping[str, Subscriber]:
        """Return the personas by key, and a reader of whom nothing is known when there is none."""
        return self.project.personas

    def sample(self, issue: Issue, edition: Edition, reader: Subscriber | None) -> tuple[Message, Mapping[str, object]]:
        """Make the mail out to a reader, and return what its slots were filled with."""
        reader = reader or unknown_reader(issue)
        letter = open_sample(self.project, issue, edition, reader, named=False)
        return letter.to(reader, 1), letter.values(reader)
