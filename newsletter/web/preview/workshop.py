"""What the preview shows: the project's issues, rendered once a generation and made out to a reader.

A generation is one state of the files. Every view of it comes from the same edition and the same
personalisation as a real mail, and a fault keeps the last good picture behind it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from newsletter.audience.subscriber import Subscriber
from newsletter.edition.edition import Edition
from newsletter.errors import Finding, IssueError, NewsletterError, Severity, UsageError
from newsletter.issue.document import Issue
from newsletter.language import _
from newsletter.web.preview.lines import Mark, marked_issue, marks_of, with_lines, without_lines
from newsletter.web.preview.pictures import Pictures
from newsletter.web.preview.post import Part, head_of, parts_of, read_fields
from newsletter.web.preview.press import Press

#: the codes of what is wrong with a head as YAML
_HEAD = "NL0"
__all__ = ["Details", "Press", "View", "Workshop"]


@dataclass(frozen=True, kw_only=True)
class View:
    """One issue as one reader gets it; with a `fault` the texts are those of the last good generation."""

    generation: int
    slug: str
    lang: str
    #: the file, as the author would name it
    path: str = ""
    sender: str = field(repr=False, default="")
    subject: str = field(repr=False, default="")
    preheader: str = field(repr=False, default="")
    html: str = field(repr=False, default="")
    text: str = field(repr=False, default="")
    web: str = field(repr=False, default="")
    fault: NewsletterError | None = None


@dataclass(frozen=True, kw_only=True)
class Details:
    """What comes after the picture: findings, the mail's head and parts, and the lines of the Markdown."""

    generation: int
    findings: tuple[Finding, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())
    raw: str = field(repr=False, default="")
    parts: tuple[Part, ...] = ()
    #: octets of the HTML part as it is sent, with links as long as real ones
    size: int = 0
    #: the HTML as it is sent, one entry a line
    source: str = field(repr=False, default="")
    marks: tuple[Mark, ...] = ()
    #: the same HTML, its elements marked with the line they come from
    marked: str = field(repr=False, default="")


@dataclass(frozen=True)
class _Printed:
    """One issue, rendered in one generation."""

    generation: int
    issue: Issue
    edition: Edition


