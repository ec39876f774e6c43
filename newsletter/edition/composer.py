"""Blocks -> MJML: each block by its template, every given value a word of the frame.

Two levels. *Bands* fill the width of the page (MJML sections): a row of cells, columns, a section on a
ground. *Cells* stand in a column: prose, button, card … Blocks inside others (in a callout, in a list
item) are compiled beside the page, as annexes, and moved into their place afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING

from markupsafe import Markup

from newsletter.edition.fragments import Fragments
from newsletter.edition.frame import Frame
from newsletter.edition.occasions import Occasions
from newsletter.edition.pictures import WIDE, WIDEST_SMALL, fitted, size
from newsletter.edition.segments import Given
from newsletter.edition.theme import Theme
from newsletter.edition.views import VIEWS, Views
from newsletter.issue.document import (
    Block,
    Callout,
    Columns,
    Condition,
    Custom,
    Image,
    Medium,
    Only,
    Prose,
    Quote,
    Section,
)

if TYPE_CHECKING:
    from jinja2 import Template


class Composer:
    """Makes the MJML of one page."""

    def __init__(
        self,
        theme: Theme,
        frame: Frame,
        fragments: Fragments,
        *,
        lang: str,
        words: Mapping[str, str],
        occasions: Occasions,
    ) -> None:
        self.theme = theme
        self.frame = frame
        self.fragments = fragments
        self.settings = theme.settings
        self.spoken = words
        self.words = SimpleNamespace(**{key: frame.words(text) for key, text in words.items()})
        self.views = Views(frame=frame, addresses=fragments.addresses, words=words, lang=lang, occasions=occasions)
        self.given = between(frame, lambda name: Given(expression=name))
        self.only = between(frame, lambda name: Condition(media=(Medium(name),)))
        self.colon = Markup("&nbsp;:") if lang.lower().startswith("fr") else ":"
        self.annexes: list[tuple[str, Markup, int]] = []
        self._lead = True

    @property
    def sheet(self) -> int:
        """Pixels from edge to edge of the page."""
        return self.settings.widths["sheet"]

    @property
    def room(self) -> int:
        """Pixels between the page's paddings."""
        return self.sheet - 2 * self.settings.widths["padding"]

    def bands(self, blocks: Iterable[Block], ground: str = "") -> Markup:
        """Return the sections that hold these blocks."""
        made: list[str] = []
        cells: list[str] = []
        for block in blocks:
            if _is_wide(block):
                self._flush(cells, made, ground)
                made.append(self._wide(block, ground))
            else:
                cells.append(self.cell(block, self.room))
        self._flush(cells, made, ground)
        return Markup("\n").join(Markup(band) for band in made)  # noqa: S704  made of our own templates and words

    def _flush(self, cells: list[str], made: list[str], ground: str) -> None:
        if cells:
            joined = Markup("\n").join(Markup(cell) for cell in cells)  # noqa: S704  the same
            made.append(self._render("row", cells=joined, ground=self._colour(ground)))
            cells.clear()

    def _wide(self, block: Block, ground: str) -> str:
        if isinstance(block, Only):
            begin, end = self.frame.part(block.condition)
            return f"{_raw(begin)}\n{self.bands(block.children, ground)}\n{_raw(end)}"
        if isinstance(block, Section):
            self._lead = False
            below = block.background or ground
            edge = self._render("row", cells=Markup('<mj-spacer height="24px" />'), ground=self._colour(below))
            after = self._render("row", cells=Markup('<mj-spacer height="24px" />'), ground=self._colour(ground))
            return f"{edge}\n{self.bands(block.children, below)}\n{edge}\n{after}"
        assert isinstance(block, Columns)
        return self._columns(block, ground)

    def _columns(self, block: Columns, ground: str) -> str:
        self._lead = False
        columns = []
        for width, left, right, column in self._grid(block.columns):
            inner = width - left - right
            columns.append(
                SimpleNamespace(cells=self.cells(column, inner), width=width, left=left, right=right, room=inner)
            )
        return self._render("columns", columns=columns, ground=self._colour(ground))

    def _grid(self, columns: Sequence[tuple[Block, ...]]) -> Iterable[tuple[int, int, int, tuple[Block, ...]]]:
        """Share the page's width so that every column's text is equally wide: (width, left, right, blocks)."""
        count, padding, gap = len(columns), self.settings.widths["padding"], self.settings.widths["gap"]
        text = (self.room - gap * (count - 1)) // max(count, 1)
        used = 0
        for at, column in enumerate(columns):
            left = padding if at == 0 else gap // 2
            right = padding if at == count - 1 else gap - gap // 2
            width = self.sheet - used if at == count - 1 else left + text + right
            used += width
            yield width, left, right, column

    def cells(self, blocks: Iterable[Block], room: int) -> Markup:
        """Return the components that stand in one column."""
        return Markup("\n").join(Markup(self.cell(block, room)) for block in blocks)  # noqa: S704  our own

    def cell(self, block: Block, room: int) -> str:
        """Return the components of one block that stands in a column of `room` pixels."""
        if isinstance(block, Only):
            begin, end = self.frame.part(block.condition)
            return f"{_raw(begin)}\n{self.cells(block.children, room)}\n{_raw(end)}"
        if isinstance(block, Columns):
            return self.cells([child for column in block.columns for child in column], room)
        lead = self._lead and isinstance(block, Prose)
        self._lead = False
        if isinstance(block, Prose):
            content = self._fragment(block, room, lead=lead)
            return self._render("prose", block=SimpleNamespace(content=content, room=room))
        name, view = self._view(block, room)
        return self._render(name, block=view)

    def _view(self, block: Block, room: int) -> tuple[str, SimpleNamespace]:
        """Return a block's template, and what it is given: words, addresses, finished content."""
        if isinstance(block, Custom):
            view = self.views.custom(block, self.theme.blocks.get(block.name))
            view.content = self.content(block.children, room - 2 * self.settings.widths["inset"])
            view.room = room
            return block.name, view
        name, make = VIEWS[type(block)]
        view = make(self.views, block)
        view.room, view.line = room, block.line
        if isinstance(block, Image) and block.children:
            name = "beside"
            view.content = self.content(block.children, room - min(block.width or room // 3, room // 2))
        elif isinstance(block, Callout | Quote | Section):
            view.content = self.content(block.children, room - 2 * self.settings.widths["inset"])
        if isinstance(block, Section):
            view.ground = self._colour(block.background)
        view.size = self._size(block, room)
        return name, view

    def _size(self, block: Block, room: int) -> Callable[[int], Markup]:
        """Return what writes width and height of a block's picture, at most so many pixels wide."""
        width, height = getattr(block, "width", None), getattr(block, "height", None)

        def written(most: int = room) -> Markup:
            wide, high = fitted(width, height, min(most, room))
            named = f' class="{WIDE}"' if wide > WIDEST_SMALL else ""
            return Markup(size(wide, high) + named)  # noqa: S704  two numbers and a word of ours

        return written

    def content(self, blocks: Sequence[Block], room: int) -> str:
        """Return the words that stand for blocks inside another one."""
        made: list[str] = []
        waiting: list[Block] = []
        for block in blocks:
            if isinstance(block, Prose | Only):
                self._annex(waiting, room, made)
                made.append(self._fragment(block, room) if isinstance(block, Prose) else self._inner_part(block, room))
            else:
                waiting.append(block)
        self._annex(waiting, room, made)
        return "".join(made)

    def _annex(self, blocks: list[Block], room: int, made: list[str]) -> None:
        """Have blocks compiled beside the page; the word that stands for them comes back."""
        if blocks:
            word = self.frame.later()
            cells = self.cells(blocks, room)
            self.annexes.append((word, cells, room))
            made.append(word)
            blocks.clear()

    def _fragment(self, block: Prose, room: int, *, lead: bool = False) -> str:
        typed = {at: self._typed(inner, room) for at, inner in block.typed.items()}
        return self.fragments.add(block, typed, room=room, lead=lead)

    def _typed(self, block: Block, room: int) -> str:
        """Return the words for a block that stands in a list item or a quote."""
        return self.content((block,), room)

    def _inner_part(self, block: Only, room: int) -> str:
        begin, end = self.frame.part(block.condition)
        return f"{begin}{self.content(block.children, room)}{end}"

    def _colour(self, ground: str) -> str:
        """Return the name of the colour that a section's ground has; one that the theme lacks is the sheet's."""
        return self.settings.grounds.get(ground, "")

    def _render(self, name: str, **given: object) -> str:
        return self.template(f"blocks/{name}.mjml.j2").render(
            **given,
            words=self.words,
            given=self.given,
            only=self.only,
            colon=self.colon,
            **self.theme.look,
        )

    def template(self, name: str) -> Template:
        """Return a template of the theme."""
        return self.theme.environment.get_template(name)


def between(frame: Frame, condition: Callable[[str], Condition | Given]) -> Callable[..., Markup]:
    """Return what a template calls around a part that is there only sometimes.

    `{% call given("links.web") %} … {% endcall %}` in a text; with `blocks=true` around components.
    """

    def part(name: str, *, caller: Callable[[], str], blocks: bool = False) -> Markup:
        begin, end = frame.part(condition(name))
        if blocks:
            begin, end = _raw(begin), _raw(end)
        return Markup(f"{begin}{caller()}{end}")  # noqa: S704  a template's own text, already escaped

    return part


def _is_wide(block: Block) -> bool:
    if isinstance(block, Only):
        return any(_is_wide(child) for child in block.children)
    return isinstance(block, Columns | Section)


def _raw(word: str) -> str:
    return f"<mj-raw>{word}</mj-raw>"
