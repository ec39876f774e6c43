"""The canonical form of an issue file: `newsletter fmt`, which changes how a text looks and never what it says.

Each step is applied only when the text still reads the same afterwards, token for token; code, raw HTML and
front matter are left as they are. Formatting twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from markdown_it.token import Token

from newsletter.issue.data_blocks import DATA_BLOCKS
from newsletter.issue.directives import DIRECTIVES, read_directive
from newsletter.issue.expression import ExpressionError, compile_checked
from newsletter.issue.head import HeadKind, split_head
from newsletter.issue.markdown import parse_markdown
from newsletter.issue.source import clean

_MERGE = re.compile(r"\{\{[ \t]*([^{}\n]*?)[ \t]*\}\}")
_MERGE_OR_CODE = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|\{\{[ \t]*(?P<source>[^{}\n]*?)[ \t]*\}\}")
_FENCE_LINE = re.compile(r"(:{3,})[ \t]*(\S.*?)?[ \t]*$")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_MOST_PASSES = 6
#: what Markdown takes for blank; other spaces are text
_BLANK = " \t\n"
_CODE = frozenset({"fence", "code_block", "html_block"})

Step = Callable[[list[str], "_Shape"], list[str]]


class _Shape:
    """What the lines of a body are, as the parser sees them; line numbers from 0."""

    def __init__(self, lines: Sequence[str], blocks: frozenset[str]) -> None:
        self.blocks = blocks
        self.names = blocks | frozenset(DIRECTIVES)
        self.tokens = parse_markdown("\n".join(lines), blocks=blocks).tokens
        self.kept = {line for token in self.tokens if token.type in _CODE for line in range(*(token.map or (0, 0)))}
        flush = [token for token in self.tokens if token.level == 0 and token.map]
        self.rules = {token.map[0] for token in flush if token.type == "hr" and token.map}
        self.alone = self._alone(flush)

    def _alone(self, flush: Sequence[Token]) -> dict[int, int]:
        """Return first and last line of what stands between blank lines: rules, headings, data blocks, `:::`."""
        found: dict[int, int] = {}
        for token in flush:
            data = token.type == "fence" and token.info.strip() in (*DATA_BLOCKS, *self.blocks)
            if data or token.type in ("hr", "heading_open", "directive_open", "directive_close"):
                first, last = token.map or (0, 1)
                found[first] = last - 1
        return found


def fmt_text(source: str, *, blocks: Iterable[str] = ()) -> str:
    """Return a file's text in its canonical form; `blocks` are the names of a theme's own blocks."""
    names = frozenset(blocks)
    text = _formatted(source, names)
    for _again in range(_MOST_PASSES):
        # a blank line can end what was never closed, and so make room for another
        last, text = text, _formatted(text, names)
        if text == last:
            break
    return text


def _formatted(source: str, names: frozenset[str]) -> str:
    lines = clean(source, path="").source.lines
    head = split_head(lines)
    start = head.body - 1 if head.kind is not HeadKind.NONE else 0
    body = _without_ends(lines[start:])
    for step in (_trim, _merge_fields, _fence_lines, _rules, _blank_lines):
        body = _applied(step, body, names)
    top = [line.rstrip() for line in lines[:start]] if head.kind is HeadKind.YAML else lines[:start]
    text = "\n".join([*_without_ends(top), *([""] if top and any(body) else []), *body])
    return text + "\n" if text.strip(_BLANK) else ""


def _without_ends(lines: list[str]) -> list[str]:
    """Return lines without the blank ones at their beginning and end."""
    full = [number for number, line in enumerate(lines) if line.strip(_BLANK)]
    return lines[full[0] : full[-1] + 1] if full else []


def _applied(step: Step, lines: list[str], names: frozenset[str]) -> list[str]:
    """Apply a step, unless the text would then read differently."""
    shape = _Shape(lines, names)
    changed = step(lines, shape)
    if changed == lines or _meaning(shape.tokens) != _meaning(_Shape(changed, names).tokens):
        return lines
    return changed


def _meaning(tokens: Iterable[Token]) -> list[object]:
    """Return what tokens say, without where they say it and by which mark."""
    said: list[object] = []
    for token in tokens:
        if token.type == "inline":
            said.append(_meaning(token.children or ()))
        elif token.type.startswith("directive"):
            said.append((token.type, token.meta.get("directive"), token.meta.get("length")))
        else:
            content = _MERGE.sub(r"{{ \1 }}", token.content) if token.type == "text" else token.content
            said.append((token.type, token.tag, content, token.info, tuple(token.attrs.items()), token.hidden))
    return said


def _trim(lines: list[str], shape: _Shape) -> list[str]:
    """Drop spaces at the ends of lines; a line break that was written as spaces keeps two."""
    made = []
    for number, line in enumerate(lines):
        text = line.rstrip(" \t")
        hard = line.endswith("  ") and text and number + 1 < len(lines) and lines[number + 1].strip(_BLANK)
        made.append(line if number in shape.kept else text + ("  " if hard else ""))
    return made


def _merge_fields(lines: list[str], shape: _Shape) -> list[str]:
    """Put one space inside the braces of merge fields."""
    return [line if number in shape.kept else _MERGE_OR_CODE.sub(_spaced, line) for number, line in enumerate(lines)]


def _spaced(found: re.Match[str]) -> str:
    try:
        compile_checked(found["source"] or "")
    except ExpressionError:
        return found.group()
    return "{{ " + found["source"] + " }}"


def _fence_lines(lines: list[str], shape: _Shape) -> list[str]:
    """Put one space between `:::` and the name of its block."""
    made = []
    for number, line in enumerate(lines):
        found = _FENCE_LINE.match(line) if number in shape.alone else None
        read = read_directive(line, shape.names) if found else None
        made.append(f"{found[1]} {found[2]}" if found and found[2] and read and read.name else line)
    return made


def _rules(lines: list[str], shape: _Shape) -> list[str]:
    """Write every rule as `---` between blank lines."""
    made: list[str] = []
    for number, line in enumerate(lines):
        if number in shape.rules and _RULE.match(line.strip(_BLANK)):
            if made and made[-1].strip(_BLANK):
                made.append("")
            made.append("---")
        else:
            made.append(line)
    return made


def _blank_lines(lines: list[str], shape: _Shape) -> list[str]:
    """Put one blank line around what stands alone, and none more than one anywhere; none at the beginning."""
    made: list[str] = []
    ends = set(shape.alone.values())
    for number, line in enumerate(lines):
        kept = number in shape.kept
        if number in shape.alone and made and made[-1].strip(_BLANK):
            made.append("")
        if line.strip(_BLANK) or kept or (made and made[-1].strip(_BLANK)):
            made.append(line)
        if number in ends and number + 1 < len(lines) and lines[number + 1].strip(_BLANK):
            made.append("")
    return made
