"""Columns that name people: text as any other, or sealed with a key that is not in the database.

With a key (`open_store(…, encryption=…)`) addresses and names are sealed one by one with ChaCha20-Poly1305
(RFC 8439), so that a stolen file or backup tells nobody. People are found by the keyed hash of their address,
never by the column. Attributes and the receiving domain stay readable: segments and lanes rest on them.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Table, Text, TypeDecorator, column, table

from newsletter.errors import ConfigError
from newsletter.language import _

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect, Engine, TableClause

#: what a sealed value begins with: a control character, which no name or address can hold
_MARK = "\x02e1:"
_NONCE = 12
_ATTRIBUTE = "newsletter_cipher"


class Cipher:
    """Seals and opens single values; each seal is new, so that equal values do not look equal."""

    def __init__(self, key: bytes, *previous: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305  # 20 ms, only with a key

        self._aead, *self._previous = (ChaCha20Poly1305(each) for each in (key, *previous))

    def seal(self, text: str) -> str:
        """Return a sealed text; an empty one names nobody and stays empty."""
        if not text:
            return text
        nonce = os.urandom(_NONCE)
        return _MARK + b64encode(nonce + self._aead.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed; raises ConfigError when it was sealed with another key or changed."""
        from cryptography.exceptions import InvalidTag

        for aead in (self._aead, *self._previous):
            try:
                packed = b64decode(sealed.removeprefix(_MARK))
                return aead.decrypt(packed[:_NONCE], packed[_NONCE:], None).decode()
            except (InvalidTag, ValueError):
                continue
        raise _wrong_key()


class PersonalText(TypeDecorator[str]):
    """A text that names somebody."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal on the way in, where there is a key."""
        cipher = _cipher(dialect)
        return value if cipher is None or value is None else cipher.seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open on the way out; what was written before there was a key is read as it is."""
        if value is None or not value.startswith(_MARK):
            return value
        cipher = _cipher(dialect)
        if cipher is None:
            raise _wrong_key()
        return cipher.open(value)


def use_key(engine: Engine, key: bytes | None, *previous: bytes) -> None:
    """Let an engine seal with a key, and open with it or with one of those before it."""
    if key is not None:
        setattr(engine.dialect, _ATTRIBUTE, Cipher(key, *previous))


def sealer(connection: Connection, into: Table, name: str) -> Callable[[str], str] | None:
    """Return what seals a column's values, for rows that go around SQLAlchemy; None where nothing does."""
    cipher = _cipher(connection.dialect)
    return cipher.seal if cipher is not None and isinstance(into.c[name].type, PersonalText) else None


def opener(connection: Connection) -> Callable[[str], str]:
    """Return what opens personal texts of rows that go around SQLAlchemy; what is not sealed stays as it is."""
    cipher = _cipher(connection.dialect)

    def shown(text: str) -> str:
        if not text.startswith(_MARK):
            return text
        if cipher is None:
            raise _wrong_key()
        return cipher.open(text)

    return shown


def as_stored(known: Table) -> TableClause:
    """Return a table whose personal columns are the texts that are stored: for copies, which stay sealed."""
    columns = (column(one.name, Text() if isinstance(one.type, PersonalText) else one.type) for one in known.columns)
    return table(known.name, *columns)


def _cipher(dialect: Dialect) -> Cipher | None:
    found = getattr(dialect, _ATTRIBUTE, None)
    return found if isinstance(found, Cipher) else None


def _wrong_key() -> ConfigError:
    return ConfigError(
        _("People's names and addresses are encrypted, and the key does not open them."),
        hint=_("Set NEWSLETTER_ENCRYPTION_KEY to the key that they were written with."),
    )
