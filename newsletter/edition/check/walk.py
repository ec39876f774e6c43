"""Go through an issue's blocks and gather what rules ask about, with lines of the source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from newsletter.issue import document as doc


@dataclass(frozen=True, kw_only=True)
class SeenLink:
    """A link of the source; `text` is what is read, an image's alternative text included."""

    url: str
    text: str
    line: int
    path: str = ""
    #: text without images
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class SeenImage:
    """An image of the source."""

    src: str
    alt: str
    line: int
    path: str = ""
    decorative: bool = False


@dataclass(frozen=True, kw_only=True)
class SeenHeading:
    """A heading of the source."""

    level: int
    text: str
    line: int
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class SeenText:
    """A run of text of the source, outside code."""

    text: str
    line: int
    path: str = ""
    #: it is said to be in another language
    foreign: bool = False


@dataclass(kw_only=True)
class Seen:
    """Everything that was seen, in reading order."""

    links: list[SeenLink] = field(default_factory=list)
    images: list[SeenImage] = field(default_factory=list)
    headings: list[SeenHeading] = field(default_factory=list)
    texts: list[SeenText] = field(default_factory=list)
    #: raw HTML as it was written
    raw: list[SeenText] = field(default_factory=list)
    blocks: list[doc.Block] = field(default_factory=list)


def look_through(issue: doc.Issue) -> Seen:
    """Gather links, images, headings and texts of an issue, in reading order."""
    seen = Seen()
    for block in all_blocks(issue.blocks):
        seen.blocks.append(block)
        _look_at(block, seen)
    return seen


def all_blocks(blocks: Iterable[doc.Block]) -> Iterator[doc.Block]:
    """Yield blocks and the blocks within them, outer first."""
    for block in blocks:
        yield block
        yield from all_blocks(_inner(block))


def _inner(block: doc.Block) -> Iterable[doc.Block]:
    if isinstance(block, doc.Columns):
        return [inner for column in block.columns for inner in column]
    if isinstance(block, doc.Prose):
        return [block.typed[place] for place in sorted(block.typed)]
    return getattr(block, "children", ())


def _look_at(block: doc.Block, seen: Seen) -> None:
    if isinstance(block, doc.Prose):
        _look_at_tokens(block.tokens, seen, base=block.line, path=block.path)
    elif isinstance(block, doc.Button):
        seen.links.append(
            SeenLink(url=block.url, text=block.label, words=block.label, line=block.line, path=block.path)
        )
    elif isinstance(block, doc.Image):
        seen.images.append(
            SeenImage(src=block.src, alt=block.alt, line=block.line, path=block.path, decorative=block.decorative)
        )
        if block.href:
            seen.links.append(SeenLink(url=block.href, text=block.alt, line=block.line, path=block.path))
    elif isinstance(block, doc.Links):
        for item in block.items:
            link = SeenLink(url=item.url, text=item.title, words=item.title, line=item.line, path=block.path)
            seen.links.append(link)
    else:
        _look_at_fields(block, seen)


def _look_at_fields(block: doc.Block, seen: Seen) -> None:
    """Blocks written as YAML: title, url, text, image and alt mean the same in each."""
    title = str(getattr(block, "title", "") or getattr(block, "name", "") or getattr(block, "label", ""))
    url, text = str(getattr(block, "url", "")), str(getattr(block, "text", ""))
    image = str(getattr(block, "image", ""))
    if url:
        seen.links.append(SeenLink(url=url, text=title, words=title, line=block.line, path=block.path))
    if image:
        alt = str(getattr(block, "alt", ""))
        seen.images.append(SeenImage(src=image, alt=alt, line=block.line, path=block.path))
    for words in (title, text):
        if words:
            seen.texts.append(SeenText(text=words, line=block.line, path=block.path))


def _look_at_tokens(tokens: Sequence[Token], seen: Seen, *, base: int, path: str) -> None:
    line, heading = base, 0
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        if token.type == "heading_open":
            heading = int(token.tag[1])
        elif token.type == "inline":
            children = token.children or []
            if heading:
                text = plain(children)
                seen.headings.append(SeenHeading(level=heading, text=text, line=line, path=path))
                heading = 0
            _look_at_inline(children, seen, line, path)
        elif token.type == "html_block":
            seen.raw.append(SeenText(text=token.content, line=line, path=path))


def _look_at_inline(children: Sequence[Token], seen: Seen, line: int, path: str) -> None:
    placed = list(_with_lines(children, line))
    _look_at_links(placed, seen, path)
    foreign = [False]
    for token, at in placed:
        if token.type == "span_open":
            foreign.append(foreign[-1] or bool(token.attrGet("lang")))
        elif token.type == "span_close":
            foreign.pop()
        elif token.type == "html_inline":
            seen.raw.append(SeenText(text=token.content, line=at, path=path))
        elif token.type == "image":
            src = str(token.attrGet("src") or "")
            decorative = "decorative" in str(token.attrGet("class") or "")
            seen.images.append(SeenImage(src=src, alt=plain([token]), line=at, path=path, decorative=decorative))
        elif token.type == "text" and token.content.strip():
            seen.texts.append(SeenText(text=token.content, line=at, path=path, foreign=foreign[-1]))


def _with_lines(children: Sequence[Token], line: int) -> Iterator[tuple[Token, int]]:
    for token in children:
        line += token.type in ("softbreak", "hardbreak")
        yield token, line


def _look_at_links(placed: Iterable[tuple[Token, int]], seen: Seen, path: str) -> None:
    inside: list[Token] | None = None
    url = ""
    for token, line in placed:
        if token.type == "link_open":
            inside, url = [], str(token.attrGet("href") or "")
        elif token.type == "link_close" and inside is not None:
            words = "".join(part.content for part in inside if part.type in ("text", "code_inline"))
            seen.links.append(SeenLink(url=url, text=plain(inside), words=words, line=line, path=path))
            inside = None
        elif inside is not None:
            inside.append(token)


def plain(tokens: Iterable[Token]) -> str:
    """Return what is read of inline tokens: text, code and alternative texts."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special", "html_entity"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "image":
            parts.append(plain(token.children or []) or token.content)
    return "".join(parts).strip()
