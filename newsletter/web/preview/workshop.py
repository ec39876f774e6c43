"""What the preview shows: the project's issues, rendered once a generation and made out to a persona.

A generation is one state of the files. Every view of it comes from the same edition and the same
personalisation as a real mail, and a fault keeps the last good picture behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from newsletter.audience.subscriber import Subscriber
from newsletter.edition.edition import Edition
from newsletter.errors import Finding, NewsletterError
from newsletter.issue.document import Issue
from newsletter.message.letter import Message


class Press(Protocol):
    """What the preview needs of a project."""

    def slugs(self) -> Sequence[str]:
        """Return the slugs of all issues, newest first."""
        ...

    def read_set(self, slug: str) -> Sequence[Issue]:
        """Read an issue in each of its languages."""
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

    def sample(self, issue: Issue, edition: Edition, reader: Subscriber | None) -> tuple[Message, Mapping[str, object]]:
        """Make the mail out to a reader, with inert links, and return what its slots were filled with."""
        ...


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the list of issues."""

    slug: str
    lang: str
    title: str
    status: str


@dataclass(frozen=True, kw_only=True)
class View:
    """One issue as one reader gets it; with a `fault` the texts are those of the last good generation."""

    generation: int
    slug: str
    lang: str
    sender: str = ""
    subject: str = ""
    preheader: str = ""
    html: str = ""
    text: str = ""
    headers: str = ""
    #: octets of the HTML part as it is sent
    size: int = 0
    findings: tuple[Finding, ...] = ()
    fault: NewsletterError | None = None


@dataclass
class Workshop:
    """The issues of one project, rendered once a generation."""

    press: Press
    generation: int = 1
    _editions: dict[tuple[str, str], tuple[int, Issue, Edition]] = field(default_factory=dict)
    _good: dict[tuple[str, str, str], View] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def renew(self) -> int:
        """Begin a new generation: some file changed."""
        with self._lock:
            self.generation += 1
            self._editions.clear()
        return self.generation

    def entries(self) -> list[Entry]:
        """List the issues that can be read, newest first; one that can not is listed by its slug."""
        return [entry for slug in self.press.slugs() for entry in self._entries_of(slug)]

    def _entries_of(self, slug: str) -> list[Entry]:
        try:
            issues = self.press.read_set(slug)
        except NewsletterError:
            return [Entry(slug=slug, lang="-", title=slug, status="")]
        return [Entry(slug=slug, lang=issue.lang, title=_title(issue), status=issue.front.status) for issue in issues]

    def view(self, slug: str, lang: str, reader: str) -> View:
        """Return what `reader` gets; faults come in the view, never as an exception."""
        try:
            view = self._fresh(slug, lang, reader)
        except NewsletterError as fault:
            last = self._good.get((slug, lang, reader), View(generation=0, slug=slug, lang=lang))
            return replace(last, generation=self.generation, fault=fault, findings=getattr(fault, "findings", ()))
        self._good[slug, lang, reader] = view
        return view

    def _fresh(self, slug: str, lang: str, reader: str) -> View:
        issue, edition = self._edition(slug, lang)
        readers = self.press.readers()
        subscriber = readers.get(reader) or next(iter(readers.values()), None)
        message, values = self.press.sample(issue, edition, subscriber)
        html = edition.html(values)
        head = message.content.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        return View(
            generation=self.generation,
            slug=slug,
            lang=issue.lang,
            sender=_header(head, "From"),
            subject=edition.fill_subject(values),
            preheader=edition.fill_preheader(values),
            html=with_pictures(html, edition),
            text=edition.text(values),
            headers=head.replace("\r\n", "\n"),
            size=len(html.encode()),
            findings=tuple(self.press.findings(issue, edition)),
        )

    def _edition(self, slug: str, lang: str) -> tuple[Issue, Edition]:
        with self._lock:
            known = self._editions.get((slug, lang))
            if known and known[0] == self.generation:
                return known[1], known[2]
            issues = self.press.read_set(slug)
            issue = next((issue for issue in issues if issue.lang == lang), issues[0])
            edition = self.press.render(issue)
            self._editions[slug, lang] = (self.generation, issue, edition)
            return issue, edition


def with_pictures(html: str, edition: Edition) -> str:
    """Put the pictures that travel inside the mail into the page: a browser knows no `cid:`."""
    from base64 import b64encode

    for each in edition.attachments:
        if each.cid:
            content = b64encode(each.content).decode()
            html = html.replace(f'"cid:{each.cid}"', f'"data:{each.media_type};base64,{content}"')
    return html


def _title(issue: Issue) -> str:
    return issue.front.title or issue.front.subject or issue.slug


def _header(head: str, name: str) -> str:
    """Return a header as people read it: unfolded, its encoded words decoded (RFC 2047)."""
    from email.header import decode_header, make_header

    lines = head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
    value = next((line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:")), "")
    return str(make_header(decode_header(value)))
