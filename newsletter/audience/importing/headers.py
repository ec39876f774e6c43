"""A row of headers becomes columns: which cell is the address, the name, the language, the state.

Headers are compared without case, accents and punctuation. Nothing is guessed from the content of a
column: a header that is not known is left unused and named in the report.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.audience.address import AddressError, normalise
from newsletter.audience.importing.rules import Rule, Tool
from newsletter.audience.importing.standing import Standing, rules_for
from newsletter.audience.importing.tools import tool_of
from newsletter.audience.importing.words import CONFIRMED_AT, CONSENT_DATE
from newsletter.config.model import AttributeField

_NOT_WORD = re.compile(r"[\W_]+")
#: marks between words that ASCII lacks: « l’infolettre » is two words
_MARKS = re.compile("[\u2010-\u2015\u2018-\u201f\u2026\u2032\u02bc\u00ab\u00b4\u00bb]")
#: `isUnsubscribed`, `EmailAddress`: words that only a capital letter divides
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")

#: the best names first: with « Email » and « Email 2 » in one file, the first is meant
ADDRESS = (
    "email", "e mail", "courriel", "email address", "e mail address", "emailaddress", "adresse email",
    "adresse e mail", "adresse courriel", "adresse de courriel", "adresse electronique", "adresse de messagerie",
    "adresse mail", "subscriber email", "member email", "user email", "contact email", "primary email",
    "email principal", "courriel principal", "mail", "mel", "e mail 1 value", "email 1 value", "courriel 1",
    "premiere adresse electronique", "adresse electronique principale", "adresse courriel principale",
    "adresse de messagerie principale", "email 1", "e mail 1", "votre courriel", "your email", "your email address",
)  # fmt: skip
#: other names of one and the same thing: with two of them in a file, nobody can tell which is meant
_PLAIN = frozenset(ADDRESS) - {"mail", "mel"} - {name for name in ADDRESS if re.search(r"\d|principal|primary", name)}
#: words that make a header of an address out of a longer one (« Courriel (obligatoire) »)
_ADDRESS_WORDS = re.compile(r"\b(e ?mail|courriel|adresse (electronique|de messagerie))\b")
#: and those that make it something else (« email_disabled », « Emails received »)
_OTHER_WORDS = re.compile(
    r"\b(disabled?|status|statut|state|sent|open(ed|s)?|click(ed|s)?|type|format|marketing|consent(ement)?|opt|verified|"
    r"valid|count|received|list|2|3|secondary|secondaire|autre|other|alternate|domain|id|md5|hash|sha256|permission|"
    r"nom complet|display name|recevoir|receive|infolettre|newsletter|"
    r"subscribed|unsubscribed|subscription|date|client|frequency|bounce[ds]?|blocklisted|blacklisted)\b"
)
#: a header without a known name for addresses has at least so many columns; less is a title
_LEAST = 2
NAME = ("name", "full name", "fullname", "nom complet", "display name", "nom et prenom", "prenom et nom",
        "contact name", "subscriber name", "your name", "votre nom", "contact")  # fmt: skip
FIRST = ("first name", "firstname", "prenom", "given name", "fname", "first", "forename", "prenom s")
LAST = ("last name", "lastname", "surname", "family name", "nom de famille", "lname", "last", "nom", "patronyme")
LANGUAGE = ("lang", "language", "langue", "locale", "preferred language", "langue preferee", "langue de correspondance",
            "preferred locale")  # fmt: skip
ZONE = ("tz", "timezone", "time zone", "fuseau horaire", "fuseau")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where what is wanted stands in a row; -1: nowhere."""

    headers: tuple[str, ...]
    address: int
    name: int = -1
    first: int = -1
    last: int = -1
    lang: int = -1
    tz: int = -1
    #: when the row's own consent was given
    obtained: int = -1
    #: the same, as another tool noted it: proof of an express consent only
    confirmed: int = -1
    #: what cells say about the person's standing
    rules: tuple[Rule, ...] = ()
    #: attribute of the project -> column
    fields: Mapping[str, int] = field(default_factory=dict)
    tool: Tool | None = None
    #: columns that could equally be the address
    rivals: tuple[str, ...] = ()
    #: the address's header is one of the known names, not a longer text with one in it
    exact: bool = True
    #: every row has at least this standing
    floor: Standing = Standing.ACTIVE

    @property
    def width(self) -> int:
        """How many cells a row must have: as many as there are named columns."""
        return max((at for at, header in enumerate(self.headers, start=1) if header), default=1)

    def used(self) -> dict[str, str]:
        """Return our name -> the file's header, for the report."""
        named = {"email": self.address, "name": self.name, "first_name": self.first, "last_name": self.last}
        named |= {"lang": self.lang, "tz": self.tz, "obtained": self.obtained, "confirmed": self.confirmed}
        named |= {**{f"fields.{name}": at for name, at in self.fields.items()}}
        named |= {f"status.{number}": rule.column for number, rule in enumerate(self.rules, start=1)}
        return {name: self.headers[at] for name, at in named.items() if at >= 0}

    def unused(self) -> tuple[str, ...]:
        """Return the headers that are not used."""
        used = set(self.used().values())
        return tuple(header for header in self.headers if header.strip() and header not in used)


