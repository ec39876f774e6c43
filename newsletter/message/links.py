"""The addresses made for one reader: unsubscribe, preferences, web version, and where bounces go.

`SignedLinks` makes the real ones; `InertLinks` those of personas and test mails, of the same length, so that
what is measured in a preview is what is sent. No address holds a name, an address or a number that counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.errors import ConfigError, PermanentError
from newsletter.language import _
from newsletter.message.encode import ascii_address
from newsletter.message.tokens import (
    MAIL_LENGTH,
    RETURN_LENGTH,
    Purpose,
    ReturnPath,
    Token,
    inert,
    inert_web,
    is_inert,
    list_key,
    mail_signer,
    read_return,
    read_token,
    return_signer,
    sign,
    sign_web,
    signer,
)

if TYPE_CHECKING:
    from newsletter.audience.subscriber import Subscriber
    from newsletter.config import Keys

__all__ = [
    "InertLinks",
    "Page",
    "Purpose",
    "ReturnPath",
    "SignedLinks",
    "Token",
    "is_inert",
    "list_key",
    "read_address",
    "read_return_path",
    "read_token",
]

#: octets of a local part (RFC 5321 4.5.3.1.1)
LONGEST_LOCAL_PART = 64
_EXTENSION = re.compile(r"<?[^<>@\s+]*\+(?P<token>[A-Za-z0-9_-]+)@[^<>@\s]+>?")


class Page:
    """Where pages are, below the base address. `serve` answers there; a token follows a stroke at the end."""

    UNSUBSCRIBE = "/u/"
    PREFERENCES = "/p/"
    CONFIRM = "/c/"
    #: the token is the same for all readers of a send: it may be passed on
    WEB = "/v/"
    ARCHIVE = "/archives/"


@dataclass(frozen=True, kw_only=True)
class SignedLinks:
    """The real addresses of the readers of one list in one send; implements `Links`.

    `pages` names what `serve` has (unsubscribe, preferences, web, archive): for the others nothing is
    printed. Without `base_url` there is no page at all.
    """

    #: e.g. https://infolettre.exemple.org
    base_url: str
    keys: Keys = field(repr=False)
    #: the list's name
    mailing_list: str
    #: the send's number; 0: none, as for a confirmation
    send: int = 0
    #: `rebonds@exemple.org`: bounces and unsubscribing mail go to rebonds+TOKEN@exemple.org
    bounces_to: str = field(repr=False, default="")
    pages: Collection[str] = ("unsubscribe",)

    def __post_init__(self) -> None:
        """Raise ConfigError when bounces have a mailbox that is no address."""
        self._mailbox  # noqa: B018  # looked at for what it raises

    @cached_property
    def _list_key(self) -> str:
        return list_key(self.mailing_list, self.keys)

    @cached_property
    def _base(self) -> str:
        return self.base_url.rstrip("/")

    @cached_property
    def _mailbox(self) -> tuple[str, str, int]:
        """Local part and domain of the mailbox, and how long a token may be."""
        if not self.bounces_to:
            return "", "", -1
        try:
            local, _at, domain = ascii_address(self.bounces_to).rpartition("@")
        except PermanentError as error:
            raise ConfigError(
                _("[feedback] return_path is no address."),
                hint=_("Write it like this: {example}").format(example="rebonds@example.org"),
            ) from error
        return local, domain, LONGEST_LOCAL_PART - len(local) - 1

    def unsubscribe(self, subscriber: Subscriber) -> str:
        """Return the one-click address, for header and foot."""
        page = self._unsubscribe_page
        return f"{page}{self._sign_unsubscribe(subscriber.key)}" if page else ""

    def preferences(self, subscriber: Subscriber) -> str:
        """Return the preferences page."""
        if not self._has("preferences"):
            return ""
        return f"{self._base}{Page.PREFERENCES}{self._token(Purpose.PREFERENCES, subscriber)}"

    def confirm(self, subscriber: Subscriber) -> str:
        """Return the page that confirms a sign-up."""
        return f"{self._base}{Page.CONFIRM}{self._token(Purpose.CONFIRM, subscriber)}" if self._base else ""

    def web(self, lang: str) -> str:
        """Return the web version in a language; the same for everybody, as people pass it on."""
        if not self._has("web") or not self.send:
            return ""
        return f"{self._base}{Page.WEB}{sign_web(send=self.send, lang=lang, keys=self.keys)}"

    def archive(self) -> str:
        """Return the archive's page."""
        return f"{self._base}{Page.ARCHIVE}" if self._has("archive") else ""

    def mailto(self, subscriber: Subscriber) -> str:
        """Return the address that unsubscribes by mail (RFC 2369); empty without a mailbox for it."""
        local, domain, room = self._mailbox
        return f"mailto:{local}+{self._sign_mail(subscriber.key)}@{domain}" if room >= MAIL_LENGTH else ""

    def return_path(self, subscriber: Subscriber, key: int) -> str:  # noqa: ARG002  # the delivery tells whose
        """Return the envelope sender of delivery `key`; empty when bounces have no mailbox of their own."""
        local, domain, room = self._mailbox
        return f"{local}+{self._sign_return(key)}@{domain}" if self.send and room >= RETURN_LENGTH else ""

    def _has(self, page: str) -> bool:
        return bool(self._base) and page in self.pages

    def _token(self, purpose: Purpose, subscriber: Subscriber) -> str:
        return sign(purpose, subscriber_key=subscriber.key, list_key=self._list_key, keys=self.keys)

    # What signs is prepared once: a mail has three of these, and a send as many mails as it has readers.

    @cached_property
    def _sign_unsubscribe(self) -> Callable[[str], str]:
        return signer(Purpose.UNSUBSCRIBE, list_key=self._list_key, keys=self.keys)

    @cached_property
    def _sign_mail(self) -> Callable[[str], str]:
        return mail_signer(list_key=self._list_key, keys=self.keys)

    @cached_property
    def _sign_return(self) -> Callable[[int], str]:
        return return_signer(send=self.send, keys=self.keys)

    @cached_property
    def _unsubscribe_page(self) -> str:
        """Where unsubscribe links begin; empty without that page."""
        return f"{self._base}{Page.UNSUBSCRIBE}" if self._has("unsubscribe") else ""


