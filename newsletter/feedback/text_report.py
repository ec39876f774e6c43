"""Bounces that say in words only whom they are about: every address is weighed by what stands around it.

MTAs of forty years write some sixty forms, but they share a grammar: an introduction (« the following
addresses »), the address alone on a line or with its refusal behind it, a session's transcript. Weighing
these signs reads forms that nobody has listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from newsletter.feedback.address import ADDRESS, addresses, cleaned, first_address, folded
from newsletter.feedback.mail import LINE_CHARACTERS, Headers, Mail
from newsletter.feedback.phrases import notice

#: an alias's own address stands in brackets behind the one it leads to, or on the next line
EXPANDED = re.compile(
    r"(?<!\S)(\S{1,200}@\S{1,200})[ \t]*\n?[ \t]*"
    r"\((?:expanded|(?:ultimately )?generated) from:?[ \t]+(\S{1,200}@[^\s)]{1,200})",
    re.IGNORECASE,
)
LINES = 400
#: characters in which a report says what it is
BEGINNING = 3_000
#: from here on an address is taken for the one that failed
ENOUGH = 4

#: what may stand between words and the address
OPENING = r"\s*[:=;]*\s*[<\"'(\[]*(?:mailto:|smtp:|rfc822;|local;)?\s*[<\"'(\[]*$"
#: what may stand between the address and words
CLOSING = r"^[>\])\"'}]*(?:<mailto:[^>]*>)?\s*"
ALONE = re.compile(r"^[\s>*•·\d.)\-'\"<(\[]*$")
ALONE_AFTER = re.compile(r"^[>\])\"'}]*(?:\s*[<(\[](?:mailto:|smtp:)?[^<>()]*[>)\]])?[\s:;.,-]*$")
ROLE = re.compile(
    r"^(?:post-?master|mailer-daemon|abuse|hostmaster|support|helpdesk|no-?reply|mailsupport|network|admin(?:istrator)?|root)@",
    re.IGNORECASE,
)
#: a line of a transcript that is an answer
ANSWER = re.compile(r"^\s*(?:<<< )?[245]\d\d[ -]")
SECTION = re.compile(r"^\s*[-=_*#]{3,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """An address that could not be reached, and the words that say why."""

    address: str = field(repr=False)
    text: str = field(repr=False)
    #: guessed from the mail that was returned, not named by the report
    guessed: bool = False


@dataclass(slots=True)
class _Candidate:
    address: str
    line: int
    #: what stands before it on its line, without the digits
    shape: str
    weight: int = 0


def looks_returned(mail: Mail) -> bool:
    """Tell whether a mail presents itself as a report on another one."""
    headers = mail.headers
    if headers.get("x-failed-recipients") or "delivery-status" in headers.get("content-type").lower():
        return True
    if notice("daemon").search(headers.get("from")):
        return True
    beginning, subject = mail.notice[:BEGINNING], headers.decoded("subject")
    refusal = bool(notice("refusal").search(beginning))
    titled = bool(notice("subject").search(subject))
    posted = from_server(headers) or headers.get("return-path").strip() == "<>"
    told = refusal or bool(notice("introduction").search(beginning)) or bool(mail.original.fields)
    if titled or from_server(headers):
        return posted + titled + told >= 2
    return refusal and (posted or bool(notice("weak subject").search(subject)))


def from_server(headers: Headers) -> bool:
    """Tell whether the writer's name is one in which a mail server may write."""
    return bool(notice("server").search(" ".join(headers.decoded(name) for name in ("from", "sender", "reply-to"))))


def is_success(mail: Mail) -> bool:
    """Tell whether the report says that the mail arrived, and nothing of a refusal."""
    beginning = mail.notice[:BEGINNING]
    return bool(notice("success").search(beginning)) and not notice("refusal").search(beginning)


def read_text(mail: Mail) -> list[Failure]:
    """Return who could not be reached, by the words of the notice; empty when it names nobody."""
    lines = _lines(mail)
    mailed = {folded(address) for value in mail.original.all("to", "cc") for address in addresses(value)}
    behind = {final: first for final, first in _forwarded(mail.notice).items() if final not in mailed}
    named = [address for value in mail.headers.all("x-failed-recipients") for address in addresses(value)]
    found = _weighed(lines, mailed, _others(mail) - mailed) if not named else []
    final = [one for one in _chosen(found, mailed) if folded(one.address) not in behind.values()] or _chosen(
        found, mailed
    )
    chosen = [behind.get(folded(address), address) for address in named or [one.address for one in final]]
    if chosen:
        return [Failure(address=address, text=_words(lines, address, len(chosen) == 1)) for address in chosen]
    only = [address for value in mail.original.all("to") for address in addresses(value)]
    if len(only) == 1:
        return [Failure(address=only[0], text=_words(lines, "", True), guessed=True)]
    return []