@dataclass
class Workshop:
    """The issues of one project, rendered once a generation."""

    #: opens the project: called again when the configuration, a theme or a persona changed
    open_press: Callable[[], Press]
    generation: int = 1
    pictures: Pictures = field(default_factory=Pictures)
    _press: Press | None = None
    _retired: list[Press] = field(default_factory=list)
    _printed: dict[tuple[str, str], _Printed] = field(default_factory=dict)
    _good: dict[tuple[str, str, str], View] = field(default_factory=dict)
    #: real readers that were asked for, by a random word that stands for them in addresses
    _guests: dict[str, Subscriber] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def press(self) -> Press:
        """The project as it is now; raises ConfigError when newsletter.toml is wrong."""
        with self._lock:
            if self._press is None:
                self._press = self.open_press()
            return self._press

    def renew(self, *, whole: bool = False) -> int:
        """Begin a new generation: some file changed; `whole`: one that is read once for all issues."""
        with self._lock:
            self.generation += 1
            self._printed.clear()
            if whole and self._press is not None:
                self._retired.append(self._press)  # whoever is at work with it may end
                self._press = None
        return self.generation

    def close(self) -> None:
        """Give back what every opened project holds."""
        with self._lock:
            for press in (*self._retired, *([self._press] if self._press else [])):
                press.close()

    def readers(self) -> Mapping[str, Subscriber]:
        """Return the invented readers by key, and none when the file that names them is wrong."""
        try:
            return self.press.readers()
        except NewsletterError:
            return {}

    def lines(self, path: str) -> Sequence[str]:
        """Return the lines of a file that a fault names, as far as they can be read."""
        try:
            return self.press.lines(path)
        except NewsletterError:
            return ()

    def invite(self, address: str) -> str:
        """Let a real subscriber be shown; return the random word that stands for them. Nothing is written down."""
        found = self.press.find_reader(address)
        if found is None:
            raise UsageError(
                _("Nobody with this address is in the database."), hint=_("Look at how the address is written.")
            )
        word = f"_{secrets.token_hex(6)}"
        self._guests[word] = found
        return word

    def guest(self, word: str) -> Subscriber | None:
        """Return the real subscriber behind a word, as long as this process runs."""
        return self._guests.get(word)

    def view(self, slug: str, lang: str, reader: str, *, web: bool = False) -> View:
        """Return what `reader` gets; faults come in the view, never as an exception."""
        key = (slug, lang, reader)
        generation = self.generation  # before it is looked at: what is saved meanwhile is another one
        try:
            view = self._fresh(slug, lang, reader, web=web)
        except NewsletterError as fault:
            last = self._good.get(key, View(generation=0, slug=slug, lang=lang))
            return replace(last, generation=generation, fault=fault)
        self._good[key] = view
        return view

    def _fresh(self, slug: str, lang: str, reader: str, *, web: bool) -> View:
        printed = self.printed(slug, lang)
        issue, edition = printed.issue, printed.edition
        sender, values = self.press.values(issue, edition, self._person(reader))
        self.pictures.keep(edition)
        return View(
            generation=printed.generation,
            slug=slug,
            lang=issue.lang,
            path=issue.path,
            sender=sender,
            subject=edition.fill_subject(values),
            preheader=edition.fill_preheader(values),
            html=self.pictures.placed(edition.html(values), edition),
            text=edition.text(values),
            web=self.pictures.placed(edition.web(values), edition) if web else "",
        )

    def details(self, slug: str, lang: str, reader: str) -> Details:
        """Return what comes after the picture; a fault's own findings when there is no picture."""
        generation = self.generation
        try:
            return self._details(slug, lang, reader)
        except NewsletterError as fault:
            return Details(generation=generation, findings=getattr(fault, "findings", ()))

    def _details(self, slug: str, lang: str, reader: str) -> Details:
        printed = self.printed(slug, lang)
        person = self._person(reader)
        _sender, values = self.press.values(printed.issue, printed.edition, person)
        message = self.press.sample(printed.issue, printed.edition, person)
        html = printed.edition.html(values)
        now = self.generation
        if printed.generation != now:  # saved again: whoever asked turns to the next one
            return Details(generation=now)
        marked = self._marked(printed, values)
        lined = marked if without_lines(marked) == html else html  # never a map of something else
        parts = parts_of(message.content)
        return Details(
            generation=printed.generation,
            findings=tuple(self.press.findings(printed.issue, printed.edition)),
            headers=read_fields(head_of(message.content)),
            raw=head_of(message.content).replace("\r\n", "\n"),
            parts=parts,
            size=next((part.size for part in parts if part.media_type == "text/html"), 0),
            source=html,
            marks=marks_of(lined),
            marked=lined,
        )

    def _marked(self, printed: _Printed, values: Mapping[str, object]) -> str:
        """Render the same issue with a mark before every text; the mail itself never holds one."""
        marked = marked_issue(printed.issue)
        html = self.press.render(marked.issue).html({**values, "mark": marked.values})
        return with_lines(html, marked.places)

    def _person(self, reader: str) -> Subscriber | None:
        readers = self.press.readers()
        return self._guests.get(reader) or readers.get(reader) or next(iter(readers.values()), None)

    def printed(self, slug: str, lang: str) -> _Printed:
        """Return an issue as this generation has it; raises NewsletterError when it can not be rendered."""
        with self._lock:
            known = self._printed.get((slug, lang))
            if known and known.generation == self.generation:
                return known
            generation = self.generation
            issues = self._read(slug)
            issue = next((issue for issue in issues if issue.lang == lang), issues[0])
            _refuse_broken(issue)
            made = _Printed(generation, issue, self.press.render(issue))
            self._printed[slug, lang] = made
            return made

    def _read(self, slug: str) -> Sequence[Issue]:
        if slug not in self.press.slugs():
            raise UsageError(_("There is no issue “{name}”.").format(name=slug), hint=_("It may have been renamed."))
        return self.press.read_set(slug)


def _refuse_broken(issue: Issue) -> None:
    """Raise IssueError for a head that is not YAML: what follows from it would be guessed, and look right."""
    if any(finding.severity is Severity.ERROR and finding.code.startswith(_HEAD) for finding in issue.findings):
        raise IssueError(_("The front matter of {path} can not be read.").format(path=issue.path), issue.findings)
