"""The fields of a data block: known, of the right kind, typeset, their images measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.issue.context import Context
from newsletter.issue.merge import TOKEN
from newsletter.issue.settle import measured, report_misplaced
from newsletter.issue.typography import typeset_line
from newsletter.issue.yaml_tree import Mapping as Tree
from newsletter.issue.yaml_tree import Node, Scalar, Sequence
from newsletter.language import _, nearest

#: French names of the fields, accepted everywhere
ALIASES: Mapping[str, str] = {
    "titre": "title",
    "debut": "start",
    "début": "start",
    "fin": "end",
    "lieu": "location",
    "texte": "text",
    "fuseau": "tz",
    "lien": "url",
    "nom": "name",
    "rôle": "role",
    "liens": "items",
    "bouton": "label",
}


@dataclass(frozen=True, kw_only=True)
class Fields:
    """A data block's fields, checked."""

    nodes: Mapping[str, Node]
    texts: Mapping[str, object]
    sizes: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    #: nothing that is needed is missing
    complete: bool = True

    def text(self, name: str) -> str:
        """Return a field as text, empty when it was not given."""
        return str(self.texts.get(name, "") or "")

    def size(self, name: str) -> tuple[int | None, int | None]:
        """Return an image's width and height in pixels, as far as known."""
        return self.sizes.get(name, (None, None))

    def items(self, name: str) -> tuple[Tree, ...]:
        """Return the entries of a list."""
        node = self.nodes.get(name)
        return tuple(item for item in node.items if isinstance(item, Tree)) if isinstance(node, Sequence) else ()

    def values(self) -> Mapping[str, object]:
        """Return every field by its name."""
        return dict(self.texts)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a data block is made of: its name, its keys with their kinds, and which of them are needed."""

    name: str
    #: key -> text, plain, url, image, items, number or boolean
    fields: Mapping[str, str]
    required: tuple[str, ...] = ()


def read_fields(tree: Tree, shape: Shape, context: Context) -> Fields:
    """Read a block's mapping; unknown keys, wrong kinds and what is missing are reported at their places."""
    kinds = shape.fields
    nodes: dict[str, Node] = {}
    for key, node in tree.entries:
        canonical = key.text if key.text in kinds else ALIASES.get(key.text, key.text)
        if canonical in kinds:
            nodes[canonical] = node
        else:
            message = _("« {block} » knows no field « {key} »").format(block=shape.name, key=key.text)
            near = nearest(key.text, [*kinds, *ALIASES])
            context.report.at(key, "NL204", message, suggestion=near)
    complete = True
    for missing in [key for key in shape.required if key not in nodes or _is_blank(nodes[key])]:
        complete = False
        message = _("« {block} » needs the field « {key} »").format(block=shape.name, key=missing)
        context.report.at(tree, "NL206", message)
    texts = {key: _value(key, node, kind=kinds[key], context=context) for key, node in nodes.items()}
    sizes = {key: _size(node, context) for key, node in nodes.items() if kinds[key] == "image"}
    _check_alt(nodes, context)
    return Fields(nodes=nodes, texts=texts, sizes=sizes, complete=complete)


def _is_blank(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.text.strip()


def _value(key: str, node: Node, *, kind: str, context: Context) -> object:
    """Return a field's value; texts are typeset, merge fields stay only where they can be filled."""
    if kind == "items":
        right = isinstance(node, Sequence) and all(isinstance(item, Tree) for item in node.items)
        return "" if right else _wrong(key, node, wanted=_("a list of title and url"), context=context)
    if not isinstance(node, Scalar):
        return _wrong(key, node, wanted=_("text"), context=context)
    if kind in ("boolean", "number"):
        return node.value
    text = " ".join(node.text.split("\n")).strip()
    if kind == "text":
        return _typeset(text, context)
    if "ZQ" in text and not (kind == "url" and TOKEN.fullmatch(text)):
        for found in TOKEN.finditer(text):
            report_misplaced(found.group(), context, _("this field"))
        return context.merge.restore(text)
    return text


def _typeset(text: str, context: Context) -> str:
    shared = context.shared
    if not shared.options.typography:
        return text
    return typeset_line(text, shared.lang, narrow=shared.options.narrow, gentle=shared.foreign)


def _wrong(key: str, node: Node, *, wanted: str, context: Context) -> str:
    context.report.at(node, "NL205", _("« {key} » must be {wanted}").format(key=key, wanted=wanted))
    return ""


def _size(node: Node, context: Context) -> tuple[int | None, int | None]:
    if not isinstance(node, Scalar) or not node.text:
        return None, None
    return measured(node.text, context, lines=(node.line, node.line))


def _check_alt(nodes: Mapping[str, Node], context: Context) -> None:
    picture, alt = nodes.get("image"), nodes.get("alt")
    if isinstance(picture, Scalar) and picture.text and not (isinstance(alt, Scalar) and alt.text.strip()):
        context.report.at(
            picture,
            "NL401",
            _("this image has no alternative text"),
            hint=_("Add a line « alt: … » that says what it shows."),
        )
