"""What a pool of connections draws from during one `deliver`: the ledger's iterator, its pauses and its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Blame, Outcome, Pause, Receipt
from newsletter.delivery.transports.smtp_flight import Flight, flight
from newsletter.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsletter.delivery.transports.base import Parcel, Parcels, Report
    from newsletter.delivery.transports.smtp_opening import Capabilities


class Source:
    """Parcels to be had now, one at a time, and where their receipts go."""

    def __init__(self, parcels: Parcels, report: Report, sign: Callable[[bytes], bytes]) -> None:
        self._parcels = parcels
        self._report = report
        self._sign = sign
        #: loop's time before which nothing is to be had
        self.not_before = 0.0
        #: nothing will ever be had again
        self.ended = False
        #: what the iterator or the report raised, or why no connection can be had
        self.failure: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        """End with an error; the first one is the one that is raised."""
        self.ended = True
        self.failure = self.failure or error

    def take(self, offered: Capabilities, now: float) -> Flight | None:
        """Return the next parcel prepared for a server that offers this; None when none is to be had now."""
        while not self.ended and now >= self.not_before:
            parcel = self._pull()
            if isinstance(parcel, Pause):
                self.not_before = now + max(parcel.seconds, 0.001)
            elif parcel is not None:
                prepared = self._prepare(parcel, offered)
                if isinstance(prepared, Flight):
                    return prepared
                self.report(prepared)
        return None

    def report(self, receipt: Receipt) -> None:
        """Pass a receipt on; what that raises ends everything."""
        try:
            self._report(receipt)
        except BaseException as error:  # raised again by deliver, in the same thread
            self.fail(error)

    def _pull(self) -> Parcel | Pause | None:
        try:
            return next(self._parcels)
        except StopIteration:
            self.ended = True
        except BaseException as error:  # raised again by deliver, in the same thread
            self.fail(error)
        return None

    def _prepare(self, parcel: Parcel, offered: Capabilities) -> Flight | Receipt:
        try:
            message = parcel.message()
        except PermanentError as error:
            return Receipt(key=parcel.key, outcome=Outcome.REFUSED, text=error.message)
        except BaseException as error:  # our own fault, not theirs: raised again by deliver
            self.fail(error)
            return Receipt(key=parcel.key, outcome=Outcome.DEFERRED, blame=Blame.SENDER)
        return flight(parcel.key, message, self._sign(message.content), offered)
