"""Notices of the clock as mails: to the sender's own address, reminders to a series' contributors."""

from __future__ import annotations

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
    """Mails notices by the configured transport, through a connection of its own: a send may be using the other."""

    config: Config

    def __call__(self, notice: Notice, /) -> None:
        """Mail a notice to whom it is for.

        Raises ConfigError without a sender, RefusedError while nobody real is named as the sender,
        TransientError when a mail was not taken.
        """
        from newsletter.project.project import Project

        beside = Project(self.config)
        paragraphs = tuple(notice.text.strip().split("\n\n"))
        note = Note(lang=current(), subject=notice.subject, paragraphs=paragraphs)
        try:
            refuse_examples(beside)
            for key, address in enumerate(self._addresses(notice), start=1):
                send_note(beside, note, address=address, key=key)
        finally:
            beside.transport.close()
            beside.close()

    def _addresses(self, notice: Notice) -> list[str]:
        from newsletter.message.headers import mailbox

        series, sender = self.config.series.get(notice.series), self.config.default_sender
        if series is not None and series.contributors:
            return [mailbox(contributor).address for contributor in series.contributors]
        if sender is None:
            raise ConfigError(_("newsletter.toml names no sender."))
        return [mailbox(sender.reply_to or sender.from_).address]
