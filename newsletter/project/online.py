"""An issue read in the browser: the edition that was sent, made out to nobody, for whoever has its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.delivery.frozen import load_editions
from newsletter.delivery.letters import nearest_language
from newsletter.delivery.send import sends
from newsletter.delivery.states import SendState
from newsletter.project.archive import values_for_nobody, wish_of
from newsletter.project.parts import in_page, with_images
from newsletter.project.transports import leaves_this_machine

if TYPE_CHECKING:
    from newsletter.project.project import Project

#: before it begins, and when it was called off, nobody has it
_UNSENT = frozenset({SendState.PLANNING, SendState.CANCELLED})


def read_online(project: Project, slug: str, lang: str) -> tuple[str, str] | None:
    """Return an issue's page in the nearest language there is, and that language.

    None when it was never sent, or its author wants it nowhere but in mails. What only a rehearsal sent is
    shown while no mail leaves this machine.
    """
    rehearsed = not leaves_this_machine(project.config)
    mine = (send for send in sends(project.store) if send.issue == slug and send.state not in _UNSENT)
    send = next((each for each in mine if rehearsed or each.kind == "real"), None)
    if send is None or wish_of(project, slug) == "none":
        return None
    if any(mailing_list.discreet for mailing_list in send.mailing_lists.values()):
        return None
    editions = load_editions(project.store, send.id)
    edition = editions[nearest_language(lang, tuple(editions), project.config.site.lang)]
    return with_images(edition.web(values_for_nobody(edition)), edition, in_page), edition.lang
