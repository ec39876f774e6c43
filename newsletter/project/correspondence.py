"""The mails that the public pages promise: confirm a sign-up, confirm a new address, open one's own page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from newsletter.language import _, speaking
from newsletter.message.links import Page
from newsletter.message.tokens import Purpose, sign
from newsletter.project.letters import base_url
from newsletter.project.notes import Note, send_note

if TYPE_CHECKING:
    from newsletter.audience.signup import Pending
    from newsletter.project.project import Project

#: a confirmation belongs to no list
NO_LIST = "0" * 16
OWN_PAGE = "/m/"


def mail_waiting(project: Project) -> int:
    """Mail what waits, each request once; return how many. Raises TransientError when a mail was not taken."""
    from newsletter.audience.signup import mark_mailed, waiting
    from newsletter.store.turns import only_one

    if not waiting(project.store):
        return 0
    with only_one(project.store, "correspondence") as ours:
        pending = waiting(project.store) if ours else []
        for each in pending:
            send_note(project, note_of(project, each), address=each.address, key=each.id)
            mark_mailed(project.store, each.id, at=time.time())
    return len(pending)


def note_of(project: Project, pending: Pending) -> Note:
    """Write the mail of a request in the language of the page it was made on."""
    with speaking(pending.lang):
        if pending.purpose == "access":
            return _access(project, pending)
        return _address(project, pending) if pending.purpose == "address" else _sign_up(project, pending)


def _sign_up(project: Project, pending: Pending) -> Note:
    site = project.config.site
    known = [project.lists[name].title_in(pending.lang) for name in pending.lists if name in project.lists]
    return Note(
        lang=pending.lang,
        subject=_("Confirm your subscription"),
        paragraphs=(
            _("Somebody, probably you, asked for these mails of {name}: {lists}.").format(
                name=site.name, lists=", ".join(known)
            ),
            _("Nothing is sent before you confirm. If it was not you, do nothing: your address is erased in 7 days."),
        ),
        link=_confirmation(project, pending),
        label=_("I confirm"),
    )


def _address(project: Project, pending: Pending) -> Note:
    return Note(
        lang=pending.lang,
        subject=_("Confirm your new address"),
        paragraphs=(
            _("Somebody, probably you, wants the mails of {name} at this address.").format(
                name=project.config.site.name
            ),
            _("Nothing changes before you confirm. If it was not you, do nothing."),
        ),
        link=_confirmation(project, pending),
        label=_("I confirm"),
    )


def _access(project: Project, pending: Pending) -> Note:
    return Note(
        lang=pending.lang,
        subject=_("Your page"),
        paragraphs=(
            _("This link opens your page at {name}. It is good for one hour; do not pass it on.").format(
                name=project.config.site.name
            ),
        ),
        link=f"{base_url(project).rstrip('/')}{OWN_PAGE}{pending.key}",
        label=_("Open my page"),
    )


def _confirmation(project: Project, pending: Pending) -> str:
    token = sign(Purpose.CONFIRM, subscriber_key=pending.key, list_key=NO_LIST, keys=project.keys)
    return f"{base_url(project).rstrip('/')}{Page.CONFIRM}{token}"
