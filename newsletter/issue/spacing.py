"""Spaces that do not break, ordinals, hours and money, on joined text (see `typography.py`).

Each rule starts from a sign or a number, found in one scan, and looks at what stands around it: a
pattern for every rule over the whole text would cost ten times as much.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from newsletter.issue.quotes import places_of

NBSP = "\u00a0"
NARROW = "\u202f"
JOINT = "\ue000"
_BREAK, _END = "\ue003", "\ue004"

_GAP = frozenset(f" {NBSP}{NARROW}{JOINT}")
_SPACES = frozenset(f" \t\n{NBSP}{NARROW}{_BREAK}{_END}")
#: what may follow a sign that ends a clause
_STOP = _SPACES | frozenset('»”")]*’…')
_MARKS_STOP = _STOP | frozenset(":")
_SIGNS = ":;!?»«%‰€£¢$"
_DIGITS = "0123456789"

_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_UNITS = (
    "km/h|km²|km|cm²|cm|mm|m²|m³|m|kg|mg|g|ha|ml|mL|cl|cL|l|L|min|s|°C|°F|kWh|kW|MW|W|V|Hz|kHz|MHz|GHz"
    r"|ko|Ko|Mo|Go|To|kB|MB|GB|TB|[kMG]\$|M€|millions?|milliards?"
)
_NUMBER = re.compile(r"\d{1,3}(?: \d{3}(?!\d))+|\d+")
_AFTER_NUMBER = re.compile(
    rf"(?P<minutes>[ {NBSP}{NARROW}]?[hH][ {NBSP}{NARROW}]?(?P<at>[0-5]\d)(?![\w]|[.,:]\d))"
    rf"|(?P<hours>[ {NBSP}{NARROW}]?h(?![\w'’-]))"
    r"|(?P<first>(?:ère|ere|ére)(?P<firsts>s?)(?!\w))"
    r"|(?P<nth>i?[èe]me(?P<nths>s?)(?!\w))"
    rf"|(?P<day>(?:er)? (?=(?:{_MONTHS})(?!\w)))"
    rf"|(?P<unit> (?=(?:{_UNITS})(?![\w’'-])))",
    re.IGNORECASE,
)
_AFTER_NUMBER_ENGLISH = re.compile(rf"(?P<unit> (?=(?:{_UNITS}|[ap]\.m\.)(?![\w’'-])))")
_TITLES = re.compile(r"(?:MM?\.|Mmes?|Mlle|Dre?|Mgr|[nN][°ºo]s?|p\.|art\.) (?=[A-ZÀ-Ý\d])")
_TITLES_ENGLISH = re.compile(r"(?:Mr\.|Mrs\.|Ms\.|Dr\.|Prof\.|No\.|p\.|St\.) (?=[A-ZÀ-Ý\d])")
_TITLE_WORDS = ("M. ", "MM. ", "Mme", "Mlle", "Dr", "Mgr", "n°", "N°", "nº", "Nº", "no ", "No ", "p. ", "art. ")
_TITLE_WORDS_ENGLISH = ("Mr. ", "Mrs. ", "Ms. ", "Dr. ", "Prof. ", "No. ", "p. ", "St. ")
_MONTHS_ENGLISH = (
    *("January ", "February ", "March ", "April ", "May ", "June "),
    *("July ", "August ", "September ", "October ", "November ", "December "),
)
_DAY_ENGLISH = re.compile(rf"(?:{'|'.join(month.strip() for month in _MONTHS_ENGLISH)}) (?=\d{{1,2}}(?!\d))")


def space_french(text: str, *, before_marks: str, gentle: bool = False) -> str:
    """Set French spaces; `before_marks` stands before ; ! ? (nothing, or a narrow no-break space).

    `gentle` puts no space where none was typed, takes none away, and spells nothing anew.
    """
    text = _signs(text, before_marks, gentle=gentle)
    if any(word in text for word in _TITLE_WORDS):
        text = _after_words(text, _TITLES)
    return _numbers(text, _AFTER_NUMBER, _bound if gentle else _french_number)


def space_english(text: str) -> str:
    """Set the spaces of English that must not break."""
    if any(word in text for word in _TITLE_WORDS_ENGLISH):
        text = _after_words(text, _TITLES_ENGLISH)
    if any(month in text for month in _MONTHS_ENGLISH):
        text = _after_words(text, _DAY_ENGLISH)
    return _numbers(text, _AFTER_NUMBER_ENGLISH, lambda number, _found: number + NBSP)


def _after_words(text: str, pattern: re.Pattern[str]) -> str:
    """Bind words such as « M. » to what follows them, where they begin a word."""

    def bind(found: re.Match[str]) -> str:
        before = text[found.start() - 1 : found.start()]
        return found.group() if before.isalnum() or before == "." else found.group()[:-1] + NBSP

    return pattern.sub(bind, text)


def _signs(text: str, before_marks: str, *, gentle: bool) -> str:
    """Set the spaces before : ; ! ? » % and currencies, and after «."""
    made: list[str] = []
    done = 0
    for at in places_of(_SIGNS, text):
        if at < done or (text[at] in ";!?" and at and text[at - 1] in ";!?"):
            continue
        end = at + 1
        while text[at] in ";!?" and end < len(text) and text[end] in ";!?":
            end += 1
        gap = at
        while gap > done and text[gap - 1] in _GAP:
            gap -= 1
        # right after « its own space was just set
        before = " " if gap and text[gap - 1] in _GAP else text[gap - 1] if gap else _END
        wanted = _space_before(text, (at, end), before=before, marks=before_marks)
        if gentle and wanted is not None and text[at] != "»":
            wanted = (wanted or NARROW) if text[gap:at].strip(JOINT) else None
        if wanted is not None:
            kept = NARROW if NARROW in text[gap:at] and text[at] in ";!?" else wanted
            made += (text[done:gap], _gap(text[gap:at], kept, text[at]))
            done = at
        if text[end - 1] == "«":
            made.append(text[done:end])
            done = _after_opening(text, end, made)
    return "".join((*made, text[done:])) if made else text


def _gap(gap: str, space: str, sign: str) -> str:
    """Return a gap with its joints kept and one space (or none): where it was, before the sign otherwise."""
    joints = gap.count(JOINT)
    if not joints:
        return space
    leading = len(gap.rstrip(f" {NBSP}{NARROW}")) != len(gap) or sign in "»%‰€£¢$"
    return JOINT * joints + space if leading or gap[0] == JOINT else space + JOINT * joints


def _after_opening(text: str, end: int, made: list[str]) -> int:
    """Put a no-break space after «, dropping those that were typed; returns how far the text was taken."""
    stop = end
    while stop < len(text) and text[stop] in _GAP:
        stop += 1
    if stop < len(text) and text[stop] not in _SPACES and text[stop] != "»":
        made.append(NBSP + JOINT * text.count(JOINT, end, stop))
        return stop
    return end


def _space_before(text: str, run: tuple[int, int], *, before: str, marks: str) -> str | None:
    """Return the space that belongs before a run of signs, or None to leave what stands there."""
    at, end = run
    sign, spaced = text[at], at > 0 and text[at - 1] in _GAP
    if before in _SPACES or before in "«“([" or (before == ":" and sign in ";!?"):
        return None
    after = _next(text, end)
    if sign == "»":
        return None if before == "«" else NBSP
    if sign in "%‰€£¢$":
        return NBSP if before.isdigit() and end == at + 1 and not after.isalnum() else None
    if sign == ":" and end == at + 1:
        return NBSP if after in _STOP and before != ":" else None
    if sign not in ";!?" or (after not in _MARKS_STOP and not text[at:end].endswith("»")):
        return None
    if (sign == ";" and after == ")") or (spaced and before in ";!?"):
        return None
    return marks


def _next(text: str, at: int) -> str:
    while at < len(text) and text[at] == JOINT:
        at += 1
    return text[at] if at < len(text) else _END


def _numbers(text: str, follows: re.Pattern[str], setter: Callable[[str, re.Match[str]], str]) -> str:
    """Set what follows numbers: hours, units, ordinals, days; and the spaces inside large ones."""
    made: list[str] = []
    done = 0
    seen = 0
    for start in places_of(_DIGITS, text):
        if start < seen:
            continue
        found = _NUMBER.match(text, start)
        assert found is not None
        seen = end = found.end()
        if start and (text[start - 1].isalnum() or text[start - 1] in ".,:/-_"):
            continue
        number = found.group()
        after = follows.match(text, end)
        if after is None and " " not in number:
            continue
        made.append(text[done:start])
        number = number.replace(" ", NBSP)
        made.append(setter(number, after) if after else number)
        seen = done = after.end() if after else end
    return "".join((*made, text[done:])) if made else text


def _bound(number: str, found: re.Match[str]) -> str:
    """Return a number with what follows it, as it was typed: only its spaces no longer break."""
    return number + found.group().replace(" ", NBSP)


def _french_number(number: str, found: re.Match[str]) -> str:
    """Return a number with what follows it, as French sets it."""
    if found["minutes"]:
        return f"{number}{NBSP}h{NBSP}{found['at']}" if len(number) <= 2 else number + found.group()
    if found["hours"]:
        return f"{number}{NBSP}h" if len(number) <= 3 else number + found.group()
    if found["first"]:
        return f"{number}re{found['firsts']}" if number == "1" else number + found.group()
    if found["nth"]:
        return f"{number}e{found['nths']}"
    if found["day"]:
        return (f"{number}er" if number == "1" else number + found["day"].rstrip(" ")) + NBSP
    return number + NBSP
