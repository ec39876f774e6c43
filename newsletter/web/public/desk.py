"""What the public pages ask of the project: the desk behind the counter. It knows people; the pages do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from newsletter.audience.lists import MailingList
from newsletter.config import Site
from newsletter.project.visits import Change, Opened, Profile, SignUp


class Exit(Protocol):
    """What every project has at its counter: the way out. Nothing here tells whether an address is known."""

    @property
    def site(self) -> Site:
        """Who writes."""
        ...

    @property
    def quick_exit(self) -> str:
        """Where the quick-exit link leads."""
        ...

    @property
    def is_near(self) -> bool:
        """Tell whether a look at the people is a look into a file, which takes less time than a thread."""
        ...

    def lists(self) -> Sequence[MailingList]:
        """Return every list; the pages show those that are public."""
        ...

    def open(self, token: str) -> Opened | None:
        """Read a signed link; None when it is not ours."""
        ...

    def unsubscribe(self, opened: Opened, *, everything: bool) -> str:
        """End one subscription or all, and return a token that undoes it."""
        ...


class Desk(Exit, Protocol):
    """The whole counter: signing up, confirming, undoing, one's own page."""

    def read_online(self, slug: str, lang: str) -> tuple[str, str] | None:
        """Return an issue as a page of nobody's, and its language; None when there is none to be shown."""
        ...

    def read_version(self, token: str) -> tuple[str, str] | None:
        """Return the page that a mail's own link names, and its language; None when it is not ours."""
        ...

    def ask(self, sign_up: SignUp) -> None:
        """Note a request and queue its one mail; limits drop it silently, and the answer never differs."""
        ...

    def confirm(self, opened: Opened) -> bool:
        """Make a pending request real; False when it is over."""
        ...

    def undo(self, opened: Opened) -> None:
        """Take an unsubscription back, shortly after it."""
        ...

    def mail_access(self, opened: Opened) -> None:
        """Queue a mail to the owner of the link with a fresh link to their own page."""
        ...

    def profile(self, opened: Opened) -> Profile | None:
        """Return what the person may see; None when they were forgotten."""
        ...

    def change(self, opened: Opened, change: Change) -> None:
        """Change what the person asked."""
        ...

    def export(self, opened: Opened) -> Mapping[str, object]:
        """Return everything that is held about the person."""
        ...

    def spreadsheet(self, opened: Opened) -> str:
        """Return the same as CSV, of which no cell can be run."""
        ...

    def forget(self, opened: Opened) -> None:
        """Erase the person; only a keyed suppression stays."""
        ...
