"""Tokens made final: merge words out of code and attributes, typography, images measured, anchors.

Works in place on the tokens of one file, right after parsing; afterwards every text in them is what
a reader sees, and every fault in them is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markdown_it.token import Token

from newsletter.errors import Severity
from newsletter.issue.context import Context
from newsletter.issue.images import Picture, Trouble, is_local, look_at
from newsletter.issue.merge import TOKEN
from newsletter.issue.names import anchor_of
from newsletter.issue.typography import Mark, typeset
from newsletter.language import _


def settle(tokens: Sequence[Token], context: Context, *, kept_fences: frozenset[str]) -> None:
    """Make the tokens of a file final; fences named in `kept_fences` are typed blocks and keep their words."""
    runs = _Runs(context.shared.lang)
    for token in tokens:
        if token.type == "inline":
            _settle_inline(token, context)
            runs.add(token.children or ())
        elif token.type in ("fence", "code_block"):
            if token.type == "code_block" or token.info.strip() not in kept_fences:
                token.content = context.merge.restore(token.content)
                token.info = context.merge.restore(token.info)
        elif token.type == "html_block" and "ZQ" in token.content:
            token.content = _in_html(token.content, context)
    _name(tokens, context)
    if context.shared.options.typography:
        runs.typeset(narrow=context.shared.options.narrow, gentle=context.shared.foreign)
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                child.attrs["alt"] = plain_text(child.children)


def _name(tokens: Sequence[Token], context: Context) -> None:
    """Give headings their anchors, from their words as typed."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrs["id"] = _anchor(tokens[at + 1], context)


def plain_text(children: Iterable[Token] | None) -> str:
    """Return inline tokens as plain text: an image by its alternative text, code by its content."""
    parts = []
    for token in children or ():
        if token.type in ("text", "text_special", "code_inline"):
            parts.append(token.content)
        elif token.type == "image":
            parts.append(plain_text(token.children))
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)


def _settle_inline(token: Token, context: Context) -> None:
    first, last = token.map or (0, 1)
    children = [child for child in token.children or () if child.type != "text" or child.content]
    for child in children:
        if child.type == "code_inline":
            child.content = context.merge.restore(child.content)
        elif child.type == "link_open":
            _settle_destination(child, "href", context)
        elif child.type == "html_inline" and "ZQ" in child.content:
            child.content = _in_html(child.content, context)
        elif child.type == "image":
            _settle_image(child, context, (first + 1, last))
    token.children = children


def _settle_destination(token: Token, name: str, context: Context) -> None:
    """Keep a merge word in a destination only where it stands alone."""
    url = str(token.attrs.get(name, ""))
    title = token.attrs.get("title")
    if title is not None:
        token.attrs["title"] = _unmerged(str(title), context, _("a link's title"))
    if not TOKEN.fullmatch(url):
        token.attrs[name] = _unmerged(url, context, _("a part of an address"))


def _unmerged(text: str, context: Context, where: str) -> str:
    """Put back what the author wrote in a place where nothing is merged, and report it."""
    if "ZQ" not in text:
        return text
    for found in TOKEN.finditer(text):
        report_misplaced(found.group(), context, where)
    return context.merge.restore(text)


def report_misplaced(word: str, context: Context, where: str) -> None:
    """Report a merge field that stands where it cannot be filled."""
    expression = context.merge.expressions.get(word)
    if expression is not None:
        context.report.add(
            "NL212",
            _("a merge field cannot stand in {where}").format(where=where),
            line=expression.location.line,
            column=expression.location.column,
            length=len(expression.literal),
            hint=_("It can stand in text, headings, button labels, the subject, or alone as a link's destination."),
        )


def _in_html(content: str, context: Context) -> str:
    """Keep words in the text of raw HTML; inside a tag only where they are a whole destination."""
    made, done = [], 0
    for found in TOKEN.finditer(content):
        opened = content.rfind("<", 0, found.start()) > content.rfind(">", 0, found.start())
        alone = content[: found.start()].rstrip("\"'").lower().endswith("href=")
        alone = alone and content[found.end() : found.end() + 1] in ("'", '"', ">", " ")
        made.append(content[done : found.start()])
        if opened and not alone:
            report_misplaced(found.group(), context, _("a tag"))
            made.append(context.merge.restore(found.group()))
        else:
            made.append(found.group())
        done = found.end()
    return "".join((*made, content[done:]))


def _settle_image(token: Token, context: Context, lines: tuple[int, int]) -> None:
    """Measure an image, and report what is wrong with it, its alternative text and its merge fields."""
    _settle_source(token, context)
    for child in token.children or ():
        child.content = _unmerged(child.content, context, _("an alternative text"))
    source = str(token.attrs.get("src", ""))
    decorative = "decorative" in str(token.attrs.get("class", "")).split()
    if not plain_text(token.children).strip() and not decorative:
        line, column = context.report.source.find("![", *lines) if source else (lines[0], 1)
        context.report.add(
            "NL401",
            _("this image has no alternative text"),
            line=line,
            column=column,
            hint=_("Say in the brackets what it shows, or add {mark} when it is only decoration.").format(
                mark="{.decorative}"
            ),
        )
    width, height = measured(source, context, lines=lines, given=(_pixels(token, "width"), _pixels(token, "height")))
    if width:
        token.attrs["width"] = width
    if height:
        token.attrs["height"] = height


