"""Themes: what ships is without fault, what is wrong in another is said with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from edition_parts import HEAD, READER, SITE, shipped

from newsletter.edition.edition import Edition
from newsletter.edition.options import RenderOptions
from newsletter.edition.rendering import render
from newsletter.edition.theme import Theme, open_theme, shipped_themes
from newsletter.errors import ThemeError
from newsletter.issue.options import BlockSchema, ReadOptions
from newsletter.issue.reading import read_text

BODY = "Texte.\n\n**[Un bouton](https://e.example)**\n"


@pytest.fixture
def make_theme(tmp_path: Path) -> Callable[..., Path]:
    """Make a theme that builds on `default`, with some files of its own."""

    def make(files: dict[str, str], *, toml: str = 'base = "default"\n') -> Path:
        folder = tmp_path / "essai"
        (folder / "blocks").mkdir(parents=True, exist_ok=True)
        (folder / "theme.toml").write_text(toml, encoding="utf-8")
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
        return folder

    return make


def rendered(theme: Theme, body: str = BODY) -> Edition:
    folder = Path("/nulle-part")
    options = ReadOptions(blocks=theme.blocks, colours=theme.grounds)
    issue = read_text(HEAD + body, path=folder / "e.md", folder=None, root=folder, options=options)
    return render(issue, theme, options=RenderOptions(site=SITE))


def faults(folder: Path, body: str = BODY) -> list[str]:
    with pytest.raises(ThemeError) as caught:
        rendered(open_theme(folder), body)
    assert caught.value.exit_code == 2
    return [f"{Path(one.location.path).name}:{one.location.line} {one.message}" for one in caught.value.findings]


@pytest.mark.parametrize("name", ["default", "sobre"])
def test_the_themes_that_ship_are_found_and_whole(name: str) -> None:
    theme = shipped(name)
    assert (shipped_themes() / name / "theme.toml").is_file()
    assert theme.simple
    assert set(theme.settings.dark) >= set(theme.settings.colours) - {"tint"} or name == "sobre"
    assert set(theme.words("fr-CA")) == set(theme.words("en-CA"))


def test_words_come_in_the_nearest_language() -> None:
    theme = shipped("default")
    assert theme.words("fr-FR")["unsubscribe"] == theme.words("fr-CA")["unsubscribe"]
    assert theme.words("en")["unsubscribe"] == "Unsubscribe"
    assert theme.words("de-DE")["unsubscribe"] == "Se désabonner"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("blocks/button.mjml.j2", "\n<mj-buton>x</mj-buton>", "button.mjml.j2:2 "),
        ("blocks/button.mjml.j2", "{# a\nb #}\n<mj-button hrf='x'>x</mj-button>", "button.mjml.j2:3 "),
        ("blocks/button.mjml.j2", "<mj-text>\n<p>x</mj-text>", "button.mjml.j2:2 "),
        ("blocks/button.mjml.j2", "\n\n{{ block.nulle_part }}", "button.mjml.j2:3 "),
        ("blocks/button.mjml.j2", "a\n{% if %}", "button.mjml.j2:2 "),
        ("blocks/button.mjml.j2", "<mj-text>\n\na < b</mj-text>", "button.mjml.j2:3 "),
        ("blocks/button.mjml.j2", "\n{{ 1 // 0 }}", "button.mjml.j2:2 "),
        ("prose.css", "p { margin: 0; }\np { color: var(--encre); }", "prose.css:2 "),
        ("prose.css", "p { margin: 0; }\n@media print { p { margin: 1px } }", "prose.css:2 "),
        ("prose.css", "/* !important\n*/\np { margin: 0 !important; }", "prose.css:3 "),
        ("text.j2", "{{ body }}\n{{ rien }}", "text.j2:2 "),
        ("layout.mjml.j2", "<mjml>\n<mj-body>\n{{ body }}\n</mj-bodi></mjml>", "layout.mjml.j2:4 "),
    ],
)
def test_a_fault_is_told_with_file_and_line(
    make_theme: Callable[..., Path], name: str, content: str, expected: str
) -> None:
    found = faults(make_theme({name: content}))
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("toml", "line", "word"),
    [
        ('base = "default"\n[colours]\nink = "noir"\n', 3, "#1F4E79"),
        ('base = "default"\ncolors = 1\n', 2, "colors"),
        ('base = "default"\n[fonts]\ntext = "Arial; x:y"\n', 3, "font"),
        ('base = "default"\n[widths]\nsheet = "600"\n', 3, "pixels"),
        ('base = "default"\n[colours\n', 2, "TOML"),
        ('base = "default"\n[blocks.carte]\nfields = { a = "texte" }\n', 2, "boolean"),
        ('[words.fr-CA]\nweb = "x"\n', 1, "unsubscribe"),
    ],
)
def test_faults_of_the_settings_are_told_at_their_line(
    make_theme: Callable[..., Path], toml: str, line: int, word: str
) -> None:
    found = [one for one in faults(make_theme({}, toml=toml)) if one.startswith("theme.toml")]
    assert found[0].startswith(f"theme.toml:{line} ")
    assert word in found[0]


def test_themes_in_a_circle_and_themes_that_are_not_there(make_theme: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ThemeError):
        open_theme(make_theme({}, toml='base = "essai"\n'))
    with pytest.raises(ThemeError) as caught:
        open_theme(tmp_path / "nulle-part")
    assert "sobre" in (caught.value.hint or "")


def test_a_theme_that_loses_what_an_author_wrote_is_at_fault(make_theme: Callable[..., Path]) -> None:
    theme = open_theme(make_theme({"blocks/prose.mjml.j2": "<mj-text>rien</mj-text>"}))
    with pytest.raises(ThemeError):
        rendered(theme)


def test_a_theme_brings_a_block_with_one_template_and_one_schema(make_theme: Callable[..., Path]) -> None:
    toml = (
        'base = "default"\n[blocks.chiffre]\nfields = { nombre = "number", quoi = "text", lien = "url" }\n'
        'required = ["quoi"]\n'
    )
    template = (
        '<mj-text css-class="ink"><p>{{ block.nombre + 1 }}</p>{% if block.lien %}'
        '<a href="{{ block.lien }}">{{ block.quoi }}</a>{% endif %}{{ block.content }}</mj-text>'
    )
    theme = open_theme(make_theme({"blocks/chiffre.mjml.j2": template}, toml=toml))
    assert theme.blocks["chiffre"] == BlockSchema(
        fields={"nombre": "number", "quoi": "text", "lien": "url"}, required=("quoi",)
    )
    edition = rendered(theme, "```chiffre\nnombre: 41\nquoi: « réponses »\nlien: https://e.example/é\n```\n")
    html = edition.html(READER)
    assert "<p>42</p>" in html
    assert re.search(r'<a href="https://e\.example/%C3%A9">«.réponses.»</a>', html)
    assert "réponses" in edition.text(READER)


def test_a_sheet_that_looks_at_brothers_goes_the_slow_way_and_is_right(make_theme: Callable[..., Path]) -> None:
    sheet = "p { margin: 0; } h2 + p { color: #abc; } td:last-child { font-weight: bold; }"
    theme = open_theme(make_theme({"prose.css": sheet}))
    assert not theme.simple
    html = rendered(theme, "## A\n\nun\n\ndeux\n\n| a | b |\n| - | - |\n| c | d |\n\n<b>é</b>\n").html(READER)
    assert '<p style="margin:0; color:#aabbcc">un</p>' in html
    assert '<p style="margin:0">deux</p>' in html
    assert '<td style="font-weight:bold">d</td>' in html


def test_both_ways_give_the_same_bytes(make_theme: Callable[..., Path]) -> None:
    body = "# T\n\nUn [lien](https://e.example/é?a&b) *et*\n\n- a\n\n  - b\n\n"
    body += "| a | b |\n| :-: | -: |\n| c | `d` |\n\n1. [x] é > b\n"
    sheet = (shipped_themes() / "default" / "prose.css").read_text(encoding="utf-8")
    fast = rendered(open_theme(make_theme({"prose.css": sheet})), body)
    slow_theme = open_theme(make_theme({"prose.css": sheet + "\nh1 + nothing { margin: 0; }\n"}))
    assert not slow_theme.simple
    slow = rendered(slow_theme, body)
    assert slow.html(READER) == fast.html(READER)


def test_values_of_settings_cannot_leave_their_place(make_theme: Callable[..., Path]) -> None:
    found = faults(make_theme({}, toml='base = "default"\n[colours]\nink = "#000000\\" onload=\\"x"\n'))
    assert any("ink" in one for one in found)
