"""Letters and their links: real ones for a send, inert ones for personas, tests and measuring.

Everything that shows a mail, or sends one, opens its letter here: what was previewed is what is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.audience.lists import MailingList
from newsletter.audience.subscriber import Subscriber
from newsletter.message import Imprint, InertLinks, SignedLinks, merge_values, open_letter

if TYPE_CHECKING:
    from newsletter.config import Sender
    from newsletter.delivery.confirm import Order
    from newsletter.delivery.send import Send
    from newsletter.edition.edition import Edition
    from newsletter.message import Letter, Links, Message
    from newsletter.project.project import Project

#: what `serve` has; nothing is printed for a page that is not there
PAGES = ("unsubscribe", "preferences", "web")
#: of a mail to oneself: there is nothing to be read online yet
_TEST_PAGES = ("unsubscribe", "preferences")
#: what a mail to oneself says in its subject
_TEST_PREFIX = {"fr": "[ESSAI] ", "en": "[TEST] "}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One language of a send as a reader without a name gets it."""

    lang: str
    subject: str
    #: bytes of the whole mail, with links of real length
    size: int


def base_url(project: Project) -> str:
    """Return where people reach the pages: the configured address, else where `serve` answers on this machine."""
    from newsletter.project.transports import leaves_this_machine

    web = project.config.web
    if web.base_url or leaves_this_machine(project.config):
        return web.base_url
    return f"http://{web.host}:{web.port}"


def links_for(project: Project, send: Send, mailing_list: MailingList) -> Links:
    """Make the signed addresses for the readers of one list in one send."""
    return SignedLinks(
        base_url=base_url(project),
        keys=project.keys,
        mailing_list=mailing_list.name,
        send=send.id,
        bounces_to=project.config.feedback.return_path,
        pages=PAGES,
    )


def message_id_key(project: Project) -> bytes:
    """Return the key that Message-IDs are made with, so that they tell neither send nor person."""
    return project.keys.derive("message-id")


def inert_links(project: Project, *, pages: Collection[str] = PAGES) -> InertLinks:
    """Make addresses of real length that are nobody's."""
    return InertLinks(
        base_url=base_url(project) or "https://exemple.invalid",
        bounces_to=project.config.feedback.return_path,
        pages=pages,
    )


def sample_letter(project: Project, edition: Edition, *, sender: Sender, reader: Subscriber) -> Letter:
    """Open a letter for a persona: its date and Message-ID follow from the edition, so that it is reproducible."""
    imprint = _sample_imprint(project, edition, sender=sender, reader=reader)
    return open_letter(edition, imprint, inert_links(project))


def sample_values(project: Project, edition: Edition, *, sender: Sender, reader: Subscriber) -> dict[str, object]:
    """Return what merge fields see in that letter, without opening it."""
    imprint = _sample_imprint(project, edition, sender=sender, reader=reader)
    return merge_values(edition, imprint, inert_links(project), reader)


def _sample_imprint(project: Project, edition: Edition, *, sender: Sender, reader: Subscriber) -> Imprint:
    seed = hashlib.sha256(f"{edition.digest}{edition.slug}{edition.lang}{reader.address}".encode()).digest()
    return Imprint(
        site=project.config.site,
        sender=sender,
        mailing_list=_list_of(project, reader),
        date=_fixed_date(edition),
        send="P0",
        message_id_key=seed,
    )


def test_letters(
    project: Project, editions: Iterable[Edition], *, sender: Sender, name: str, at: datetime, prefix: bool
) -> list[Letter]:
    """Open each edition for a mail to oneself: `[ESSAI]` before its subject, links that do nothing."""
    letters = []
    for edition in editions:
        imprint = Imprint(
            site=project.config.site,
            sender=sender,
            mailing_list=next(iter(project.lists.values()), MailingList(name="essai")),
            date=at,
            send=name,
            message_id_key=hashlib.sha256(name.encode()).digest(),
            subject_prefix=_TEST_PREFIX.get(edition.lang[:2], _TEST_PREFIX["en"]) if prefix else "",
        )
        letters.append(open_letter(edition, imprint, inert_links(project, pages=_TEST_PAGES)))
    return letters


def sample_message(project: Project, edition: Edition, *, sender: Sender, reader: Subscriber) -> Message:
    """Make a mail out to a persona."""
    return sample_letter(project, edition, sender=sender, reader=reader).to(reader, 1)


def samples_of(project: Project, order: Order) -> list[Sample]:
    """Measure each language of an order for a reader of whom nothing is known."""
    found = []
    for edition in order.editions:
        reader = Subscriber(id=0, key="0" * 32, address="exemple@example.org", lang=edition.lang)
        letter = sample_letter(project, edition, sender=order.sender, reader=reader)
        subject = edition.fill_subject(letter.values(reader))
        found.append(Sample(lang=edition.lang, subject=subject, size=len(letter.to(reader, 1).content)))
    return found


def _list_of(project: Project, reader: Subscriber) -> MailingList:
    """Return the list that a reader gets it for: the first that they are on, else the first there is."""
    on = (project.lists[name] for name in reader.lists if name in project.lists)
    return next(on, next(iter(project.lists.values()), MailingList(name="liste")))


def _fixed_date(edition: Edition) -> datetime:
    """Return the date of the issue as an instant, or a fixed one: nothing that is shown depends on the clock."""
    issue = edition.constants.get("issue")
    text = str(issue.get("date", "")) if isinstance(issue, dict) else ""
    try:
        return datetime.fromisoformat(text[:10]).replace(hour=12, tzinfo=UTC)
    except ValueError:
        return datetime(2024, 1, 1, 12, tzinfo=UTC)
