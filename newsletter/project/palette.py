"""The blocks that an issue may hold, each with the text that begins one: for whoever writes without a manual.

What every theme has stands here as an author would write it; what a theme brings follows from its schema.
A `|` marks where the caret goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.language import _

if TYPE_CHECKING:
    from datetime import date

    from newsletter.issue.options import BlockSchema

CARET = "|"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One block of the palette."""

    name: str
    label: str
    #: Markdown; `|` is where the caret goes
    text: str
    #: the theme brings it
    own: bool = False


def palette(blocks: Mapping[str, BlockSchema], *, lists: tuple[str, ...], today: date) -> tuple[Piece, ...]:
    """Return every block that can be inserted, the most used first, those of the theme last."""
    return (*_shapes(), *_data(today), *_layout(lists), *_themed(blocks))


def _shapes() -> Iterator[Piece]:
    """Yield what is a block by its shape."""
    yield Piece(name="heading", label=_("Heading"), text=f"## {CARET}")
    yield Piece(name="button", label=_("Button"), text=f"**[{CARET}{_('What the button does')}](https://)**")
    yield Piece(name="image", label=_("Image"), text=f'![{CARET}](images/ "{_("Caption")}")')
    yield Piece(name="quote", label=_("Quote"), text=f"> {CARET}\n>\n> — {_('Name')}")
    yield Piece(name="divider", label=_("Divider"), text=f"---\n\n{CARET}")
    for kind, label in (
        ("NOTE", _("Callout: note")),
        ("TIP", _("Callout: tip")),
        ("IMPORTANT", _("Callout: important")),
        ("WARNING", _("Callout: warning")),
        ("CAUTION", _("Callout: caution")),
    ):
        yield Piece(name=kind.lower(), label=label, text=f"> [!{kind}]\n> {CARET}")


def _data(today: date) -> Iterator[Piece]:
    """Yield what is YAML in a fence."""
    yield _fence("event", _("Event"), f"title: {CARET}\nstart: {today.isoformat()} 19:00\nlocation: ")
    yield _fence("card", _("Card"), f"title: {CARET}\nurl: https://\ntext: ")
    yield _fence("person", _("Person"), f"name: {CARET}\nrole: \ntext: ")
    yield _fence("links", _("List of links"), f"title: {CARET}\nitems:\n  - title: \n    url: https://")
    yield _fence("hero", _("Opening picture"), f"title: {CARET}\ntext: ")


def _layout(lists: tuple[str, ...]) -> Iterator[Piece]:
    """Yield what stands between colons."""
    column = "::: column\n\n{}\n\n:::"
    inner = f"{column.format(CARET)}\n\n{column.format('')}"
    yield Piece(name="columns", label=_("Columns"), text=f":::: columns\n\n{inner}\n\n::::")
    yield Piece(name="section", label=_("Section with a ground"), text=f"::: section\n\n{CARET}\n\n:::")
    wanted = f"lists={lists[0]}" if lists else "in=email"
    yield Piece(name="only", label=_("Only for some readers"), text=f"::: only {wanted}\n\n{CARET}\n\n:::")
    yield Piece(name="media", label=_("Image beside text"), text=f"::: media\n\n![{CARET}](images/)\n\n\n\n:::")
    yield Piece(name="include", label=_("Another file"), text=f"::: include {CARET}")
    yield Piece(name="toc", label=_("Contents"), text=f"[[toc]]\n\n{CARET}")


def _themed(blocks: Mapping[str, BlockSchema]) -> Iterator[Piece]:
    for name, schema in blocks.items():
        needed = [*schema.required, *(key for key in schema.fields if key not in schema.required)]
        lines = [f"{key}: {CARET if place == 0 else ''}".rstrip() for place, key in enumerate(needed)]
        yield Piece(name=name, label=name.replace("_", " ").capitalize(), text=_fenced(name, lines), own=True)


def _fence(name: str, label: str, text: str) -> Piece:
    return Piece(name=name, label=label, text=_fenced(name, text.split("\n")))


def _fenced(name: str, lines: list[str]) -> str:
    return "\n".join([f"```{name}", *lines, "```"])
