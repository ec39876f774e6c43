"""The pictures that travel inside the mail, as a browser can ask for them: it knows no `cid:`."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from newsletter.edition.edition import Attachment, Edition

#: octets that are kept for pages that are open
ROOM = 128 * 1024 * 1024


@dataclass
class Pictures:
    """The pictures of the editions shown lately, by the digest of their content."""

    room: int = ROOM
    _kept: OrderedDict[str, Attachment] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, edition: Edition) -> None:
        """Keep an edition's pictures; the oldest go when there is no room."""
        with self._lock:
            for each in edition.attachments:
                if each.cid:
                    self._kept[_name(each)] = each
                    self._kept.move_to_end(_name(each))
            while len(self._kept) > 1 and sum(len(each.content) for each in self._kept.values()) > self.room:
                self._kept.popitem(last=False)

    def get(self, name: str) -> Attachment | None:
        """Return a picture that was kept."""
        return self._kept.get(name)

    def placed(self, html: str, edition: Edition) -> str:
        """Give each picture of a page the address where it is served."""
        for each in edition.attachments:
            if each.cid:
                html = html.replace(f'"cid:{each.cid}"', f'"/pictures/{_name(each)}"')
        return html


def _name(picture: Attachment) -> str:
    return hashlib.sha256(picture.media_type.encode() + b"\0" + picture.content).hexdigest()[:32]
