"""The people of the ledger's rows: who may still be written to just now, and who they are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from newsletter.audience.directory import load
from newsletter.audience.resolving import still_wanted_for

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.audience.subscriber import Subscriber
    from newsletter.delivery.ledger import Candidate


class Crowd:
    """Whom delivery asks for: implements its `People` with the tables of `audience`."""

    def wanted(self, connection: Connection, rows: Sequence[Candidate]) -> set[int]:
        """Return the `n` of those who may still be written to for the list that owns their row."""
        pairs = {(row.subscriber, row.list): row.n for row in rows}
        return {pairs[pair] for pair in still_wanted_for(connection, pairs, time.time())}

    def load(self, connection: Connection, ids: Sequence[int]) -> Mapping[int, Subscriber]:
        """Return the people with these numbers."""
        return load(connection, ids)
