"""Every text that people see exists in French, whole and with the same places to fill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from newsletter import language

PACKAGE = Path(language.__file__).parent
FRENCH = PACKAGE / "locale" / "fr_CA" / "LC_MESSAGES"
PLACES = re.compile(r"{(\w+)[^}]*}")


def _texts() -> Iterator[tuple[str, object]]:
    mapping = [("**.py", "python"), ("**.j2", "jinja2")]
    keywords = {"_": None, "marked": None, "ngettext": (1, 2)}
    for folder in (PACKAGE,):
        for name, _line, message, _comments, _context in extract_from_dir(
            folder, mapping, {"**.j2": {"encoding": "utf-8"}}, keywords
        ):
            yield name, message


def _french() -> dict[object, object]:
    found: dict[object, object] = {}
    for path in FRENCH.glob("*.po"):
        with path.open("rb") as file:
            found.update({message.id: message for message in read_po(file, locale="fr_CA") if message.id})
    return found


def test_every_text_has_its_french() -> None:
    french = _french()
    keys = {key[0] if isinstance(key, (list, tuple)) else key: key for key in french}
    missing = sorted(
        {f"{name}: {text}" for name, text in _texts() if (text[0] if isinstance(text, tuple) else text) not in keys}
    )
    assert not missing, f"{len(missing)} texts without French:\n" + "\n".join(missing)


@pytest.mark.parametrize("path", sorted(FRENCH.glob("*.po")), ids=lambda path: path.stem)
def test_the_french_is_whole(path: Path) -> None:
    with path.open("rb") as file:
        for message in read_po(file, locale="fr_CA"):
            if not message.id:
                continue
            assert not message.fuzzy, message.id
            texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
            assert all(texts), message.id
            one = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
            many = message.id[1] if isinstance(message.id, (list, tuple)) else message.id
            allowed = set(PLACES.findall(one)) | set(PLACES.findall(many))
            for text in texts:
                assert set(PLACES.findall(text)) <= allowed, message.id
            assert set(PLACES.findall(many)) <= set(PLACES.findall(texts[-1])) | {"count"}, message.id


def test_the_language_belongs_to_the_call() -> None:
    with language.speaking("fr_FR.UTF-8"):
        assert language.current() == "fr-CA"
        with language.speaking("en"):
            assert language.current() == "en-CA"
        assert language.current() == "fr-CA"


def test_a_misspelt_word_finds_its_neighbour() -> None:
    assert language.nearest("preheeder", ["preheader", "subject"]) == "preheader"
    assert language.nearest("zzz", ["preheader", "subject"]) is None


@pytest.mark.parametrize("value", [0, 7, -3, 999, 1000, 1234567, 0.5, 12.0, 1234.5, 2.125])
@pytest.mark.parametrize("lang", ["fr-CA", "en-CA"])
def test_numbers_are_written_as_babel_writes_them(value: float, lang: str) -> None:
    with language.speaking(lang):
        assert language.number(value) == format_decimal(value, locale=lang.replace("-", "_"))


def test_a_number_has_so_many_digits_as_are_asked_for() -> None:
    with language.speaking("fr-CA"):
        assert language.number(5, digits=1) == "5,0"
        assert language.number(1234.56, digits=1) == "1\N{NO-BREAK SPACE}234,6"
    with language.speaking("en-CA"):
        assert language.number(1234.56, digits=1) == "1,234.6"


def test_no_text_leaves_its_plural_or_its_figures_to_the_reader() -> None:
    for message in _french().values():
        texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        for text in (*texts, *([message.id] if isinstance(message.id, str) else message.id)):
            assert not re.search(r"\w\((s|x|e|es|ies)\)", text), text
            assert not re.search(r"{\w+:[^}]*[f,g%n]}", text), f"a number goes through language.number: {text}"
