"""Which language a run speaks: the line's, the environment's, the project's, the system's, French."""

import pytest

from newsletter.cli.start import chosen_language
from newsletter.language import interface_language

PROJECT = '[site]\nlang = "en-CA"\n'


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """Stand in a folder that belongs to no project."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("environ", [{}, {"LANG": "C.UTF-8"}, {"LC_ALL": "POSIX", "LANG": "en_CA.UTF-8"}])
def test_a_system_without_a_language_is_spoken_to_in_french(environ, nowhere):
    assert interface_language(chosen_language(["--help"], environ)) == "fr-CA"


@pytest.mark.parametrize(
    ("words", "environ", "expected"),
    [
        ([], {"LANG": "en_CA.UTF-8"}, "en-CA"),
        ([], {"LC_ALL": "fr_FR.UTF-8", "LANG": "en_CA.UTF-8"}, "fr-CA"),
        ([], {"NEWSLETTER_LANG": "en", "LANG": "fr_CA.UTF-8"}, "en-CA"),
        (["--lang", "fr"], {"NEWSLETTER_LANG": "en"}, "fr-CA"),
    ],
)
def test_the_nearest_wish_decides(words, environ, expected, nowhere):
    assert interface_language(chosen_language(words, environ)) == expected


def test_a_project_speaks_its_own_language_whatever_the_system_s(nowhere):
    (nowhere / "newsletter.toml").write_text(PROJECT, encoding="utf-8")
    assert interface_language(chosen_language([], {"LANG": "fr_CA.UTF-8"})) == "en-CA"
