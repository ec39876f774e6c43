"""The words and formats of every interface: gettext catalogues, plurals, nearest words.

Texts in the code are English; `locale/<language>/LC_MESSAGES/*.po` hold the others, one file for each
part of the program. Which language is current belongs to the call, not to the process: it is a context
variable, so that two web requests in two languages never meet.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path

LOCALE = Path(__file__).with_name("locale")
#: the catalogues that help is written from: looked into first
_FIRST = frozenset({"cli", "click"})
#: the languages the interface speaks; the first is the default
INTERFACE_LANGUAGES = ("fr-CA", "en-CA")

#: a no-break space between thousands, a comma before decimals
_FRENCH_SIGNS = str.maketrans({",": "\N{NO-BREAK SPACE}", ".": ","})

_current: ContextVar[str] = ContextVar("newsletter_language", default="en-CA")


def current() -> str:
    """Return the language of the current call, e.g. `fr-CA`."""
    return _current.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` until the block ends."""
    token = _current.set(interface_language(language))
    try:
        yield
    finally:
        _current.reset(token)


def set_language(language: str) -> None:
    """Speak `language` from now on in this context (the command line says it once, at its start)."""
    _current.set(interface_language(language))


def interface_language(wanted: str) -> str:
    """Return the interface language nearest to `wanted`: `fr`, `fr_FR.UTF-8` and `fr-CA` are all `fr-CA`."""
    prefix = wanted.replace("_", "-").split(".")[0].split("-")[0].lower()
    return {language.split("-")[0]: language for language in INTERFACE_LANGUAGES}.get(prefix, "en-CA")


@lru_cache(maxsize=8)
def _catalogue(language: str) -> _gettext.NullTranslations:
    """Return the catalogues of a language: one file for each part of the program."""
    return _Catalogues(sorted((LOCALE / language.replace("-", "_") / "LC_MESSAGES").glob("*.po"), key=_order))


def _order(source: Path) -> tuple[bool, str]:
    return source.stem not in _FIRST, source.stem


class _Catalogues(_gettext.NullTranslations):
    """Catalogues that are read one after the other, as far as a text is looked for: help reads two of them."""

    def __init__(self, sources: Sequence[Path]) -> None:
        super().__init__()
        self._sources = sources
        #: texts that were looked for: as many as the program has
        self._said: dict[str, str] = {}

    def gettext(self, message: str) -> str:
        """Return a text in this language; itself when no catalogue has it."""
        said = self._said.get(message)
        if said is None:
            said = self._said[message] = self._found(message)
        return said

    def _found(self, message: str) -> str:
        for source in self._sources:
            # what has no translation is given back as it is
            if (found := _one(source).gettext(message)) is not message:
                return found
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the right plural in this language."""
        for source in self._sources:
            found = _one(source).ngettext(msgid1, msgid2, n)
            if found is not msgid1 and found is not msgid2:
                return found
        return super().ngettext(msgid1, msgid2, n)


@lru_cache(maxsize=64)
def _one(source: Path) -> _gettext.NullTranslations:
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        with compiled.open("rb") as file:
            return _gettext.GNUTranslations(file)
    return _from_source(source)


def _from_source(source: Path) -> _gettext.NullTranslations:
    """Compile a catalogue in memory: a clone speaks French before anything was built."""
    from babel.messages.mofile import write_mo  # 60 ms, only without compiled catalogues
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def _(text: str) -> str:
    """Return `text` in the current language."""
    return _catalogue(_current.get()).gettext(text)


def marked(text: str) -> str:
    """Return `text` as it is: it is translated where it is shown, and the mark lets it be found."""
    return text


def ngettext(one: str, many: str, count: int) -> str:
    """Return the right plural for `count` in the current language."""
    return _catalogue(_current.get()).ngettext(one, many, count)


def number(value: float, *, digits: int | None = None) -> str:
    """Return a number as the current language writes it: `1 234,5` in French, `1,234.5` in English.

    `digits` after the decimal sign; None: as many as it has, three at most.
    """
    text = f"{value:,.{3 if digits is None else digits}f}"
    if digits is None:
        text = text.rstrip("0").rstrip(".")
    return text.translate(_FRENCH_SIGNS) if _current.get() == "fr-CA" else text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to a misspelt one, or None when none is near."""
    from difflib import get_close_matches  # 3 ms that help does not need

    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
