"""The head of an issue as a form: what it holds, what may be chosen, and what of it the form leaves to the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from newsletter.errors import UsageError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.issue.head_edit import Value
    from newsletter.project.project import Project

#: keys of the form that are one line of text
LINES = ("subject", "preheader", "title", "status", "date", "from", "reply_to", "archive", "summary")
#: keys that are several words
WORDS = ("audience", "tags")
NUMBER = "number"


def head_as_json(values: Mapping[str, object]) -> dict[str, object]:
    """Return the keys of the form; `elsewhere` names those whose value is more than the form can hold."""
    shown: dict[str, object] = {}
    elsewhere = []
    for name in (*LINES, NUMBER):
        value = values.get(name)
        if isinstance(value, (Mapping, list)):
            elsewhere.append(name)
        else:
            shown[name] = "" if value is None or (name, value) == ("archive", "public") else str(value)
    for name in WORDS:
        value = values.get(name)
        if isinstance(value, Mapping):
            elsewhere.append(name)
        else:
            shown[name] = _words(value)
    return {**shown, "elsewhere": elsewhere}


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value)] if value not in (None, "") else []


def wanted_values(given: Mapping[str, object], *, shown: Mapping[str, object]) -> dict[str, Value]:
    """Return what a form asks to be set, by key: what differs from what it showed.

    Raises UsageError for a number that is none.
    """
    given = {name: value for name, value in given.items() if shown.get(name) != value}
    found: dict[str, Value] = {}
    for name in LINES:
        if isinstance(value := given.get(name), str):
            found[name] = value.strip()
    for name in WORDS:
        if isinstance(several := given.get(name), list):
            found[name] = [str(each).strip() for each in several if str(each).strip()]
    if isinstance(number := given.get(NUMBER), str):
        found[NUMBER] = _number(number.strip())
    return found


def _number(text: str) -> Value:
    if not text:
        return ""
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(_("“{text}” is not a number.").format(text=text), hint=_("Write it in figures: 12"))
    return int(text)


def choices_of(project: Project, lang: str) -> dict[str, object]:
    """Return what may be chosen in a form: the project's lists and senders, by name and what people read."""
    known = project.config.sender
    lists = [{"name": name, "label": each.title_in(lang) or name} for name, each in project.lists.items()]
    senders = [{"name": name, "label": each.from_.partition("<")[0].strip() or name} for name, each in known.items()]
    return {"lists": lists, "senders": senders}
