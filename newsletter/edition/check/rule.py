"""What a rule is, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.edition.check.walk import Seen, look_through
from newsletter.edition.edition import Edition
from newsletter.errors import Edit, Finding, Location, Severity
from newsletter.issue.document import Issue

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser


#: how far into a line something is looked for
_FAR = 100_000


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What the configuration says of checking."""

    #: clients that must be right, caniemail's family names
    clients: tuple[str, ...] = ("gmail", "outlook", "apple-mail", "yahoo")
    #: codes that this project switched off
    ignore: tuple[str, ...] = ()
    #: facts that the law wants shown; empty ones are findings
    site_name: str = ""
    postal_address: str = ""
    contact: str = ""
    privacy_officer: str = ""
    #: where `newsletter.toml` lies, for findings about it
    config_path: str = "newsletter.toml"
    #: where the theme's style sheet lies, for findings about the theme
    theme_path: str = ""
    #: the theme's files by path, held against what clients can show: prose.css and the templates
    theme_sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An issue, its edition filled for nobody in particular, and what was seen in its blocks."""

    issue: Issue
    edition: Edition
    options: CheckOptions
    html: str
    text: str

    @cached_property
    def page(self) -> LexborHTMLParser:
        """The HTML part, parsed once for every rule."""
        from selectolax.lexbor import LexborHTMLParser  # a compiled module; only checking needs it

        return LexborHTMLParser(self.html)

    @cached_property
    def seen(self) -> Seen:
        """Every link, image, heading and text of the source, with its line."""
        return look_through(self.issue)

    @cached_property
    def lines(self) -> list[str]:
        """The source, line by line."""
        return self.issue.source.splitlines()

    def at(self, line: int, needle: str = "", *, path: str = "") -> Location:
        """Return the place of `needle` on or just after `line` of the source, or the line's first column."""
        where = path or self.issue.path
        if path and path != self.issue.path:
            return Location(path=where, line=line)
        for number in range(line, min(line + 40, len(self.lines)) + 1):
            column = self.lines[number - 1].find(needle, 0, _FAR) if needle else 0
            if column >= 0 and (needle or number == line):
                return Location(path=where, line=number, column=column + 1, end_column=column + 1 + max(1, len(needle)))
        return Location(path=where, line=max(1, line))

    def key(self, name: str) -> Location:
        """Return the place of a front-matter key, or the file's first line."""
        return self.issue.front.places.get(name, Location(path=self.issue.path))

    def source_at(self, location: Location) -> str:
        """Return the line that a location of this file names."""
        inside = location.path == self.issue.path and location.line <= len(self.lines)
        return self.lines[location.line - 1] if inside else ""


Look = Callable[["Rule", Subject], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that can be wrong; texts are English and are translated when shown."""

    code: str
    severity: Severity
    group: str
    #: one line: what it asks for
    title: str
    #: why it matters, in one or two sentences
    why: str
    bad: str
    good: str
    #: `check --fix` mends it
    fixable: bool = False
    #: None: found while reading or rendering, documented here
    look: Look | None = field(default=None, repr=False)

    def found(
        self,
        subject: Subject,
        message: str,
        location: Location,
        *,
        hint: str | None = None,
        suggestion: str | None = None,
        fix: tuple[Edit, ...] = (),
    ) -> Finding:
        """Make a finding of this rule."""
        return Finding(
            code=self.code,
            severity=self.severity,
            message=message,
            location=location,
            hint=hint,
            suggestion=suggestion,
            source=subject.source_at(location),
            fix=fix,
        )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Yield this rule's findings."""
        if self.look:
            yield from self.look(self, subject)
