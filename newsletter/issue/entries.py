"""The keys of a front matter, whatever its form: name, value as a tree, place.

A head that YAML cannot read is read again line by line, so that one fault does not hide the others and
the issue keeps its subject.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from newsletter.errors import Severity
from newsletter.issue.head import Head, HeadKind, header_fields
from newsletter.issue.source import Report
from newsletter.issue.yaml_tree import Mapping, Node, Scalar, Sequence, YamlFault, parse_yaml
from newsletter.language import _

_LINE = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*))?$")
#: `title: One thing: another`, the commonest fault of all
_LOOSE_COLON = re.compile(r"""^([A-Za-z_][\w-]*:[ \t]+)([^\s"'\[{|>&*!#%@`-][^\n]*:[ \t][^\n]*)$""", re.MULTILINE)
_TOML_PLACE = re.compile(r"at line (\d+), column (\d+)")


@dataclass(frozen=True, kw_only=True)
class Entries:
    """The keys and values of a head; `whole` is False when they were gathered from a broken one."""

    items: tuple[tuple[Scalar, Node], ...] = ()
    whole: bool = True


def read_entries(head: Head, report: Report) -> Entries:
    """Read a head in whatever form it is, reporting what is wrong with the form."""
    if head.kind is HeadKind.NONE:
        report.add("NL008", _("there is no front matter"), line=1, hint=_example())
        return Entries()
    if not head.closed:
        message = _("the front matter is opened here and never closed")
        report.add("NL002", message, line=head.line - 1, length=3, hint=_("Close it with a line « --- »."))
    if head.kind is HeadKind.YAML:
        return _yaml(head, report)
    message = _("this front matter is not YAML between « --- » lines")
    hint = _("newsletter new --from-file converts it.")
    line = head.line - (1 if head.kind is HeadKind.TOML else 0)
    report.add("NL009", message, line=line, severity=Severity.WARNING, hint=hint)
    return _toml(head, report) if head.kind is HeadKind.TOML else _headers(head)


def _example() -> str:
    return _("Begin the file with « --- », a line « subject: … » and « --- ».")


def _yaml(head: Head, report: Report) -> Entries:
    tree, faults = parse_yaml(head.text, line=head.line)
    _report(faults, report)
    if isinstance(tree, Mapping):
        return Entries(items=tree.entries)
    if tree is not None and not faults:
        message = _("the front matter is not « key: value » lines")
        report.add("NL003", message, line=head.line, hint=_example())
    if tree is None and faults:
        mended, more = parse_yaml(_LOOSE_COLON.sub(_quoted, head.text), line=head.line)
        _report([fault for fault in more if fault.line not in {known.line for known in faults}], report)
        if isinstance(mended, Mapping):
            return Entries(items=mended.entries)
    return Entries(items=_line_by_line(head), whole=tree is None and not faults)


def _report(faults: Iterable[YamlFault], report: Report) -> None:
    for fault in faults:
        report.at(fault, fault.code, fault.message, hint=fault.hint)


def _quoted(found: re.Match[str]) -> str:
    """Put the quotes around a value that holds a colon, which its author forgot."""
    value = found[2].rstrip().replace("\\", "\\\\").replace('"', '\\"')
    return f'{found[1]}"{value}"'


def _line_by_line(head: Head) -> tuple[tuple[Scalar, Node], ...]:
    """Gather the simple lines of a head that cannot be read as a whole."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for number, text in enumerate(head.text.split("\n")[:500], start=head.line):
        match = _LINE.match(text)
        if match and match[1] not in found:
            key = Scalar(line=number, column=1, length=len(match[1]), text=match[1])
            value = (match[2] or "").strip()
            bare = value.strip("\"'")
            column = (match.start(2) if match[2] else match.end()) + 1
            found[match[1]] = (key, Scalar(line=number, column=column, length=len(value), text=bare, plain=False))
    return tuple(found.values())


def _headers(head: Head) -> Entries:
    items: dict[str, tuple[Scalar, Node]] = {}
    for name, value, number in header_fields(head.text):
        key = Scalar(line=head.line + number, column=1, length=len(name), text=name)
        column = len(name) + 3
        node = Scalar(line=key.line, column=column, length=len(value), text=value, plain=value.isdigit())
        items.setdefault(name, (key, _listed(name, node)))
    return Entries(items=tuple(items.values()))


def _listed(name: str, node: Scalar) -> Node:
    """Split the headers that are lists by convention."""
    if name not in ("tags", "authors", "keywords"):
        return node
    parts = [part.strip() for part in re.split(r"[;,]", node.text) if part.strip()]
    items = tuple(Scalar(line=node.line, column=node.column, length=0, text=part, plain=False) for part in parts)
    return Sequence(line=node.line, column=node.column, items=items)


def _toml(head: Head, report: Report) -> Entries:
    try:
        table = tomllib.loads(head.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _TOML_PLACE.search(str(error))
        lines = head.text.split("\n")
        line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
        report.add("NL003", _("this is not TOML"), line=head.line + line - 1, column=column)
        return Entries(whole=False)
    lines = head.text.split("\n")
    items = []
    for name, value in table.items():
        number = next((at for at, text in enumerate(lines) if re.match(rf'\s*\[?"?{re.escape(name)}\b', text)), 0)
        line = head.line + number
        key = Scalar(line=line, column=1, length=len(name), text=name, plain=False)
        column = lines[number].find("=") + 2
        items.append((key, _tree(value, line, column + 1)))
    return Entries(items=tuple(items))


def _tree(value: object, line: int, column: int) -> Node:
    """Turn a value of TOML into a tree that stands at one place."""
    if isinstance(value, dict):
        pairs = [
            (Scalar(line=line, column=column, length=0, text=str(key), plain=False), _tree(inner, line, column))
            for key, inner in value.items()
        ]
        return Mapping(line=line, column=column, entries=tuple(pairs))
    if isinstance(value, list):
        return Sequence(line=line, column=column, items=tuple(_tree(item, line, column) for item in value))
    if isinstance(value, bool):
        return Scalar(line=line, column=column, length=0, text="true" if value else "false")
    if isinstance(value, int | float):
        return Scalar(line=line, column=column, length=0, text=str(value))
    text = value.isoformat() if isinstance(value, date | datetime | time) else str(value)
    return Scalar(line=line, column=column, length=0, text=text, plain=False)
