"""An issue file comes in; an `Issue` goes out: validated front matter and a tree of typed blocks.

Every fault carries its line and column. Nothing here knows of people, themes or networks; the only
input besides the text is the issue's own folder.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.issue.expression import compile_expression
    from newsletter.issue.merge import find_tokens
    from newsletter.issue.options import BlockSchema, HtmlMode, ReadOptions
    from newsletter.issue.reading import read_issue, read_text
    from newsletter.issue.schema import issue_schema
    from newsletter.issue.sets import read_set

__all__ = [
    "BlockSchema",
    "HtmlMode",
    "ReadOptions",
    "compile_expression",
    "find_tokens",
    "issue_schema",
    "read_issue",
    "read_set",
    "read_text",
]

#: handed on when asked for: the nouns in `document.py` are needed by workers that never parse anything
_HOMES = {
    "BlockSchema": "options",
    "HtmlMode": "options",
    "ReadOptions": "options",
    "compile_expression": "expression",
    "find_tokens": "merge",
    "issue_schema": "schema",
    "read_issue": "reading",
    "read_set": "sets",
    "read_text": "reading",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"newsletter.issue.{_HOMES[name]}"), name)
