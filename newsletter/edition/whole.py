"""Styles for sheets whose selectors look at brothers or positions: every fragment parsed, one call on a tree.

The slow way, and the definition of what the fast way (`shapes`) must give.
"""

from __future__ import annotations

from lxml import etree

from newsletter.edition.canonical import VOID, body_of
from newsletter.edition.escaping import attribute, text
from newsletter.edition.inline import inline_tree, spelt


def inline_whole(fragments: list[str], sheet: str) -> list[str]:
    """Return finished fragments with a sheet's styles, in one spelling."""
    root = etree.Element("html")
    bodies = []
    for fragment in fragments:
        body = body_of(fragment)
        body = etree.Element("body") if body is None else body
        root.append(body)
        bodies.append(body)
    inline_tree(root, sheet)
    return [spell(body) for body in bodies]


def spell(root: etree._Element) -> str:
    """Write what is inside an element in the one canonical spelling."""
    made: list[str] = [text(root.text or "")]
    stack = [(root, iter(root))]
    while stack:
        above, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if stack:
                made.append(f"</{above.tag!s}>{text(above.tail or '')}")
            continue
        made.append(f"<{child.tag}{_attributes(child)}{' /' if child.tag in VOID else ''}>")
        if child.tag in VOID:
            made.append(text(child.tail or ""))
        else:
            made.append(text(child.text or ""))
            stack.append((child, iter(child)))
    return "".join(made)


def _attributes(element: etree._Element) -> str:
    """Write an element's attributes, its style last."""
    written = [f' {name!s}="{attribute(str(value))}"' for name, value in element.attrib.items() if name != "style"]
    style = element.get("style")
    return "".join(written) + (f' style="{spelt(str(style))}"' if style else "")
