"""Our own export coming back: each row brings the consent that it had, and its pause."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from newsletter.audience.consent import Basis, Consent, ConsentKind, implied
from newsletter.audience.formulas import unguarded
from newsletter.audience.importing.headers import Columns, fold
from newsletter.audience.importing.options import ImportOptions

NAME = "infolettre"
_CONSENT = ("consent", "consent basis", "consent source", "consent obtained", "consent wording")

#: the consent of a row (None: there is none) and the moment at which its pause ends
Extra = tuple[Consent | None, float | None]


def is_own(columns: Columns) -> bool:
    """Tell whether a table is our own export."""
    return columns.tool is not None and columns.tool.name == NAME


def extra_reader(columns: Columns, options: ImportOptions) -> Callable[[Sequence[str]], Extra | None]:
    """Return the function that reads what our own rows say beyond others'; None for a row of another list."""
    places = {fold(header): at for at, header in enumerate(columns.headers)}
    wanted = [places.get(name, -1) for name in (*_CONSENT, "paused until", "list")]

    @lru_cache(maxsize=1024)
    def consent_of(kind: str, basis: str, source: str, obtained: str, wording: str) -> Consent | None:
        return _consent(kind, basis, source, obtained, wording, zone=options.zone)

    def read(cells: Sequence[str]) -> Extra | None:
        *consent, pause, name = (unguarded(cells[at]) if at >= 0 else "" for at in wanted)
        if name and name != options.list:
            return None
        return consent_of(*consent), _moment(pause)

    return read


def _consent(kind: str, basis: str, source: str, obtained: str, wording: str, *, zone: str) -> Consent | None:
    at = _moment(obtained)
    if at is None or kind not in (ConsentKind.EXPRESS, ConsentKind.IMPLIED):
        return None
    if kind == ConsentKind.EXPRESS:
        return Consent(kind=ConsentKind.EXPRESS, source=source, obtained_at=at, wording=wording)
    if basis not in set(Basis):
        return None
    return implied(Basis(basis), obtained_at=at, source=source, zone=zone, wording=wording)


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None
