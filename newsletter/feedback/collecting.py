"""Everything that came back takes effect: mails, mailboxes, providers' calls, refusals of the session itself."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.feedback.applying import Applied, apply
from newsletter.feedback.inbox import work_off
from newsletter.feedback.mailbox import read_paths
from newsletter.feedback.refusals import refused
from newsletter.feedback.remote import visit_imap, visit_pop3
from newsletter.feedback.returned import events_of
from newsletter.feedback.score import Terms, people_near_limit

if TYPE_CHECKING:
    from newsletter.config import Keys
    from newsletter.config.model import Mailbox
    from newsletter.feedback.reading import Reading
    from newsletter.store.database import Store

#: refusals are looked for so many seconds back
LOOKED_BACK = 30 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Collector:
    """Lets what came back take effect in one project."""

    store: Store
    keys: Keys = field(repr=False)
    terms: Terms
    #: seconds since 1970
    clock: Callable[[], float]

    def take(self, raw: bytes, reading: Reading | None = None) -> Applied:
        """Let one mail take effect, if it is a report about one of ours."""
        events = events_of(raw, self.keys, at=self.clock(), reading=reading)
        return apply(self.store, events, keys=self.keys, terms=self.terms)

    def attend(self) -> Applied:
        """Let waiting calls of providers and refusals of the session take effect."""
        return self.work_off_calls() + self.count_refusals()

    def work_off_calls(self) -> Applied:
        """Let the calls of providers that wait take effect."""
        return work_off(self.store, keys=self.keys, terms=self.terms)

    def count_refusals(self) -> Applied:
        """Let refusals that the ledger holds take effect."""
        refusals = refused(self.store, since=self.clock() - LOOKED_BACK)
        return apply(self.store, refusals, keys=self.keys, terms=self.terms)

    def near_limit(self) -> int:
        """Return how many people one more soft bounce may remove: a person may still ask them."""
        with self.store.read() as connection:
            return people_near_limit(connection, at=self.clock(), terms=self.terms)

    def visit(self, box: Mailbox, password: str, *, context: ssl.SSLContext | None = None) -> Visit:
        """Let what lies in a configured mailbox take effect.

        Raises CredentialsError, TransientError or UsageError when the mailbox can not be opened.
        """
        visit = Visit()

        def take(raw: bytes) -> bool:
            found = self.take(raw)
            visit.add(found)
            return found.new + found.known > 0

        if box.kind in ("imap", "pop3"):
            secure = context or ssl.create_default_context()
            (visit_imap if box.kind == "imap" else visit_pop3)(box, password, take, context=secure)
        else:
            _visit_files(Path(box.path), take)
        return visit


@dataclass(slots=True)
class Visit:
    """What a visit to a mailbox found."""

    #: messages looked at
    looked_at: int = 0
    applied: Applied = field(default_factory=Applied)

    def add(self, found: Applied) -> None:
        """Count one more message."""
        self.looked_at += 1
        self.applied += found


def _visit_files(path: Path, take: Callable[[bytes], bool]) -> None:
    """Show the new messages of a Maildir, marking reports as read; of any other place all messages."""
    new, read = path / "new", path / "cur"
    if not (new.is_dir() and read.is_dir()):
        for found in read_paths([str(path)]):
            take(found.raw)
        return
    for found in read_paths([str(new)]):
        if take(found.raw):
            name = Path(found.file).name
            (new / name).rename(read / f"{name.partition(':')[0]}:2,S")
