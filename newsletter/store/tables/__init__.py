"""Every table, by owner: `people` (audience), `ledger` (delivery), `events` (feedback), `clock` (schedule).

Times are seconds since 1970 in UTC, as floating point, written by the database's own clock or by the
caller's; days are ISO text. Addresses stand in `subscriber` and `pending_signup` only.
"""

from newsletter.store.tables import clock, events, ledger, people
from newsletter.store.tables.base import metadata

__all__ = ["clock", "events", "ledger", "metadata", "people"]
