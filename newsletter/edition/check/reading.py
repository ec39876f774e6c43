"""Rules that reading and rendering keep themselves, documented here with the others."""

from __future__ import annotations

from newsletter.edition.check.rule import Rule

RULES: tuple[Rule, ...] = ()
