"""Short mails of the machinery's own: a notice to the coordinator, a confirmation, a fresh link.

They are editions made from a few paragraphs, so that they leave by the same letters and transports as an
issue, say that they are automatic (RFC 3834), and hold no image and no style from elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.delivery.transports.base import Outcome, Parcel, Receipt
from newsletter.edition.edition import Edition
from newsletter.edition.segments import Literal
from newsletter.errors import ConfigError, TransientError
from newsletter.language import _
from newsletter.message import Imprint, open_letter

if TYPE_CHECKING:
    from newsletter.config import Sender
    from newsletter.project.project import Project

PAGE = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    "<title>{title}</title></head>"
    "<body style=\"margin:0;padding:32px 20px;font:17px/28px Georgia,'Times New Roman',serif\">{body}</body></html>"
)


@dataclass(frozen=True, kw_only=True)
class Note:
    """A subject, a few paragraphs, perhaps one link; who gets it is said when it is sent."""

    lang: str
    subject: str
    paragraphs: tuple[str, ...] = field(repr=False)
    link: str = field(repr=False, default="")
    label: str = ""


class NoPages:
    """Links of a mail that belongs to no list: there are none."""

    def unsubscribe(self, _subscriber: Subscriber) -> str:
        """Nothing to leave."""
        return ""

    preferences = mailto = unsubscribe

    def web(self, _lang: str) -> str:
        """Return none: a note is on no page."""
        return ""

    def archive(self) -> str:
        """Return none."""
        return ""

    def return_path(self, _subscriber: Subscriber, _key: int) -> str:
        """Return none: bounces go to the sender."""
        return ""


def edition_of(note: Note) -> Edition:
    """Make the edition of a note."""
    paragraphs = [f"<p>{escape(text)}</p>" for text in note.paragraphs]
    lines = list(note.paragraphs)
    if note.link:
        paragraphs.append(f'<p><a href="{escape(note.link)}">{escape(note.label or note.link)}</a></p>')
        lines.append(f"{note.label}{_(': ')}{note.link}" if note.label else note.link)
    html = PAGE.format(lang=note.lang, title=escape(note.subject), body="".join(paragraphs))
    return Edition(
        slug="note",
        lang=note.lang,
        theme="",
        title=note.subject,
        subject=(Literal(text=note.subject),),
        preheader=(),
        html_segments=(Literal(text=html + "\n"),),
        text_segments=(Literal(text="\n\n".join(lines) + "\n"),),
        digest=hashlib.sha256(html.encode()).hexdigest(),
    )


def send_note(project: Project, note: Note, *, address: str, key: int = 1) -> None:
    """Mail a note to one address; raises TransientError when it was not taken."""
    receipts: list[Receipt] = []
    reader = Subscriber(id=0, key="0" * 32, address=address, lang=note.lang)
    at = datetime.now(UTC)
    name = f"note-{at:%Y%m%dT%H%M%S%f}"
    imprint = Imprint(
        site=project.config.site,
        sender=_sender(project),
        mailing_list=MailingList(name="note"),
        date=at,
        send=name,
        message_id_key=project.keys.derive("note"),
        auto_generated=True,
    )
    letter = open_letter(edition_of(note), imprint, NoPages())
    project.transport.deliver(iter([Parcel(key=key, send=name, letter=letter, subscriber=reader)]), receipts.append)
    if not receipts or receipts[0].outcome is not Outcome.ACCEPTED:
        raise TransientError(_("A note could not be sent."), hint=_("Check the transport with: newsletter doctor"))


def _sender(project: Project) -> Sender:
    sender = project.config.default_sender
    if sender is None:
        raise ConfigError(_("newsletter.toml names no sender."), hint=_("Write one: [sender.NAME] with from."))
    return sender
