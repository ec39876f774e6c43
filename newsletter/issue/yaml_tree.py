"""YAML as a small tree in which every key, value and item knows its place.

YAML 1.2 core schema: `no` and `12:30` are text, `010` is ten, dates stay text. What a front matter
never needs is refused: anchors, aliases and tags (expansion attacks), a second document, duplicate
keys, keys that are not text, more than 64 kB or 20 levels. Only a parser's events are read, so that a
hostile text costs its length and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from newsletter.language import _

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """A single value; `plain` is without quotes, so that `2014` is a number and `"2014"` is not."""

    line: int
    column: int
    length: int
    text: str
    plain: bool = True

    @property
    def value(self) -> object:
        """The value by the core schema: text, whole number, number, truth or nothing."""
        return _plain_value(self.text) if self.plain else self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    length: int = 0
    items: tuple[Node, ...] = ()

    @property
    def value(self) -> object:
        """The values of its items."""
        return [item.value for item in self.items]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mapping:
    """Keys and their values, in the order of the file."""

    line: int
    column: int
    length: int = 0
    entries: tuple[tuple[Scalar, Node], ...] = ()

    @property
    def value(self) -> object:
        """A dictionary of the values."""
        return {key.text: node.value for key, node in self.entries}


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlFault:
    """Something that YAML or we refuse, at its place."""

    code: str
    message: str
    line: int
    column: int = 1
    length: int = 0
    hint: str | None = None


def _plain_value(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 40:
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text) and len(text) < 40:
        return float(text)
    return text


def parse_yaml(text: str, *, line: int, shift: int = 0) -> tuple[Node | None, tuple[YamlFault, ...]]:
    """Read one YAML document whose first line is line `line` of its file, each indented there by `shift` characters.

    Returns its tree (None when nothing can be read, or when it is empty) and every fault: one of syntax
    ends the reading, the others do not.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return None, (YamlFault(code="NL006", message=_("the front matter is larger than 64 kB"), line=line),)
    from ruamel.yaml.error import YAMLError  # 70 ms, with the events below

    first: Exception | None = None
    for events in (_quick_events, _exact_events):
        reader = _Reader(line, shift)
        try:
            return reader.read(events(text)), tuple(reader.faults)
        except YAMLError as error:
            first = first or error
    assert first is not None
    return None, (*reader.faults, _syntax(first, line, shift + 1))


def _quick_events(text: str) -> Iterator[object]:
    """Yield libyaml's events: YAML 1.1 in its grammar, so that it refuses `{url: https://…}`."""
    from _ruamel_yaml import CParser  # type: ignore[import-not-found]  # no stubs

    parser = CParser(text)
    while (event := parser.get_event()) is not None:
        yield event


def _exact_events(text: str) -> Iterator[object]:
    """Yield the events of ruamel.yaml's own parser, YAML 1.2, twenty times slower: for what the other refuses."""
    from ruamel.yaml import YAML

    yield from YAML(typ="safe", pure=True).parse(text)


class _Reader:
    """Builds the tree from a parser's events, with a stack of its own instead of recursion."""

    def __init__(self, line: int, shift: int) -> None:
        self.offset, self.shift = line, shift + 1
        self.faults: list[YamlFault] = []
        self.stack: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0

    def read(self, events: Iterable[object]) -> Node | None:
        """Return the root of the first document."""
        for event in events:
            if not self._take(event):
                break
        return self.root

    def _take(self, event: object) -> bool:
        """Take one event; False after the last."""
        kind = type(event).__name__
        if kind == "StreamEndEvent" or event is None:
            return False
        if kind == "DocumentStartEvent":
            self.documents += 1
            if self.documents > 1:
                self._refuse(event, "NL005", _("a second YAML document"))
                return False
        elif kind == "ScalarEvent":
            self._refuse_extras(event)
            self._put(self._scalar(event))
        elif kind == "AliasEvent":
            self._refuse(event, "NL005", _("aliases (*name) are not allowed"))
            self._put(self._empty(event))
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            return self._open(event, mapping=kind == "MappingStartEvent")
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._put(self.stack.pop().close())
        return True

    def _open(self, event: object, *, mapping: bool) -> bool:
        self._refuse_extras(event)
        mark = event.start_mark  # type: ignore[attr-defined]  # the library is not typed
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(event, "NL006", _("nested deeper than {depth} levels").format(depth=MAX_DEPTH))
            self.root = None
            return False
        line, column = mark.line + self.offset, mark.column + self.shift
        self.stack.append(_Open(faults=self.faults, line=line, column=column, mapping=mapping))
        return True

    def _put(self, node: Node) -> None:
        if self.stack:
            self.stack[-1].add(node)
        else:
            self.root = node

    def _scalar(self, event: object) -> Scalar:
        start, end = event.start_mark, event.end_mark  # type: ignore[attr-defined]  # the library is not typed
        length = end.column - start.column if end.line == start.line else 0
        return Scalar(
            line=start.line + self.offset,
            column=start.column + self.shift,
            length=max(length, 0),
            text=self._text(event),
            plain=not event.style,  # type: ignore[attr-defined]  # the library is not typed
        )

    def _text(self, event: object) -> str:
        """Return a value's text: an escape such as `"\\0"` or `"\\ud800"` can name what nothing can be written with."""
        text: str = event.value  # type: ignore[attr-defined]  # the library is not typed
        bad = _UNWRITABLE.search(text)
        if bad is None:
            return text
        message = _("control character {character} in the text").format(character=f"U+{ord(bad.group()):04X}")
        self._refuse(event, "NL007", message)
        return _UNWRITABLE.sub("\ufffd", text)

    def _empty(self, event: object) -> Scalar:
        mark = event.start_mark  # type: ignore[attr-defined]  # the library is not typed
        return Scalar(line=mark.line + self.offset, column=mark.column + self.shift, length=0, text="")

    def _refuse_extras(self, event: object) -> None:
        if getattr(event, "anchor", None):
            self._refuse(event, "NL005", _("anchors (&name) are not allowed"))
        if getattr(event, "tag", None):
            self._refuse(event, "NL005", _("tags (!name) are not allowed"))

    def _refuse(self, event: object, code: str, message: str) -> None:
        mark = event.start_mark  # type: ignore[attr-defined]  # the library is not typed
        line, column = mark.line + self.offset, mark.column + self.shift
        self.faults.append(YamlFault(code=code, message=message, line=line, column=column))


