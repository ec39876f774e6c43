"""What the studio needs of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from newsletter.audience.subscriber import Subscriber
from newsletter.edition.edition import Edition
from newsletter.errors import Finding
from newsletter.issue.document import Issue
from newsletter.message.letter import Message
from newsletter.project.pressroom import Sent


class Press(Protocol):
    """What the studio needs of a project."""

    def slugs(self) -> Sequence[str]:
        """Return the slugs of all issues, newest first."""
        ...

    def read_set(self, slug: str) -> Sequence[Issue]:
        """Read an issue in each of its languages; what lies outside the project is refused."""
        ...

    def render(self, issue: Issue) -> Edition:
        """Render an issue."""
        ...

    def findings(self, issue: Issue, edition: Edition) -> Sequence[Finding]:
        """Return everything there is to say about it."""
        ...

    def readers(self) -> Mapping[str, Subscriber]:
        """Return the personas by key."""
        ...

    def find_reader(self, address: str) -> Subscriber | None:
        """Return the real subscriber with an address."""
        ...

    def sample(self, issue: Issue, edition: Edition, reader: Subscriber | None) -> Message:
        """Make the mail out to a reader, with inert links."""
        ...

    def values(self, issue: Issue, edition: Edition, reader: Subscriber | None) -> tuple[str, Mapping[str, object]]:
        """Return who writes, and what the slots of that mail are filled with."""
        ...

    def sent(self) -> Mapping[str, Sent]:
        """Return the latest real send of each issue that had one."""
        ...

    def visit_links(self, slug: str) -> tuple[int, Sequence[Finding]]:
        """Visit the links of an issue; return how many addresses, and what is wrong with them."""
        ...

    def ask_spam(self, slug: str) -> Sequence[Finding]:
        """Return what SpamAssassin says of an issue."""
        ...

    def lines(self, path: str) -> Sequence[str]:
        """Return the lines of a text file of the project, and none of one outside it."""
        ...

    def fix(self, findings: Sequence[Finding]) -> Sequence[str]:
        """Mend what the findings can mend in the files they name; return the files that changed."""
        ...

    def file(self, path: str) -> str:
        """Return where a file of the project lies; raises RefusedError for one outside it."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
