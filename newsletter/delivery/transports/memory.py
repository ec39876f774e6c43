"""Mails kept in memory: for tests, and for programs that use the pipeline as a library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsletter.delivery.transports.base import Parcel, Pause, Receipt
from newsletter.delivery.transports.local import Local

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Parcels, Report
    from newsletter.message.letter import Message


def open_transport(config: Config) -> Memory:  # noqa: ARG001  # every transport is opened the same way
    """Open an empty one."""
    return Memory()


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """One mail that was handed over, and whose it was."""

    send: str
    key: int
    message: Message = field(repr=False)


class Memory(Local):
    """Accepts every mail and keeps it in `kept`, in order.

    `answer` may give another receipt for a parcel (refused, deferred, unknown): nothing is then kept, but
    for an unknown one, which was accepted without saying so. Whatever it raises is raised.
    """

    def __init__(self, answer: Callable[[Parcel], Receipt | None] = lambda _parcel: None) -> None:
        super().__init__("memory", self._keep_it)
        self._answer = answer
        self.kept: list[Kept] = []

    def deliver(self, parcels: Parcels, report: Report) -> None:
        """Keep each mail, or answer as told."""
        super().deliver((parcel for parcel in parcels if not self._answered(parcel, report)), report)

    def _answered(self, parcel: Parcel | Pause, report: Report) -> bool:
        receipt = None if isinstance(parcel, Pause) else self._answer(parcel)
        if receipt is None:
            return False
        if receipt.outcome == "unknown" and isinstance(parcel, Parcel):
            self._keep_it(parcel, parcel.message())
        report(receipt)
        return True

    def _keep_it(self, parcel: Parcel, message: Message) -> None:
        self.kept.append(Kept(send=parcel.send, key=parcel.key, message=message))
