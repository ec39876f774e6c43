"""Mails as files: `var/outbox/S12/17.eml`, the embedded default. Nothing leaves the machine.

A file is written beside its place and renamed, so that a reader never sees half a mail; the same delivery
writes the same file. Folders are 0700 and files 0600: mails hold addresses. Files are not flushed to the
disk one by one (that would be 200 mails a second); after a power cut a rehearsal is run again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.delivery.transports.local import Local

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.delivery.transports.base import Parcel, Transport
    from newsletter.message.letter import Message


def open_transport(config: Config) -> Transport:
    """Open the outbox of the project."""
    return outbox(config.var / "outbox")


def outbox(folder: Path) -> Transport:
    """Return a transport that writes `<send>/<delivery>.eml` below `folder`."""

    def keep(parcel: Parcel, message: Message) -> None:
        place = folder / parcel.send
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = place / f".{parcel.key}.part"
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(message.content)
            beside.replace(place / f"{parcel.key}.eml")
        except OSError:
            beside.unlink(missing_ok=True)  # a full disk must not be left fuller
            raise

    return Local("files", keep)
