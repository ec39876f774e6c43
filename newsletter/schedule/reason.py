"""Why a turn is held, moved or came to nothing: kept as a code with its facts, said in its reader's language.

Rows and notices hold what `written` gives. What an older version kept is a text, and is read as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import cast

from newsletter.errors import NewsletterError, TransientError
from newsletter.language import INTERFACE_LANGUAGES, _, current, ngettext, number, speaking
from newsletter.schedule.policy import Why
from newsletter.schedule.saying import say_move

_KEY = "because"
_BEGIN = f'{{"{_KEY}": '


class Because(StrEnum):
    """What a turn is held, moved or left for."""

    #: another transport is configured than was confirmed: `old`, `new`
    TRANSPORT = "transport"
    #: the issue's file is not as it was confirmed
    CHANGED = "changed"
    #: the issue could not go as its file is now: `fault`, in each language
    UNFIT = "unfit"
    #: many more or fewer people: `people`, `least`, `most`
    PEOPLE = "people"
    #: found due after the limit
    TOO_LATE = "too_late"
    #: of a series no issue is ready
    NONE_READY = "none_ready"
    #: nobody a step was due for is there any more
    NOBODY_DUE = "nobody_due"
    #: everybody has it
    NOBODY_LEFT = "nobody_left"
    #: sent, but so many `minutes` late
    LATE = "late"
    #: so many times were missed: `count`
    MISSED = "missed"
    #: moved: `why`, and to which wall time: `to`
    MOVED = "moved"
    #: an error: `fault`, in the languages it was raised in
    FAULT = "fault"


def written(because: Because, **facts: object) -> str:
    """Write a reason as rows hold it: never an address or a person's name among its facts."""
    return json.dumps({_KEY: because.value, **facts}, ensure_ascii=False)


def said(stored: str) -> str:
    """Return a reason in the current language; a text of an older version as it is."""
    if not stored.startswith(_BEGIN):
        return stored
    try:
        facts = cast("dict[str, object]", json.loads(stored))
        return _WORDS[Because(str(facts[_KEY]))](facts)
    except (ValueError, KeyError):  # of a newer version: better shown as it is than not at all
        return stored


def fault_of(error: NewsletterError) -> str:
    """Write an error as a reason: its words in the language in which it was raised."""
    return written(Because.FAULT, fault={current(): _whole(error)})


def fault_in_each_language(ask: Callable[[], object], first: NewsletterError) -> dict[str, str]:
    """Return the words of an error in each language, by asking again for what raised it: it must change nothing."""
    found = {current(): first.message}
    for language in INTERFACE_LANGUAGES:
        if language not in found:
            with speaking(language):
                found[language] = _raised(ask)
    return {language: text for language, text in found.items() if text}


def _raised(ask: Callable[[], object]) -> str:
    try:
        ask()
    except TransientError:
        return ""
    except NewsletterError as error:
        return error.message
    return ""


def _whole(error: NewsletterError) -> str:
    return " ".join(filter(None, [error.message, error.hint]))


def _fault(facts: Mapping[str, object]) -> str:
    texts = cast("dict[str, str]", facts["fault"])
    return texts.get(current()) or next(iter(texts.values()))


def _people(facts: Mapping[str, object]) -> str:
    people, least, most = (cast("int", facts[name]) for name in ("people", "least", "most"))
    text = ngettext("{people} person would get it", "{people} people would get it", people)
    bounds = (
        _("{text}; it was confirmed for {least} to {most}.") if most else _("{text}; at least {least} were expected.")
    )
    return bounds.format(text=text.format(people=number(people)), least=number(least), most=number(most))


def _missed(facts: Mapping[str, object]) -> str:
    count = cast("int", facts["count"])
    return ngettext("{count} time was missed.", "{count} times were missed.", count).format(count=count)


#: the words of each reason
_WORDS: Mapping[Because, Callable[[Mapping[str, object]], str]] = {
    Because.TRANSPORT: lambda facts: _("It was confirmed for the transport {old}, and now {new} is configured.").format(
        old=facts["old"], new=facts["new"]
    ),
    Because.CHANGED: lambda _facts: _("The issue's file has changed since it was confirmed."),
    Because.UNFIT: lambda facts: _("The issue could not go as its file is now: {fault}").format(fault=_fault(facts)),
    Because.PEOPLE: _people,
    Because.TOO_LATE: lambda _facts: _("It was found due too late to go without asking."),
    Because.NONE_READY: lambda _facts: _("No issue of this series is ready and unsent."),
    Because.NOBODY_DUE: lambda _facts: _("Nobody it was due for is still on the list."),
    Because.NOBODY_LEFT: lambda _facts: _("Nobody is left who does not have it."),
    Because.LATE: lambda facts: _("It was found due {minutes} minutes late, and was sent then.").format(
        minutes=facts["minutes"]
    ),
    Because.MISSED: _missed,
    Because.MOVED: lambda facts: say_move(Why(str(facts["why"])), datetime.fromisoformat(str(facts["to"]))),
    Because.FAULT: _fault,
}
