"""A theme's style sheet written into style attributes, by premailer: one call, on a tree, without a network.

The only module that imports premailer. It takes 180 to 500 ms to import, and reads its cache's size from
the environment while it is imported.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from lxml import etree

from newsletter.edition.escaping import attribute
from newsletter.edition.shapes import Shape

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_SHORT_HEX = re.compile(r"#([0-9A-Fa-f])([0-9A-Fa-f])([0-9A-Fa-f])(?![0-9A-Fa-f])")


class _Inliner(Protocol):
    """What is used of a premailer."""

    def transform(self, *, pretty_print: bool) -> Element:
        """Write the styles into the tree."""
        ...


def inline_tree(root: Element, sheet: str) -> None:
    """Write a sheet's styles into the elements of a tree, in place."""
    _premailer(root, sheet).transform(pretty_print=False)


def inline_shapes(shapes: Sequence[Shape], *, sheet: str) -> list[str]:
    """Return the style of each shape, spelt for an attribute; one call for all of them."""
    root = etree.Element("html")
    made: dict[Shape, Element] = {}
    elements = [_element(shape, root, made) for shape in shapes]
    inline_tree(root, sheet)
    return [spelt(str(element.get("style", ""))) for element in elements]


def spelt(style: str) -> str:
    """Spell a style for an attribute: six-digit colours, printable ASCII."""
    return attribute(_SHORT_HEX.sub(r"#\1\1\2\2\3\3", style))


def _element(shape: Shape, root: Element, made: dict[Shape, Element]) -> Element:
    """Return the element that stands for a shape, below those for the shapes around it."""
    chain: list[Shape] = []
    at: Shape | None = shape
    while at is not None and at not in made:
        chain.append(at)
        at = at.parent
    above = root if at is None else made[at]
    for link in reversed(chain):
        above = made[link] = etree.SubElement(above, link.tag)
        if link.classes:
            above.set("class", link.classes)
    return above


def _premailer(root: Element, sheet: str) -> _Inliner:
    return cast(
        "_Inliner",
        _premailer_class()(
            root,  # an element: premailer neither parses nor serialises
            css_text=[sheet],
            disable_leftover_css=True,
            keep_style_tags=True,
            strip_important=False,
            allow_network=False,
            disable_validation=True,
            cssutils_logging_level=logging.CRITICAL,
            align_floating_images=False,
            disable_basic_attributes=[
                "width",
                "height",
                "align",
                "bgcolor",
                "valign",
                "text-align",
                "vertical-align",
                "background-color",
                "float",
            ],
        ),
    )


@cache
def _premailer_class() -> type:
    """Return premailer's class with its rules remembered for each sheet (5.1 ms to 1.6 ms an issue)."""
    # one cache of 128 entries serves sheets, selectors and declarations: too few, and it grows only by the environment
    os.environ.setdefault("PREMAILER_CACHE_MAXSIZE", "8192")
    from premailer import Premailer  # 180 to 500 ms, 37 MB

    rules: dict[str, object] = {}

    class Remembering(Premailer):  # type: ignore[misc]  # premailer publishes no types
        """Parses each sheet once, and writes no attributes beside style."""

        def _parse_style_rules(self, css_body: str, ruleset_index: int) -> object:
            if css_body not in rules:
                if len(rules) > 64:
                    rules.clear()
                rules[css_body] = super()._parse_style_rules(css_body, ruleset_index)
            return rules[css_body]

        def _style_to_basic_html_attributes(self, *_arguments: object, **_options: object) -> None:
            """Do nothing: every basic attribute is disabled."""

    return Remembering
