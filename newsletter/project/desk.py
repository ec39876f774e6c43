"""The desk behind the public pages: signed links turned into changes of the people's tables."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.message.tokens import Purpose, is_inert, list_key, read_token
from newsletter.project.visits import Opened

if TYPE_CHECKING:
    from newsletter.audience.lists import MailingList
    from newsletter.config import Site
    from newsletter.project.project import Project


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A project's desk: it knows people, the pages do not."""

    project: Project

    @property
    def site(self) -> Site:
        """Who writes."""
        return self.project.config.site

    @property
    def quick_exit(self) -> str:
        """Where the quick-exit link leads."""
        return self.project.config.web.quick_exit

    def lists(self) -> Sequence[MailingList]:
        """Return every list of the project."""
        return list(self.project.lists.values())

    def open(self, token: str) -> Opened | None:
        """Read a signed link; None when it is not ours."""
        if is_inert(token):
            return Opened(purpose=Purpose.UNSUBSCRIBE.value, key="", inert=True)
        found = read_token(token, self.project.keys)
        if found is None:
            return None
        mine = (name for name in self.project.lists if found.is_of(list_key(name, self.project.keys)))
        return Opened(purpose=found.purpose.value, key=found.subscriber_key, list_name=next(mine, ""))

    def unsubscribe(self, opened: Opened, *, everything: bool) -> str:
        """End one subscription or all of them; once answered, it is on disk."""
        from newsletter.audience.enrol import unsubscribe

        number = None if everything else self._number(opened.list_name)
        unsubscribe(self.project.store, opened.key, list_id=number, source="page", at=time.time())
        return ""

    def _number(self, name: str) -> int | None:
        """Return a list's number; None, so that every list is left, when it is not known any more."""
        from newsletter.audience.directory import list_ids

        with self.project.store.read() as connection:
            return list_ids(connection, [name]).get(name)
