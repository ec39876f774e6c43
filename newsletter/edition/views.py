"""What a block's template sees of a block: never the author's text itself, only words that stand for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from newsletter.edition.addresses import Addresses
from newsletter.edition.frame import Frame
from newsletter.edition.occasions import Occasions
from newsletter.issue.document import (
    Block,
    Button,
    Callout,
    Card,
    Contents,
    Custom,
    Divider,
    Event,
    Hero,
    Image,
    Links,
    Person,
    Quote,
    Section,
)
from newsletter.issue.options import BlockSchema

_KINDS = frozenset({"note", "tip", "important", "warning", "caution"})
_VARIANTS = frozenset({"primary", "secondary", "quiet"})


@dataclass(frozen=True, kw_only=True)
class Views:
    """Makes the views of one page's blocks."""

    frame: Frame
    addresses: Addresses
    words: Mapping[str, str]
    lang: str
    occasions: Occasions

    def _link(self, url: str, block: Block, line: int = 0) -> str:
        at = line or block.line
        return self.frame.url(self.addresses.link(url, (at, at + 20), block.path)) if url else ""

    def _picture(self, source: str, block: Block) -> str:
        lines = (block.line, block.line + 20)
        return self.frame.url(self.addresses.image(source, lines, block.path)) if source else ""

    def button(self, block: Button) -> SimpleNamespace:
        """See a button."""
        return SimpleNamespace(
            label=self.frame.words(block.label),
            url=self._link(block.url, block),
            variant=block.variant if block.variant in _VARIANTS else "primary",
        )

    def callout(self, block: Callout) -> SimpleNamespace:
        """See a callout; a word says its kind, above its title or as its title."""
        kind = block.kind if block.kind in _KINDS else "note"
        title = block.title or self.words[kind]
        label = self.words[kind] if title != self.words[kind] else ""
        return SimpleNamespace(kind=kind, title=self.frame.words(title), label=self.frame.words(label))

    def image(self, block: Image) -> SimpleNamespace:
        """See an image."""
        return SimpleNamespace(
            src=self._picture(block.src, block),
            alt=self.frame.words(block.alt),
            caption=self.frame.words(block.caption),
            url=self._link(block.href, block),
            width=block.width,
            side=block.side if block.side == "right" else "left",
        )

    def quote(self, block: Quote) -> SimpleNamespace:
        """See a quote."""
        return SimpleNamespace(by=self.frame.words(block.by))

    def divider(self, _block: Divider) -> SimpleNamespace:
        """See a divider."""
        return SimpleNamespace()

    def section(self, _block: Section) -> SimpleNamespace:
        """See a section that stands inside another block."""
        return SimpleNamespace()

    def event(self, block: Event) -> SimpleNamespace:
        """See an event, with its times in words."""
        when = self.occasions.of(block)
        return SimpleNamespace(
            title=self.frame.words(block.title),
            day=self.frame.words(when.day),
            month=self.frame.words(when.month),
            year=self.frame.words(when.year),
            date=self.frame.words(when.date),
            hours=self.frame.words(when.hours),
            location=self.frame.words(block.location),
            text=self.frame.words(block.text),
            url=self._link(block.url, block),
            calendar=self.frame.url(self.occasions.address(block)),
            file=self.frame.words(self._file(block)),
        )

    def _file(self, block: Event) -> str:
        """Say which attachment is the event's, when it has one."""
        name = self.occasions.filename(block)
        return self.words["file_attached"].format(file=name) if name else ""

    def card(self, block: Card) -> SimpleNamespace:
        """See a resource card."""
        return SimpleNamespace(
            title=self.frame.words(block.title),
            url=self._link(block.url, block),
            text=self.frame.words(block.text),
            image=self._picture(block.image, block),
            alt=self.frame.words(block.alt),
        )

    def person(self, block: Person) -> SimpleNamespace:
        """See a person."""
        return SimpleNamespace(
            name=self.frame.words(block.name),
            role=self.frame.words(block.role),
            text=self.frame.words(block.text),
            url=self._link(block.url, block),
            image=self._picture(block.image, block),
            alt=self.frame.words(block.alt),
        )

    def hero(self, block: Hero) -> SimpleNamespace:
        """See an opening."""
        return SimpleNamespace(
            title=self.frame.words(block.title),
            text=self.frame.words(block.text),
            image=self._picture(block.image, block),
            alt=self.frame.words(block.alt),
            url=self._link(block.url, block),
            label=self.frame.words(block.label or (self.words["read_more"] if block.url else "")),
        )

    def links(self, block: Links) -> SimpleNamespace:
        """See a list of links."""
        entries = [
            SimpleNamespace(
                title=self.frame.words(link.title),
                url=self._link(link.url, block, link.line),
                text=self.frame.words(link.text),
            )
            for link in block.items
        ]
        return SimpleNamespace(title=self.frame.words(block.title), entries=entries)

    def contents(self, block: Contents) -> SimpleNamespace:
        """See the table of contents: headings of the second and third level."""
        entries = [
            SimpleNamespace(
                title=self.frame.words(heading.text), url=self.frame.url(f"#{heading.anchor}"), level=heading.level
            )
            for heading in block.headings
            if heading.anchor and 1 < heading.level < 4
        ]
        return SimpleNamespace(entries=entries)

    def custom(self, block: Custom, schema: BlockSchema | None) -> SimpleNamespace:
        """See a block that the theme brings: each field by its kind."""
        kinds = schema.fields if schema else {}
        return SimpleNamespace(
            **{name: self._field(block.fields.get(name), kind, block) for name, kind in kinds.items()}
        )

    def _field(self, value: object, kind: str, block: Block) -> object:
        if kind in ("number", "boolean"):
            return value if isinstance(value, bool | int | float) else ""
        given = "" if value is None else str(value)
        if kind == "url":
            return self._link(given, block)
        return self._picture(given, block) if kind == "image" else self.frame.words(given)


#: kind of block -> its template and its view
VIEWS: Mapping[type[Block], tuple[str, Callable[..., SimpleNamespace]]] = {
    Button: ("button", Views.button),
    Callout: ("callout", Views.callout),
    Image: ("image", Views.image),
    Quote: ("quote", Views.quote),
    Divider: ("divider", Views.divider),
    Section: ("section", Views.section),
    Event: ("event", Views.event),
    Card: ("card", Views.card),
    Person: ("person", Views.person),
    Hero: ("hero", Views.hero),
    Links: ("links", Views.links),
    Contents: ("contents", Views.contents),
}
