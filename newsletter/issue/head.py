"""Where the front matter of a file ends and its text begins, in our form and in other tools'.

Ours is YAML between two `---` lines. Read as well, so that no foreign issue prints its head to its
readers: TOML between `+++` (Hugo), `Title: …` lines (Pelican, MultiMarkdown), and a head that is never
closed. A text that merely begins with a rule has no front matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_KEY = re.compile(r"""\s*(?:#.*|["']?[^\s:#"'][^:\n]{0,80}["']?\s*:(?:\s.*)?)$""")
_TOML_KEY = re.compile(r"\s*(?:#.*|\[.*|[\w.\"'-]+\s*=.*)$")
_HEADER = re.compile(r"([A-Za-z][\w-]{1,30}):(?:[ \t]+(.*))?$")
_SIGNIFICANT = frozenset(
    {
        "title",
        "date",
        "subject",
        "slug",
        "tags",
        "category",
        "categories",
        "author",
        "authors",
        "summary",
        "modified",
        "status",
        "lang",
        "description",
        "keywords",
        "template",
        "objet",
        "titre",
    }
)


class HeadKind(StrEnum):
    """In which form a head is written."""

    YAML = "yaml"
    TOML = "toml"
    HEADERS = "headers"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Head:
    """The head of a file: its text, the line on which that begins, and the first line of the body."""

    kind: HeadKind
    text: str = ""
    line: int = 1
    body: int = 1
    closed: bool = True


def split_head(lines: list[str]) -> Head:
    """Find the head of a file given as lines."""
    first = next((number for number, line in enumerate(lines[:20]) if line.strip()), 0)
    opening = lines[first].rstrip() if lines else ""
    if opening == "---":
        return _fenced(lines, first, HeadKind.YAML)
    if opening == "+++":
        return _fenced(lines, first, HeadKind.TOML)
    return _headers(lines, first)


def _fenced(lines: list[str], first: int, kind: HeadKind) -> Head:
    """Read a head between fences; without its closing one it ends at the first blank line."""
    pattern, closings = (_KEY, ("---", "...")) if kind is HeadKind.YAML else (_TOML_KEY, ("+++",))
    start = first + 1
    end = next((at for at in range(start, len(lines)) if lines[at].rstrip() in closings), None)
    content = next((line for line in lines[start : end if end is not None else len(lines)] if line.strip()), None)
    if end is not None and content is None:
        # nothing between the fences: an empty head when they touch, two rules when they do not
        return Head(kind=kind, line=start + 1, body=end + 2) if end == start else Head(kind=HeadKind.NONE)
    if content is None or not _plausible(lines[start : end if end is not None else len(lines)], pattern):
        return Head(kind=HeadKind.NONE)
    closed = end is not None
    if end is None:
        end = next((at for at in range(start, len(lines)) if not lines[at].strip()), len(lines))
    text = "\n".join(lines[start:end])
    return Head(kind=kind, text=text, line=start + 1, body=end + (2 if closed else 1), closed=closed)


def _plausible(lines: list[str], pattern: re.Pattern[str]) -> bool:
    """Say whether lines are a head: the first is a key, and down to the first blank line most others are."""
    looked = [line for line in lines[:200] if line.strip()]
    flush = [line for line in looked if line[0] not in " \t-]}'\""]
    keys = sum(1 for line in flush if pattern.match(line))
    return bool(pattern.match(looked[0])) and keys * 2 >= len(flush)


def _headers(lines: list[str], first: int) -> Head:
    """Read `Title: …` lines down to the first blank one, if they are plainly headers."""
    end = next((at for at in range(first, len(lines)) if not lines[at].strip()), len(lines))
    names = set()
    for line in lines[first:end]:
        found = _HEADER.match(line)
        if found:
            names.add(found.group(1).lower())
        elif not (line[:1] in " \t" and names):
            return Head(kind=HeadKind.NONE)
    if len(names & _SIGNIFICANT) < 2:
        return Head(kind=HeadKind.NONE)
    return Head(kind=HeadKind.HEADERS, text="\n".join(lines[first:end]), line=first + 1, body=end + 1)


def header_fields(text: str) -> list[tuple[str, str, int]]:
    """Return the fields of a head of `Key: value` lines: key, value, number of its line in the head from 0."""
    fields: list[tuple[str, str, int]] = []
    for number, line in enumerate(text.split("\n")):
        found = _HEADER.match(line)
        if found:
            fields.append((found.group(1).lower(), (found.group(2) or "").strip(), number))
        elif fields and line.strip():
            key, value, at = fields[-1]
            fields[-1] = (key, f"{value} {line.strip()}".strip(), at)
    return fields