def _settle_source(token: Token, context: Context) -> None:
    token.attrs["src"] = _unmerged(str(token.attrs.get("src", "")), context, _("an image's address"))
    if "title" in token.attrs:
        token.attrs["title"] = _unmerged(str(token.attrs["title"]), context, _("a caption"))


def _pixels(token: Token, name: str) -> int | None:
    """Return a size that the author gave, without its unit; a percentage is no number of pixels."""
    text = str(token.attrs.pop(name, "")).removesuffix("px")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:6]) < 10_000 else None


def measured(
    source: str, context: Context, *, lines: tuple[int, int], given: tuple[int | None, int | None] = (None, None)
) -> tuple[int | None, int | None]:
    """Return an image's width and height: those given, completed from the file's own proportions."""
    if source.startswith("data:"):
        line, column = context.report.source.find("data:", *lines)
        context.report.add(
            "NL304",
            _("an image inside the text is shown by few mail programs"),
            line=line,
            column=column,
            hint=_("Save it as a file beside the issue."),
        )
    if not is_local(source) or context.shared.folder is None:
        return given
    picture = look_at(context.shared.folder, source)
    _report_picture(picture, source, context=context, lines=lines)
    if picture.path is not None:
        context.shared.files.setdefault(str(picture.path))
    return _completed(picture, given)


def _completed(picture: Picture, given: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    width, height = given
    if not picture.width or not picture.height:
        return given
    if width and not height:
        return width, max(1, round(width * picture.height / picture.width))
    if height and not width:
        return max(1, round(height * picture.width / picture.height)), height
    return (width, height) if width else (picture.width, picture.height)


def _report_picture(picture: Picture, source: str, *, context: Context, lines: tuple[int, int]) -> None:
    line, column = context.report.source.find(source, *lines)
    kinds = {
        Trouble.MISSING: ("NL301", _("there is no file « {name} »"), Severity.ERROR),
        Trouble.OUTSIDE: ("NL302", _("« {name} » lies outside the issue's folder"), Severity.ERROR),
        Trouble.UNKNOWN: ("NL305", _("« {name} » is no PNG, JPEG, GIF or WebP image"), Severity.WARNING),
    }
    if picture.trouble is not None:
        code, message, severity = kinds[picture.trouble]
        message = message.format(name=source)
        hint = _("Put the file there, or correct its name.") if picture.trouble is Trouble.MISSING else None
        context.report.add(code, message, line=line, column=column, length=len(source), severity=severity, hint=hint)
    elif picture.size > context.shared.options.heavy_image:
        context.report.add(
            "NL303",
            _("« {name} » weighs {size} kB").format(name=source, size=picture.size // 1000),
            line=line,
            column=column,
            length=len(source),
            severity=Severity.WARNING,
            hint=_("An image in a mail is best below 200 kB; make it smaller."),
        )


class _Runs:
    """The texts of a file by language, with what stands between them, to be set in one go.

    Captions are set, alternative texts are not: they are heard, and compared with what they describe.
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.pieces: dict[str, list[str | Mark]] = {}
        #: the tokens of the texts among the pieces; an image stands for its caption
        self.tokens: dict[str, list[Token]] = {}

    def add(self, children: Sequence[Token]) -> None:
        """Take up one paragraph's tokens; text that is marked as of another language goes to its own run."""
        languages = [self.lang]
        captioned: list[Token] = []
        bare = 0
        for child in children:
            kind = child.type
            if kind == "text" and not bare:
                self._text(languages[-1], child, child.content)
            elif kind in ("softbreak", "hardbreak"):
                self._mark(languages[-1], Mark.BREAK)
            elif kind in ("text", "code_inline", "footnote_ref", "image"):
                self._mark(languages[-1], Mark.ATOM)
                if "title" in child.attrs:
                    captioned.append(child)
            elif kind == "span_open":
                self._mark(languages[-1], Mark.ATOM)
                languages.append(str(child.attrs.get("lang") or languages[-1]))
            elif kind == "span_close" and len(languages) > 1:
                self._mark(languages.pop(), Mark.END)
            elif kind in ("link_open", "link_close") and child.markup in ("linkify", "autolink"):
                bare += child.nesting
        self._mark(self.lang, Mark.END)
        for child in captioned:
            self._text(self.lang, child, str(child.attrs["title"]))
            self._mark(self.lang, Mark.END)

    def _text(self, lang: str, token: Token, text: str) -> None:
        self.pieces.setdefault(lang, []).append(text)
        self.tokens.setdefault(lang, []).append(token)

    def _mark(self, lang: str, mark: Mark) -> None:
        self.pieces.setdefault(lang, []).append(mark)

    def typeset(self, *, narrow: bool, gentle: bool) -> None:
        """Set every run and put the texts back."""
        for lang, pieces in self.pieces.items():
            texts = typeset(pieces, lang, narrow=narrow, gentle=gentle)
            for token, text in zip(self.tokens.get(lang, ()), texts, strict=True):
                if token.type == "image":
                    token.attrs["title"] = text
                else:
                    token.content = text


def _anchor(inline: Token, context: Context) -> str:
    """Return a heading's anchor; a second one of the same words gets a number."""
    base = anchor_of(TOKEN.sub("", plain_text(inline.children))) or "section"
    seen = context.shared.anchors.get(base, -1) + 1
    context.shared.anchors[base] = seen
    return f"{base}-{seen}" if seen else base
