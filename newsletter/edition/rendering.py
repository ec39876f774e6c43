"""Issue + theme -> edition: the frame composed and compiled, the prose spliced in, both parts cut into segments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.edition.addresses import Addresses
from newsletter.edition.composer import Composer
from newsletter.edition.edition import Archive, Attachment, Edition
from newsletter.edition.faults import located
from newsletter.edition.fragments import Fragments
from newsletter.edition.frame import NONCES, Collision, Frame, Piece, segments_of
from newsletter.edition.markup import MarkupError
from newsletter.edition.media import in_mail, in_text, on_the_web, settled_for_the_web
from newsletter.edition.notes import Notes
from newsletter.edition.occasions import Occasions, unmerged
from newsletter.edition.options import Part, RenderOptions
from newsletter.edition.page import compile_page, facts, page_source, text_source
from newsletter.edition.segments import Choice, Context, Given, Literal, Segments, Slot
from newsletter.edition.theme import Theme
from newsletter.edition.tree import from_element, from_tokens
from newsletter.errors import IssueError
from newsletter.issue.document import Issue
from newsletter.issue.merge import TOKEN
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.edition.tree import Node
    from newsletter.issue.document import Prose


def render(issue: Issue, theme: Theme, *, options: RenderOptions | None = None) -> Edition:
    """Render an issue once, for every reader; raises `ThemeError` when the theme is at fault.

    The same issue, theme and options give the same edition, byte for byte. Nothing is fetched; of files,
    only the images in the issue's folder are read.
    """
    for nonce in NONCES:
        try:
            return _Rendering(issue, theme, options or RenderOptions(), nonce).edition()
        except Collision:
            continue
    raise IssueError(_("« {path} » holds every word that we use to mark places").format(path=issue.path))


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """The parts of an edition, cut."""

    html: Segments
    web: Segments
    text: Segments


class _Rendering:
    """One attempt to render an issue."""

    def __init__(self, issue: Issue, theme: Theme, options: RenderOptions, nonce: str) -> None:
        self.issue = issue
        self.theme = theme
        self.options = options
        self.nonce = nonce
        self.notes = Notes.of(issue)
        self.addresses = Addresses(issue.folder, options, self.notes)
        self.occasions = Occasions.of_issue(issue, options)
        self.words = theme.words(issue.lang)
        self.facts = facts(issue, options, self.words)
        self.fragments: Fragments | None = None

    def edition(self) -> Edition:
        """Return the edition."""
        subject = self.words["discreet_subject"] if self.options.discreet else self.issue.front.subject
        parts = self._parts()
        files = self.addresses.files(self.issue.front.attachments)
        attachments = (*self.addresses.images.values(), *self.occasions.files.values(), *files)
        heads = (self._line(subject, Context.HEADER), self._line(self.facts.preheader, Context.PLAIN))
        wish = Archive.NONE if self.options.discreet else Archive(self.issue.front.archive)
        return Edition(
            slug=self.issue.slug,
            lang=self.issue.lang,
            theme=self.theme.name,
            title=unmerged(self.issue.front.title or self.issue.front.subject, self.issue.expressions),
            subject=heads[0],
            preheader=heads[1],
            html_segments=parts.html,
            text_segments=parts.text,
            web_segments=parts.web,
            attachments=attachments,
            findings=self.notes.findings,
            digest=_digest((*heads, parts.html, parts.text, parts.web), attachments, wish) if self._whole else "",
            archive=wish,
            constants=self.facts.constants,
        )

    @property
    def _whole(self) -> bool:
        return self.options.parts == frozenset(Part)

    def _parts(self) -> _Parts:
        """Make the parts that are asked for; what there is to say is the same whichever they are."""
        wanted = self.options.parts
        pieces = self._page(compiled=bool(wanted & {Part.HTML, Part.WEB}))
        web = segments_of(pieces, on_the_web(self.issue.lang)) if Part.WEB in wanted else ()
        return _Parts(
            html=segments_of(pieces, in_mail) if Part.HTML in wanted else (),
            web=settled_for_the_web(web, self.facts.constants),
            text=segments_of(self._text(), in_text) if Part.TEXT in wanted else (),
        )

    def _frame(self, *, plain: bool = False) -> Frame:
        return Frame(expressions=dict(self.issue.expressions), nonce=self.nonce, plain=plain)

    def _page(self, *, compiled: bool) -> list[Piece]:
        """Compose the HTML page, which finds what is wrong with it; compile and splice it only where it is shown."""
        composer = self._composer(self.theme)
        source = page_source(composer, self.issue, self.facts)
        self.fragments = composer.fragments
        if not compiled:
            return []
        composer.fragments.finish()
        try:
            page = compile_page(source, composer)
        except MarkupError as error:
            raise located(error, self.theme, self._compose) from error
        return composer.frame.splice(page)

    def _composer(self, theme: Theme) -> Composer:
        frame = self._frame()
        fragments = Fragments(theme=theme, frame=frame, addresses=self.addresses, notes=self.notes, words=self.words)
        return Composer(theme, frame, fragments, lang=self.issue.lang, words=self.words, occasions=self.occasions)

    def _compose(self, theme: Theme) -> str:
        """Return the MJML of the page as another form of the theme makes it."""
        return page_source(self._composer(theme), self.issue, self.facts)

    def _text(self) -> list[Piece]:
        """Write the plain text."""
        frame = self._frame(plain=True)
        return frame.splice(
            text_source(
                self.theme,
                frame,
                self.issue,
                facts=self.facts,
                options=self.options,
                addresses=self.addresses,
                occasions=self.occasions,
                tree=self._tree,
            )
        )

    def _tree(self, block: Prose) -> list[Node | str]:
        """Return the tree of a fragment: its tokens, or with raw HTML what the allow-list left of it."""
        if not block.raw_html or self.fragments is None:
            return from_tokens(block.tokens, block.typed)
        body, typed = self.fragments.parsed(block)
        return [] if body is None else from_element(body, typed)

    def _line(self, text: str, context: Context) -> Segments:
        """Cut one line of text at its merge fields."""
        made: list[Literal | Slot | Choice] = []
        done = 0
        for found in TOKEN.finditer(text):
            expression = self.issue.expressions.get(found.group())
            if expression is None:
                continue
            if text[done : found.start()]:
                made.append(Literal(text=text[done : found.start()]))
            made.append(Slot(expression=expression.source, context=context))
            done = found.end()
        if text[done:]:
            made.append(Literal(text=text[done:]))
        return tuple(made)


def _digest(parts: Sequence[Segments], attachments: Sequence[Attachment], wish: Archive) -> str:
    """Return the SHA-256 of everything that a reader can get."""
    digest = hashlib.sha256()
    for part in parts:
        _feed(digest, part)
        digest.update(b"\x00part\x00")
    for file in attachments:
        digest.update(f"{file.filename}\x00{file.media_type}\x00{file.cid}\x00".encode())
        digest.update(hashlib.sha256(file.content).digest())
    if wish is not Archive.PUBLIC:
        digest.update(f"\x00archive\x00{wish}".encode())
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, segments: Segments) -> None:
    for segment in segments:
        if isinstance(segment, Literal):
            digest.update(b"\x00literal\x00" + segment.text.encode("utf-8", "replace"))
        elif isinstance(segment, Slot):
            digest.update(f"\x00slot\x00{segment.context}\x00{segment.expression}".encode())
        else:
            digest.update(f"\x00choice\x00{_condition(segment)}".encode())
            _feed(digest, segment.inner)
            digest.update(b"\x00end\x00")


def _condition(choice: Choice) -> str:
    condition = choice.condition
    if isinstance(condition, Given):
        return f"given\x00{condition.expression}"
    fields: Mapping[str, object] = {
        "languages": condition.languages,
        "lists": condition.lists,
        "segment": condition.segment,
        "media": [str(medium) for medium in condition.media],
    }
    return repr(sorted(fields.items()))
