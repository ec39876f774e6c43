"""Raw HTML where the project refuses it: every piece is reported and shown as text."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from newsletter.issue.source import Report
from newsletter.language import _


def refuse_html(tokens: Sequence[Token], report: Report) -> None:
    """Turn the HTML among tokens into text, with a finding for each piece."""
    for token in tokens:
        if token.type == "html_block":
            _report(token.content, token.map or [0, 1], report)
            token.type, token.tag = "code_block", "code"
        elif token.type == "inline":
            for child in token.children or ():
                if child.type == "html_inline":
                    _report(child.content, token.map or [0, 1], report)
                    child.type = "text"


def _report(content: str, lines: list[int], report: Report) -> None:
    piece = content.strip().split("\n")[0]
    line, column = report.source.find(piece, lines[0] + 1, lines[1])
    message = _("raw HTML is refused in this project")
    report.add("NL217", message, line=line, column=column, length=len(piece))
