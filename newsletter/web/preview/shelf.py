"""The list of issues with what is known of each: state, findings, the last send; read again when a file changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from newsletter.errors import Finding, NewsletterError, Severity
from newsletter.issue.document import Issue
from newsletter.project.pressroom import Sent
from newsletter.web.preview.press import Press
from newsletter.web.preview.workshop import Workshop

#: seconds that one look at the issues may take: the page asks again
PATIENCE = 0.25


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the list of issues; a number that is not known yet is None."""

    slug: str
    lang: str
    title: str
    #: draft, ready, a send's state, or empty: it can not be read
    state: str = ""
    path: str = ""
    errors: int | None = None
    warnings: int | None = None
    sent: datetime | None = None


@dataclass(frozen=True)
class _Known:
    """What was read of one issue, and the state of the files it was read from."""

    print: tuple[object, ...]
    entries: tuple[Entry, ...]
    files: tuple[str, ...]


@dataclass
class IssueShelf:
    """The issues of a workshop."""

    workshop: Workshop
    _known: dict[str, _Known] = field(default_factory=dict)
    _counted: dict[tuple[str, str], tuple[tuple[object, ...], int, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def entries(self) -> list[Entry]:
        """List the issues, newest first; one that can not be read is listed by its slug."""
        try:
            press = self.workshop.press
            slugs, sent = press.slugs(), press.sent()
        except NewsletterError:
            return []
        return [self._told(entry, sent.get(slug)) for slug in slugs for entry in self._entries_of(press, slug)]

    def look_on(self) -> int:
        """Count findings of issues whose number is not known, for a moment; return how many are left."""
        until = time.monotonic() + PATIENCE
        waiting = [entry for entry in self.entries() if entry.errors is None and entry.lang != "-"]
        done = 0
        with self._lock:
            for entry in waiting:
                if done and time.monotonic() > until:
                    break
                self._count(entry)
                done += 1
        return len(waiting) - done

    def _told(self, entry: Entry, sent: Sent | None) -> Entry:
        known = self._counted.get((entry.slug, entry.lang))
        if known and known[0] == self._print(entry.slug):
            entry = replace(entry, errors=known[1], warnings=known[2])
        if sent is None or not entry.state:
            return entry
        return replace(entry, state=sent.state, sent=sent.at)

    def _print(self, slug: str) -> tuple[object, ...]:
        known = self._known.get(slug)
        return (id(self.workshop.press), *(_prints(known.files) if known else ()))

    def _entries_of(self, press: Press, slug: str) -> Sequence[Entry]:
        known = self._known.get(slug)
        if known and known.print == (id(press), *_prints(known.files)):
            return known.entries
        try:
            issues = press.read_set(slug)
        except NewsletterError:
            return [Entry(slug=slug, lang="-", title=slug)]
        files = tuple(dict.fromkeys(name for issue in issues for name in issue.files))
        entries = tuple(_entry(slug, issue) for issue in issues)
        self._known[slug] = _Known((id(press), *_prints(files)), entries, files)
        return entries

    def _count(self, entry: Entry) -> None:
        mark = self._print(entry.slug)
        try:
            printed = self.workshop.printed(entry.slug, entry.lang)
            found: Sequence[Finding] = self.workshop.press.findings(printed.issue, printed.edition)
        except NewsletterError as fault:
            found = getattr(fault, "findings", ())
        errors = sum(each.severity is Severity.ERROR for each in found)
        warnings = sum(each.severity is Severity.WARNING for each in found)
        self._counted[entry.slug, entry.lang] = (mark, errors, warnings)


def _entry(slug: str, issue: Issue) -> Entry:
    title = issue.front.title or issue.front.subject or slug
    return Entry(slug=slug, lang=issue.lang, title=title, state=issue.front.status, path=issue.path)


def _prints(files: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Return of each file what changes when it is saved."""
    for name in files:
        try:
            found = Path(name).stat()
        except OSError:
            yield name, 0, 0
            continue
        yield name, found.st_mtime_ns, found.st_size
