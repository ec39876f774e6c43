"""Keys of a front matter set in its text: whatever is not named stays as its author wrote it.

The places come from the same tree as the findings do, so that comments, order, quotes and unknown keys
outlive a form that knows nothing of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.errors import RefusedError
from newsletter.issue.head import HeadKind, split_head
from newsletter.issue.validate import canonical
from newsletter.issue.yaml_tree import Mapping as Tree
from newsletter.issue.yaml_tree import Node, Scalar, parse_yaml
from newsletter.language import _

Value = str | int | Sequence[str]

_PLAIN = re.compile(r"[a-z][a-z0-9_-]*")
#: what no key of a head needs: line ends and other controls; a no-break space is none of them
_CONTROL = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]+")
#: words that YAML 1.1 or 1.2 takes for something else than text
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_COMMENT = re.compile(r"[ \t]+#.*\Z")


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """One key of a head: its name as ours, its value, and its lines (from 0, the last one excluded)."""

    name: str
    key: Scalar
    node: Node
    first: int
    last: int


def head_values(text: str) -> dict[str, object]:
    """Return the keys of an issue's head by their canonical names, as YAML reads them; empty when it can not."""
    lines = text.split("\n")
    head = split_head(lines)
    tree = parse_yaml(head.text, line=head.line)[0] if head.kind is HeadKind.YAML else None
    if not isinstance(tree, Tree):
        return {}
    return {canonical(key.text) or key.text: node.value for key, node in tree.entries}


def set_keys(text: str, values: Mapping[str, Value]) -> str:
    """Return an issue's text (lines end in `\\n`) with keys of its head set; an empty value takes a key out.

    Raises RefusedError when the head is not YAML that can be read: then only its text can be mended.
    """
    lines = text.split("\n")
    head = split_head(lines)
    if head.kind is HeadKind.NONE:
        new = [f"{name}: {written(value)}" for name, value in values.items() if value]
        return "\n".join(["---", *new, "---", "", *lines]) if new else text
    entries = _entries(lines)
    end = head.body - 2
    lines[end:end] = [f"{name}: {written(value)}" for name, value in values.items() if value and name not in entries]
    for entry in sorted(entries.values(), key=lambda each: each.first, reverse=True):
        if entry.name in values:
            lines[entry.first : entry.last] = _changed(entry, lines, values[entry.name])
    return "\n".join(lines)


def written(value: Value) -> str:
    """Return a value as YAML on one line: a word as it is, other text between double quotes."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        line = one_line(value)
        return line if _PLAIN.fullmatch(line) and line not in _NOT_TEXT else json.dumps(line, ensure_ascii=False)
    return f"[{', '.join(written(item) for item in value if one_line(item))}]"


def one_line(text: str) -> str:
    """Return a text as a head can hold it: one line, without controls."""
    return _CONTROL.sub(" ", text).strip(" ")


def _entries(lines: list[str]) -> dict[str, _Entry]:
    head = split_head(lines)
    tree = parse_yaml(head.text, line=head.line)[0] if head.kind is HeadKind.YAML and head.closed else None
    if not isinstance(tree, Tree) and (head.text.strip() or head.kind is not HeadKind.YAML):
        raise _unreadable()
    pairs = tree.entries if isinstance(tree, Tree) else ()
    starts = [key.line - 1 for key, _node in pairs]
    ends = [*starts[1:], head.body - 2] if pairs else []
    if len(set(starts)) < len(starts) or any(key.column > 1 for key, _node in pairs):
        raise _unreadable()
    found = {}
    for (key, node), stop in zip(pairs, ends, strict=True):
        name = canonical(key.text) or key.text
        first = key.line - 1
        found[name] = _Entry(name=name, key=key, node=node, first=first, last=_last(lines, first, stop))
    return found


def _last(lines: Sequence[str], first: int, stop: int) -> int:
    """Return where an entry ends: blank lines and comments before the next key belong to that one."""
    while stop > first + 1 and (not lines[stop - 1].strip() or lines[stop - 1].startswith("#")):
        stop -= 1
    return stop


def _changed(entry: _Entry, lines: Sequence[str], value: Value) -> Iterable[str]:
    """Return an entry's lines with another value; its own when it says the same already."""
    if not value:
        return []
    if _same(entry.node, value):
        return list(lines[entry.first : entry.last])
    comment = ""
    if isinstance(entry.node, Scalar) and entry.last == entry.first + 1 and entry.node.length:
        rest = lines[entry.first][entry.node.column - 1 + entry.node.length :]
        comment = rest if _COMMENT.match(rest) else ""
    return [f"{lines[entry.first][: len(entry.key.text)]}: {written(value)}{comment}"]


def _same(node: Node, value: Value) -> bool:
    if isinstance(value, str):
        return isinstance(node, Scalar) and node.text == one_line(value)
    return node.value == (value if isinstance(value, int) else list(value))


def _unreadable() -> RefusedError:
    return RefusedError(
        _("The head of this issue can not be changed by the form."),
        hint=_("Mend it in the text, between the --- lines."),
    )
