"""Rules on what a spam filter says: `check --spam` asks SpamAssassin and hands its verdict in; nothing here runs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.edition.check.rule import Rule, Subject
from newsletter.errors import Finding, Location, Severity
from newsletter.language import _, current, marked, ngettext, number

#: from this score on somebody should look at it
WARN_FROM = 2.0


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A rule of the filter that the mail met."""

    name: str
    points: float
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the filter says of a mail."""

    score: float
    #: the score from which it is put among spam
    limit: float
    hits: tuple[Hit, ...] = ()


def findings(subject: Subject, verdict: Verdict) -> Iterator[Finding]:
    """Say the score and the rules met: an error from the filter's limit on, a warning from 2, else a note."""
    rule = _SPAM if verdict.score >= verdict.limit else _NEAR if verdict.score >= WARN_FROM else _SCORE
    weighing = sorted((hit for hit in verdict.hits if hit.points), key=lambda hit: -hit.points)
    silent = [hit.name for hit in verdict.hits if not hit.points]
    names = [f"{hit.name} ({_signed(hit.points)})" for hit in weighing] + silent
    message = _("SpamAssassin gives {score}; from {limit} on it is spam. Rules met: {rules}.").format(
        score=_points(verdict.score),
        limit=number(verdict.limit, digits=1),
        rules=("; " if current() == "fr-CA" else ", ").join(names) or _("no rule"),
    )
    reasons = "; ".join(hit.said for hit in weighing if hit.points > 0 and hit.said)
    yield rule.found(subject, message, Location(path=subject.issue.path), hint=f"{reasons}." if reasons else None)


def _points(score: float) -> str:
    """Return a score with its noun; which noun is the language's own rule: « 1,2 point », “1.2 points”."""
    single = abs(score) < 2 if current() == "fr-CA" else score == 1
    return ngettext("{score} point", "{score} points", 1 if single else 2).format(score=number(score + 0.0, digits=1))


def _signed(points: float) -> str:
    return f"{'+' if points >= 0 else ''}{number(points, digits=1)}"


def unavailable(path: str, reason: str, hint: str) -> Finding:
    """Say that no verdict could be had, and what to do."""
    return Finding(code=_NONE.code, severity=_NONE.severity, message=reason, location=Location(path=path), hint=hint)


_WHY = marked("Filters like it decide whether people see the mail at all; each rule it names can be looked up.")


def _rule(code: str, severity: Severity, title: str, bad: str, good: str) -> Rule:
    return Rule(code=code, severity=severity, group="deliverability", title=title, why=_WHY, bad=bad, good=good)


_SPAM = _rule(
    "NL920",
    Severity.ERROR,
    marked("A spam filter lets the mail pass (check --spam)"),
    "(5.7 points: capitals, exclamation marks, money)",
    "(0.1 points)",
)
_NEAR = _rule(
    "NL921",
    Severity.WARNING,
    marked("A mail is far from what a spam filter stops (check --spam)"),
    "(3.2 points: one more rule, and it is among spam)",
    "(0.1 points)",
)
_SCORE = _rule(
    "NL922", Severity.INFO, marked("What a spam filter says is known (check --spam)"), "(no check --spam)", "(a score)"
)
_NONE = _rule(
    "NL923",
    Severity.WARNING,
    marked("SpamAssassin can be asked (check --spam)"),
    "(no SpamAssassin on this machine)",
    "apt-get install spamassassin",
)
RULES = (_SPAM, _NEAR, _SCORE, _NONE)