def fold(header: str) -> str:
    """Return a header without case, accents, punctuation and marks."""
    plain = unicodedata.normalize("NFKD", _MARKS.sub(" ", header)).encode("ascii", "ignore").decode()
    return _NOT_WORD.sub(" ", _CAPITAL.sub(" ", plain)).strip().lower()


def recognise(
    cells: Sequence[str],
    *,
    named: Mapping[str, str] | None = None,
    fields: Mapping[str, AttributeField] | None = None,
) -> Columns | None:
    """Return the columns of a row of headers; None when it is not one: no header of addresses, or an address in it."""
    if any(map(is_address, cells)):
        return None
    folded = [fold(cell) for cell in cells]
    by_hand = {ours: folded.index(fold(theirs)) for ours, theirs in (named or {}).items() if fold(theirs) in folded}
    address, rivals, exact = (by_hand["email"], (), True) if "email" in by_hand else _address(folded)
    if address < 0 or (not exact and sum(map(bool, folded)) < _LEAST):
        return None
    tool = tool_of(folded)
    name, first, last = _names(folded, by_hand)
    return Columns(
        headers=tuple(cell.strip() for cell in cells),
        address=address,
        name=name,
        first=first,
        last=last,
        lang=by_hand.get("lang", _first(folded, LANGUAGE)),
        tz=by_hand.get("tz", _first(folded, ZONE)),
        obtained=by_hand.get("obtained", _first(folded, CONSENT_DATE)),
        confirmed=_first(folded, CONFIRMED_AT),
        rules=rules_for(folded, tool),
        fields=_fields(folded, fields or {}),
        tool=tool,
        rivals=tuple(cells[at].strip() for at in rivals),
        exact=exact,
    )


def find_header(
    rows: Iterable[tuple[int, Sequence[str]]],
    *,
    named: Mapping[str, str] | None = None,
    fields: Mapping[str, AttributeField] | None = None,
) -> tuple[int, Columns] | None:
    """Return the header among a table's first rows, above the first address.

    A header with a known name for addresses is one at once; a longer text with such a word in it (which a
    title may be, too) only when nothing better follows.
    """
    perhaps = None
    for row, cells in rows:
        columns = recognise(cells, named=named, fields=fields)
        if columns is not None and columns.exact:
            return row, columns
        if columns is not None:
            perhaps = row, columns
        elif any(map(is_address, cells)):
            break
    return perhaps


def is_address(cell: str) -> bool:
    """Tell whether a cell holds exactly one address and nothing else."""
    if "@" not in cell:
        return False
    try:
        normalise(cell.strip())
    except AddressError:
        return False
    return True


def _address(folded: Sequence[str]) -> tuple[int, tuple[int, ...], bool]:
    """Return the column of addresses, columns that could equally be it, and whether its name is a known one."""
    for name in ADDRESS:
        if name in folded:
            same = tuple(at for at, header in enumerate(folded) if header == name or {header, name} <= _PLAIN)
            return folded.index(name), same if len(same) > 1 else (), True
    found = [at for at, h in enumerate(folded) if _ADDRESS_WORDS.search(h) and not _OTHER_WORDS.search(h)]
    return (found[0], tuple(found) if len(found) > 1 else (), False) if found else (-1, (), False)


def _names(folded: Sequence[str], by_hand: Mapping[str, int]) -> tuple[int, int, int]:
    """Return the columns of whole, first and last name; « nom » is the family's beside « prénom », else the whole."""
    first = by_hand.get("first_name", _first(folded, FIRST))
    last = by_hand.get("last_name", _first(folded, LAST))
    name = by_hand.get("name", _first(folded, NAME))
    if first < 0 and name < 0:
        name, last = last, -1
    return name, first, last


def _first(folded: Sequence[str], names: Sequence[str]) -> int:
    return next((folded.index(name) for name in names if name in folded), -1)


def _fields(folded: Sequence[str], fields: Mapping[str, AttributeField]) -> dict[str, int]:
    """Return the columns of the project's own attributes, by their names or their labels."""
    found = {}
    for name, declared in fields.items():
        known = [fold(text) for text in (name, f"fields.{name}", *declared.label.values())]
        at = next((folded.index(text) for text in known if text in folded), -1)
        if at >= 0:
            found[name] = at
    return found
