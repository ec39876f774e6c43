"""`:::` blocks: columns, sections, parts for some readers, an image beside text, included files.

Whatever is wrong with one is reported at its opening line, and its content is shown all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from newsletter.errors import Edit
from newsletter.issue.context import Context
from newsletter.issue.data_blocks import custom_fields
from newsletter.issue.directives import Directive
from newsletter.issue.document import Block, Columns, Condition, Custom, Image, Medium, Only, Section
from newsletter.issue.front_matter import full_language
from newsletter.issue.merge import TOKEN
from newsletter.issue.settle import report_misplaced
from newsletter.issue.shapes import Place
from newsletter.language import _, nearest

#: what each block may be told
KEYS: Mapping[str, tuple[str, ...]] = {
    "only": ("lang", "lists", "list", "in", "segment"),
    "columns": (),
    "column": (),
    "section": ("bg", "background"),
    "media": ("side",),
    "include": (),
}
_MOST_COLUMNS = 3
_SIDES = ("left", "right")
_SEPARATORS = re.compile(r"[,|;\s]+")


@dataclass(frozen=True, kw_only=True)
class Nest:
    """What a directive needs of the builder that met it."""

    context: Context
    build: Callable[[Sequence[Token]], tuple[Block, ...]]
    split: Callable[[Sequence[Token]], Sequence[Sequence[Token]]]
    include: Callable[[str, Place], tuple[Block, ...]]


@dataclass(frozen=True, kw_only=True)
class _Opened:
    """A directive's opening line, read, and the tokens it holds."""

    read: Directive
    inner: Sequence[Token]
    place: Place


