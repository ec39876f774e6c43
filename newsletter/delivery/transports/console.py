"""Mails on the terminal, as they would leave: for looking at, and for pipes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from newsletter.delivery.transports.local import Local

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Parcel, Transport
    from newsletter.message.letter import Message


def open_transport(config: Config) -> Transport:  # noqa: ARG001  # every transport is opened the same way
    """Open the terminal."""
    return console(sys.stdout)


def console(stream: TextIO) -> Transport:
    """Return a transport that writes each mail to `stream`, after a line that says which it is."""

    def keep(parcel: Parcel, message: Message) -> None:
        text = message.content.decode("utf-8", "replace").replace("\r\n", "\n")
        stream.write(f"===== {parcel.send} {parcel.key} =====\n{text}")
        stream.flush()

    return Local("console", keep)
