"""Notices of the clock as mails: to the sender's own address, reminders to a series' contributors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError
from newsletter.language import _, current
from newsletter.project.delivering import refuse_examples
from newsletter.project.notes import Note, send_note

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.schedule.notices import Notice


@dataclass(frozen=True)
class Teller:
    """Mails notices by the configured transport."""

    config: Config

    def __call__(self, notice: Notice, /) -> None:
        """Mail a notice to whom it is for; raises ConfigError without a sender, else as `mail_beside`."""
        paragraphs = notice.text.strip().split("\n\n")
        mail_beside(self.config, notice.subject, paragraphs, self._readers(notice), lang=current())

    def _readers(self, notice: Notice) -> Sequence[str]:
        series, sender = self.config.series.get(notice.series), self.config.default_sender
        if series is not None and series.contributors:
            return series.contributors
        if sender is None:
            raise ConfigError(_("newsletter.toml names no sender."))
        return [sender.reply_to or sender.from_]


def mail_beside(config: Config, subject: str, paragraphs: Sequence[str], readers: Sequence[str], *, lang: str) -> None:
    """Mail a few paragraphs through a connection of its own: a send may be using the project's.

    Raises RefusedError while nobody real is named as the sender, TransientError when a mail was not taken.
    """
    from newsletter.message.headers import mailbox
    from newsletter.project.project import Project

    beside = Project(config)
    note = Note(lang=lang, subject=subject, paragraphs=tuple(paragraphs))
    try:
        refuse_examples(beside)
        for key, reader in enumerate(readers, start=1):
            send_note(beside, note, address=mailbox(reader).address, key=key)
    finally:
        beside.transport.close()
        beside.close()
