"""Our own look at MJML before MRML sees it: MRML takes unknown tags and attributes without a word.

The tables are those of MJML's components as far as MRML honours them; what MRML accepts and then ignores is
reported too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from newsletter.errors import ThemeError
from newsletter.language import _, nearest

#: elements inside elements that MRML lays out with the stack of the process
MOST_DEEP = 200

_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)((?:\s+[^\s=<>\"'/]+(?:\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"\s([^\s=<>\"'/]+)(?:\s*=\s*(\"[^\"<]*\"|'[^'<]*'))?")
_FRAGMENT = re.compile(r"ZF[A-K]?H\d{5}FZ")
_CONTENT = re.compile(r"<(mj-style|mj-title|mj-preview)\b[^>]*>.*?</\1\s*>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_VOID = frozenset({"br", "hr", "img", "wbr", "col", "meta", "link", "input"})

_BOX = "padding padding-top padding-bottom padding-left padding-right"
_BORDER = "border border-top border-bottom border-left border-right border-radius"
_FONT = "font-family font-size font-style font-weight letter-spacing line-height text-decoration text-transform color"
_GROUND = "background-color background-url background-repeat background-size background-position"
_GROUND += " background-position-x background-position-y"

COMPONENTS: Mapping[str, frozenset[str]] = {
    name: frozenset((attributes + " css-class mj-class").split())
    for name, attributes in {
        "mjml": "lang dir owa",
        "mj-head": "",
        "mj-title": "",
        "mj-preview": "",
        "mj-breakpoint": "width",
        "mj-font": "name href",
        "mj-style": "",
        "mj-attributes": "",
        "mj-raw": "position",
        "mj-body": "width background-color",
        "mj-wrapper": f"{_BOX} {_BORDER} {_GROUND} full-width text-align",
        "mj-section": f"{_BOX} {_BORDER} {_GROUND} direction full-width text-align text-padding",
        "mj-group": "width vertical-align background-color direction",
        "mj-column": f"{_BOX} {_BORDER} background-color inner-background-color vertical-align width direction"
        " inner-border inner-border-top inner-border-bottom inner-border-left inner-border-right",
        "mj-text": f"{_BOX} {_FONT} align container-background-color height vertical-align",
        "mj-button": f"{_BOX} {_BORDER} {_FONT} align background-color container-background-color height href"
        " inner-padding name rel target text-align vertical-align width",
        "mj-image": f"{_BOX} border border-radius align alt container-background-color fluid-on-mobile height href"
        " name rel src srcset target title usemap width font-size max-height",
        "mj-divider": f"{_BOX} align border-color border-style border-width container-background-color width",
        "mj-spacer": "height container-background-color " + _BOX,
        "mj-table": f"{_BOX} {_FONT} align border cellpadding cellspacing container-background-color table-layout"
        " width",
        "mj-hero": f"{_BOX} {_GROUND} background-height background-width height inner-background-color"
        " inner-padding mode vertical-align width",
        "mj-social": f"{_BOX} {_FONT} align border-radius container-background-color icon-height icon-size"
        " inner-padding mode table-layout text-padding",
        "mj-social-element": f"{_BOX} {_FONT} align alt background-color border-radius href icon-height icon-size name"
        " rel src target text-padding title vertical-align",
        "mj-navbar": "align base-url hamburger ico-align ico-close ico-color ico-font-family ico-font-size"
        " ico-line-height ico-open ico-text-decoration ico-text-transform",
        "mj-navbar-link": f"{_BOX} {_FONT} href name rel target",
    }.items()
}
#: inside these, tags are those of HTML
_HTML_INSIDE = frozenset({"mj-text", "mj-button", "mj-table", "mj-raw", "mj-navbar-link", "mj-social-element"})
#: what may stand directly inside what
_INSIDE: Mapping[str, frozenset[str]] = {
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-body": frozenset({"mj-section", "mj-wrapper", "mj-hero", "mj-raw"}),
    "mj-wrapper": frozenset({"mj-section", "mj-hero", "mj-raw"}),
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
}
_PROSE_INSIDE = frozenset({"mj-text", "mj-table", "mj-raw"})


class MarkupError(ThemeError):
    """MJML that is not right; `line` and `column` are those of the generated MJML."""

    def __init__(self, message: str, source: str, at: int, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        at = min(at, len(source))
        self.line = source.count("\n", 0, at) + 1
        self.column = at - source.rfind("\n", 0, at)


def check(source: str) -> None:
    """Check a frame: tags and attributes are known, nested rightly, not too deep; raises `MarkupError`."""
    outline = _blanked(source)
    opened: list[tuple[str, int]] = []
    done = 0
    for found in _TAG.finditer(outline):
        _check_between(outline, done, found.start())
        done = found.end()
        name = found[2]
        if found[1]:
            _close(opened, name, outline, found.start())
            continue
        _check_tag(name, found[3], opened, (outline, found.start()))
        if not found[4] and name not in _VOID:
            opened.append((name, found.start()))
            if len(opened) > MOST_DEEP:
                raise MarkupError(_("the page is nested too deep"), outline, found.start())
    _check_between(outline, done, len(outline))
    if opened:
        message = _("<{tag}> is opened here and never closed").format(tag=opened[-1][0])
        raise MarkupError(message, outline, opened[-1][1])
    if not re.search(r"<mj-body\b", outline):
        raise MarkupError(_("the page has no <mj-body>"), outline, 0)


def _blanked(source: str) -> str:
    """Return the source with style sheets and comments as blanks: they are not markup, places stay."""

    def blank(found: re.Match[str]) -> str:
        whole = found.group()
        start = whole.index(">") + 1
        end = whole.rindex("<") if whole.startswith("<mj-") else len(whole)
        start = start if whole.startswith("<mj-") else 0
        return whole[:start] + re.sub(r"[^\n]", " ", whole[start:end]) + whole[end:]

    return _COMMENT.sub(blank, _CONTENT.sub(blank, source))


def _check_between(source: str, start: int, end: int) -> None:
    at = source.find("<", start, end)
    if at >= 0:
        hint = _("Attributes stand in quotes, and « < » in a text is written &lt;.")
        raise MarkupError(_("this tag cannot be read"), source, at, hint=hint)


def _close(opened: list[tuple[str, int]], name: str, source: str, at: int) -> None:
    if not opened or opened[-1][0] != name:
        message = _("</{tag}> closes nothing that is open").format(tag=name)
        hint = _("Open is <{tag}>.").format(tag=opened[-1][0]) if opened else None
        raise MarkupError(message, source, at, hint=hint)
    opened.pop()


def _check_tag(name: str, attributes: str, opened: list[tuple[str, int]], place: tuple[str, int]) -> None:
    """Check one opening tag: known, in its place, with attributes that do something."""
    around = opened[-1][0] if opened else ""
    inside_html = any(tag in _HTML_INSIDE for tag, _at in opened)
    if not inside_html and around != "mj-attributes":
        _check_component(name, around, place)
    known = COMPONENTS.get(name)
    for key, value in _ATTRIBUTE.findall(attributes):
        if _FRAGMENT.search(value):
            raise MarkupError(_("a fragment of HTML cannot stand in an attribute"), *place)
        if known is not None and around != "mj-attributes" and key not in known:
            near = nearest(key, known)
            hint = _("Did you mean « {name} »?").format(name=near) if near else None
            message = _("<{tag}> has no attribute « {name} »").format(tag=name, name=key)
            raise MarkupError(message, *place, hint=hint)


def _check_component(name: str, around: str, place: tuple[str, int]) -> None:
    if name not in COMPONENTS:
        near = nearest(name, COMPONENTS)
        hint = _("Did you mean « {name} »?").format(name=near) if near else None
        raise MarkupError(_("there is no MJML element <{tag}>").format(tag=name), *place, hint=hint)
    if around in _INSIDE and name not in _INSIDE[around]:
        message = _("<{tag}> cannot stand directly inside <{around}>").format(tag=name, around=around)
        raise MarkupError(message, *place)
