"""The row in the inbox: sender, subject and preheader, cut as a phone and a desktop cut them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.web.preview.workshop import View

#: characters that are read before the cut: (sender, subject, preheader)
BUDGETS = {"phone": (24, 35, 40), "desktop": (28, 65, 90)}
_HIDDEN = "[style*='display:none'], [style*='display: none'], style, script, title, head"
_MOST = 160


def inbox(view: View) -> dict[str, object]:
    """Return the row at both widths; `taken`: nobody wrote the preheader, it is what a mail program takes."""
    sender = view.sender.partition("<")[0].strip().strip('"') or view.sender
    preheader = view.preheader.strip()
    shown = preheader or first_words(view.html)
    rows = {
        name: {"sender": cut(sender, row[0]), "subject": cut(view.subject, row[1]), "preheader": cut(shown, row[2])}
        for name, row in BUDGETS.items()
    }
    return {**rows, "taken": not preheader, "spoken": f"{sender}, {view.subject}, {shown}"}


def cut(text: str, most: int) -> str:
    """Return the beginning of a text; what is cut off leaves its mark."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def first_words(html: str) -> str:
    """Return the first words that are seen in a mail."""
    from selectolax.lexbor import LexborHTMLParser

    if not html:
        return ""
    page = LexborHTMLParser(html)
    for hidden in page.css(_HIDDEN):
        hidden.decompose()
    return " ".join(page.body.text(separator=" ").split())[:_MOST] if page.body else ""
