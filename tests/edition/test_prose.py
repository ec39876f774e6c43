"""Prose: Markdown as HTML for mails, every element with its style, nothing lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.edition import Edition


@pytest.fixture
def page(html: Callable[..., str]) -> Callable[..., LexborHTMLParser]:
    """Return the parsed page of a body."""
    return lambda text, **options: LexborHTMLParser(html(text, **options))


def test_a_table_has_real_headings_and_its_alignments(page: Callable[..., LexborHTMLParser]) -> None:
    table = page("| A | B |\n| :-: | --: |\n| un | deux |\n").css_first("table.grid")
    assert [(cell.text(), cell.attributes["scope"], cell.attributes["align"]) for cell in table.css("th")] == [
        ("A", "col", "center"),
        ("B", "col", "right"),
    ]
    assert [cell.text() for cell in table.css("td")] == ["un", "deux"]
    assert "text-align:right" in table.css("td")[1].attributes["style"]


def test_tasks_show_boxes_that_every_program_can_draw(page: Callable[..., LexborHTMLParser]) -> None:
    items = page("- [x] fait\n- [ ] à faire\n").css("li.task")
    assert [item.text().strip()[0] for item in items] == ["☑", "☐"]
    assert not page("- [x] fait\n").css("input")


def test_footnotes_lead_there_and_back(page: Callable[..., LexborHTMLParser]) -> None:
    found = page("Une note[^a], encore[^a] et une autre[^b].\n\n[^a]: Première.\n[^b]: Seconde.\n")
    targets = {node.attributes["id"] for node in found.css("[id]")}
    links = [node.attributes["href"] for node in found.css("a[href^='#']")]
    assert links == ["#fn1", "#fn1", "#fn2", "#fnref1", "#fnref1-2", "#fnref2"]
    assert {link.removeprefix("#") for link in links} <= targets
    assert "Retour" in found.css_first("a.back").attributes["title"]


def test_definitions_code_and_quotes_keep_their_elements(page: Callable[..., LexborHTMLParser]) -> None:
    found = page("Terme\n: Sens\n\n```python\na < b & c\n```\n\n> cité\n\n~~barré~~ `x<y`\n")
    assert found.css_first("dt").text() == "Terme"
    assert found.css_first("dd").text().strip() == "Sens"
    assert found.css_first("pre code").text() == "a < b & c\n"
    assert found.css_first("blockquote p").text() == "cité"
    assert found.css_first("s").text() == "barré"
    assert found.css("code")[1].text() == "x<y"


def test_the_first_paragraph_leads_and_only_it(page: Callable[..., LexborHTMLParser]) -> None:
    assert [node.text() for node in page("# Titre\n\nUn.\n\nDeux.\n").css("p.lead")] == ["Un."]
    assert [node.text() for node in page("Un.\n\n> [!NOTE]\n> x\n\nDeux.\n").css("p.lead")] == ["Un."]
    assert not page("## Titre\n\nUn.\n").css("p.lead")


def test_a_foreign_passage_says_its_language(page: Callable[..., LexborHTMLParser]) -> None:
    span = page("Le [board of directors]{lang=en} siège.").css_first("span[lang]")
    assert (span.attributes["lang"], span.text()) == ("en", "board of directors")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://exemple.org/é?a=1&b=2", "https://exemple.org/%C3%A9?a=1&b=2"),
        ("https://exemple.org/a(b)c", "https://exemple.org/a(b)c"),
        ("mailto:a@exemple.org", "mailto:a@exemple.org"),
        ("#ancre", "#ancre"),
        ("page.html", "https://site.example/x/page.html"),
        ("/page", "https://site.example/page"),
        ("//autre.example/y", "https://autre.example/y"),
    ],
)
def test_addresses_are_whole(page: Callable[..., LexborHTMLParser], written: str, expected: str) -> None:
    found = page(f"[x](<{written}>)", base_url="https://site.example/x")
    assert found.css_first("p a").attributes["href"] == expected


def test_a_relative_address_without_a_site_is_reported_at_its_place(edit: Callable[..., Edition]) -> None:
    findings = edit("Texte.\n\nVoir [la page](page.html).\n").findings
    assert [(str(one.location), one.code) for one in findings] == [("essai.md:8:16", "NL235")]


def test_an_address_that_runs_code_is_taken_out_and_its_words_stay(edit: Callable[..., Edition]) -> None:
    edition = edit("<a href='javascript:alert(1)'>mots</a> et [autres](vbscript:x)")
    html = edition.html({})
    assert "mots" in html
    assert "autres" in html
    assert "javascript" not in LexborHTMLParser(html).css_first("p a").attributes.get("href", "")
    assert 'href="vbscript' not in html


def test_merge_fields_are_filled_in_headings_cells_items_and_links(html: Callable[..., str]) -> None:
    """Statement 7 of rendering."""
    field = "{{ subscriber.first_name }}"
    body = f"# {field}\n\n| A |\n| - |\n| {field} |\n\n- {field}\n\n[x]({{{{ links.preferences }}}})\n\n`{field}`\n"
    page = LexborHTMLParser(html(body))
    assert page.css_first("h1").text() == "Zoé"
    assert page.css_first(".grid td").text() == "Zoé"
    assert page.css_first("li").text().strip() == "Zoé"
    assert page.css_first("p a").attributes["href"] == "https://infolettre.exemple.org/p/jeton"
    assert page.css_first("code").text() == field


def test_a_word_that_looks_like_a_place_holder_is_only_a_word(
    html: Callable[..., str], text: Callable[..., str]
) -> None:
    body = "Le mot ZFH00000FZ, ZFW00001FZ, ZFAH00001FZ et ZQ0000000000QZ.\n\n<p>ZFB00002FZ</p>\n"
    for part in (html(body), text(body)):
        for word in ("ZFH00000FZ", "ZFW00001FZ", "ZFAH00001FZ", "ZQ0000000000QZ", "ZFB00002FZ"):
            assert part.count(word) == 1


@pytest.mark.parametrize("base", ["", "https://exemple.org/n/"])
def test_an_address_in_brackets_keeps_every_sign(edit: Callable[..., Edition], base: str) -> None:
    edition = edit("[a]((https://e.example/x)) [b](<[https://e.example/y]>) [c](d/e?u=http://f)", base_url=base)
    html = edition.html({})
    assert 'href="(https://e.example/x)"' in html
    assert 'href="%5Bhttps://e.example/y%5D"' in html
    assert f'href="{base}d/e?u=http://f"' in html
