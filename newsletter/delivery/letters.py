"""The letters of one send: its editions, opened once for each language and list, on first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsletter.message.letter import Imprint, Links
from newsletter.message.personalise import Letter, open_letter

if TYPE_CHECKING:
    from newsletter.audience.lists import MailingList
    from newsletter.delivery.send import Send
    from newsletter.edition.edition import Edition

#: makes the signed addresses for the readers of one list in one send
LinksFor = Callable[["Send", "MailingList"], Links]


@dataclass(frozen=True, kw_only=True)
class SendLetters:
    """What a worker makes messages from; safe to call for every recipient."""

    send: Send
    #: by language
    editions: Mapping[str, Edition]
    links_for: LinksFor
    message_id_key: bytes = field(repr=False)
    _opened: dict[tuple[str, int], Letter] = field(default_factory=dict, repr=False)

    def __call__(self, lang: str, list_id: int) -> Letter:
        """Return the letter for a reader's language and the list that owns the delivery."""
        known = self._opened.get((lang, list_id))
        if known is None:
            known = self._opened[lang, list_id] = self._open(lang, list_id)
        return known

    def _open(self, lang: str, list_id: int) -> Letter:
        mailing_list = self.send.mailing_lists[list_id]
        imprint = Imprint(
            site=self.send.site,
            sender=self.send.sender,
            mailing_list=mailing_list,
            date=self.send.date,
            send=self.send.ref,
            message_id_key=self.message_id_key,
        )
        edition = self.editions[nearest_language(lang, tuple(self.editions), self.send.site.lang)]
        return open_letter(edition, imprint, self.links_for(self.send, mailing_list))


def nearest_language(wanted: str, there: tuple[str, ...], main: str) -> str:
    """Return the language of `there` for a reader of `wanted`: the same, the same tongue, the project's, the first."""
    if wanted in there:
        return wanted
    tongue = (lang for lang in there if lang.split("-")[0] == wanted.split("-")[0])
    return next(tongue, main if main in there else there[0])