def is_delay(mail: Mail) -> bool:
    """Tell whether the report only says that its server is still trying."""
    return bool(
        notice("delay").search(mail.headers.decoded("subject")) or notice("delay").search(mail.notice[:BEGINNING])
    )


def explanation(mail: Mail, address: str) -> str:
    """Return the words of a notice that say why an address was refused."""
    return _words(_lines(mail), address, alone=True)


def around(mail: Mail, address: str) -> str:
    """Return the words of a notice right behind an address."""
    return _words(_lines(mail), address, alone=False)


def _lines(mail: Mail) -> list[str]:
    return [line[:LINE_CHARACTERS] for line in mail.notice.split("\n")[:LINES]]


def _forwarded(text: str) -> dict[str, str]:
    """Return whose mail a final address was to get: `<final> (expanded from <mailed>)`."""
    return {folded(first_address(found[1])): first_address(found[2]) for found in EXPANDED.finditer(text)}


def _others(mail: Mail) -> set[str]:
    """Return the addresses that stand in such a mail for other reasons: writer, reader, sender of the original."""
    values: Iterable[str] = (
        *mail.headers.all("from", "to", "sender", "reply-to", "return-path", "errors-to", "delivered-to", "message-id"),
        *mail.original.all("from", "sender", "reply-to", "return-path", "errors-to", "message-id"),
    )
    return {folded(address) for value in values for address in addresses(value)}


def _weighed(lines: list[str], mailed: set[str], others: set[str]) -> list[_Candidate]:
    found: dict[str, _Candidate] = {}
    introduced = -100
    for number, line in enumerate(lines):
        if notice("introduction").search(line):
            introduced = number
        elif SECTION.match(line) and number > introduced + 1:
            introduced = -100
        for one in ADDRESS.finditer(line):
            address = cleaned(f"{one[1]}@{one[2]}")
            if not address or ("." not in address.partition("@")[2] and folded(address) not in mailed):
                continue
            weight = _weight(line[: one.start()], line[one.end() :], near=number - introduced < 12)
            weight += 3 * (folded(address) in mailed) - 8 * (folded(address) in others) - 3 * bool(ROLE.match(address))
            best = found.setdefault(folded(address), _Candidate(address, number, _shape(line, one), weight))
            best.weight = max(best.weight, weight)
    return list(found.values())


def _shape(line: str, found: re.Match[str]) -> str:
    return re.sub(r"\d", "0", line[: found.start()].strip())


def _weight(before: str, after: str, *, near: bool) -> int:
    """Weigh an address by what stands before and behind it on its line."""
    weight = 3 if near else 0
    if ALONE.match(before) and ALONE_AFTER.match(after):
        weight += 4
    elif notice("not before", r"(?:^|[\s(\[<,;])", OPENING).search(before):
        weight -= 6
    elif notice("before", "", OPENING).search(before):
        weight += 4
    if notice("after", CLOSING).match(after) and after.strip(" >)]\"'"):
        weight += 4 if ALONE.match(before) else 3
    return weight


def _chosen(found: list[_Candidate], mailed: set[str]) -> list[_Candidate]:
    """Choose those that weigh enough: what our mail was addressed to, if it is among them, and whom it names alike."""
    enough = [one for one in found if one.weight >= ENOUGH]
    ours = [one for one in enough if folded(one.address) in mailed]
    if ours:
        shapes = {(one.shape, one.weight - 3) for one in ours}
        return [one for one in enough if one in ours or (one.shape, one.weight) in shapes]
    best = max((one.weight for one in enough), default=0)
    return [one for one in enough if one.weight >= best - 3]


def _words(lines: list[str], address: str, alone: bool) -> str:
    """Return the telling lines first: those behind the address, those with a code, and then all of it."""
    key = folded(address)
    places = [number for number, line in enumerate(lines) if key and key in folded(line)]
    near = [line for place in places[:4] for line in _behind(lines, place)]
    telling = [line for line in lines if notice("telling").search(line)] if alone else []
    return "\n".join(dict.fromkeys(_plain(line, key) for line in (*near, *telling)))


def _behind(lines: list[str], place: int) -> list[str]:
    """Return a line and those behind it up to a blank line that ends the refusal, or the next address."""
    block = [lines[place]]
    answers = bool(ANSWER.match(lines[place]))
    for line in lines[place + 1 : place + 10]:
        if (
            SECTION.match(line)
            or (answers and ANSWER.match(line))
            or (not line.strip() and len(block) > 1)
            or (block[1:] and ADDRESS.search(line[:80]) and ALONE.match(line[:1]))
        ):
            break
        block.append(line)
    return block


def _plain(line: str, key: str) -> str:
    """Take the address out, so that a word in it is not taken for a reason."""
    return ADDRESS.sub("<>", line) if key else line
