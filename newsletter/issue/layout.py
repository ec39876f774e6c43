"""`:::` blocks: columns, sections, parts for some readers, an image beside text, included files.

Whatever is wrong with one is reported at its opening line, and its content is shown all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
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
_SEPARATORS = re.compile(r"[,|;\s]+")


@dataclass(frozen=True, kw_only=True)
class Nest:
    """What a directive needs of the builder that met it."""

    context: Context
    build: Callable[[Sequence[Token]], tuple[Block, ...]]
    split: Callable[[Sequence[Token]], Sequence[Sequence[Token]]]
    include: Callable[[str, Place], tuple[Block, ...]]


def directive_block(part: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    """Return the blocks that a directive and what it holds are."""
    read: Directive = part[0].meta["directive"]
    closed = part[0].meta.get("close") is not None
    if not closed and read.name != "include":
        _report_unclosed(nest, place, read.name)
    inner = part[1:-1] if closed else part[1:]
    schema = nest.context.shared.options.blocks.get(read.name)
    if schema is not None:
        fields = custom_fields(read.name, read.values, place, nest.context)
        return (Custom(line=place.line, path=place.path, name=read.name, fields=fields, children=nest.build(inner)),)
    _check_options(read, place, nest)
    makers: Mapping[str, Callable[[Directive, Sequence[Token], Place, Nest], tuple[Block, ...]]] = {
        "only": _only,
        "columns": _columns,
        "column": _lone_column,
        "section": _section,
        "media": _media,
        "include": _include,
    }
    return makers[read.name](read, inner, place, nest)


def _report(
    nest: Nest, place: Place, code: str, message: str, *, word: str = "", suggestion: str | None = None
) -> None:
    """Report a fault of a directive at its opening line, under the word that it is about."""
    source = nest.context.report.source
    line, column = source.find(word or ":::", place.line, place.line)
    length = len(word) if word else len(source.line(line).strip())
    end = column + length
    fix = (Edit(line=line, column=column, end_line=line, end_column=end, text=suggestion),) if suggestion else ()
    nest.context.report.add(code, message, line=line, column=column, length=length, suggestion=suggestion, fix=fix)


def _report_unclosed(nest: Nest, place: Place, name: str) -> None:
    message = _("« ::: {name} » is opened here and never closed").format(name=name)
    _report(nest, place, "NL202", message)


def _check_options(read: Directive, place: Place, nest: Nest) -> None:
    known = KEYS[read.name]
    for key, value in read.values.items():
        if key not in known:
            message = _("« ::: {name} » knows no option « {key} »").format(name=read.name, key=key)
            _report(nest, place, "NL204", message, word=key, suggestion=nearest(key, known))
        for found in TOKEN.finditer(value):
            report_misplaced(found.group(), nest.context, _("an option of a block"))
    extra = read.words if read.name != "include" else read.words[1:]
    if extra or read.rest:
        word = read.rest or extra[0]
        message = _("« {word} » cannot be read here").format(word=word)
        _report(nest, place, "NL204", message, word=word)


def _only(read: Directive, inner: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    options = nest.context.shared.options
    languages = tuple(full_language(tag, options) for tag in _several(read, "lang"))
    for tag, language in zip(_several(read, "lang"), languages, strict=True):
        if language not in options.languages:
            message = _("« {lang} » is not a language of this project").format(lang=tag)
            _report(nest, place, "NL110", message, word=tag, suggestion=nearest(tag, options.languages))
    lists = _several(read, "lists") + _several(read, "list")
    for name in lists if options.lists is not None else ():
        if name not in (options.lists or ()):
            message = _("there is no list « {name} »").format(name=name)
            _report(nest, place, "NL107", message, word=name, suggestion=nearest(name, options.lists or ()))
    condition = Condition(
        languages=languages, lists=lists, segment=read.values.get("segment", ""), media=_media_of(read, place, nest)
    )
    if condition == Condition():
        message = _("« ::: {name} » does not say for whom: lang=, lists=, in= or segment=")
        _report(nest, place, "NL204", message.format(name=read.name))
    return (Only(line=place.line, path=place.path, condition=condition, children=nest.build(inner)),)


def _several(read: Directive, key: str) -> tuple[str, ...]:
    return tuple(word for word in _SEPARATORS.split(read.values.get(key, "")) if word)


def _media_of(read: Directive, place: Place, nest: Nest) -> tuple[Medium, ...]:
    media = []
    for word in _several(read, "in"):
        if word in list(Medium):
            media.append(Medium(word))
        else:
            message = _("« {key} » is one of: {values}").format(key="in", values="email, web, text")
            _report(nest, place, "NL204", message, word=word, suggestion=nearest(word, list(Medium)))
    return tuple(media)


def _columns(_read: Directive, inner: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    columns: list[tuple[Block, ...]] = []
    for part in nest.split(inner):
        column = part[0].type == "directive_open" and part[0].meta["directive"].name == "column"
        if not column:
            line = next((token.map[0] + 1 for token in part if token.map), place.line)
            stray = Place(line=line, path=place.path)
            _report(nest, stray, "NL209", _("between columns there is only « ::: column »"))
            columns.append(nest.build(part))
            continue
        columns.append(_column(part, nest))
    if not 1 <= len(columns) <= _MOST_COLUMNS:
        _report(nest, place, "NL209", _("« ::: columns » holds one to three columns"))
    rows = [tuple(columns[at : at + _MOST_COLUMNS]) for at in range(0, len(columns), _MOST_COLUMNS)]
    return tuple(Columns(line=place.line, path=place.path, columns=row) for row in rows)


def _column(part: Sequence[Token], nest: Nest) -> tuple[Block, ...]:
    """Return the content of one column, reporting what is wrong with its own line."""
    line = (part[0].map or [0])[0] + 1
    place = Place(line=line, path=nest.context.path)
    read: Directive = part[0].meta["directive"]
    closed = part[0].meta.get("close") is not None
    if not closed:
        _report_unclosed(nest, place, read.name)
    _check_options(read, place, nest)
    return nest.build(part[1:-1] if closed else part[1:])


def _lone_column(_read: Directive, inner: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    _report(nest, place, "NL209", _("« ::: column » stands only directly inside « ::: columns »"))
    return nest.build(inner)


def _section(read: Directive, inner: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    colour = read.values.get("bg") or read.values.get("background") or ""
    known = nest.context.shared.options.colours
    if colour and known is not None and colour not in known:
        message = _("the theme has no colour « {name} »").format(name=colour)
        _report(nest, place, "NL204", message, word=colour, suggestion=nearest(colour, known))
    return (Section(line=place.line, path=place.path, background=colour, children=nest.build(inner)),)


def _media(read: Directive, inner: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    """Make an image with text beside it; without an image of its own inside there is only the text."""
    side = read.values.get("side") or next((name for name in read.classes if name in ("left", "right")), "left")
    if side not in ("left", "right"):
        message = _("« {key} » is one of: {values}").format(key="side", values="left, right")
        _report(nest, place, "NL204", message, word=side)
        side = "left"
    blocks = nest.build(inner)
    at = next((index for index, block in enumerate(blocks) if isinstance(block, Image)), None)
    if at is None:
        _report(nest, place, "NL204", _("« ::: media » needs an image in a paragraph of its own"))
        return blocks
    picture = blocks[at]
    assert isinstance(picture, Image)
    rest = blocks[:at] + picture.children + blocks[at + 1 :]
    return (replace(picture, line=place.line, side=side, children=rest),)


def _include(read: Directive, _inner: Sequence[Token], place: Place, nest: Nest) -> tuple[Block, ...]:
    if not read.words:
        _report(nest, place, "NL208", _("« ::: include » needs the name of a file"))
        return ()
    return nest.include(read.words[0], place)
