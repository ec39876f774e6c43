"""What people ask on the public pages, as values: a link they opened, a sign-up, their own page and its changes."""

from __future__ import annotations

from dataclasses import dataclass, field


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
