"""Every rule there is, in the order of its code; the ones found while reading are documented in `reading`."""

from __future__ import annotations

from functools import cache

from newsletter.edition.check import accessibility, answers, clients, law, links, spam, words
from newsletter.edition.check.rule import Rule


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, ordered by code."""
    from newsletter.edition.check.reading import RULES as FOUND_WHILE_READING

    every = (
        *FOUND_WHILE_READING,
        *links.RULES,
        *answers.RULES,
        *accessibility.RULES,
        *clients.RULES,
        *words.RULES,
        *law.RULES,
        *spam.RULES,
    )
    return tuple(sorted(every, key=lambda rule: rule.code))


def rule(code: str) -> Rule | None:
    """Return the rule of a code, or None."""
    return next((rule for rule in rules() if rule.code == code.upper()), None)
