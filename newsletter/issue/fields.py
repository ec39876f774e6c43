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


def read_fields(tree: Tree, kinds: Mapping[str, str], required: tuple[str, ...], name: str, context: Context) -> Fields:
    """Read a block's mapping; unknown keys, wrong kinds and what is missing are reported at their places."""
    nodes: dict[str, Node] = {}
    for key, node in tree.entries:
        canonical = key.text if key.text in kinds else ALIASES.get(key.text, key.text)
        if canonical in kinds:
            nodes[canonical] = node
        else:
            message = _("« {block} » knows no field « {key} »").format(block=name, key=key.text)
            near = nearest(key.text, [*kinds, *ALIASES])
            context.report.add("NL204", message, line=key.line, column=key.column, length=key.length, suggestion=near)
    complete = True
    for missing in [key for key in required if key not in nodes or _is_blank(nodes[key])]:
        complete = False
        message = _("« {block} » needs the field « {key} »").format(block=name, key=missing)
        context.report.add("NL206", message, line=tree.line, column=tree.column)
    texts = {key: _value(key, node, kinds[key], context) for key, node in nodes.items()}
    sizes = {key: _size(node, context) for key, node in nodes.items() if kinds[key] == "image"}
    _check_alt(nodes, context)
    return Fields(nodes=nodes, texts=texts, sizes=sizes, complete=complete)


def _is_blank(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.text.strip()


def _value(key: str, node: Node, kind: str, context: Context) -> object:
    """Return a field's value; texts are typeset, merge fields stay only where they can be filled."""
    if kind == "items":
        if not isinstance(node, Sequence) or not all(isinstance(item, Tree) for item in node.items):
            _wrong(key, node, _("a list of title and url"), context)
        return ""
    if not isinstance(node, Scalar):
        _wrong(key, node, _("text"), context)
        return ""
    if kind in ("boolean", "number"):
        return node.value
    text = " ".join(node.text.split("\n")).strip()
    if kind == "text":
        return (
            typeset_line(text, context.shared.lang, narrow=context.shared.options.narrow)
            if _typesets(context)
            else text
        )
    if "ZQ" in text and not (kind == "url" and TOKEN.fullmatch(text)):
        for found in TOKEN.finditer(text):
            report_misplaced(found.group(), context, _("this field"))
        text = context.merge.restore(text)
    return text


def _typesets(context: Context) -> bool:
    return context.shared.options.typography


def _wrong(key: str, node: Node, wanted: str, context: Context) -> None:
    message = _("« {key} » must be {wanted}").format(key=key, wanted=wanted)
    context.report.add("NL205", message, line=node.line, column=node.column)


def _size(node: Node, context: Context) -> tuple[int | None, int | None]:
    if not isinstance(node, Scalar) or not node.text:
        return None, None
    return measured(node.text, context, (node.line, node.line), (None, None))


def _check_alt(nodes: Mapping[str, Node], context: Context) -> None:
    picture, alt = nodes.get("image"), nodes.get("alt")
    if isinstance(picture, Scalar) and picture.text and not (isinstance(alt, Scalar) and alt.text.strip()):
        context.report.add(
            "NL401",
            _("this image has no alternative text"),
            line=picture.line,
            column=picture.column,
            length=picture.length,
            hint=_("Add a line « alt: … » that says what it shows."),
        )
