"""An issue read in the browser: the edition that was sent, made out to nobody, for whoever has its address.

Its address in a mail is a token, the same for all who got it; an issue for everybody is found by its name, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.delivery.frozen import load_editions
from newsletter.delivery.letters import nearest_language
from newsletter.delivery.send import Send, load_send, sends
from newsletter.delivery.states import SendState
from newsletter.edition.edition import Archive
from newsletter.errors import UsageError
from newsletter.message.tokens import read_web
from newsletter.project.archive import values_for_nobody, wish_of
from newsletter.project.parts import in_page, with_images
from newsletter.project.transports import leaves_this_machine

if TYPE_CHECKING:
    from newsletter.project.project import Project

#: before it begins, and when it was called off, nobody has it
_UNSENT = frozenset({SendState.PLANNING, SendState.CANCELLED})


def read_online(project: Project, slug: str, lang: str) -> tuple[str, str] | None:
    """Return the page of an issue that is for everybody, in the nearest language there is, and that language.

    None when it was never sent, or is not for everybody. What only a rehearsal sent is shown while no mail
    leaves this machine.
    """
    rehearsed = not leaves_this_machine(project.config)
    mine = (send for send in sends(project.store) if send.issue == slug and _is_out(send))
    send = next((each for each in mine if rehearsed or each.kind == "real"), None)
    return _page(project, send, lang, {Archive.PUBLIC}) if send else None


def read_version(project: Project, token: str) -> tuple[str, str] | None:
    """Return the page that a mail's own link names, and its language; None for a link that is not ours."""
    named = read_web(token, project.keys)
    if named is None:
        return None
    try:
        send = load_send(project.store, named.send)
    except UsageError:
        return None
    return _page(project, send, named.lang, {Archive.PUBLIC, Archive.UNLISTED}) if _is_out(send) else None


def _is_out(send: Send) -> bool:
    return send.state not in _UNSENT and not any(each.discreet for each in send.mailing_lists.values())


def _page(project: Project, send: Send, lang: str, allowed: set[Archive]) -> tuple[str, str] | None:
    editions = load_editions(project.store, send.id)
    edition = editions[nearest_language(lang, tuple(editions), project.config.site.lang)]
    if wish_of(project, edition) not in allowed:
        return None
    return with_images(edition.web(values_for_nobody(edition)), edition, in_page), edition.lang
