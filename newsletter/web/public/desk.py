"""What the public pages ask of the project: the desk behind the counter. It knows people; the pages do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from newsletter.audience.lists import MailingList
from newsletter.config import Site


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A link that was signed by us: what it is for, and opaquely for whom."""

    #: unsubscribe, preferences, access, confirm, undo or web
    purpose: str
    key: str = field(repr=False, default="")
    list_name: str = ""
    lang: str = ""
    #: a test mail's or a persona's: it does nothing and says so
    inert: bool = False
    #: what else the link names: the send of a web version, the lists of an undo
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """Somebody asked for lists; whose address it is, is not known yet."""

    address: str = field(repr=False)
    name: str = field(repr=False, default="")
    lang: str
    lists: tuple[str, ...]
    #: the network the request came from, for limits only: never kept
    network: str = field(repr=False, default="")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a person may see and change on their own page."""

    name: str = field(repr=False)
    #: shown in full: the page was opened by a fresh link mailed to this very address
    address: str = field(repr=False)
    lang: str
    lists: frozenset[str]
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a person asks to change; None leaves it as it is."""

    name: str | None = field(repr=False, default=None)
    lang: str | None = None
    lists: frozenset[str] | None = None
    #: days; 0 ends a pause
    pause_days: int | None = None
    #: takes effect when a mail to the new address is confirmed
    address: str | None = field(repr=False, default=None)


class Desk(Protocol):
    """The project, as the public pages see it. Nothing here tells whether an address is known."""

    @property
    def site(self) -> Site:
        """Who writes."""
        ...

    @property
    def quick_exit(self) -> str:
        """Where the quick-exit link leads."""
        ...

    def lists(self) -> Sequence[MailingList]:
        """Return every list; the pages show those that are public."""
        ...

    def open(self, token: str) -> Opened | None:
        """Read a signed link; None when it is not ours."""
        ...

    def ask(self, sign_up: SignUp) -> None:
        """Note a request and queue its one mail; limits drop it silently, and the answer never differs."""
        ...

    def confirm(self, opened: Opened) -> bool:
        """Make a pending request real; False when it is over."""
        ...

    def unsubscribe(self, opened: Opened, *, everything: bool) -> str:
        """End one subscription or all, and return a token that undoes it."""
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

    def forget(self, opened: Opened) -> None:
        """Erase the person; only a keyed suppression stays."""
        ...

    def web_version(self, opened: Opened) -> str | None:
        """Return an issue as a web page, without anything of its reader."""
        ...
