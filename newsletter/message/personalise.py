"""An edition made out to its readers: `open_letter` once for a send, `Letter.to` for each of them.

Opening encodes everything that is the same for everybody. What is left for one reader is a handful of
values, three signed tokens, one HMAC, and a join.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.edition.edition import Archive
from newsletter.edition.segments import Choice, Given, Literal, Segments, Slot, fill
from newsletter.language import _, speaking
from newsletter.message.encode import ascii_address, safe_text
from newsletter.message.headers import (
    Mailbox,
    address_header,
    mailbox,
    message_id,
    standing,
    text_header,
    unsubscribe_headers,
)
from newsletter.message.letter import Message
from newsletter.message.mime import skeleton
from newsletter.message.pattern import Pattern
from newsletter.message.program import Compiler, Filler, Piece, Program, assemble
from newsletter.message.shared import settled

if TYPE_CHECKING:
    from newsletter.audience.subscriber import Subscriber
    from newsletter.edition.edition import Edition
    from newsletter.message.letter import Imprint, Links

_LINK = re.compile(r"\blinks\.([a-z_]+)")
_CRLF = b"\r\n"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """An edition encoded for one send; see `open_letter`."""

    edition: Edition = field(repr=False)
    imprint: Imprint = field(repr=False)
    links: Links = field(repr=False)
    sender: Mailbox = field(repr=False)
    #: values that are the same for every reader
    constants: Mapping[str, object] = field(repr=False)
    #: names of the links that merge fields ask for
    asked: tuple[str, ...]
    #: the subject where it differs between readers; empty: it is the same for all, and stands in `program`
    subject: Segments = field(repr=False)
    program: Program = field(repr=False)
    filler: Filler = field(repr=False)

    def to(self, subscriber: Subscriber, key: int) -> Message:
        """Make the letter out to one reader: a join of pre-encoded pieces; `key` is the delivery's number.

        Raises PermanentError when the reader's address has no form that mail can carry.
        """
        address = ascii_address(subscriber.address)
        identity = self.message_id(key)
        unsubscribe = self.links.unsubscribe(subscriber)
        values = self.values(subscriber, unsubscribe=unsubscribe)
        out = [
            address_header("To", address, safe_text(subscriber.name)),
            b"Message-ID: " + identity.encode() + _CRLF,
            unsubscribe_headers(unsubscribe, self.links.mailto(subscriber)),
            text_header("Subject", safe_text(fill(self.subject, values))) if self.subject else b"",
        ]
        assemble(self.program, self.filler.fill(values), out)
        return Message(
            message_id=identity,
            return_path=self.links.return_path(subscriber, key) or self._answers_to,
            recipient=address,
            content=b"".join(out),
            needs_smtputf8=not address.isascii(),
            dotless=True,
        )

    @property
    def _answers_to(self) -> str:
        """Where bounces go without a mailbox of their own: nowhere, when a machine wrote (RFC 3834 3.3)."""
        return "" if self.imprint.auto_generated else self.sender.address

    @cached_property
    def pattern(self) -> Pattern:
        """The letter for a provider that fills in the values itself."""
        return Pattern(self.edition, prefix=self.imprint.subject_prefix)

    def message_id(self, key: int) -> str:
        """Return the Message-ID of a delivery, with its angle brackets."""
        imprint = self.imprint
        return message_id(imprint.message_id_key, send=imprint.send, number=key, domain=self.sender.domain)

    def values(self, subscriber: Subscriber, *, unsubscribe: str | None = None) -> dict[str, object]:
        """Return what merge fields see for one reader; `unsubscribe`: that link, when it was made already."""
        made = {name: self._link(name, subscriber) for name in self._others}
        if self._asks_to_leave:
            made["unsubscribe"] = self.links.unsubscribe(subscriber) if unsubscribe is None else unsubscribe
        return {**self.constants, "subscriber": subscriber.values(), "links": made}

    @cached_property
    def _asks_to_leave(self) -> bool:
        return "unsubscribe" in self.asked

    @cached_property
    def _others(self) -> tuple[str, ...]:
        """The links that are asked for, but for the one that every mail's head has made already."""
        return tuple(name for name in self.asked if name != "unsubscribe")

    def _link(self, name: str, subscriber: Subscriber) -> str:
        if name == "preferences":
            return self.links.preferences(subscriber)
        return self._shared.get(name, "")

    @cached_property
    def _shared(self) -> Mapping[str, str]:
        """The links that are the same for all, where an author's own merge field asks for them."""
        return shared_links(self.edition, self.links)


