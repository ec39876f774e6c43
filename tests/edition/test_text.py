"""Plain text: every word and link of the HTML, in its order, wrapped, without marks of Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from edition_parts import READER
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.edition import Edition
from newsletter.edition.options import TextLinks
from newsletter.edition.wrap import indent, pad, width_of, wrap


def body_of(text: str) -> str:
    """Return what stands between masthead and foot."""
    return text.split("\n-- \n")[0].split("\n\n", 1)[1].split("\n", 3)[3]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("Du **gras**, de *l’italique*, du `code`, du ~~barré~~.", "Du gras, de l’italique, du code, du barré."),
        ("# Titre\n\ntexte", "Titre\n=====\n\ntexte"),
        ("## Sous-titre\n\n### Plus bas", "Sous-titre\n----------\n\nPlus bas"),
        ("- un\n- deux\n  1. trois\n  2. quatre", "• un\n• deux\n  1. trois\n  2. quatre"),
        ("5. cinq\n6. six", "5. cinq\n6. six"),
        ("> cité\n> encore", "> cité encore"),
        ("[mots](https://e.example/a)", "mots <https://e.example/a>"),
        ("<https://e.example/a>", "https://e.example/a"),
        ("[a@e.example](mailto:a@e.example)", "a@e.example"),
        ("[ici](#ancre)", "ici"),
        ("![une porte](https://e.example/p.png)", "une porte"),
        ("[![logo](https://e.example/p.png)](https://e.example)", "logo <https://e.example>"),
        ("![une](https://e.example/a.png)![deux](https://e.example/b.png)trois", "une deux trois"),
        ("![une](https://e.example/a.png), *![deux](https://e.example/b.png)*", "une, deux"),
        ("![une](https://e.example/a.png)[deux](https://e.example/b)", "une deux <https://e.example/b>"),
        (
            "[Mod](https://e.example/a)[ern](https://e.example/b)es, oui",
            "Modernes <https://e.example/a> <https://e.example/b>, oui",
        ),
        (
            "[fin](https://e.example/a)*de*. [x](https://e.example/b)",
            "finde <https://e.example/a>. x <https://e.example/b>",
        ),
        ("[les résultats ](https://e.example/r)sont là", "les résultats <https://e.example/r> sont là"),
        ("voir[ ici](https://e.example/i).", "voir ici <https://e.example/i>."),
        (
            "[![une](https://e.example/a.png)](https://e.example/a)[![deux](https://e.example/b.png)](https://e.example/b)trois",
            "une <https://e.example/a> deux <https://e.example/b> trois",
        ),
        ("mot[![une](https://e.example/a.png)](https://e.example/a)", "mot une <https://e.example/a>"),
        ("**[S’inscrire](https://e.example/s)**", "S’inscrire\u00a0: https://e.example/s"),
        ("> [!WARNING]\n> Doucement.", "Attention\n  Doucement."),
        ("> Des mots.\n>\n> — Quelqu’un", "> Des mots.\n> —\u00a0Quelqu’un"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("| A | B |\n| - | -: |\n| un | 2 |", "A   B\n--  -\nun  2"),
        ("Terme\n: Sens", "Terme\n    Sens"),
        ("```\na  <b>\n  c\n```", "    a  <b>\n      c"),
        ("ligne  \nsuivante", "ligne\nsuivante"),
        ("- [x] fait\n- [ ] à faire", "☑ fait\n☐ à faire"),
        ("<p>un <a href='https://e.example'>lien</a><br>et <b>gras</b></p>", "un lien <https://e.example>\net gras"),
        ("<table><tr><td>un</td><td>deux</td></tr></table>", "un  deux"),
        ("<pre>a <a href='https://e.example'>b</a></pre>", "    a b\n\nb <https://e.example>"),
    ],
)
def test_each_element_as_text(text: Callable[..., str], markdown: str, expected: str) -> None:
    found = text(f"Début.\n\n{markdown}\n\nFin.\n")
    assert found.split("Début.\n\n")[1].split("\n\nFin.")[0] == expected


def test_notes_stand_after_the_text(text: Callable[..., str]) -> None:
    assert "Une note(1).\n\nFin.\n\n(1) la voici\n" in text("Une note[^1].\n\n[^1]: la voici\n\nFin.\n")
    assert "Une note(1).\n\n(1) la <voici>\n" in text("Une <b>note</b>[^1].\n\n[^1]: la &lt;voici>\n")


def test_links_are_those_of_the_html_in_their_order(edit: Callable[..., Edition]) -> None:
    body = """[un](https://e.example/1) et [deux](https://e.example/2)

**[trois](https://e.example/3)**

```card
title: quatre
url: https://e.example/4
```

| a |
| - |
| [cinq](https://e.example/5) |

> [!NOTE]
> [six](https://e.example/6)

<a href="https://e.example/7">sept</a>
"""
    for links in TextLinks:
        edition = edit(body, text_links=links)
        html = [a.attributes["href"] for a in LexborHTMLParser(edition.html(READER)).css("a[href*='e.example/']")]
        found = re.findall(r"https://e\.example/\d", edition.text(READER))
        assert found == [link for link in html if re.fullmatch(r"https://e\.example/\d", link or "")]


def test_numbered_links_stand_at_the_end_once_each(edit: Callable[..., Edition]) -> None:
    text = edit(
        "[un](https://e.example/1), [deux](https://e.example/2), [un](https://e.example/1)\n",
        text_links=TextLinks.NUMBERED,
    )
    assert "un [1], deux [2], un [1]" in text.text(READER)
    assert "\n[1] https://e.example/1\n[2] https://e.example/2\n" in text.text(READER)


def test_lines_are_at_most_as_wide_as_asked(text: Callable[..., str]) -> None:
    paragraph = "Des mots de toutes sortes, avec «\u00a0guillemets\u00a0» et 12\u00a0$. " * 30
    for width in (40, 76):
        lines = text(f"{paragraph}\n\n- {paragraph}\n\n> {paragraph}\n", width=width).split("\n-- \n")[0].split("\n")
        long = [line for line in lines if width_of(line) > width and "https://" not in line]
        assert not long
        assert any("«\u00a0guillemets\u00a0»" in line for line in lines)


def test_a_table_too_wide_is_told_row_by_row(text: Callable[..., str]) -> None:
    cell = "des mots qui prennent de la place"
    found = text(f"| Un | Deux | Trois |\n| - | - | - |\n| {cell} | {cell} | {cell} |\n", width=60)
    assert f"Un\u00a0: {cell}\nDeux\u00a0: {cell}\nTrois\u00a0: {cell}" in found


def test_the_foot_is_whole(text: Callable[..., str]) -> None:
    foot = text("Texte.").split("\n-- \n")[1]
    for part in ("Coalition d’essai", "1, rue de l’Exemple", "contact@example.org", "Personne responsable", "/u/jeton"):
        assert part in foot


def test_words_that_raw_html_leaves_between_items_are_said(text: Callable[..., str]) -> None:
    found = text("<ul>\navant\n<li>un</li> après\n</ul>\n\n<dl>mot<dt>a</dt>deux<dd>b</dd></dl>")
    assert "avant\n• un\naprès" in found
    assert re.search(r"mot\s+a\s+deux\s+b", found)


@given(st.text(), st.integers(10, 90))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    assert re.split(r"[ \t\n]+", wrap(text, width).strip(" \n\t")) == re.split(r"[ \t\n]+", text.strip(" \n\t"))


@given(st.text(alphabet="ab é\u00a0日本🎉e\u0301 "), st.integers(12, 40))
def test_wrapped_lines_fit_unless_a_word_does_not(text: str, width: int) -> None:
    for line in wrap(text, width).split("\n"):
        assert width_of(line) <= width or not re.search("[ \t]", line)


def test_widths_are_those_that_a_reader_sees() -> None:
    assert [width_of(text) for text in ("abc", "é", "e\u0301", "日本", "\u200d", "a\u00a0b", "⌚", "☑\ufe0e")] == [
        3,
        1,
        1,
        4,
        0,
        3,
        2,
        1,
    ]
    assert pad("日", 4, "right") == "  日"
    assert indent("a\n\nb", "> ") == "> a\n>\n> b"
