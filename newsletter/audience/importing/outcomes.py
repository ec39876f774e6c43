"""What becomes of each row of a file: accepted, merged, suppressed or rejected, and why."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from newsletter.language import _


class Outcome(StrEnum):
    """What an import does with a row."""

    #: subscribed by this import
    ACCEPTED = "accepted"
    #: the same person as an earlier row, or already on the list
    MERGED = "merged"
    #: gets nothing: left, bounced or complained, here or in the tool the file comes from
    SUPPRESSED = "suppressed"
    #: not usable
    REJECTED = "rejected"


class Why(StrEnum):
    """The reason of an outcome, as JSON says it; `outcome` and `is_fault` follow from it."""

    NEW = "new"
    NEW_ON_LIST = "new_on_list"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    ALREADY_SUBSCRIBED = "already_subscribed"
    ROW_UNSUBSCRIBED = "row_unsubscribed"
    ROW_BOUNCED = "row_bounced"
    ROW_COMPLAINED = "row_complained"
    KNOWN_UNSUBSCRIBED = "known_unsubscribed"
    KNOWN_BOUNCED = "known_bounced"
    KNOWN_COMPLAINED = "known_complained"
    KNOWN_SUPPRESSED = "known_suppressed"
    LEFT_IN_ANOTHER_ROW = "left_in_another_row"
    ROW_PENDING = "row_pending"
    ROW_WITHOUT_CONSENT = "row_without_consent"
    CONSENT_OVER = "consent_over"
    NO_ADDRESS = "no_address"
    INVALID_ADDRESS = "invalid_address"
    SEVERAL_ADDRESSES = "several_addresses"
    MIXED_SCRIPT = "mixed_script"
    RAGGED = "ragged"
    TOO_LONG = "too_long"
    STRAY_QUOTE = "stray_quote"
    UNKNOWN_STATUS = "unknown_status"
    INVALID_FIELD = "invalid_field"
    CONTROL_CHARACTER = "control_character"

    @cached_property
    def outcome(self) -> Outcome:
        """What follows from the reason."""
        return _OUTCOMES[self]

    @cached_property
    def is_fault(self) -> bool:
        """Tell whether the row must be mended: others are rejected because of what they rightly say."""
        return self.outcome is Outcome.REJECTED and self not in _RIGHTLY


#: rejected for what the row says, which need not be mended
_RIGHTLY = (Why.ROW_PENDING, Why.ROW_WITHOUT_CONSENT, Why.CONSENT_OVER)
_SUPPRESSING = (
    *(Why.ROW_UNSUBSCRIBED, Why.ROW_BOUNCED, Why.ROW_COMPLAINED, Why.LEFT_IN_ANOTHER_ROW),
    *(Why.KNOWN_UNSUBSCRIBED, Why.KNOWN_BOUNCED, Why.KNOWN_COMPLAINED, Why.KNOWN_SUPPRESSED),
)
_OUTCOMES = {
    **dict.fromkeys((Why.NEW, Why.NEW_ON_LIST), Outcome.ACCEPTED),
    **dict.fromkeys((Why.DUPLICATE_IN_FILE, Why.ALREADY_SUBSCRIBED), Outcome.MERGED),
    **dict.fromkeys(_SUPPRESSING, Outcome.SUPPRESSED),
}
_OUTCOMES |= {why: Outcome.REJECTED for why in Why if why not in _OUTCOMES}


def describe(why: Why) -> str:
    """Say a reason to a person."""
    return {
        Why.NEW: _("new"),
        Why.NEW_ON_LIST: _("known, new on this list"),
        Why.DUPLICATE_IN_FILE: _("the same address stands in an earlier row"),
        Why.ALREADY_SUBSCRIBED: _("already on this list"),
        Why.ROW_UNSUBSCRIBED: _("the file says: unsubscribed"),
        Why.ROW_BOUNCED: _("the file says: bounced"),
        Why.ROW_COMPLAINED: _("the file says: complained"),
        Why.KNOWN_UNSUBSCRIBED: _("unsubscribed here before"),
        Why.KNOWN_BOUNCED: _("bounced here before"),
        Why.KNOWN_COMPLAINED: _("complained here before"),
        Why.KNOWN_SUPPRESSED: _("suppressed here"),
        Why.LEFT_IN_ANOTHER_ROW: _("another row of the file says that this person left"),
        Why.ROW_PENDING: _("the file says: never confirmed"),
        Why.ROW_WITHOUT_CONSENT: _("the file says: no consent"),
        Why.CONSENT_OVER: _("the implied consent is over already"),
        Why.NO_ADDRESS: _("there is no address"),
        Why.INVALID_ADDRESS: _("this is not a mail address"),
        Why.SEVERAL_ADDRESSES: _("more than one address in the cell"),
        Why.MIXED_SCRIPT: _("the address mixes scripts or uses look-alike characters"),
        Why.RAGGED: _("not as many cells as the header"),
        Why.TOO_LONG: _("a cell is longer than 64 kB"),
        Why.STRAY_QUOTE: _("a quotation mark is out of place"),
        Why.UNKNOWN_STATUS: _("the status is not a known word"),
        Why.INVALID_FIELD: _("a value does not fit its column"),
        Why.CONTROL_CHARACTER: _("a cell holds a control character"),
    }[why]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowOutcome:
    """One row of the file, numbered as a spreadsheet numbers it: the first line is 1."""

    row: int
    outcome: Outcome
    reason: Why
    #: shown only when asked for
    address: str = field(repr=False, default="")


_WHYS = tuple(Why)
_NUMBERS = {why: number for number, why in enumerate(_WHYS)}


class Outcomes(Sequence[RowOutcome]):
    """Every row's outcome, nine bytes each: a million rows are no burden."""

    def __init__(self) -> None:
        self._rows = array("L")
        self._whys = array("B")
        #: the addresses as written, by position; kept only when they will be shown
        self.addresses: list[str] = []

    def add(self, row: int, why: Why) -> int:
        """Add a row's outcome; return its position."""
        self._rows.append(row)
        self._whys.append(_NUMBERS[why])
        return len(self._rows) - 1

    def change(self, position: int, why: Why) -> None:
        """Change an outcome: a later row said more about the same person."""
        self._whys[position] = _NUMBERS[why]

    def why(self, position: int) -> Why:
        """Return the reason at a position."""
        return _WHYS[self._whys[position]]

    def counts(self) -> Counter[Why]:
        """Count the reasons."""
        return Counter({_WHYS[number]: count for number, count in Counter(self._whys).items()})

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, position: int) -> RowOutcome:  # type: ignore[override]  # slices are not asked for
        why = self.why(position)
        address = self.addresses[position] if self.addresses else ""
        return RowOutcome(row=self._rows[position], outcome=why.outcome, reason=why, address=address)

    def __iter__(self) -> Iterator[RowOutcome]:
        return (self[position] for position in range(len(self)))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a file was understood: shown, so that nothing is guessed in silence."""

    encoding: str
    #: `,`, `;`, a tab, `|`; empty for a workbook
    separator: str
    #: whose export it is, as recognised; empty: nobody's we know
    tool: str
    #: row of the header; 0: there is none
    header: int
    #: column of ours -> header in the file
    columns: Mapping[str, str]
    #: headers that are not used
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import would do, or did."""

    list: str
    rows: Outcomes
    layout: Layout
    #: rows without content or with a comment
    skipped: int = 0
    #: number of the import, by which it can be undone; 0: nothing was written
    id: int = 0

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many rows have each outcome."""
        found: Counter[Outcome] = Counter()
        for why, count in self.rows.counts().items():
            found[why.outcome] += count
        return {outcome: found[outcome] for outcome in Outcome}

    @property
    def reasons(self) -> dict[Why, int]:
        """How many rows have each reason, those that occur."""
        found = self.rows.counts()
        return {why: found[why] for why in Why if found[why]}

    @property
    def faults(self) -> int:
        """How many rows must be mended before everything can be written."""
        return sum(count for why, count in self.rows.counts().items() if why.is_fault)

    @property
    def written(self) -> bool:
        """Tell whether people were written."""
        return self.id > 0
