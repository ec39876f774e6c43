"""What a refusal means for the person: gone for good, not now, or none of their doing.

The status code (RFC 3463) and the words are weighed together, because each is often wrong alone: servers
answer 5.1.1 for a full mailbox and 5.0.0 for an unknown user. Where they differ, the milder one holds:
only an address that does not exist is `hard`, and nothing unclear ever is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from newsletter.feedback.phrases import joined, sections


class Verdict(StrEnum):
    """What follows for the person."""

    #: the mailbox or its domain does not exist: never write again
    HARD = "hard"
    #: full, slow, closed for now: counts towards a decaying score
    SOFT = "soft"
    #: spam, policy, authentication, content: ours to mend, nothing follows for the person
    POLICY = "policy"


class Reason(StrEnum):
    """Why, in one word that can be counted and shown."""

    UNKNOWN_USER = "unknown_user"
    UNKNOWN_HOST = "unknown_host"
    MOVED = "moved"
    FULL = "mailbox_full"
    DISABLED = "disabled"
    FILTERED = "filtered"
    EXPIRED = "expired"
    DELAYED = "delayed"
    TEMPORARY = "temporary"
    NETWORK = "network"
    SYSTEM = "system"
    TOO_BIG = "too_big"
    SPAM = "spam"
    BLOCKED = "blocked"
    AUTHENTICATION = "authentication"
    CONTENT = "content"
    RELAYING = "relaying"
    SENDER = "sender"
    UNDEFINED = "undefined"


VERDICTS = {
    Reason.UNKNOWN_USER: Verdict.HARD,
    Reason.UNKNOWN_HOST: Verdict.HARD,
    Reason.MOVED: Verdict.HARD,
    Reason.SPAM: Verdict.POLICY,
    Reason.BLOCKED: Verdict.POLICY,
    Reason.AUTHENTICATION: Verdict.POLICY,
    Reason.CONTENT: Verdict.POLICY,
    Reason.RELAYING: Verdict.POLICY,
    Reason.SENDER: Verdict.POLICY,
    Reason.TOO_BIG: Verdict.POLICY,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A verdict with its grounds; `status` is the enhanced code, or empty when there was none."""

    verdict: Verdict
    reason: Reason
    status: str = ""


ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\.?\d)")
REPLY = re.compile(r"(?<![\d.:-])([45]\d\d)(?=[ \t-]+[^\d\s]|[ \t-]+[45]\.\d|[ \t]*$)", re.MULTILINE)

#: RFC 3463 and its registry: subject and detail of a permanent code
CODES = {
    (1, 0): Reason.UNKNOWN_USER,
    (1, 1): Reason.UNKNOWN_USER,
    (1, 2): Reason.UNKNOWN_HOST,
    (1, 3): Reason.UNKNOWN_USER,
    (1, 6): Reason.MOVED,
    (1, 7): Reason.SENDER,
    (1, 8): Reason.SENDER,
    (1, 10): Reason.UNKNOWN_HOST,
    (1, 351): Reason.UNKNOWN_USER,
    (2, 1): Reason.DISABLED,
    (2, 2): Reason.FULL,
    (2, 3): Reason.TOO_BIG,
    (3, 1): Reason.FULL,
    (3, 4): Reason.TOO_BIG,
    (4, 1): Reason.NETWORK,
    (4, 3): Reason.NETWORK,
    (4, 6): Reason.NETWORK,
    (4, 7): Reason.EXPIRED,
    (7, 26): Reason.AUTHENTICATION,
    (7, 515): Reason.AUTHENTICATION,
}
SUBJECTS = {
    1: Reason.UNDEFINED,
    2: Reason.FILTERED,
    3: Reason.SYSTEM,
    4: Reason.NETWORK,
    5: Reason.SYSTEM,
    6: Reason.CONTENT,
    7: Reason.BLOCKED,
}
#: codes so common for everything that words weigh more
VAGUE = frozenset(
    {
        (0, 0),
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 0),
        (5, 0),
        (5, 1),
        (5, 4),
        (7, 0),
        (7, 1),
        (2, 1),
        (4, 4),
        (4, 1),
        (3, 2),
        (5, 2),
        (1, 5),
    }
)
#: words that weigh more than a code of an unknown user: servers give it for whatever they do not take
MILDER = frozenset(
    {
        Reason.FULL,
        Reason.SENDER,
        Reason.DISABLED,
        Reason.BLOCKED,
        Reason.SPAM,
        Reason.AUTHENTICATION,
        Reason.RELAYING,
        Reason.FILTERED,
        Reason.TEMPORARY,
    }
)
CHARACTERS = 4_000


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Reason, re.Pattern[str]], ...]:
    return tuple((Reason(name), re.compile(joined(lines), re.IGNORECASE)) for name, lines in sections("refusals"))


