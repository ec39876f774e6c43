"""Blocks of other tools that are written otherwise here: who tries `::: callout` is told how it goes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from newsletter.language import nearest

_CALLOUT, _IMAGE, _LINE = "> [!NOTE]", "![…](image.jpg)", "---"
#: a name -> how such a block begins
WAYS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("callout", "admonition", "alert", "note", "info"), _CALLOUT),
        **dict.fromkeys(("encadré", "tip", "important", "warning", "caution", "danger"), _CALLOUT),
        **dict.fromkeys(("button", "bouton", "cta"), "**[…](https://…)**"),
        **dict.fromkeys(("quote", "citation"), "> …"),
        **dict.fromkeys(("image", "figure", "img"), _IMAGE),
        **dict.fromkeys(("divider", "separator", "hr"), _LINE),
        **{name: f"```{name}" for name in ("event", "card", "person", "links", "hero")},
        **{"événement": "```event", "carte": "```card", "personne": "```person", "liens": "```links"},
    }
)


def other_way(name: str) -> str | None:
    """Return how a block of such a name, or nearly so, begins here; None for a name that nobody knows."""
    meant = nearest(name.lower(), WAYS)
    return WAYS[meant] if meant else None