def shared_links(edition: Edition, links: Links) -> Mapping[str, str]:
    """Return the links that are the same for all; an issue that its author wants on no page has no web version."""
    web = links.web(edition.lang) if edition.archive is not Archive.NONE else ""
    return {"archive": links.archive(), "web": web}


def open_letter(edition: Edition, imprint: Imprint, links: Links) -> Letter:
    """Encode an edition once for everybody; `Letter.to` then makes it out to one reader.

    Raises ConfigError when the imprint holds what a header can not carry, IssueError when a merge field
    can not be compiled (checking has reported it before).
    """
    edition = settled(edition, shared_links(edition, links))
    compiler = Compiler()
    body = _body(edition, compiler)
    blank = _blank(edition, imprint, links)
    same = all(isinstance(part, Literal) for part in blank.subject)
    return replace(
        blank,
        subject=() if same else blank.subject,
        program=_joined(
            [
                text_header("Subject", safe_text(fill(blank.subject, {}))) if same else b"",
                standing(imprint, blank.sender, lang=edition.lang),
                *body,
            ]
        ),
        filler=compiler.filler(),
    )


def merge_values(edition: Edition, imprint: Imprint, links: Links, subscriber: Subscriber) -> dict[str, object]:
    """Return what merge fields see for one reader, without a mail being encoded (which takes as long as rendering)."""
    return _blank(edition, imprint, links).values(subscriber)


def _blank(edition: Edition, imprint: Imprint, links: Links) -> Letter:
    """Return a letter before it is encoded."""
    return Letter(
        edition=edition,
        imprint=imprint,
        links=links,
        sender=mailbox(imprint.sender.from_),
        constants=_constants(edition, imprint),
        asked=_asked(edition),
        subject=(Literal(text=imprint.subject_prefix), *edition.subject),
        program=(),
        filler=Compiler().filler(),
    )


def _body(edition: Edition, compiler: Compiler) -> list[Piece]:
    """Return the pieces from Content-Type to the end."""
    text, html = compiler.program(edition.text_segments), compiler.program(edition.html_segments)
    frame = skeleton(edition.digest or _digest(text, html), edition.attachments, lang=edition.lang)
    return [
        frame.before_text,
        *_ended(text, edition.text_segments),
        frame.before_html,
        *_ended(html, edition.html_segments),
        frame.after_html,
    ]


def _ended(program: Program, segments: Segments) -> Sequence[Piece]:
    """End a part with a line's end: its last octets must not be a soft break (RFC 2045 6.7)."""
    last = segments[-1] if segments else None
    whole = isinstance(last, Literal) and last.text.endswith("\n")
    return program if whole else (*program, _CRLF)


def _digest(*programs: Program) -> str:
    """Return what boundaries are made from when the edition has no digest."""
    return hashlib.sha256(repr(programs).encode()).hexdigest()


def _joined(pieces: Sequence[Piece]) -> Program:
    """Merge neighbouring octets into one piece."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)


def _constants(edition: Edition, imprint: Imprint) -> dict[str, object]:
    """Return the values that are the same for every reader of this list."""
    title = imprint.mailing_list.title_in(edition.lang)
    with speaking(edition.lang):
        reason = _("You receive this message because your address is on the list “{title}”.").format(title=title)
    return {**edition.constants, "list": {"title": title, "reason": reason}}


def _asked(edition: Edition) -> tuple[str, ...]:
    """Return the names of the links that some merge field asks for, each once."""
    parts = (edition.subject, edition.text_segments, edition.html_segments)
    sources = (source for part in parts for source in _expressions(part))
    return tuple(dict.fromkeys(name for source in sources for name in _LINK.findall(source)))


def _expressions(segments: Segments) -> Iterator[str]:
    for segment in segments:
        if isinstance(segment, Slot):
            yield segment.expression
        elif isinstance(segment, Choice):
            if isinstance(segment.condition, Given):
                yield segment.condition.expression
            yield from _expressions(segment.inner)
