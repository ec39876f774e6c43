"""Who one send is for: a query, counted, with a reason for everybody who is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Select


class Exclusion(StrEnum):
    """Why somebody on a list gets nothing."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    PENDING = "pending"
    NO_CONSENT = "no_consent"
    PAUSED = "paused"
    DUPLICATE = "duplicate"
    SEGMENT = "segment"
    EXCLUDED_LIST = "excluded_list"
    ALREADY_SENT = "already_sent"


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Who will get it, as a query for the ledger's INSERT … SELECT, and how many they are.

    `query` gives the columns subscriber_id, address_key, list_id, lang, domain: one row a person; the
    first list named that the person is on owns the row. `digest` is a SHA-256 over the ordered keys.
    """

    lists: tuple[str, ...]
    query: Select[tuple[int, str, int, str, str]] = field(repr=False)
    total: int
    by_language: Mapping[str, int]
    by_list: Mapping[str, int]
    exclusions: Mapping[Exclusion, int]
    digest: str
