"""How tests hand parcels to a transport, and read what it reports."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.delivery.transports.base import Outcome, Parcel, Pause, Receipt, Transport

A, D, R, U = Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.REFUSED, Outcome.UNKNOWN


def deliver(transport: Transport, parcels: list[Parcel] | Iterator[Parcel | Pause]) -> dict[int, Receipt]:
    """Deliver and return the receipts by key; asserts that none came twice."""
    receipts: list[Receipt] = []
    try:
        transport.deliver(iter(parcels), receipts.append)
    finally:
        assert len({receipt.key for receipt in receipts}) == len(receipts)
        deliver.last = {receipt.key: receipt for receipt in receipts}
    return deliver.last


def outcomes(receipts: dict[int, Receipt]) -> dict[int, Outcome]:
    return {key: receipt.outcome for key, receipt in sorted(receipts.items())}
