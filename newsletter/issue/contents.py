"""Walking a tree of blocks, and the table of contents that is made from its headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from markdown_it.token import Token

from newsletter.issue.document import Block, Columns, Contents, Heading, Prose
from newsletter.issue.settle import plain_text


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield every block in the order of reading, those inside others too."""
    for block in blocks:
        yield block
        yield from walk(inside_of(block))


def inside_of(block: Block) -> tuple[Block, ...]:
    """Return the blocks directly inside a block."""
    if isinstance(block, Prose):
        return tuple(block.typed.values())
    if isinstance(block, Columns):
        return tuple(child for column in block.columns for child in column)
    children: tuple[Block, ...] = getattr(block, "children", ())
    return children


def headings_of(blocks: Iterable[Block]) -> tuple[Heading, ...]:
    """Return the headings of an issue in their order."""
    return tuple(heading for block in walk(blocks) if isinstance(block, Prose) for heading in _headings(block.tokens))


def _headings(tokens: tuple[Token, ...]) -> Iterator[Heading]:
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            yield Heading(
                level=int(token.tag[1:]),
                text=plain_text(tokens[at + 1].children).strip(),
                anchor=str(token.attrs.get("id", "")),
                line=(token.map or [0])[0] + 1,
            )


def with_contents(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Fill every table of contents with the headings of the whole issue."""
    headings = headings_of(blocks)
    return tuple(_filled(block, headings) for block in blocks)


def _filled(block: Block, headings: tuple[Heading, ...]) -> Block:
    if isinstance(block, Contents):
        return replace(block, headings=headings)
    if isinstance(block, Prose):
        typed = {at: _filled(inner, headings) for at, inner in block.typed.items()}
        return replace(block, typed=typed) if typed else block
    if isinstance(block, Columns):
        columns = tuple(tuple(_filled(child, headings) for child in column) for column in block.columns)
        return replace(block, columns=columns)
    children = inside_of(block)
    if not children:
        return block
    return replace(block, **{"children": tuple(_filled(child, headings) for child in children)})  # type: ignore[arg-type]  # every block with something inside has `children`
