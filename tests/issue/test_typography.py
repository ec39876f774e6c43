"""The rules of each language, as tables; setting twice changes nothing; words are never touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.issue.typography import Mark, typeset, typeset_line

N, T = "\u00a0", "\u202f"

OQLF = [
    ("Lieu: Montréal", f"Lieu{N}: Montréal"),
    ("Lieu : Montréal", f"Lieu{N}: Montréal"),
    ('Il dit "oui".', f"Il dit «{N}oui{N}»."),
    ("« oui »", f"«{N}oui{N}»"),
    ("«oui»", f"«{N}oui{N}»"),
    ("oui ; non", "oui; non"),
    ("Vraiment ?", "Vraiment?"),
    ("Vraiment?", "Vraiment?"),
    ("Bravo !", "Bravo!"),
    ("« Bravo ! »", f"«{N}Bravo!{N}»"),
    ("100%", f"100{N}%"),
    ("100 %", f"100{N}%"),
    ("12,50$", f"12,50{N}$"),
    ("12,50 $", f"12,50{N}$"),
    ("3 millions de dollars", f"3{N}millions de dollars"),
    ("5 km", f"5{N}km"),
    ("20 °C", f"20{N}°C"),
    ("14h30", f"14{N}h{N}30"),
    ("14 h 30", f"14{N}h{N}30"),
    ("9h", f"9{N}h"),
    ("à 12:30, au rapport 10:1", "à 12:30, au rapport 10:1"),
    ("https://exemple.org/a:b?c!", "https://exemple.org/a:b?c!"),
    ("l'été d'Élise", "l’été d’Élise"),
    ("l'hiver '90", "l’hiver ’90"),
    ("\"un 'deux' un\"", f"«{N}un “deux” un{N}»"),
    ("et puis...", "et puis…"),
    ("1er décembre", f"1er{N}décembre"),
    ("le 1 décembre", f"le 1er{N}décembre"),
    ("le 12 décembre 2014", f"le 12{N}décembre 2014"),
    ("1ère", "1re"),
    ("2ème", "2e"),
    ("3ièmes", "3es"),
    ("10 000 personnes", f"10{N}000 personnes"),
    ("M. Roy et Mme Côté", f"M.{N}Roy et Mme{N}Côté"),
    ("oui - non", "oui – non"),
    ("oui -- non", "oui – non"),
    ("oui---non", "oui—non"),
    ("make --force", "make --force"),
    ("2014-2015", "2014-2015"),
    ("a@exemple.org : voir", f"a@exemple.org{N}: voir"),
    ("{{ inconnu ? 'x' }}", "{{ inconnu ? 'x' }}"),
    ("5' 10\"", "5' 10\""),
    (":-) et ;)", ":-) et ;)"),
    ("version 1.2.3 : neuve", f"version 1.2.3{N}: neuve"),
]

FRANCE = [
    ("oui ; non", f"oui{T}; non"),
    ("Vraiment?", f"Vraiment{T}?"),
    ("Bravo !", f"Bravo{T}!"),
    ("Quoi ?!", f"Quoi{T}?!"),
    ("Lieu: Paris", f"Lieu{N}: Paris"),
    ("« oui ! »", f"«{N}oui{T}!{N}»"),
    ("100%", f"100{N}%"),
]

CANADA = [
    ("He said \"it's 'fine'\".", "He said “it’s ‘fine’”."),
    ("the parents' house", "the parents’ house"),
    ("in the '90s", "in the ’90s"),
    ("rock 'n' roll", "rock ’n’ roll"),
    ("2 p.m.", f"2{N}p.m."),
    ("May 5, 2020", f"May{N}5, 2020"),
    ("Dr. Roy", f"Dr.{N}Roy"),
    ("yes -- no", "yes – no"),
    ("yes---no", "yes—no"),
    ("wait...", "wait…"),
    ("Place: Toronto", "Place: Toronto"),
    ("really ?", "really ?"),
    ("$5 and 5%", "$5 and 5%"),
    ("6' 2\"", "6' 2\""),
]


@pytest.mark.parametrize(("typed", "wanted"), OQLF)
def test_french_of_canada_follows_the_office(typed, wanted):
    """Statement 9 of rendering."""
    assert typeset_line(typed, "fr-CA") == wanted


@pytest.mark.parametrize(("typed", "wanted"), FRANCE)
def test_french_of_france_has_narrow_spaces(typed, wanted):
    """Statement 9 of rendering."""
    assert typeset_line(typed, "fr-FR") == wanted


@pytest.mark.parametrize(("typed", "wanted"), CANADA)
def test_english_of_canada(typed, wanted):
    assert typeset_line(typed, "en-CA") == wanted


def test_the_narrow_option_puts_a_narrow_space_before_high_signs():
    assert typeset_line("Vraiment ? Oui!", "fr-CA", narrow=True) == f"Vraiment{T}? Oui{T}!"


def test_a_narrow_space_typed_on_purpose_stays():
    assert typeset_line(f"Vraiment{T}?", "fr-CA") == f"Vraiment{T}?"


def test_a_language_without_rules_is_left_alone():
    assert typeset_line('"ja": 5%', "de") == '"ja": 5%'


def test_a_pair_spans_emphasis_but_not_paragraphs():
    assert typeset(['un "', "grand", '" jour'], "fr-CA") == [f"un «{N}", "grand", f"{N}» jour"]
    assert typeset(['un "', Mark.END, '" jour'], "fr-CA") == ['un "', '" jour']


def test_a_colon_after_emphasis_gets_its_space():
    assert typeset(["Lieu", " : ici"], "fr-CA") == ["Lieu", f"{N}: ici"]
    assert typeset(["Lieu", ": ici"], "fr-CA") == ["Lieu", f"{N}: ici"]


def test_code_between_texts_counts_as_a_word():
    assert typeset(['voir "', Mark.ATOM, '" ici'], "fr-CA") == [f"voir «{N}", f"{N}» ici"]


_SIGNS = st.text(alphabet="ab1 2'\"«»“”:;!?.%$-h é\u00a0\u202f()…\n", max_size=24)
_LANGUAGES = st.sampled_from(["fr-CA", "fr-FR", "en-CA"])


@settings(deadline=None)
@given(st.lists(st.one_of(_SIGNS, st.sampled_from(list(Mark))), max_size=5), _LANGUAGES, st.booleans())
def test_setting_twice_changes_nothing(pieces, lang, narrow):
    """Statement 9 of rendering."""
    once = typeset(pieces, lang, narrow=narrow)
    texts = iter(once)
    again = [piece if isinstance(piece, Mark) else next(texts) for piece in pieces]
    assert typeset(again, lang, narrow=narrow) == once


@settings(deadline=None)
@given(st.text(max_size=60), _LANGUAGES)
def test_letters_are_never_lost(text, lang):
    def letters(value: str) -> str:
        return "".join(re.findall(r"[^\W\d_]", value))

    made = letters(typeset_line(text, lang))
    if not re.search(r"\d", text):
        assert made == letters(text)


GENTLE = [
    ("Lieu: 1ère, 2ème, le 1 mai", f"Lieu: 1ère, 2ème, le 1{N}mai"),
    ("Lieu : à 14h30, ou 9h, 24h/24", f"Lieu{N}: à 14h30, ou 9h, 24h/24"),
    ("14 h 30", f"14{N}h{N}30"),
    ("100% et 12,50$, ou 100 %", f"100% et 12,50$, ou 100{N}%"),
    ("Vraiment ? Bravo! Oui;", f"Vraiment{T}? Bravo! Oui;"),
    ('il dit "oui", l\'été...', f"il dit «{N}oui{N}», l’été..."),
    ("oui -- non, mot---mot", "oui -- non, mot---mot"),
]


@pytest.mark.parametrize(("typed", "wanted"), GENTLE)
def test_gentle_setting_changes_quotes_and_the_kind_of_spaces_only(typed: str, wanted: str) -> None:
    assert typeset_line(typed, "fr-CA", gentle=True) == wanted
    assert typeset_line(wanted, "fr-CA", gentle=True) == wanted


@given(st.text(alphabet="ab1éè0h%$€:;!?.- \"'«»èmerM", max_size=60))
@settings(max_examples=300, deadline=None)
def test_gentle_setting_keeps_every_word(text: str) -> None:
    def words(line: str) -> list[str]:
        return re.findall(r"[^\s\"'«»“”‘’,]+", line)

    for lang in ("fr-CA", "fr-FR", "en-CA"):
        assert words(typeset_line(text, lang, gentle=True)) == words(text)
