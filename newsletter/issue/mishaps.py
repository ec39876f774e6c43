"""Merge fields that are none: reported where they stand in text, and not where they stand in code."""

from __future__ import annotations

from collections.abc import Iterable

from markdown_it.token import Token

from newsletter.issue.context import Context
from newsletter.issue.merge import Mishap


def report_mishaps(context: Context, tokens: Iterable[Token]) -> None:
    """Report what was met between braces since the last call; what the tokens show as code is left alone."""
    mishaps = context.merge.mishaps
    if not mishaps:
        return
    code = _code_lines(tokens)
    for mishap in mishaps:
        if not _in_code(mishap, code):
            context.report.add(
                mishap.code,
                mishap.message,
                line=mishap.line,
                column=mishap.column,
                length=len(mishap.marked),
                suggestion=mishap.suggestion,
                hint=mishap.hint,
            )
    mishaps.clear()


def _code_lines(tokens: Iterable[Token]) -> list[tuple[int, int, str]]:
    """Return the code of a text: first line, last line, and inline code's content (blocks of code: all of it)."""
    found = []
    for token in tokens:
        if token.type in ("fence", "code_block") and token.map:
            found.append((token.map[0] + 1, token.map[1], ""))
        elif token.type == "inline" and token.map:
            lines = (token.map[0] + 1, max(token.map[1], token.map[0] + 1))
            found += [(*lines, child.content) for child in token.children or () if child.type == "code_inline"]
    return found


def _in_code(mishap: Mishap, code: list[tuple[int, int, str]]) -> bool:
    return any(
        first <= mishap.line <= last and (not content or mishap.literal in content) for first, last, content in code
    )
