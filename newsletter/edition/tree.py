"""The tree that plain text is made from: Markdown's tokens, or sanitised raw HTML, in one form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markdown_it.token import Token

from newsletter.issue.document import Block
from newsletter.issue.settle import plain_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: deeper elements are read as if they were not there: their text stays
MOST_DEEP = 150


@dataclass(slots=True)
class Node:
    """An element: its tag, what matters of its attributes, what is inside."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)
    #: a typed block that stands here (tag `block`)
    block: Block | None = None


def from_tokens(tokens: Sequence[Token], typed: Mapping[int, Block]) -> list[Node | str]:
    """Return the tree of a fragment without raw HTML."""
    root = Node("root")
    stack = [root]
    for at, token in enumerate(tokens):
        if token.type == "inline":
            _inline(token.children or (), stack)
        elif token.type == "typed_block":
            stack[-1].children.append(Node("block", block=typed.get(at)))
        else:
            _place(token, stack)
    return root.children


def _inline(children: Sequence[Token], stack: list[Node]) -> None:
    depth = len(stack)
    for token in children:
        if token.type == "text":
            stack[-1].children.append(token.content)
        elif token.type == "softbreak":
            stack[-1].children.append(" ")
        else:
            _place(token, stack)
    del stack[depth:]


def _place(token: Token, stack: list[Node]) -> None:
    """Put a token's element where it belongs."""
    kind = token.type
    if kind in ("paragraph_open", "paragraph_close") and token.hidden:
        return
    if token.nesting == -1:
        if len(stack) > 1:
            stack.pop()
        return
    node = Node(_TAGS.get(kind) or token.tag or "span", _attributes(token))
    stack[-1].children.append(node)
    if token.nesting == 1:
        stack.append(node)
    elif kind in ("fence", "code_block", "code_inline", "html_block", "html_inline"):
        node.children.append(token.content)


_TAGS = {
    "hardbreak": "br",
    "fence": "pre",
    "code_block": "pre",
    "footnote_block_open": "ol",
    "footnote_open": "note",
    "footnote_ref": "note-ref",
    "footnote_anchor": "nothing",
    "attributes": "span",
}


def _attributes(token: Token) -> Mapping[str, str]:
    if token.type == "image":
        alt = str(token.attrs.get("alt") or plain_text(token.children))
        return {"src": str(token.attrs.get("src", "")), "alt": alt}
    if token.type in ("footnote_ref", "footnote_open"):
        return {"number": str(int(token.meta["id"]) + 1)}
    if token.type == "list_item_open" and "checked" in token.meta:
        return {"checked": "yes" if token.meta["checked"] else ""}
    if token.attrs:
        return {name: str(value) for name, value in token.attrs.items()}
    return {}


def from_element(root: HtmlElement, typed: Mapping[str, Block]) -> list[Node | str]:
    """Return the tree of parsed HTML; `typed` maps the text that stands for a block to the block."""
    words = re.compile("|".join(map(re.escape, sorted(typed, key=len, reverse=True)))) if typed else None
    top = Node("root")
    _add(top, str(root.text or ""), words, typed)
    stack = [(top, iter(root), "")]
    while stack:
        node, children, tail = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if stack:
                _add(stack[-1][0], tail, words, typed)
            continue
        after = str(child.tail or "")
        if not isinstance(child.tag, str):
            _add(node, after, words, typed)
            continue
        if len(stack) > MOST_DEEP:
            inner = node
        else:
            inner = _node(child)
            node.children.append(inner)
        _add(inner, str(child.text or ""), words, typed)
        stack.append((inner, iter(child), after))
    return top.children


def _node(element: HtmlElement) -> Node:
    """Return the node of an element; footnotes are known by what our own writer called them."""
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    tag = str(element.tag)
    if attributes.get("class") == "note-ref":
        return Node("note-ref", {"number": element.text_content()})
    if tag == "li" and attributes.get("id", "").startswith("fn") and "value" in attributes:
        return Node("note", {"number": attributes["value"]})
    return Node(tag, attributes)


def _add(node: Node, text: str, words: re.Pattern[str] | None, typed: Mapping[str, Block]) -> None:
    if words is None or not words.search(text):
        if text:
            node.children.append(text)
        return
    done = 0
    for found in words.finditer(text):
        node.children += [text[done : found.start()], Node("block", block=typed[found.group()])]
        done = found.end()
    node.children.append(text[done:])