def judge(*, text: str, status: str = "", delayed: bool = False) -> Judgement:
    """Weigh a status code (`5.1.1`, may be empty) and the words of a refusal."""
    words = " ".join(text[:CHARACTERS].split())
    code = _code(status, words)
    reason = _reason(code, words)
    if delayed and reason not in (Reason.FULL, Reason.TEMPORARY, Reason.NETWORK):
        reason = Reason.DELAYED
    verdict = VERDICTS.get(reason, Verdict.SOFT)
    if verdict is Verdict.HARD and _temporary(code, words):
        reason, verdict = Reason.TEMPORARY, Verdict.SOFT
    return Judgement(verdict=verdict, reason=reason, status=".".join(map(str, code)) if code else "")


def _code(status: str, words: str) -> tuple[int, int, int] | None:
    """Return the most telling code: the report's own, unless it says nothing and the server's says more."""
    given = [_numbers(found) for found in ENHANCED.finditer(status)]
    said = [_numbers(found) for found in ENHANCED.finditer(words)]
    codes = [code for code in (*given, *said) if code[0] != 2]
    return next((code for code in codes if code[1:] not in VAGUE), codes[0] if codes else None)


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    return int(found[1]), int(found[2]), int(found[3])


def _reason(code: tuple[int, int, int] | None, words: str) -> Reason:
    said = next((reason for reason, pattern in _patterns() if pattern.search(words)), None)
    if code is None or code[1:] in VAGUE:
        return said or (_of_code(code) if code else Reason.UNDEFINED)
    meant = _of_code(code)
    if said is None:
        return meant
    if VERDICTS.get(meant) is Verdict.HARD and said in MILDER:
        return said
    if VERDICTS.get(said) is Verdict.HARD and VERDICTS.get(meant) is not Verdict.HARD:
        return said if _leaves_open(code, meant) else meant
    return said if meant in SUBJECTS.values() else meant


def _leaves_open(code: tuple[int, int, int], meant: Reason) -> bool:
    """Tell whether words of an unknown user may explain a code of another kind; from x.7.100 on codes are exact."""
    if code[1] == 7 and code[2] >= 100:
        return False
    return code[1] in (4, 5, 7) and meant not in (Reason.EXPIRED, Reason.AUTHENTICATION)


def means(status: str) -> Verdict | None:
    """Return the verdict of a code alone; None when it has none, or is used for everything."""
    found = ENHANCED.search(status)
    if not found or (code := _numbers(found))[1:] in VAGUE or code[1:] not in CODES:
        return None
    return VERDICTS.get(CODES[code[1:]], Verdict.SOFT)


def _of_code(code: tuple[int, int, int]) -> Reason:
    return CODES.get(code[1:], SUBJECTS.get(code[1], Reason.UNDEFINED))


def _temporary(code: tuple[int, int, int] | None, words: str) -> bool:
    """Tell whether the answer was one of the fourth kind: try again (RFC 5321 4.2.1).

    The server's own words count before the code of who reports them: some write 5.1.1 under every refusal.
    """
    replies = REPLY.findall(words)
    if replies and all(reply[0] == "4" for reply in replies):
        return True
    return code is not None and code[0] == 4
