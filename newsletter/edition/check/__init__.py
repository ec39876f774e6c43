"""An issue and its edition come in; findings go out: what is wrong, at which line, and what to do about it.

Rules read; they never change anything, fetch anything, or know of people.
"""

from newsletter.edition.check.registry import rule, rules
from newsletter.edition.check.rule import Rule
from newsletter.edition.check.run import CheckOptions, check

__all__ = ["CheckOptions", "Rule", "check", "rule", "rules"]