def directive_block(part: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    """Return the blocks that a directive and what it holds are."""
    opened = _opened(part, place, nest)
    name = opened.read.name
    if name in nest.context.shared.options.blocks:
        fields = custom_fields(opened.read, place, nest.context)
        inner = nest.build(opened.inner)
        return (Custom(line=place.line, path=place.path, name=name, fields=fields, children=inner),)
    _check_options(opened, nest)
    makers: Mapping[str, Callable[[_Opened, Nest], tuple[Block, ...]]] = {
        "only": _only,
        "columns": _columns,
        "column": _lone_column,
        "section": _section,
        "media": _media,
        "include": _include,
    }
    return makers[name](opened, nest)


def _opened(part: Sequence[Token], place: Place, nest: Nest) -> _Opened:
    """Read a directive's tokens, and report one that is never closed."""
    read: Directive = part[0].meta["directive"]
    closed = part[0].meta.get("close") is not None
    if not closed and read.name != "include":
        message = _("« ::: {name} » is opened here and never closed").format(name=read.name)
        _report(nest, place, code="NL202", message=message)
    return _Opened(read=read, inner=part[1:-1] if closed else part[1:], place=place)


def _report(nest: Nest, place: Place, *, code: str, message: str, word: str = "", known: Iterable[str] = ()) -> None:
    """Report a fault of a directive at its opening line, under the word that it is about."""
    source = nest.context.report.source
    line, column = source.find(word or ":::", place.line, place.line)
    length = len(word) if word else len(source.line(line).strip())
    near = nearest(word, known) if word else None
    end = column + length
    safe = near if code == "NL204" else None  # for whom a part is, a list or a language, is never guessed
    fix = (Edit(line=line, column=column, end_line=line, end_column=end, text=safe),) if safe else ()
    nest.context.report.add(code, message, line=line, column=column, length=length, suggestion=near, fix=fix)


def _check_options(opened: _Opened, nest: Nest) -> None:
    read, known = opened.read, KEYS[opened.read.name]
    for key, value in read.values.items():
        if key not in known:
            message = _("« ::: {name} » knows no option « {key} »").format(name=read.name, key=key)
            _report(nest, opened.place, code="NL204", message=message, word=key, known=known)
        for found in TOKEN.finditer(value):
            report_misplaced(found.group(), nest.context, _("an option of a block"))
    extra = read.words if read.name != "include" else read.words[1:]
    if extra or read.rest:
        word = read.rest or extra[0]
        message = _("« {word} » cannot be read here").format(word=word)
        _report(nest, opened.place, code="NL204", message=message, word=word)


def _only(opened: _Opened, nest: Nest) -> tuple[Block, ...]:
    read, place = opened.read, opened.place
    condition = Condition(
        languages=_languages(opened, nest),
        lists=_lists(opened, nest),
        segment=read.values.get("segment", ""),
        media=_media_of(opened, nest),
    )
    if condition == Condition():
        message = _("« ::: {name} » does not say for whom: lang=, lists=, in= or segment=").format(name=read.name)
        _report(nest, place, code="NL204", message=message)
    return (Only(line=place.line, path=place.path, condition=condition, children=nest.build(opened.inner)),)


def _several(read: Directive, key: str) -> tuple[str, ...]:
    return tuple(word for word in _SEPARATORS.split(read.values.get(key, "")) if word)


def _languages(opened: _Opened, nest: Nest) -> tuple[str, ...]:
    options = nest.context.shared.options
    found = []
    for tag in _several(opened.read, "lang"):
        found.append(full_language(tag, options))
        if found[-1] not in options.languages:
            message = _("« {lang} » is not a language of this project").format(lang=tag)
            _report(nest, opened.place, code="NL110", message=message, word=tag, known=options.languages)
    return tuple(found)


def _lists(opened: _Opened, nest: Nest) -> tuple[str, ...]:
    known = nest.context.shared.options.lists
    names = _several(opened.read, "lists") + _several(opened.read, "list")
    for name in names:
        if known is not None and name not in known:
            message = _("there is no list « {name} »").format(name=name)
            _report(nest, opened.place, code="NL107", message=message, word=name, known=known)
    return names


def _media_of(opened: _Opened, nest: Nest) -> tuple[Medium, ...]:
    known = [medium.value for medium in Medium]
    words = _several(opened.read, "in")
    for word in words:
        if word not in known:
            message = _("« {key} » is one of: {values}").format(key="in", values=", ".join(known))
            _report(nest, opened.place, code="NL204", message=message, word=word, known=known)
    return tuple(Medium(word) for word in words if word in known)


def _columns(opened: _Opened, nest: Nest) -> tuple[Block, ...]:
    place = opened.place
    columns = [_column(part, place, nest) for part in nest.split(opened.inner)]
    if not 1 <= len(columns) <= _MOST_COLUMNS:
        _report(nest, place, code="NL209", message=_("« ::: columns » holds one to three columns"))
    rows = [tuple(columns[at : at + _MOST_COLUMNS]) for at in range(0, len(columns), _MOST_COLUMNS)]
    return tuple(Columns(line=place.line, path=place.path, columns=row) for row in rows)


def _column(part: Sequence[Token], around: Place, nest: Nest) -> tuple[Block, ...]:
    """Return the content of one column; what is no column is said, and shown in one of its own."""
    line = next((token.map[0] + 1 for token in part if token.map), around.line)
    place = Place(line=line, path=around.path)
    if part[0].type != "directive_open" or part[0].meta["directive"].name != "column":
        _report(nest, place, code="NL209", message=_("between columns there is only « ::: column »"))
        return nest.build(part)
    opened = _opened(part, place, nest)
    _check_options(opened, nest)
    return nest.build(opened.inner)


def _lone_column(opened: _Opened, nest: Nest) -> tuple[Block, ...]:
    message = _("« ::: column » stands only directly inside « ::: columns »")
    _report(nest, opened.place, code="NL209", message=message)
    return nest.build(opened.inner)


def _section(opened: _Opened, nest: Nest) -> tuple[Block, ...]:
    values, place = opened.read.values, opened.place
    colour = values.get("bg") or values.get("background") or ""
    known = nest.context.shared.options.colours
    if colour and known is not None and colour not in known:
        message = _("the theme has no colour « {name} »").format(name=colour)
        _report(nest, place, code="NL204", message=message, word=colour, known=known)
    return (Section(line=place.line, path=place.path, background=colour, children=nest.build(opened.inner)),)


def _media(opened: _Opened, nest: Nest) -> tuple[Block, ...]:
    """Make an image with text beside it; without an image of its own inside there is only the text."""
    read, place = opened.read, opened.place
    side = read.values.get("side") or next((name for name in read.classes if name in _SIDES), "left")
    if side not in _SIDES:
        message = _("« {key} » is one of: {values}").format(key="side", values=", ".join(_SIDES))
        _report(nest, place, code="NL204", message=message, word=side, known=_SIDES)
        side = "left"
    blocks = nest.build(opened.inner)
    at = next((index for index, block in enumerate(blocks) if isinstance(block, Image)), None)
    if at is None:
        message = _("« ::: media » needs an image in a paragraph of its own")
        _report(nest, place, code="NL204", message=message)
        return blocks
    picture = blocks[at]
    assert isinstance(picture, Image)
    rest = blocks[:at] + picture.children + blocks[at + 1 :]
    return (replace(picture, line=place.line, side=side, children=rest),)


def _include(opened: _Opened, nest: Nest) -> tuple[Block, ...]:
    if not opened.read.words:
        _report(nest, opened.place, code="NL208", message=_("« ::: include » needs the name of a file"))
        return ()
    return nest.include(opened.read.words[0], opened.place)
