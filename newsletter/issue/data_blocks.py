"""Fenced YAML that is a block: event, card, person, links, hero, and the blocks that a theme brings.

What cannot be read as such stays the code that it is, with findings at its own lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from markdown_it.token import Token

from newsletter.issue.context import Context
from newsletter.issue.directives import Directive
from newsletter.issue.document import Block, Card, Custom, Hero, Link, Links, Person
from newsletter.issue.events import event_block
from newsletter.issue.fields import Fields, Shape, read_fields
from newsletter.issue.shapes import Place
from newsletter.issue.yaml_tree import Mapping as Tree
from newsletter.issue.yaml_tree import Scalar, Sequence, parse_yaml
from newsletter.language import _

_INDENT = re.compile(r"[ \t>]*")


Make = Callable[[Fields, Place, Context], Block | None]


def _card(fields: Fields, place: Place, _context: Context) -> Block:
    width, height = fields.size("image")
    return Card(
        line=place.line,
        path=place.path,
        title=fields.text("title"),
        url=fields.text("url"),
        text=fields.text("text"),
        image=fields.text("image"),
        alt=fields.text("alt"),
        width=width,
        height=height,
    )


def _person(fields: Fields, place: Place, _context: Context) -> Block:
    width, height = fields.size("image")
    return Person(
        line=place.line,
        path=place.path,
        name=fields.text("name"),
        role=fields.text("role"),
        text=fields.text("text"),
        url=fields.text("url"),
        image=fields.text("image"),
        alt=fields.text("alt"),
        width=width,
        height=height,
    )


def _hero(fields: Fields, place: Place, _context: Context) -> Block:
    width, height = fields.size("image")
    return Hero(
        line=place.line,
        path=place.path,
        title=fields.text("title"),
        text=fields.text("text"),
        image=fields.text("image"),
        alt=fields.text("alt"),
        width=width,
        height=height,
        url=fields.text("url"),
        label=fields.text("label"),
    )


def _links(fields: Fields, place: Place, context: Context) -> Block:
    items = []
    for node in fields.items("items"):
        inner = read_fields(node, _LINK, context)
        items.append(Link(title=inner.text("title"), url=inner.text("url"), text=inner.text("text"), line=node.line))
    return Links(line=place.line, path=place.path, title=fields.text("title"), items=tuple(items))


_LINK = Shape(name="links", fields={"title": "text", "url": "url", "text": "text"}, required=("title", "url"))
_PICTURE = {"image": "image", "alt": "plain"}
_SHAPES = (
    Shape(
        name="event",
        fields={
            **{"title": "text", "start": "plain", "end": "plain", "tz": "plain", "all_day": "boolean"},
            **{"location": "text", "url": "url", "text": "text", "uid": "plain"},
        },
        required=("title", "start"),
    ),
    Shape(name="card", fields={"title": "text", "url": "url", "text": "text", **_PICTURE}, required=("title",)),
    Shape(
        name="person",
        fields={"name": "text", "role": "text", "text": "text", "url": "url", **_PICTURE},
        required=("name",),
    ),
    Shape(name="links", fields={"title": "text", "items": "items"}, required=("items",)),
    Shape(
        name="hero",
        fields={"title": "text", "text": "text", "url": "url", "label": "text", **_PICTURE},
        required=("title",),
    ),
)
_MAKERS: Mapping[str, Make] = {
    "event": event_block,
    "card": _card,
    "person": _person,
    "links": _links,
    "hero": _hero,
}
DATA_BLOCKS: Mapping[str, Shape] = {shape.name: shape for shape in _SHAPES}


def data_block(token: Token, place: Place, context: Context) -> Block | None:
    """Read a fence's YAML as the block that its name says; None when it stays code."""
    name = token.info.strip()
    tree = _tree(token, place, context)
    if tree is None:
        token.content = context.merge.restore(token.content)
        return None
    schema = context.shared.options.blocks.get(name)
    if schema is not None:
        fields = read_fields(tree, _own_shape(name, context), context)
        return Custom(line=place.line, path=place.path, name=name, fields=fields.values())
    fields = read_fields(tree, DATA_BLOCKS[name], context)
    block = _MAKERS[name](fields, place, context) if fields.complete else None
    if block is None:
        token.content = context.merge.restore(token.content)
    return block


def _own_shape(name: str, context: Context) -> Shape:
    """Return the shape of a block that the theme brings."""
    schema = context.shared.options.blocks[name]
    return Shape(name=name, fields=schema.fields, required=schema.required)


def _tree(token: Token, place: Place, context: Context) -> Tree | None:
    """Parse a fence's YAML with the places of the file; a plain list in `links` is its items."""
    indent = _INDENT.match(context.report.source.line(place.line + 1))
    shift = len(indent.group()) if indent and token.level else 0
    tree, faults = parse_yaml(token.content, line=place.line + 1, shift=shift)
    for fault in faults:
        context.report.at(fault, "NL205", fault.message, hint=fault.hint)
    if isinstance(tree, Sequence) and token.info.strip() == "links":
        key = Scalar(line=tree.line, column=tree.column, length=0, text="items")
        tree = Tree(line=tree.line, column=tree.column, entries=((key, tree),))
    if isinstance(tree, Tree):
        return tree
    if not faults:
        message = _("« {name} » holds « key: value » lines").format(name=token.info.strip())
        context.report.add("NL205", message, line=place.line)
    return None


def custom_fields(read: Directive, place: Place, context: Context) -> Mapping[str, object]:
    """Check the options of a theme's block that is written as a directive."""
    source = context.report.source
    entries = []
    for key, value in read.values.items():
        line, column = source.find(key, place.line, place.line)
        name = Scalar(line=line, column=column, length=len(key), text=key)
        entries.append((name, Scalar(line=line, column=column + len(key) + 1, length=len(value), text=value)))
    tree = Tree(line=place.line, column=1, entries=tuple(entries))
    return read_fields(tree, _own_shape(read.name, context), context).values()