@dataclass(kw_only=True)
class _Open:
    """A list or mapping whose end was not read yet."""

    faults: list[YamlFault]
    line: int
    column: int
    mapping: bool
    nodes: list[Node] = field(default_factory=list)

    def add(self, node: Node) -> None:
        """Add a key, a value or an item."""
        self.nodes.append(node)

    def close(self) -> Node:
        """Return the finished node; keys that cannot be keys are left out, with a fault."""
        if not self.mapping:
            return Sequence(line=self.line, column=self.column, items=tuple(self.nodes))
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(self.nodes[::2], self.nodes[1::2], strict=True):
            if isinstance(key, Scalar) and self._fits(key, entries):
                entries[key.text] = (key, value)
        return Mapping(line=self.line, column=self.column, entries=tuple(entries.values()))

    def _fits(self, key: Scalar, entries: dict[str, tuple[Scalar, Node]]) -> bool:
        if key.text in entries:
            message = _("the key « {key} » stands here twice").format(key=key.text)
            hint = _("The first one, on line {line}, is kept.").format(line=entries[key.text][0].line)
            self._fault(key, "NL004", message, hint=hint)
            return False
        if not isinstance(key.value, str):
            message = _("the key « {key} » is not text").format(key=key.text)
            self._fault(key, "NL105", message, hint=_("Put it between quotes."))
        return True

    def _fault(self, key: Scalar, code: str, message: str, *, hint: str) -> None:
        self.faults.append(
            YamlFault(code=code, message=message, line=key.line, column=key.column, length=key.length, hint=hint)
        )


def _syntax(error: Exception, offset: int, shift: int) -> YamlFault:
    """Say a scanner's or parser's complaint in words that a person can act on."""
    problem = str(getattr(error, "problem", "") or "")
    mark = getattr(error, "problem_mark", None)
    if "end of stream" in problem or "',' or" in problem:
        # what was never closed is mended where it was opened
        mark = getattr(error, "context_mark", None) or mark
    wordings = {
        "mapping values are not allowed": (
            _("a second colon, or a line that is indented too far"),
            _("Put the value between quotes when it holds a colon."),
        ),
        "found unexpected end of stream": (
            _("a quotation mark is opened and never closed"),
            _("Close it on the same line."),
        ),
        "cannot start any token": (
            _("a value cannot begin with this character"),
            _("Put the value between quotes; indent with spaces, not tabs."),
        ),
        "could not find expected ':'": (_("a line without a colon"), _("Every line is « key: value ».")),
        "did not find expected key": (_("a key is expected here"), _("Check the indentation and the quotes above.")),
        "did not find expected ',' or": (
            _("a list or a mapping between brackets is not closed"),
            _("Close it with ] or }."),
        ),
    }
    other = (_("this is not YAML"), _("Every line is « key: value »; lists stand between [ and ]."))
    message, hint = next((said for known, said in wordings.items() if known in problem), other)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return YamlFault(code="NL003", message=message, line=line + offset, column=column + shift, hint=hint)
