"""Rules on what links answer: `check --links` visits them and hands the answers in; nothing here asks anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from newsletter.edition.check.rule import Rule, Subject
from newsletter.errors import Finding, Location, Severity
from newsletter.language import _, marked


class Outcome(StrEnum):
    """What became of a visit."""

    WELL = "well"
    GONE = "gone"
    MOVED = "moved"
    LOOP = "loop"
    SILENT = "silent"
    UNTRUSTED = "untrusted"
    PRIVATE = "private"
    REFUSED = "refused"
    UNVISITED = "unvisited"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an address answered."""

    outcome: Outcome
    #: the HTTP status of the last answer, 0 without one
    status: int = 0
    #: where it moved for good
    moved_to: str = ""
    #: what kept it from answering, in words
    reason: str = ""


def findings(
    subject: Subject, places: Mapping[str, Sequence[Location]], answers: Mapping[str, Answer]
) -> Iterator[Finding]:
    """Yield what there is to say about the answers, at each place where an address stands."""
    for url, locations in places.items():
        answer = answers.get(url, Answer(outcome=Outcome.UNVISITED))
        rule = _BY_OUTCOME.get(answer.outcome)
        for where in locations if rule else ():
            assert rule is not None
            message, hint = _said(answer)
            moved = answer.moved_to or None
            yield rule.found(subject, message, where, hint=hint, suggestion=moved)


def _said(answer: Answer) -> tuple[str, str]:
    """Return what to say and what to do."""
    match answer.outcome:
        case Outcome.GONE:
            return _("This page does not exist (any more): the server answers {status}.").format(
                status=answer.status
            ), _("Look for its new address, or take the link out.")
        case Outcome.MOVED:
            return _("This page has moved for good."), _("Write its new address.")
        case Outcome.LOOP:
            return _("This address leads from one to the next without an end."), _("Open it and see where it leads.")
        case Outcome.SILENT:
            return _("Nobody answers at this address: {reason}.").format(reason=answer.reason), _(
                "Look for a misspelling; if it is right, try again later."
            )
        case Outcome.UNTRUSTED:
            return _("The connection is not safe: {reason}.").format(reason=answer.reason), _(
                "Browsers will warn readers: tell the site's owner."
            )
        case Outcome.PRIVATE:
            return _("This address is inside a private network and was not visited."), _(
                "Readers can not open it: use a public address."
            )
        case Outcome.REFUSED:
            return _("The server answers {status} to a program; a reader may see the page.").format(
                status=answer.status
            ), _("Open it once yourself.")
        case _:
            return _("Not visited: a run visits at most {count} addresses.").format(count=MOST), _(
                "Check fewer issues at a time."
            )


#: as many addresses are visited in one run
MOST = 100


def _rule(code: str, severity: Severity, title: str, why: str, examples: tuple[str, str]) -> Rule:
    bad, good = examples
    return Rule(code=code, severity=severity, group="visited links", title=title, why=why, bad=bad, good=good)


_GOOD = "[La rencontre](https://example.org/rencontre)"
RULES = (
    _rule(
        "NL330",
        Severity.ERROR,
        marked("A page exists (check --links)"),
        marked("A reader who follows a link to a page that is gone does not try the next one."),
        ("[La rencontre](https://example.org/renconter)", _GOOD),
    ),
    _rule(
        "NL331",
        Severity.WARNING,
        marked("An address arrives somewhere (check --links)"),
        marked("After a few redirections browsers give up."),
        ("(an address that leads to itself)", _GOOD),
    ),
    _rule(
        "NL332",
        Severity.INFO,
        marked("An address is the page's own (check --links)"),
        marked("An old address works until somebody stops redirecting it; the mail stays in people's boxes for years."),
        ("[La rencontre](http://example.org/rencontre)", _GOOD),
    ),
    _rule(
        "NL333",
        Severity.WARNING,
        marked("A server answers (check --links)"),
        marked("A name that nobody has, or a server that is silent, is most often a misspelling."),
        ("[La rencontre](https://exmaple.org/rencontre)", _GOOD),
    ),
    _rule(
        "NL334",
        Severity.WARNING,
        marked("A server proves who it is (check --links)"),
        marked("A browser shows a warning that frightens readers away when a certificate is wrong or too old."),
        ("(a site whose certificate has expired)", _GOOD),
    ),
    _rule(
        "NL335",
        Severity.WARNING,
        marked("An address is public (check --links)"),
        marked(
            "Readers can not open a page of an internal network; visiting one from here would not be safe: such "
            "addresses are never visited, unless lint.private_hosts names the host."
        ),
        ("[La rencontre](http://192.168.1.20/rencontre)", _GOOD),
    ),
    _rule(
        "NL336",
        Severity.INFO,
        marked("A page is for everybody (check --links)"),
        marked("A page behind a login or a shield may be closed to readers too."),
        ("(a page that asks for a password)", _GOOD),
    ),
    _rule(
        "NL337",
        Severity.INFO,
        marked("Every link was visited (check --links)"),
        marked("A run visits a limited number of addresses, so that nobody's server is bothered."),
        ("(150 links in one run)", "(an issue at a time)"),
    ),
)
_OUTCOMES = (
    Outcome.GONE,
    Outcome.LOOP,
    Outcome.MOVED,
    Outcome.SILENT,
    Outcome.UNTRUSTED,
    Outcome.PRIVATE,
    Outcome.REFUSED,
    Outcome.UNVISITED,
)
_BY_OUTCOME = dict(zip(_OUTCOMES, RULES, strict=True))
