"""What mails that are out still say of us after a change: the law wants it answered for 60 days (CASL 6(3), 11(2))."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.delivery.confirm import REAL
from newsletter.delivery.frozen import load_editions
from newsletter.delivery.send import Send, sends
from newsletter.delivery.states import SendState
from newsletter.edition.edition import Archive
from newsletter.language import _, ngettext
from newsletter.project.archive import wish_of
from newsletter.project.letters import base_url

if TYPE_CHECKING:
    from newsletter.audience.lists import MailingList
    from newsletter.project.project import Project

#: how long what a mail says must hold after it
ANSWERED = timedelta(days=60)
_NOT_OUT = frozenset({SendState.PLANNING, SendState.CANCELLED})


def labels() -> dict[str, str]:
    """Return the keys of `[site]` that stand in the foot of every mail, in words."""
    return {
        "name": _("the organisation's name"),
        "postal_address": _("the postal address"),
        "contact": _("the contact"),
        "privacy_officer_title": _("the privacy officer's title"),
        "privacy_officer_contact": _("the privacy officer's contact"),
    }


def former_words(project: Project, at: float) -> Iterator[tuple[str, str]]:
    """Return what still says something former, and what to do about it; nobody's words are repeated."""
    out = [send for send in sends(project.store) if send.kind == REAL and send.state not in _NOT_OUT]
    yield from _mails(project, out, datetime.fromtimestamp(at, UTC))
    for key, label in labels().items():
        now = getattr(project.config.site, key)
        former = {getattr(send.site, key) for send in out} - {now, ""}
        for each in project.lists.values():
            if any(_still_says(each, text, now) for text in former):
                yield (
                    _("subscribers/{list}.toml still names what {label} was before.").format(
                        list=each.name, label=label
                    ),
                    _("Correct its consent wording and description: people agree to what they read there."),
                )
        yield from _pages(project, [send for send in out if getattr(send.site, key) in former], label)


def _mails(project: Project, out: Sequence[Send], now: datetime) -> Iterator[tuple[str, str]]:
    """Say what changed since mails of the last 60 days, each key once, by the newest that says otherwise."""
    recent = [send for send in out if now - send.date <= ANSWERED]
    for key, label in labels().items():
        different = (send for send in recent if getattr(send.site, key) not in ("", getattr(project.config.site, key)))
        if send := next(different, None):
            yield (
                _("{send} of {day} says otherwise of {label}.").format(label=label, **_named(send)),
                _("Let the former one be answered until {day} (CASL 6(3): 60 days).").format(day=_last_day(send)),
            )
    elsewhere = (send for send in recent if send.pages not in ("", base_url(project)))
    if send := next(elsewhere, None):
        yield (
            _("The links of {send} of {day} lead to another address than [web] base_url.").format(**_named(send)),
            _("Let the former address show the pages until {day} (CASL 11(2)); a redirect will not do.").format(
                day=_last_day(send)
            ),
        )


def _named(send: Send) -> dict[str, str]:
    return {"send": send.ref, "day": f"{send.date:%Y-%m-%d}"}


def _last_day(send: Send) -> str:
    return f"{send.date + ANSWERED:%Y-%m-%d}"


def _still_says(mailing_list: MailingList, former: str, now: str) -> bool:
    """Tell whether a list's texts hold what was said before; within what is said now it is no fault."""
    texts = (*mailing_list.consent.values(), *mailing_list.description.values())
    return any(former in (text.replace(now, "") if now else text) for text in texts)


def _pages(project: Project, different: Sequence[Send], label: str) -> Iterator[tuple[str, str]]:
    """Count the issues on the web that show something former: a page is what was sent."""
    newest = {send.issue: send for send in reversed(different)}
    shown = sum(_is_shown(project, send) for send in newest.values())
    if shown:
        text = ngettext(
            "{count} issue on the web shows what {label} was before.",
            "{count} issues on the web show what {label} was before.",
            shown,
        )
        yield (
            text.format(count=shown, label=label),
            _("A page stays as it was sent; archive: none in the issue takes it down."),
        )


def _is_shown(project: Project, send: Send) -> bool:
    return any(wish_of(project, each) is not Archive.NONE for each in load_editions(project.store, send.id).values())
