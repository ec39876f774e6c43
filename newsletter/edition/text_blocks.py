"""Typed blocks as plain text: a button is `label: url`, an event its date in words, a card its title and sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from newsletter.edition.text import NARROWEST, PAUSE, TextWriter
from newsletter.edition.wrap import indent, wrap
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
)


def _button(writer: TextWriter, block: Button, _width: int) -> str:
    return writer.labelled(block.label, block.url)


def _callout(writer: TextWriter, block: Callout, width: int) -> str:
    kind = writer.words.get(block.kind, writer.words["note"])
    title = f"{kind}{writer.colon} {block.title}" if block.title else kind
    inner = writer.inner(block.children, max(width - 2, NARROWEST))
    return "\n".join(filter(None, (wrap(title, width), indent(inner, "  ") if inner else "")))


def _image(writer: TextWriter, block: Image, width: int) -> str:
    alt = writer.link(block.alt, block.href) if block.href else block.alt
    lines = [wrap(alt, width), wrap(block.caption, width) if block.caption != block.alt else ""]
    inner = writer.inner(block.children, width)
    return "\n\n".join(filter(None, ("\n".join(filter(None, lines)), inner)))


def _quoted(writer: TextWriter, block: Quote, width: int) -> str:
    inner = writer.inner(block.children, max(width - 2, NARROWEST))
    by = wrap(f"\u2014\u00a0{block.by}", max(width - 2, NARROWEST)) if block.by else ""
    return indent("\n".join(filter(None, (inner, by))), "> ")


def _divider(_writer: TextWriter, _block: Divider, _width: int) -> str:
    return PAUSE


def _event(writer: TextWriter, block: Event, width: int) -> str:
    when = writer.occasions.of(block)
    calendar = writer.occasions.address(block)
    file = writer.occasions.filename(block)
    lines = [block.title, when.line, block.location, block.text]
    if block.url:
        lines.append(writer.labelled(writer.words["event_link"], block.url))
    if calendar:
        lines.append(writer.labelled(writer.words["add_to_calendar"], calendar))
    elif file:
        lines.append(writer.words["file_attached"].format(file=file))
    return "\n".join(wrap(line, width) for line in lines if line)


def _card(writer: TextWriter, block: Card, width: int) -> str:
    lines = [writer.link(block.title, block.url), block.alt if block.image else "", block.text]
    return "\n".join(wrap(line, width) for line in lines if line)


def _person(writer: TextWriter, block: Person, width: int) -> str:
    name = ", ".join(filter(None, (block.name, block.role)))
    lines = [block.alt if block.image and block.alt != block.name else "", writer.link(name, block.url), block.text]
    return "\n".join(wrap(line, width) for line in lines if line)


def _links(writer: TextWriter, block: Links, width: int) -> str:
    lines = [wrap(block.title, width)] if block.title else []
    for link in block.items:
        entry = "\n".join(filter(None, (writer.link(link.title, link.url), link.text)))
        lines.append(indent(wrap(entry, width - 2), "  ", first="\u2022 "))
    return "\n".join(lines)


def _hero(writer: TextWriter, block: Hero, width: int) -> str:
    title = wrap(block.title, width)
    head = writer.underlined(title, "=", width) if title else ""
    button = writer.labelled(block.label or writer.words["read_more"], block.url) if block.url else ""
    alt = block.alt if block.image else ""
    return "\n\n".join(filter(None, (alt, head, wrap(block.text, width), button)))


def _contents(writer: TextWriter, block: Contents, width: int) -> str:
    entries = [heading for heading in block.headings if heading.anchor and 1 < heading.level < 4]
    lines = [writer.words["contents"]] if entries else []
    lines += [wrap("  " * (entry.level - 2) + f"\u2022 {entry.text}", width) for entry in entries]
    return "\n".join(lines)


def _custom(writer: TextWriter, block: Custom, width: int) -> str:
    lines = [
        wrap(str(value), width) for value in block.fields.values() if value not in (None, "") and value is not True
    ]
    return "\n\n".join(filter(None, ("\n".join(lines), writer.inner(block.children, width))))


WRITERS: Mapping[type[Block], Callable[..., str]] = {
    Button: _button,
    Callout: _callout,
    Image: _image,
    Quote: _quoted,
    Divider: _divider,
    Event: _event,
    Card: _card,
    Person: _person,
    Links: _links,
    Hero: _hero,
    Contents: _contents,
    Custom: _custom,
}
