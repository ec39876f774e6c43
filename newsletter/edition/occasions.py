"""The events of one issue: their times in words, and their calendar files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from newsletter.edition.calendar import calendar_file
from newsletter.edition.dates import Occasion, occasion
from newsletter.edition.edition import Attachment
from newsletter.edition.options import RenderOptions
from newsletter.issue.contents import inside_of
from newsletter.issue.document import Block, Condition, Event, Expression, Issue, Only
from newsletter.issue.expression import compile_expression
from newsletter.issue.merge import TOKEN


@dataclass(frozen=True, kw_only=True)
class Occasions:
    """What is known of the events of one issue."""

    slug: str
    lang: str
    options: RenderOptions
    #: event's UID -> its file, for events that everybody may know of
    files: Mapping[str, Attachment] = field(default_factory=dict)

    @classmethod
    def of_issue(cls, issue: Issue, options: RenderOptions) -> Occasions:
        """Gather the events of an issue; one in a part for some readers gets no file, which would go to all."""
        files: dict[str, Attachment] = {}
        names: set[str] = set()
        for event in _open_events(issue.blocks):
            host = urlsplit(options.site.url).hostname or ""
            file = calendar_file(_unmerged(event, issue.expressions), organisation=options.site.name, host=host)
            stem, number = file.filename.removesuffix(".ics"), 2
            while file.filename in names:
                file = replace(file, filename=f"{stem}-{number}.ics")
                number += 1
            names.add(file.filename)
            files[event.uid] = file
        return cls(slug=issue.slug, lang=issue.lang, options=options, files=files)

    def of(self, event: Event) -> Occasion:
        """Return an event's time in words."""
        return occasion(event, self.lang)

    def address(self, event: Event) -> str:
        """Return where an event's file can be had on the web, or nothing."""
        if not self.options.calendar_url or event.uid not in self.files:
            return ""
        return self.options.calendar_url.format(slug=quote(self.slug, safe=""), uid=quote(event.uid, safe=""))

    def filename(self, event: Event) -> str:
        """Return the name of the file that travels with the mail, or nothing."""
        return self.files[event.uid].filename if event.uid in self.files else ""


def _open_events(blocks: Iterable[Block]) -> Iterator[Event]:
    """Yield the events that everybody gets."""
    for block in blocks:
        if isinstance(block, Event):
            yield block
        if not (isinstance(block, Only) and replace(block.condition, media=()) != Condition()):
            yield from _open_events(inside_of(block))


def _unmerged(event: Event, expressions: Mapping[str, Expression]) -> Event:
    """Return an event whose merge fields have their defaults: a file is the same for everybody."""

    def plain(text: str) -> str:
        return unmerged(text, expressions)

    return replace(
        event, title=plain(event.title), text=plain(event.text), location=plain(event.location), url=plain(event.url)
    )


def unmerged(text: str, expressions: Mapping[str, Expression]) -> str:
    """Return a text with every merge field as a reader of whom nothing is known gets it."""
    if "ZQ" not in text:
        return text
    return TOKEN.sub(
        lambda found: (
            compile_expression(expressions[found.group()].source)({}) if found.group() in expressions else found.group()
        ),
        text,
    )
