"""The desk behind the public pages: what people ask there, turned into changes of the people's tables.

Nothing here tells whether an address is known: what is asked is noted, and whatever follows comes by mail.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.delivery.sql import Statement
from newsletter.errors import NewsletterError
from newsletter.message.tokens import Purpose, is_inert, list_key, read_token
from newsletter.project.visits import Change, Opened, Profile, SignUp

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

    from newsletter.audience.lists import MailingList
    from newsletter.config import Site
    from newsletter.project.project import Project

#: seconds in which an unsubscription can be taken back from its own page
UNDO_SECONDS = 3600
DAY = 86_400.0
#: asked at every page of the way out
_LANGUAGE = Statement("SELECT lang FROM subscriber WHERE key = :key")


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

    @property
    def is_near(self) -> bool:
        """Tell whether a look at the people is a look into a file: a reader of SQLite waits for nobody."""
        return self.project.store.is_sqlite

    @property
    def style(self) -> str:
        """Return what the project's theme says of these pages in its `public.css`; empty when it says nothing."""
        found = self.project.press.theme().find("public.css")
        return found.read_text(encoding="utf-8") if found else ""

    def lists(self) -> Sequence[MailingList]:
        """Return every list of the project."""
        return list(self.project.lists.values())

    def open(self, token: str) -> Opened | None:
        """Read a link of ours: signed words of a mail, an undo, or a fresh link to one's own page."""
        if is_inert(token):
            return Opened(purpose=Purpose.UNSUBSCRIBE.value, inert=True)
        return self._signed(token) or self._fresh(token) or self._departed(token)

    def _signed(self, token: str) -> Opened | None:
        found = read_token(token, self.project.keys)
        if found is None:
            return None
        mine = (name for name in self.project.lists if found.is_of(list_key(name, self.project.keys)))
        lang = self._language_of(found.subscriber_key)
        return Opened(purpose=found.purpose.value, key=found.subscriber_key, list_name=next(mine, ""), lang=lang)

    def _language_of(self, subscriber_key: str) -> str:
        """Return the language somebody reads; empty for who is not, or not yet, known."""
        with self.project.store.read() as connection:
            rows = _LANGUAGE.rows(connection, {"key": subscriber_key})
        return str(rows[0][0] or "") if rows else ""

    def _fresh(self, token: str) -> Opened | None:
        from newsletter.audience.own import open_access

        if len(token) != 32:
            return None
        person = open_access(self.project.store, token, at=time.time())
        return Opened(purpose="access", key=person.key, lang=person.lang) if person else None

    def _departed(self, token: str) -> Opened | None:
        from itsdangerous import BadData

        try:
            key, lists = self._undo_words().loads(token, max_age=UNDO_SECONDS)
        except BadData:
            return None
        return Opened(purpose="undo", key=str(key), detail=",".join(str(number) for number in lists))

    def unsubscribe(self, opened: Opened, *, everything: bool) -> str:
        """End one subscription or all of them; once answered, it is on disk. Return what undoes it, if anything."""
        from newsletter.audience.enrol import unsubscribe

        number = None if everything else self._number(opened.list_name)
        left = unsubscribe(self.project.store, opened.key, list_id=number, source="page", at=time.time())
        return str(self._undo_words().dumps([opened.key, list(left.ended)])) if left.ended else ""

    def undo(self, opened: Opened) -> None:
        """Take an unsubscription back."""
        from newsletter.audience.enrol import undo_unsubscribe

        numbers = [int(number) for number in opened.detail.split(",") if number]
        undo_unsubscribe(self.project.store, opened.key, list_ids=numbers, at=time.time(), within=UNDO_SECONDS)

    def read_online(self, slug: str, lang: str) -> tuple[str, str] | None:
        """Return an issue that was sent as a page, and its language."""
        from newsletter.project.online import read_online

        return read_online(self.project, slug, lang)

    def read_version(self, token: str) -> tuple[str, str] | None:
        """Return the page that a mail's link to its web version names, and its language."""
        from newsletter.project.online import read_version

        return read_version(self.project, token)

    def ask(self, sign_up: SignUp) -> None:
        """Note a sign-up; an address that can not be one, or may not be written to, is dropped in silence."""
        from newsletter.audience.address import normalise
        from newsletter.audience.signup import Request
        from newsletter.audience.signup import sign_up as note

        try:
            address = normalise(sign_up.address)
        except NewsletterError:
            return
        request = Request(
            address=address,
            lang=self._lang(sign_up.lang),
            wordings={name: self.project.lists[name].consent_in(sign_up.lang) for name in sign_up.lists},
            source="page",
            name=sign_up.name,
        )
        note(self.project.store, request, secret=self._secret, new_key=new_key, at=time.time())

    def confirm(self, opened: Opened) -> bool:
        """Make a request real: a sign-up, or a new address."""
        from newsletter.audience.own import confirm_address
        from newsletter.audience.signup import confirm, find_pending

        store, at = self.project.store, time.time()
        pending = find_pending(store, opened.key, at=at)
        if pending is not None and pending.purpose == "address":
            return confirm_address(store, opened.key, secret=self._secret, at=at) is not None
        return confirm(store, opened.key, secret=self._secret, at=at) is not None

    def mail_access(self, opened: Opened) -> None:
        """Note that the owner of a link wants their page."""
        from newsletter.audience.own import ask_access

        ask_access(self.project.store, opened.key, new_key=new_key, at=time.time())

    def profile(self, opened: Opened) -> Profile | None:
        """Return what a person may see of themselves."""
        from newsletter.audience.directory import find_by_key
        from newsletter.audience.own import paused_until

        with self.project.store.read() as connection:
            person = find_by_key(connection, opened.key)
        if person is None:
            return None
        until = paused_until(self.project.store, opened.key)
        return Profile(
            name=person.name,
            address=person.address,
            lang=person.lang,
            lists=frozenset(person.lists),
            paused=until is not None and until > time.time(),
        )

    def change(self, opened: Opened, change: Change) -> None:
        """Change what the person asked; a new address waits for its own confirmation."""
        from newsletter.audience.own import Choice, Corrections, choose_lists, correct, pause

        store, at = self.project.store, time.time()
        lang = change.lang if change.lang in self.site.languages else None
        correct(store, opened.key, Corrections(name=change.name, lang=lang))
        if change.pause_days is not None:
            pause(store, opened.key, until=at + change.pause_days * DAY if change.pause_days else None)
        if change.lists is not None:
            offered = self._offered(opened, lang or self.site.lang)
            choose_lists(store, opened.key, Choice(offered=offered, wanted=change.lists, source="page"), at=at)
        if change.address:
            self._move(opened, change.address)

    def _offered(self, opened: Opened, lang: str) -> Mapping[str, str]:
        profile = self.profile(opened)
        mine = profile.lists if profile else frozenset()
        lists = self.project.lists.values()
        return {each.name: each.consent_in(lang) for each in lists if each.public or each.name in mine}

    def _move(self, opened: Opened, text: str) -> None:
        from newsletter.audience.address import normalise
        from newsletter.audience.own import ask_address

        profile = self.profile(opened)
        try:
            address = normalise(text)
        except NewsletterError:
            return
        if profile is not None and address.text != profile.address:
            ask_address(self.project.store, opened.key, address, secret=self._secret, new_key=new_key, at=time.time())

    def export(self, opened: Opened) -> Mapping[str, object]:
        """Return everything that is held about the person."""
        from newsletter.audience.dossier import dossier

        found = dossier(self.project.store, opened.key)
        return found.as_data() if found else {}

    def spreadsheet(self, opened: Opened) -> str:
        """Return the same as CSV."""
        from newsletter.audience.dossier import dossier

        found = dossier(self.project.store, opened.key)
        return found.as_csv() if found else ""

    def forget(self, opened: Opened) -> None:
        """Erase the person, and the mails that a rehearsal left for them."""
        from newsletter.project.erasing import erase_by_key

        erase_by_key(self.project, opened.key)

    @property
    def _secret(self) -> bytes:
        return self.project.keys.suppression

    def _lang(self, wanted: str) -> str:
        """Return the project's language nearest to the page's."""
        near = (lang for lang in self.site.languages if lang[:2] == wanted[:2])
        return next(near, self.site.lang)

    def _undo_words(self) -> URLSafeTimedSerializer:
        import hashlib

        from itsdangerous import URLSafeTimedSerializer

        options = {"digest_method": hashlib.sha256}  # the default is SHA-1
        return URLSafeTimedSerializer(self.project.keys.derive("undo"), salt="undo", signer_kwargs=options)

    def _number(self, name: str) -> int | None:
        """Return a list's number; None, so that every list is left, when it is not known any more."""
        from newsletter.audience.directory import list_ids

        with self.project.store.read() as connection:
            return list_ids(connection, [name]).get(name)


def new_key() -> str:
    """Return 128 random bits: what a pending request's link refers to."""
    return secrets.token_hex(16)
