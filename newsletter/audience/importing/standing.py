"""What a row says about a person's standing: on the list, never confirmed, left, bounced, complained.

Other tools say it in words (« cleaned »), in yes and no (`email_disabled`), or by a moment that is there or
not (`UNSUB_TIME`). A word that is not known is a fault of the row: nobody is subscribed on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from newsletter.audience.importing import words as said
from newsletter.audience.importing.rules import Rule, Tool
from newsletter.audience.importing.words import NO, WORDS, YES, Standing

__all__ = ["WORDS", "Standing", "reader", "rules_for"]
#: cells that list the ways by which somebody may be written to
_CHANNELS = frozenset({"email", "e", "mail", "courriel", "sms", "whatsapp", "telephone", "phone", "push"})
_BY_MAIL = frozenset({"email", "mail", "courriel"})
#: words of a note that is about nothing else
_FEW = 7
_NOT = re.compile(r"\b(n est pas|s est pas|n a pas|jamais|never|was not|has not|not un\w+)\b")


def rules_for(folded: Sequence[str], tool: Tool | None) -> tuple[Rule, ...]:
    """Return how the columns of a file that speak of standing are read."""
    reads = tool.reads if tool is not None else {}
    silent = tool.silent if tool is not None else frozenset[str]()
    own = tool.words if tool is not None else {}
    rules = []
    for column, header in enumerate(folded):
        if header in reads:
            rules.append(replace(reads[header], column=column))
        elif header not in silent:
            rules += [replace(rule, column=column) for rule in _rules(header, own)]
    return tuple(rules)


def _rules(header: str, own: Mapping[str, Standing]) -> Iterator[Rule]:
    """Yield how a column of this name is read: by known names, else by the family its name is of."""
    if header in said.STATUS:
        yield Rule(words={**WORDS, **own})
        return
    known = [(yes, no) for headers, yes, no in said.FLAGS if header in headers]
    for yes, no in known:
        empty = Standing.WITHOUT_CONSENT if header in said.ASKED else Standing.ACTIVE
        yield Rule(yes=yes, no=no, empty=empty, lenient=header in said.PERHAPS)
    if header in ("newsletter", "infolettre", "bulletin"):
        yield Rule(no=Standing.WITHOUT_CONSENT, lenient=True)
    elif header in said.NOTES:
        yield Rule(words=said.NOTE_WORDS, lenient=True)
    elif not known and not said.ASIDE.search(header):
        yield from _family(header, own)


def _family(header: str, own: Mapping[str, Standing]) -> Iterator[Rule]:
    """Yield how a column is read whose name is none that is known, but of a known kind."""
    standing = next((standing for pattern, standing in said.FAMILIES if pattern.search(header)), None)
    if standing is not None and said.REASON.search(header):
        complaints = dict.fromkeys(said.COMPLAINED_WORDS, Standing.COMPLAINED)
        yield Rule(words=complaints, yes=standing, text=True)
    elif standing is not None:
        yield Rule(yes=standing)
    elif said.QUESTION.search(header) and not said.MOMENT.search(header):
        yield Rule(no=Standing.WITHOUT_CONSENT, empty=Standing.WITHOUT_CONSENT)
    elif said.ON.fullmatch(header):
        yield Rule(no=Standing.UNSUBSCRIBED)
    elif said.STATE.search(header) and said.ABOUT_MAIL.search(header):
        yield Rule(words={**WORDS, **own}, lenient=True)


def reader(rules: Sequence[Rule], fold: Callable[[str], str]) -> Callable[[Sequence[str]], Standing | None]:
    """Return the function that reads a row's standing; it gives None where a cell says what nobody knows."""
    readers = [(rule.column, _cached(rule, fold)) for rule in rules]

    def read(cells: Sequence[str]) -> Standing | None:
        worst = Standing.ACTIVE
        for column, say in readers:
            standing = say(cells[column])
            if standing is None:
                return None
            if standing > worst:
                worst = standing
        return worst

    return read


def _cached(rule: Rule, fold: Callable[[str], str]) -> Callable[[str], Standing | None]:
    """Read one column, remembering: a million rows say the same few words."""

    @lru_cache(maxsize=1024)
    def say(cell: str) -> Standing | None:
        return _said(rule, fold(cell))

    return say


def _said(rule: Rule, cell: str) -> Standing | None:
    if not cell:
        return rule.empty
    if cell in rule.words:
        return rule.words[cell]
    if rule.words and not rule.text:
        return _if_gone(cell) if rule.lenient else _guess(cell)
    if cell in NO or cell.startswith(said.REFUSED) or not cell.strip("0 "):
        return rule.no
    if rule.text or cell in YES or cell.startswith(said.AGREED):
        return rule.yes
    if set(cell.split()) <= _CHANNELS:
        return rule.yes if set(cell.split()) & _BY_MAIL else rule.no
    return _told(rule, cell)


def _told(rule: Rule, cell: str) -> Standing | None:
    """Return what a column of yes and no means where a word, a moment or a number stands in it."""
    if cell in WORDS and not rule.lenient:
        return WORDS[cell]
    if any(map(str.isdigit, cell)):  # a moment, or how many times
        return rule.yes
    return _if_gone(cell) if rule.lenient else _guess(cell)


def _if_gone(cell: str) -> Standing:
    """Return the standing of a text that may be about anything: a few plain words, of whom nothing is denied, count."""
    if not said.GONE.search(cell):
        return Standing.ACTIVE
    plain = len(cell.split()) <= _FEW and not _NOT.search(cell)
    return Standing.UNSUBSCRIBED if plain else Standing.ACTIVE


def _guess(cell: str) -> Standing | None:
    """Return the standing of a word of a known family; none of them makes a subscriber, and denials are not read."""
    if said.DENIED.match(cell):
        return None
    return next((standing for pattern, standing in said.GUESSES if pattern.search(cell)), None)
