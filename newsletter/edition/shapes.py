"""The style of an element, remembered by its shape: the chain of tags and classes from the body to it.

A sheet of only descendant and child selectors gives every element of one shape the same style. Real
issues have about a hundred shapes, so that most of them need no inliner at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

#: shapes kept for one theme; hostile nesting must not fill the memory
MOST_SHAPES = 20_000
_RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SIMPLE = re.compile(r"(?:[A-Za-z][\w-]*|\.[A-Za-z][\w-]*)(?:\.[A-Za-z][\w-]*)*\Z")


class Shape:
    """An element's place in the tree of shapes; `attribute` is its finished ` style="…"`."""

    __slots__ = ("attribute", "children", "classes", "parent", "tag")

    def __init__(self, tag: str, classes: str, parent: Shape | None) -> None:
        self.tag = tag
        self.classes = classes
        self.parent = parent
        self.children: dict[str, Shape] = {}
        #: None: not known yet
        self.attribute: str | None = None

    def child(self, tag: str, classes: str = "") -> Shape:
        """Return the shape of an element directly inside one of this shape."""
        key = f"{tag}.{classes}" if classes else tag
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = Shape(tag, classes, self)
        return found


Part = str | Shape
#: gives the style of each of these shapes, in their order
Inline = Callable[[Sequence[Shape]], Sequence[str]]


class Shapes:
    """The shapes of one theme's style sheet, and the inliner that is asked for new ones."""

    def __init__(self, inline: Inline) -> None:
        self._inline = inline
        self._known = 0
        self.body = Shape("body", "", None)

    def join(self, parts: Iterable[Part]) -> str:
        """Return parts as one text; shapes become the style attribute of the tag they stand in."""
        parts = list(parts)
        self.learn(part for part in parts if isinstance(part, Shape))
        return "".join([part if isinstance(part, str) else part.attribute or "" for part in parts])

    def learn(self, shapes: Iterable[Shape]) -> None:
        """Ask the inliner, once, for the styles of those shapes that are new."""
        missing = list(dict.fromkeys(shape for shape in shapes if shape.attribute is None))
        if not missing:
            return
        for shape, style in zip(missing, self._inline(missing), strict=True):
            shape.attribute = f' style="{style}"' if style else ""
        self._known += len(missing)
        if self._known > MOST_SHAPES:
            self._known = 0
            self.body = Shape("body", "", None)


def is_simple(sheet: str) -> bool:
    """Say whether a sheet's selectors look only at tags and classes of an element and those around it."""
    selectors = [one for rule in _RULE.findall(_COMMENT.sub("", sheet)) for one in rule.split(",")]
    return all(_SIMPLE.match(part) for one in selectors for part in one.replace(">", " ").split())
