"""`:::` blocks in Markdown: a line with a known name opens, a bare line of the same length closes.

The rule writes two flat tokens, `directive_open` and `directive_close`; `blocks.py` pairs them. A name
that nobody knows, and a closing line that closes nothing, stay the text that they are and become
findings: another tool's admonitions lose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from newsletter.issue.attributes import parse_attributes

_FENCE = re.compile(r"(:{3,})[ \t]*(?:([A-Za-z][\w-]*)[ \t]*(.*?))?[ \t]*:*[ \t]*$")
_BRACES = re.compile(r"\{([^{}\n]*)\}")
_PAIR = re.compile(r"""([A-Za-z][\w-]*)=(?:"([^"]*)"|'([^']*)'|(\S+))""")

#: a `:::` line behind the marks of quotes and lists
_LOOSE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(:{3,})[ \t]*([^\n]*?)[ \t:]*$")
_TAKES_LINES = frozenset({"directive_open", "directive_close", "fence", "code_block", "html_block"})

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
    values |= {found[0].lower(): "".join(found[1:]) for found in _PAIR.findall(text)}
    words = tuple(_PAIR.sub(" ", text).split())
    return Directive(name=name, length=length, words=words, values=values, classes=classes, rest=rest)


def directives_plugin(md: MarkdownIt, names: frozenset[str]) -> None:
    """Teach a parser the directives of these names."""
    md.block.ruler.before("fence", "directive", _rule(names), {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _rule(names: frozenset[str]) -> Callable[[StateBlock, int, int, bool], bool]:
    def rule(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
        start = state.bMarks[line] + state.tShift[line]
        if not state.src.startswith(":::", start) or state.is_code_block(line):
            return False
        read = read_directive(state.src[start : state.eMarks[line]], names)
        if read is None:
            return False
        # (level, length) of what is open; what a finished container left open does not count
        opened: list[tuple[int, int]] = state.env.setdefault("directives", [])
        mine = (state.level, read.length)
        if read.name and len([entry for entry in opened if entry[0] <= state.level]) >= MAX_OPEN:
            return False
        if not read.name and mine not in opened:
            return False
        if not silent:
            _push(state, line, read)
            _remember(state, opened, read)
        return True

    return rule


def _push(state: StateBlock, line: int, read: Directive) -> None:
    end = _include_end(state, line, read) if read.name == "include" else line + 1
    token = state.push("directive_open" if read.name else "directive_close", "", 0)
    token.map = [line, end]
    token.meta = {"directive": read} if read.name else {"length": read.length}
    state.line = end


def _include_end(state: StateBlock, line: int, read: Directive) -> int:
    """Return where an include ends: it holds nothing, but may be closed like the others, when nothing else is open."""
    after = state.skipEmptyLines(line + 1)
    if after >= state.lineMax or (state.level, read.length) in state.env["directives"]:
        return line + 1
    text = state.src[state.bMarks[after] + state.tShift[after] : state.eMarks[after]]
    return after + 1 if text.rstrip() == ":" * read.length else line + 1


def _remember(state: StateBlock, opened: list[tuple[int, int]], read: Directive) -> None:
    """Note what is open after a line; an include holds nothing, so it opens nothing."""
    opened[:] = [entry for entry in opened if entry[0] <= state.level]
    if not read.name:
        while opened.pop() != (state.level, read.length):
            pass
    elif read.name != "include":
        opened.append((state.level, read.length))


def loose_fences(lines: Sequence[str], tokens: Iterable[Token], names: frozenset[str]) -> tuple[LooseFence, ...]:
    """Return the `:::` lines of a text that are no directives; the close of an unknown block is not one of them."""
    if not any(":::" in line for line in lines):
        return ()
    taken: set[int] = set()
    for token in tokens:
        if token.map and token.type in _TAKES_LINES:
            taken.update(range(*token.map))
    found: list[LooseFence] = []
    unknown: list[str] = []
    for number, line in enumerate(lines):
        match = _LOOSE.match(line)
        if not match or number in taken:
            continue
        name = match[2].split()[0] if match[2].split() else ""
        if name:
            unknown.append(match[1])
            found.append(LooseFence(line=number + 1, name=name, deep=name.lower() in names))
        elif match[1] in unknown:
            del unknown[unknown.index(match[1]) :]
        else:
            found.append(LooseFence(line=number + 1, name=""))
    return tuple(found)
