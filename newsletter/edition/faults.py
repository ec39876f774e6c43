"""Faults of a theme, told with the template's file and line.

What fails is MJML that several templates made together. Only then they are run again with a mark at the
beginning of every line, so that a place in the MJML is a line of a template.
"""

from __future__ import annotations

import re
import traceback
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.edition.markup import MarkupError
from newsletter.edition.mjml import compile_frame
from newsletter.edition.theme import Theme, fault
from newsletter.errors import ThemeError
from newsletter.language import _

if TYPE_CHECKING:
    from jinja2 import Environment

#: characters for private use: no template has them
_MISSING = re.compile(r"has no attribute '(\w+)'|'(\w+)' is undefined")
_MARK = re.compile("\ue000(\\d+):(\\d+)\ue001")


@contextmanager
def theme_fault(theme: Theme) -> Iterator[None]:
    """Turn what a template raises while it runs into a `ThemeError` at its file and line."""
    from jinja2 import TemplateError

    try:
        yield
    except (TemplateError, TypeError, ValueError, AttributeError, KeyError, ArithmeticError) as error:
        place = _raised(error, theme)
        if place is None:
            raise
        found = fault(place[0], _said(error), line=place[1])
        raise ThemeError(_theme_fault(theme), [found]) from error


def _theme_fault(theme: Theme) -> str:
    return _("the theme « {name} » has a fault").format(name=theme.name)


def _said(error: BaseException) -> str:
    """Say what a template's own mistake is."""
    missing = _MISSING.search(str(error))
    if missing:
        return _("the template is given no « {name} »").format(name=missing[1] or missing[2])
    return str(error) or type(error).__name__


def _raised(error: BaseException, theme: Theme) -> tuple[Path, int] | None:
    """Return the template and the line in which an error was raised, or None when it was not in a template."""
    folders = tuple(str(folder) for folder in theme.folders)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(folders)]
    return (Path(frames[-1].filename), frames[-1].lineno or 1) if frames else None


def located(error: MarkupError, theme: Theme, compose: Callable[[Theme], str]) -> ThemeError:
    """Return a fault of the MJML with the template's file and line; `compose` makes the MJML with a theme."""
    paths: list[Path] = []
    traced = replace(theme, environment=_traced(theme.environment, theme, paths))
    source, marks = _stripped(compose(traced))
    try:
        compile_frame(source)
    except MarkupError as again:
        error = again
    offset = sum(len(line) + 1 for line in source.split("\n")[: error.line - 1]) + error.column - 1
    at = bisect_right([mark[0] for mark in marks], offset) - 1
    if at < 0:
        return ThemeError(f"{_theme_fault(theme)}: {error.message}", hint=error.hint)
    found = fault(paths[marks[at][1]], error.message, line=marks[at][2], hint=error.hint)
    return ThemeError(_theme_fault(theme), [found])


def _stripped(source: str) -> tuple[str, list[tuple[int, int, int]]]:
    """Take the marks out of a text, and return where they stood: (offset, file, line)."""
    pieces: list[str] = []
    marks: list[tuple[int, int, int]] = []
    done = length = 0
    for found in _MARK.finditer(source):
        pieces.append(source[done : found.start()])
        length += found.start() - done
        marks.append((length, int(found[1]), int(found[2])))
        done = found.end()
    return "".join((*pieces, source[done:])), marks


def _traced(environment: Environment, theme: Theme, paths: list[Path]) -> Environment:
    """Return an environment whose templates mark the beginning of every line of theirs."""
    from jinja2 import Environment, FunctionLoader

    lexer = Environment()  # noqa: S701  it only lexes

    def load(name: str) -> str | None:
        path = theme.find(name)
        if path is None:
            return None
        paths.append(path)
        return "".join(_marked(lexer, path.read_text(encoding="utf-8"), len(paths) - 1))

    return environment.overlay(loader=FunctionLoader(load), cache_size=100)


def _marked(lexer: Environment, source: str, file: int) -> Iterator[str]:
    line = 1
    for _line, kind, value in lexer.lex(source):
        if kind != "data":
            yield value
            line += value.count("\n")
            continue
        for piece in re.split("(\n)", value):
            line += piece == "\n"
            yield piece if piece == "\n" or not piece else f"\ue000{file}:{line}\ue001{piece}"
