"""Rendering: an issue becomes an edition, once, whole, the same every time."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from edition_parts import LINKS, READER, SITE, words_of
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.edition import Edition
from newsletter.edition.options import Part

BODY = """
# Bonjour {{ subscriber.first_name | default("à vous") }},

Un paragraphe avec un [lien](https://exemple.org/a?b=1&c=2), du **gras**, du `code` et *l’italique*.

> [!NOTE] À lire
> Un encadré.

- un
- deux

**[S’inscrire](https://exemple.org/inscription)**
"""


def test_a_reader_gets_html_text_subject_and_preheader(edit: Callable[..., Edition]) -> None:
    edition = edit(BODY)
    html, text = edition.html(READER), edition.text(READER)
    for word in ("Bonjour Zoé", "paragraphe", "encadré", "S’inscrire", "L’infolettre d’essai", "1, rue de l’Exemple"):
        assert word in html
        assert word in text
    for link in ("https://exemple.org/inscription", LINKS["unsubscribe"], LINKS["preferences"], LINKS["web"]):
        assert link in html
        assert link in text
    assert edition.fill_subject(READER) == "Essai"
    assert edition.fill_preheader(READER) == "En bref"
    assert edition.title == "Essai"


def test_the_page_says_its_language_title_and_one_heading(html: Callable[..., str]) -> None:
    page = LexborHTMLParser(html("Un texte."))
    assert page.root is not None
    assert page.root.attributes["lang"] == "fr-CA"
    assert page.css_first("title").text() == "Essai"
    assert [heading.text() for heading in page.css("h1")] == ["Essai"]
    assert len(LexborHTMLParser(html(BODY)).css("h1")) == 1
    assert html(BODY).startswith("<!DOCTYPE html>")


def test_no_phrase_about_a_page_that_does_not_exist(edit: Callable[..., Edition]) -> None:
    edition = edit(BODY)
    reader = {**READER, "links": {"unsubscribe": LINKS["unsubscribe"], "preferences": "", "web": ""}}
    for part in (edition.html(reader), edition.text(reader)):
        assert "Lire en ligne" not in part
        assert "Mes préférences" not in part
        assert LINKS["unsubscribe"] in part


def test_text_holds_every_word_of_the_html_and_conversely(edit: Callable[..., Edition]) -> None:
    edition = edit(BODY)
    html = {word.lower() for word in words_of(edition.html(READER))}
    text = {word.lower() for word in re.findall(r"\w+", edition.text(READER))}
    assert html <= text


def test_the_web_version_has_nothing_of_a_reader(edit: Callable[..., Edition]) -> None:
    edition = edit(BODY + "\n::: only in=web\n\nPour le site.\n\n:::\n\n::: only lists=demo\n\nPour la liste.\n\n:::\n")
    web = edition.web({})
    assert "Bonjour à vous" in web
    assert "Pour le site" in web
    assert "Pour la liste" not in web
    assert "Se désabonner" not in web
    assert "Pour le site" not in edition.html(READER)
    assert "Pour la liste" in edition.html(READER)
    assert "Pour la liste" in edition.text(READER)
    assert "Pour le site" not in edition.text(READER)


def test_a_discreet_edition_names_nobody_in_its_head(edit: Callable[..., Edition]) -> None:
    edition = edit(BODY, discreet=True)
    assert edition.fill_subject(READER) == "Des nouvelles pour vous"
    assert edition.fill_preheader(READER) == ""
    page = LexborHTMLParser(edition.html(READER))
    assert page.css_first("title").text() == "Des nouvelles"
    assert "L’infolettre d’essai" not in edition.html(READER)
    assert "Coalition d’essai" in edition.html(READER)  # the law wants the sender named in the foot


@pytest.mark.parametrize("part", Part)
def test_a_part_made_alone_is_the_same_and_says_the_same(edit: Callable[..., Edition], part: Part) -> None:
    body = f"{BODY}\n<b>brut</b> <script>non</script> [nulle part](ailleurs)\n"
    whole, alone = edit(body), edit(body, parts=frozenset({part}))
    for name in ("html_segments", "web_segments", "text_segments"):
        wanted = getattr(whole, name) if name.startswith(part) else ()
        assert getattr(alone, name) == wanted
    assert alone.findings == whole.findings != ()
    assert (alone.digest, len(whole.digest)) == ("", 64)


@pytest.mark.parametrize("theme", ["default"])
def test_the_same_issue_gives_the_same_bytes_in_any_process(theme: str, tmp_path: Path) -> None:
    """Statement 5 of rendering."""
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from edition_parts import READER, SITE, HEAD, shipped
from newsletter.edition.options import RenderOptions
from newsletter.edition.rendering import render
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text
path = Path({str(tmp_path)!r})
issue = read_text(HEAD + {BODY!r}, path=path / "e.md", folder=path, root=path, options=ReadOptions())
edition = render(issue, shipped({theme!r}), options=RenderOptions(site=SITE))
print(edition.digest, hash(edition.html(READER)) and edition.html(READER).encode().hex())
"""
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            check=True,
            timeout=300,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_the_name_of_the_organisation_says_its_language_in_another_one(edit: Callable[..., Edition]) -> None:
    site = replace(SITE, lang="fr-CA")
    page = LexborHTMLParser(edit(BODY, head="---\nsubject: Test\nlang: en-CA\n---\n", site=site).html(READER))
    assert {node.text() for node in page.css("[lang=fr-CA]")} >= {SITE.name, SITE.newsletter}
    assert not LexborHTMLParser(edit(BODY, site=site).html(READER)).css("span[lang]")
