"""Tables as text: aligned columns where they fit, one line for each cell where they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from newsletter.edition.tree import Node
from newsletter.edition.wrap import pad, width_of, wrap

#: between two columns
_GAP = "  "


def table_text(
    table: Node, inline: Callable[[Iterable[Node | str]], str], flow: Callable[[Node, int], str], width: int
) -> str:
    """Return a table as text; one that only arranges a page is read cell after cell."""
    caption = "\n".join(wrap(inline(node.children).strip(), width) for node in _named(table, ("caption",)))
    rows = [list(_named(row, ("td", "th"))) for row in _named(table, ("tr",))]
    rows = [row for row in rows if row]
    loose = "\n\n".join(
        filter(None, (flow(node, width) for node in table.children if isinstance(node, Node) and not _known(node)))
    )
    if any(_is_layout(cell) for row in rows for cell in row):
        written = "\n\n".join(filter(None, (flow(cell, width).strip() for row in rows for cell in row)))
    else:
        written = _aligned(rows, inline, width)
    return "\n\n".join(filter(None, (caption, written, loose)))


def _named(node: Node, tags: tuple[str, ...]) -> Iterable[Node]:
    """Yield the elements of these names, looking into a table's groups but not into its cells."""
    for child in node.children:
        if isinstance(child, Node):
            if child.tag in tags:
                yield child
            elif child.tag in ("thead", "tbody", "tfoot"):
                yield from _named(child, tags)


def _known(node: Node) -> bool:
    return node.tag in ("thead", "tbody", "tfoot", "tr", "caption", "col", "colgroup")


def _is_layout(cell: Node) -> bool:
    blocks = {"p", "div", "table", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "pre", "block", "dl", "center"}
    return any(isinstance(child, Node) and child.tag in blocks for child in cell.children)


def _aligned(rows: Sequence[Sequence[Node]], inline: Callable[[Iterable[Node | str]], str], width: int) -> str:
    texts = [[" ".join(inline(cell.children).split("\n")).strip() for cell in row] for row in rows]
    if not texts:
        return ""
    count = max(map(len, texts))
    texts = [row + [""] * (count - len(row)) for row in texts]
    widths = [max(width_of(row[at]) for row in texts) for at in range(count)]
    header = all(cell.tag == "th" for cell in rows[0])
    if sum(widths) + len(_GAP) * (count - 1) > width:
        return _stacked(texts, width, header=header)
    aligns = [_align(rows, at) for at in range(count)]
    lines = [_GAP.join(pad(text, widths[at], aligns[at]) for at, text in enumerate(row)).rstrip() for row in texts]
    if header:
        lines.insert(1, _GAP.join("-" * size for size in widths))
    return "\n".join(lines)


def _align(rows: Sequence[Sequence[Node]], at: int) -> str:
    """Return how a column is aligned, as its first cell says."""
    for row in rows:
        if at < len(row):
            style = row[at].attributes.get("style", "") + " " + row[at].attributes.get("align", "")
            return "right" if "right" in style else "center" if "center" in style else ""
    return ""


def _stacked(texts: Sequence[Sequence[str]], width: int, *, header: bool) -> str:
    """Write a wide table row by row: each cell after its column's heading."""
    heads = texts[0] if header else [""] * len(texts[0])
    rows = texts[1:] if header and len(texts) > 1 else texts
    named = header and len(texts) > 1
    written = []
    for row in rows:
        lines = [
            wrap(f"{head}\u00a0: {text}" if named and head and text else text or (head if named else ""), width)
            for head, text in zip(heads, row, strict=True)
        ]
        written.append("\n".join(line for line in lines if line))
    return "\n\n".join(written)