@dataclass(frozen=True, kw_only=True)
class InertLinks:
    """Addresses of the same form and length that are nobody's: the pages say that it was a test; implements `Links`."""

    base_url: str = "https://exemple.invalid"
    bounces_to: str = field(repr=False, default="")
    pages: Collection[str] = ("unsubscribe",)

    def unsubscribe(self, subscriber: Subscriber) -> str:  # noqa: ARG002  # nobody's
        """Return a one-click address that changes nothing."""
        return self._page("unsubscribe", Page.UNSUBSCRIBE, inert(Purpose.UNSUBSCRIBE))

    def preferences(self, subscriber: Subscriber) -> str:  # noqa: ARG002  # nobody's
        """Return a preferences page that shows nobody."""
        return self._page("preferences", Page.PREFERENCES, inert(Purpose.PREFERENCES))

    def web(self, lang: str) -> str:  # noqa: ARG002  # of no send
        """Return an address of the right length that shows no issue."""
        return self._page("web", Page.WEB, inert_web())

    def archive(self) -> str:
        """Return the archive's page."""
        return self._page("archive", Page.ARCHIVE, "")

    def mailto(self, subscriber: Subscriber) -> str:  # noqa: ARG002  # nobody's
        """Return an address of the right length that unsubscribes nobody."""
        local, _at, domain = self.bounces_to.rpartition("@")
        return f"mailto:{local}+{'A' * MAIL_LENGTH}@{domain}" if local else ""

    def return_path(self, subscriber: Subscriber, key: int) -> str:  # noqa: ARG002  # nobody's
        """Return an envelope sender of the right length that names no delivery."""
        local, _at, domain = self.bounces_to.rpartition("@")
        return f"{local}+{'a' * RETURN_LENGTH}@{domain}" if local else ""

    def _page(self, page: str, path: str, rest: str) -> str:
        return f"{self.base_url.rstrip('/')}{path}{rest}" if self.base_url and page in self.pages else ""


def read_return_path(address: str, keys: Keys) -> ReturnPath | None:
    """Return whose bounce came to `rebonds+TOKEN@…`, or None when it is not one of ours or is forged."""
    found = _EXTENSION.fullmatch(address.strip())
    return read_return(found["token"], keys) if found else None


def read_address(address: str, keys: Keys) -> Token | None:
    """Return who unsubscribes by writing to `rebonds+TOKEN@…`, or None when it is not one of ours."""
    found = _EXTENSION.fullmatch(address.strip().removeprefix("mailto:"))
    return read_token(found["token"], keys, purpose=Purpose.MAIL) if found else None
