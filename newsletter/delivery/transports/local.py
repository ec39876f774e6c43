"""What the transports that keep mails on this machine have in common: one parcel after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Blame, Outcome, Parcel, Pause, Receipt
from newsletter.errors import PermanentError, TransientError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.delivery.transports.base import Parcels, Report
    from newsletter.message.letter import Message

#: keeps one mail
Keep = Callable[[Parcel, "Message"], None]


class Local:
    """A way that leads nowhere but here: keeps each mail with `keep` before the next is pulled."""

    real = False
    in_flight = 1
    window: int | None = None

    def __init__(self, name: str, keep: Keep) -> None:
        self.name = name
        self._keep = keep
        self._closed = threading.Event()

    def deliver(self, parcels: Parcels, report: Report) -> None:
        """Keep each mail and report it; raises TransientError when this machine can not keep it."""
        self._closed.clear()
        for parcel in parcels:
            if isinstance(parcel, Pause):
                self._closed.wait(parcel.seconds)
            elif self._closed.is_set():
                report(Receipt(key=parcel.key, outcome=Outcome.DEFERRED, blame=Blame.RELAY))
            else:
                self._one(parcel, report)
            if self._closed.is_set():
                return

    def _one(self, parcel: Parcel, report: Report) -> None:
        began = time.monotonic()
        try:
            message = parcel.message()
        except PermanentError as error:
            report(Receipt(key=parcel.key, outcome=Outcome.REFUSED, text=error.message))
            return
        except BaseException:
            report(Receipt(key=parcel.key, outcome=Outcome.DEFERRED, blame=Blame.SENDER))
            raise
        try:
            self._keep(parcel, message)
        except OSError as error:
            report(Receipt(key=parcel.key, outcome=Outcome.DEFERRED, blame=Blame.RELAY, text=error.strerror or ""))
            raise TransientError(
                _("A mail could not be written: {reason}.").format(reason=error.strerror),
                hint=_("Make room or mend the permissions of the folder, then: newsletter resume {send}").format(
                    send=parcel.send
                ),
                page_hint=_("Make room or mend the permissions of the folder, then go on with it here."),
            ) from error
        else:
            report(Receipt(key=parcel.key, outcome=Outcome.ACCEPTED, seconds=time.monotonic() - began))

    def check(self) -> None:
        """Nothing to reach."""

    def close(self) -> None:
        """End a `deliver` that runs in another thread; nothing else is held."""
        self._closed.set()
