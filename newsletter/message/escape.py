"""What a merge field's value becomes where it stands: text in HTML, an attribute, an address, plain text, a header.

Values are what people typed about themselves: nothing in them may become markup, a script or a header.
"""

from __future__ import annotations

import html
import re

from newsletter.edition.segments import Context
from newsletter.message.encode import safe_text

#: what an address in a mail may begin with; anything else (`javascript:`) is left out
_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_MARKUP = re.compile(r"[&<>\"']")


def escape(value: str, context: Context) -> str:
    """Return `value` as it must be written in `context`."""
    if context is Context.PLAIN:
        return value
    if context is Context.HEADER:
        return safe_text(value)
    if context is Context.URL:
        return html.escape(safe_text(value)) if _ADDRESS.match(value) else ""
    return html.escape(value) if _MARKUP.search(value) else value
