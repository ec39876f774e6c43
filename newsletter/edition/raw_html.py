"""Raw HTML in an issue, made ready for the allow-list: embeds become links, what must go is reported.

Works on the pieces as the Markdown parser found them, so that every finding has its line. It does not
make anything safe: that is done afterwards, on the whole fragment (`sanitise`, `canonical`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from newsletter.edition.allowed import TAGS
from newsletter.edition.escaping import text
from newsletter.edition.notes import Notes
from newsletter.errors import Severity
from newsletter.language import _

_PIECE = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[!?][^>]*+(?:>|\Z)"
    r"|<(/?)([A-Za-z][^\s/>]*+)((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
#: a larger piece is shown as the text that it is
MOST_CHARACTERS = 500_000
#: elements open at one time; deeper ones lose their tags
MOST_OPEN = 120

#: removed with their content, by the allow-list; without their closing tag only the tag goes
_WITH_CONTENT = frozenset({"script", "style"})
_EMBEDS = {"iframe": "src", "embed": "src", "video": "src", "audio": "src", "object": "data", "frame": "src"}
#: harmless, but unknown to some mail programs: they become what they look like
_INSTEAD = {
    **dict.fromkeys(
        {"article", "aside", "dialog", "details", "fieldset", "footer", "header", "hgroup", "legend", "main", "nav"}
        | {"noscript", "option", "search", "section", "summary", "template", "textarea", "address", "optgroup"},
        "div",
    ),
    **dict.fromkeys(["button", "label", "output", "title", "select", "marquee", "blink", "font", "map"], "span"),
    "menu": "ul",
    "dir": "ul",
    "acronym": "abbr",
    "tt": "code",
    "strike": "s",
    "big": "span",
    "nobr": "span",
    "listing": "pre",
    "xmp": "pre",
    "plaintext": "div",
}
_FORMS = frozenset({"form", "input", "button", "select", "textarea", "fieldset", "option", "optgroup"})
_GONE = frozenset(
    {"form", "link", "meta", "base", "html", "head", "body", "param", "source", "track", "picture", "canvas"}
    | {"svg", "math"}
)
#: their end may be left out, so that they say nothing about depth
_OPTIONAL_END = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "track"}
    | {"wbr"}
)


class Rewriter:
    """Rewrites the raw HTML of one fragment, piece by piece, in its order."""

    def __init__(self, pieces: list[str], notes: Notes) -> None:
        self.notes = notes
        #: closing tags of elements that go with their content, still to come
        self._closings = Counter(name for piece in pieces for name in re.findall(r"</(script|style)\b", piece.lower()))
        self._open: list[str] = []
        self._dropped: Counter[str] = Counter()
        self._inside = ""
        self._inside_drawing = False
        self._lines = (1, 1)
        self._path = ""

    def rewrite(self, piece: str, lines: tuple[int, int], path: str) -> str:
        """Return a piece of raw HTML as the allow-list should see it."""
        self._lines, self._path = lines, path
        if piece.lstrip().startswith("<!--") and "-->" not in piece:
            self._comment(piece)
            return ""
        if len(piece) > MOST_CHARACTERS or _hopeless(piece):
            return text(piece)
        return "".join(self._rewritten(piece))

    def _rewritten(self, piece: str) -> Iterator[str]:
        done = 0
        for found in _PIECE.finditer(piece):
            yield self._between(piece[done : found.start()])
            done = found.end()
            name = (found[2] or "").lower()
            if not name:
                self._comment(found.group())
            elif found[1]:
                yield self._closing(name)
            else:
                yield self._opening(name, found.group(), found[3])
        yield self._between(piece[done:])

    def _between(self, content: str) -> str:
        """Return the text between tags; a tag that never ends is text."""
        return content.replace("<", "&lt;") if "<" in content and not self._inside else content

    def _comment(self, content: str) -> None:
        if content.startswith("<!--") or content.startswith("<?"):
            self._say("NL232", _("a comment stays in the file; no reader gets it"), content, Severity.INFO)

    def _closing(self, name: str) -> str:
        if name in _WITH_CONTENT:
            self._closings[name] -= 1
            if self._inside != name:
                return ""
            self._inside = ""
            return f"</{name}>"
        if self._dropped[name]:
            self._dropped[name] -= 1
            return ""
        if name in ("svg", "math"):
            self._inside_drawing = False
        shown = _INSTEAD.get(name, name)
        if shown not in TAGS or name in _VOID:
            return "<br>" if name == "br" else ""
        if self._open and name not in _OPTIONAL_END and shown in self._open[-3:]:
            self._open.pop()
        return f"</{shown}>"

    def _opening(self, name: str, whole: str, attributes: str) -> str:
        if self._inside:
            return whole
        if name in _WITH_CONTENT:
            return self._with_content(name, whole)
        if name in _EMBEDS or name in ("source", "input", "area"):
            return self._replaced(name, whole, _pairs(attributes))
        self._inside_drawing = self._inside_drawing or name in ("svg", "math")
        if name in _FORMS or name in ("link", "meta", "base", "svg", "canvas"):
            self._say("NL230", _("« {tag} » does not work in a mail; it was taken out").format(tag=name), whole)
        self._attributes(attributes, whole)
        shown = _INSTEAD.get(name, name)
        if shown not in TAGS:
            self._unknown(name, whole)
            return ""
        if name in _VOID:
            return whole
        if name not in _OPTIONAL_END:
            if len(self._open) >= MOST_OPEN:
                self._dropped[name] += 1
                return ""
            self._open.append(shown)
        return f"<{shown}{attributes.rstrip('/')}>" if name in _INSTEAD else whole

    def _unknown(self, name: str, whole: str) -> None:
        """Report a tag that is none: `Vec<Path>` in a text loses a word that its author meant to be read."""
        if name not in _GONE and not self._inside_drawing:
            message = _("« {tag} » is no element that a mail can show; readers do not see it")
            hint = _("Write &lt; for the sign itself, or put it into code.")
            self._say("NL236", message.format(tag=name), whole, hint=hint)

    def _with_content(self, name: str, whole: str) -> str:
        """Leave a script to the allow-list, which drops it whole; one that never ends loses only its tag."""
        self._say("NL230", _("« {tag} » does not work in a mail; it was taken out").format(tag=name), whole)
        if self._closings[name] <= 0:
            return ""
        self._inside = name
        return f"<{name}>"

    def _replaced(self, name: str, whole: str, attributes: dict[str, str]) -> str:
        """Return a link for an embed, a character for a box that is ticked or not."""
        if name == "area":
            label = attributes.get("alt") or attributes.get("title") or attributes.get("href", "")
            return _anchor(attributes.get("href", ""), label) + " " if attributes.get("href") else ""
        if name == "input" and attributes.get("type", "").lower() == "checkbox":
            return "\u2611\ufe0e" if "checked" in attributes else "\u2610\ufe0e"
        if name == "input":
            self._say("NL230", _("« {tag} » does not work in a mail; it was taken out").format(tag=name), whole)
            return ""
        where = attributes.get(_EMBEDS.get(name, "src"), "")
        if name == "source" and ("srcset" in attributes or not where):
            return ""
        if name != "source" or where:
            message = _("« {tag} » does not work in a mail; a link to its address stands there instead")
            self._say("NL231", message.format(tag=name), whole)
        return _anchor(where, attributes.get("title") or where) + " " if where else ""

    def _attributes(self, attributes: str, whole: str) -> None:
        """Report attributes that run code or that carry a style."""
        if "=" not in attributes:
            return
        names = {name.lower() for name in _pairs(attributes)}
        if any(name.startswith("on") for name in names):
            self._say("NL233", _("what a tag runs (on…) was taken out"), whole)
        elif "style" in names:
            self._say("NL233", _("the style of this tag was taken out; the theme decides"), whole, Severity.INFO)

    def _say(
        self, code: str, message: str, whole: str, severity: Severity = Severity.WARNING, *, hint: str | None = None
    ) -> None:
        needle = whole.split("\n")[0][:200]
        self.notes.add(code, message, lines=self._lines, needle=needle, path=self._path, severity=severity, hint=hint)


def _pairs(attributes: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(attributes):
        pairs.setdefault(name.lower(), double or single or bare)
    return pairs


def _anchor(where: str, label: str) -> str:
    """Write a link whose address and label come from HTML attributes, entities and all."""
    return f'<a href="{where.replace(chr(34), "%22")}">{label.replace("<", "&lt;")}</a>'


def _hopeless(piece: str) -> bool:
    """Say whether a piece has so many tags that never end that looking at each would take for ever."""
    return piece.count("<") > 2_000 and piece.count(">") * 20 < piece.count("<")
