"""`:::` blocks in Markdown: a line with a known name opens, a bare line of the same length closes.

The rule writes two flat tokens, `directive_open` and `directive_close`; `blocks.py` pairs them. A name
that nobody knows, and a closing line that closes nothing, stay the text that they are and become
findings: another tool's admonitions lose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from newsletter.issue.attributes import parse_attributes

_FENCE = re.compile(r"(:{3,})[ \t]*(?:([A-Za-z][\w-]*)[ \t]*(.*?))?[ \t]*:*[ \t]*$")
_BRACES = re.compile(r"\{([^{}\n]*)\}")
_PAIR = re.compile(r'([A-Za-z][\w-]*)=(?:"([^"]*)"|(\S+))')

#: blocks inside one another; more is no layout
MAX_OPEN = 12

#: the blocks that every theme has
DIRECTIVES = ("only", "columns", "column", "section", "include", "media")


@dataclass(frozen=True, kw_only=True)
class Directive:
    """An opening line, read."""

    name: str
    #: how many colons
    length: int
    #: words that are no `key=value`: the file of an include
    words: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    #: what could not be read in the line
    rest: str = ""


@dataclass(frozen=True, kw_only=True)
class LooseFence:
    """A `:::` line that is no directive: an unknown name, or a close that closes nothing."""

    line: int
    name: str
    #: the name is right, but too many blocks are open around it
    deep: bool = False


class DirectiveState(TypedDict):
    """What the rule keeps in the parser's environment: open fences as (level, length), and loose lines."""

    open: list[tuple[int, int]]
    loose: list[LooseFence]


def read_directive(line: str, names: frozenset[str]) -> Directive | None:
    """Read a `:::` line: an opening with a known name, a close (empty name), or None for anything else."""
    found = _FENCE.match(line)
    if found is None:
        return None
    name = (found[2] or "").lower()
    if name and name not in names:
        return None
    if not name:
        return Directive(name="", length=len(found[1])) if line.rstrip() == found[1] else None
    return _opening(name, len(found[1]), found[3] or "")


def _opening(name: str, length: int, text: str) -> Directive:
    values: dict[str, str] = {}
    classes: tuple[str, ...] = ()
    rest = ""
    for braces in _BRACES.findall(text):
        read = parse_attributes(braces)
        if read is None:
            rest = f"{{{braces}}}"
        else:
            values |= read.values
            classes += read.classes
    text = _BRACES.sub(" ", text)
    values |= {key.lower(): quoted or bare for key, quoted, bare in _PAIR.findall(text)}
    words = tuple(_PAIR.sub(" ", text).split())
    return Directive(name=name, length=length, words=words, values=values, classes=classes, rest=rest)


def directives_plugin(md: MarkdownIt, names: frozenset[str]) -> None:
    """Teach a parser the directives of these names."""
    md.block.ruler.before("fence", "directive", _rule(names), {"alt": ["paragraph", "reference", "blockquote", "list"]})


def directive_state(env: object) -> DirectiveState:
    """Return what the rule kept in a parser's environment."""
    assert isinstance(env, dict)
    state: DirectiveState = env.setdefault("directives", {"open": [], "loose": []})
    return state


def _rule(names: frozenset[str]) -> Callable[[StateBlock, int, int, bool], bool]:
    def rule(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
        start = state.bMarks[line] + state.tShift[line]
        if not state.src.startswith(":::", start) or state.is_code_block(line):
            return False
        read = read_directive(state.src[start : state.eMarks[line]], names)
        kept = directive_state(state.env)
        if read is not None and not read.name:
            return _close(state, line, read.length, silent)
        if not silent:
            kept["open"] = [entry for entry in kept["open"] if entry[0] <= state.level]
        if read is None or len(kept["open"]) >= MAX_OPEN:
            if not silent:
                _loose(state, line, deep=read is not None)
            return False
        if not silent:
            kept["open"].append((state.level, read.length))
            token = state.push("directive_open", "", 0)
            token.map = [line, line + 1]
            token.meta = {"directive": read}
            state.line = line + 1
        return True

    return rule


def _close(state: StateBlock, line: int, length: int, silent: bool) -> bool:
    """Close the nearest open directive of this length in this container; otherwise the line is text."""
    opened = directive_state(state.env)["open"]
    if (state.level, length) not in opened:
        if not silent:
            _loose(state, line)
        return False
    if not silent:
        while opened.pop() != (state.level, length):
            pass
        token = state.push("directive_close", "", 0)
        token.map = [line, line + 1]
        token.meta = {"length": length}
        state.line = line + 1
    return True


def _loose(state: StateBlock, line: int, *, deep: bool = False) -> None:
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    found = _FENCE.match(text)
    name = (found[2] or "") if found else text.strip(": \t")
    directive_state(state.env)["loose"].append(LooseFence(line=line + 1, name=name, deep=deep))
