"""A project as the preview sees it: issues read, rendered and made out to invented readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from newsletter.errors import RefusedError
from newsletter.language import _
from newsletter.project.parts import open_sample, seen_by, unknown_reader

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.audience.subscriber import Subscriber
    from newsletter.edition.edition import Edition
    from newsletter.errors import Finding
    from newsletter.issue.document import Issue
    from newsletter.message.letter import Message
    from newsletter.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The latest real send of an issue: its state's word in the ledger, and when it began."""

    state: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Pressroom:
    """What the preview asks of a project."""

    project: Project

    def slugs(self) -> Sequence[str]:
        """Return the slugs of all issues, newest first."""
        return self.project.shelf.slugs()

    def read_set(self, slug: str) -> Sequence[Issue]:
        """Read an issue in each of its languages; raises RefusedError for a file that leads out of the project."""
        for path in self.project.files_of(slug):
            self._inside(path)
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

    def sample(self, issue: Issue, edition: Edition, reader: Subscriber | None) -> Message:
        """Make the mail out to a reader, with links as long as real ones that do nothing."""
        reader = reader or unknown_reader(issue)
        return open_sample(self.project, issue, edition, reader, named=False).to(reader, 1)

    def values(self, issue: Issue, edition: Edition, reader: Subscriber | None) -> tuple[str, Mapping[str, object]]:
        """Return who writes, and what the slots of that mail are filled with; nothing is encoded for it."""
        return seen_by(self.project, issue, edition, reader or unknown_reader(issue))

    def find_reader(self, address: str) -> Subscriber | None:
        """Return the real subscriber with an address."""
        from newsletter.audience.address import address_key, normalise
        from newsletter.audience.directory import find_by_address_key

        if not self._has_database():
            return None
        key = address_key(normalise(address), self.project.keys.suppression)
        with self.project.store.read() as connection:
            return find_by_address_key(connection, key)

    def sent(self) -> Mapping[str, Sent]:
        """Return the latest real send of each issue that had one; no database is made for the question."""
        from newsletter.delivery.send import sends

        if not self._has_database():
            return {}
        found: dict[str, Sent] = {}
        for send in sends(self.project.store):
            if send.state != "cancelled":
                found.setdefault(send.issue, Sent(state=send.state.value, at=send.starts_at))
        return found

    def _has_database(self) -> bool:
        config = self.project.config
        return bool(config.database.url) or (config.var / "newsletter.db").exists()

    def visit_links(self, slug: str) -> tuple[int, Sequence[Finding]]:
        """Visit the links of an issue; return how many addresses, and what is wrong with them."""
        from newsletter.project.linkcheck import check_links

        return check_links(self.project, [slug])

    def ask_spam(self, slug: str) -> Sequence[Finding]:
        """Return what SpamAssassin says of an issue."""
        from newsletter.project.spam import check_spam

        return check_spam(self.project, [slug])

    def lines(self, path: str) -> Sequence[str]:
        """Return the lines of a text file of the project, and none of one outside it."""
        found = (self.project.root / path).resolve()
        if not found.is_relative_to(self.project.root.resolve()) or not found.is_file():
            return ()
        return found.read_text(encoding="utf-8-sig", errors="replace").splitlines()

    def fix(self, findings: Sequence[Finding]) -> Sequence[str]:
        """Mend what the findings can mend in the files they name; return the files that changed."""
        from newsletter.project.correcting import correct

        root = self.project.root
        return [path.relative_to(root.resolve()).as_posix() for path in correct(root, findings)]

    def file(self, path: str) -> str:
        """Return where a file of the project lies; raises RefusedError for one outside it."""
        found = self.project.root / path
        self._inside(found)
        return str(found)

    def _inside(self, path: Path) -> None:
        """Refuse what is no file of the project: one outside, or a link that leads there."""
        if not path.resolve().is_relative_to(self.project.root.resolve()) or not path.is_file():
            raise RefusedError(
                _("This file does not lie in the project."),
                hint=_("Only files of the project's own folder are opened."),
            )

    def close(self) -> None:
        """Give back the database."""
        self.project.close()
