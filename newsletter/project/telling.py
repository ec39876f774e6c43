"""Notices of the clock as mails: to the sender's own address, reminders to a series' contributors."""

from __future__ import annotations

import hashlib
import html
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.edition.edition import Edition
from newsletter.edition.segments import Literal
from newsletter.errors import ConfigError, TransientError
from newsletter.language import _, current
from newsletter.message import Imprint, open_letter
from newsletter.project.delivering import refuse_examples
from newsletter.project.registry import with_address
from newsletter.project.transports import open_transport

if TYPE_CHECKING:
    from newsletter.config import Sender
    from newsletter.delivery.transports.base import Parcel
    from newsletter.project.project import Project
    from newsletter.schedule.notices import Notice


class NoLinks:
    """Addresses of a mail that nobody subscribed to: none."""

    def unsubscribe(self, subscriber: Subscriber) -> str:  # noqa: ARG002 - the seam's signature
        """There is nothing to leave."""
        return ""

    preferences = web = mailto = unsubscribe

    def archive(self) -> str:
        """It is not kept."""
        return ""

    def return_path(self, subscriber: Subscriber, key: int) -> str:  # noqa: ARG002 - the seam's signature
        """Bounces go to the sender."""
        return ""


@dataclass(frozen=True)
class Teller:
    """Hands notices to the project's transport, through a connection of its own."""

    project: Project

    def __call__(self, notice: Notice, /) -> None:
        """Mail a notice to whom it is for.

        Raises ConfigError without a sender, TransientError when not every mail was taken.
        """
        from newsletter.delivery.transports.base import Outcome, Receipt

        refuse_examples(self.project)
        receipts: list[Receipt] = []
        transport = open_transport(self.project.config)
        try:
            transport.deliver(iter(self._parcels(notice)), receipts.append)
        finally:
            transport.close()
        if not receipts or any(receipt.outcome is not Outcome.ACCEPTED for receipt in receipts):
            raise TransientError(_("A notice could not be sent."))

    def _parcels(self, notice: Notice) -> list[Parcel]:
        from newsletter.delivery.transports.base import Parcel

        sender = self._sender()
        letter = open_letter(_edition(notice), self._imprint(notice, sender), NoLinks())
        return [
            Parcel(key=key, send=_name(notice), letter=letter, subscriber=_reader(address))
            for key, address in enumerate(self._addresses(notice, sender), start=1)
        ]

    def _sender(self) -> Sender:
        sender = self.project.config.default_sender
        if sender is None:
            raise ConfigError(_("newsletter.toml names no sender."))
        return sender

    def _addresses(self, notice: Notice, sender: Sender) -> list[str]:
        from newsletter.message.headers import mailbox

        series = self.project.config.series.get(notice.series)
        if series is not None and series.contributors:
            return [mailbox(contributor).address for contributor in series.contributors]
        return [mailbox(sender.reply_to or sender.from_).address]

    def _imprint(self, notice: Notice, sender: Sender) -> Imprint:
        return Imprint(
            site=self.project.config.site,
            sender=sender,
            mailing_list=MailingList(name="avis"),
            date=datetime.now(UTC),
            send=_name(notice),
            message_id_key=self.project.keys.derive("notice"),
            auto_generated=True,
        )


def _name(notice: Notice) -> str:
    return f"avis-{notice.id}"


def _reader(address: str) -> Subscriber:
    return with_address(Subscriber(id=0, key="0" * 32, address="", lang=current()), address)


def _edition(notice: Notice) -> Edition:
    """Make a notice into an edition: its text, and the same as plain paragraphs."""
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in notice.text.strip().split("\n\n"))
    page = f'<!doctype html><html lang="{current()}"><body>{paragraphs.replace(chr(10), "<br>")}</body></html>'
    return Edition(
        slug="avis",
        lang=current(),
        theme="",
        title=notice.subject,
        subject=(Literal(text=notice.subject),),
        preheader=(),
        html_segments=(Literal(text=page),),
        text_segments=(Literal(text=notice.text),),
        digest=hashlib.sha256(f"{notice.subject}{notice.text}".encode()).hexdigest(),
    )
