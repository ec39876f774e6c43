"""Rules as people write them: in French or English words, or as RFC 5545's RRULE."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from newsletter.errors import UsageError
from newsletter.language import _
from newsletter.schedule.crontab import refuse_crontab
from newsletter.schedule.moment import YEARS
from newsletter.schedule.reading import read
from newsletter.schedule.rrule import looks_like_rrule, read_rrule
from newsletter.schedule.rule import Rule
from newsletter.schedule.telling import tell
from newsletter.schedule.walls import ever_comes


def parse_rule(text: str, *, anchor: date | None = None) -> Rule:
    """Read a rule; `anchor` is the first day of one that needs a first day and does not say it.

    Raises UsageError when it is not understood, is a crontab line, needs a first day that nobody gave, or
    never comes (the 30th of February).
    """
    refuse_crontab(text)
    rule = read_rrule(text) if looks_like_rrule(text) else read(text)
    if rule.needs_anchor and rule.anchor is None:
        rule = replace(rule, anchor=_given(anchor))
    if rule.anchor is not None and rule.anchor.year not in YEARS:
        raise UsageError(_("There is no “{what}”.").format(what=rule.anchor))
    if not ever_comes(rule):
        raise UsageError(
            _("The rule never comes: there is no such day."), hint=_("Check the day, the month and the bounds.")
        )
    return rule


def _given(anchor: date | None) -> date:
    if anchor is None:
        raise UsageError(
            _("The rule does not say from which day it is reckoned."),
            hint=_("Add a first day, such as: from 2026-01-08"),
        )
    return anchor


def describe(rule: Rule, language: str) -> str:
    """Say a rule in words, in the language nearest to `language`; what words can not say is told as RRULE."""
    return tell(rule, language)
