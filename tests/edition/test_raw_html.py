"""Raw HTML: harmless tags stay, the rest goes with a finding at its line, no word and no link is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from edition_parts import words_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.allowed import ATTRIBUTES, TAGS
from newsletter.edition.edition import Edition

#: elements that our own pages have besides those of the allow-list
FRAME = frozenset({"html", "head", "title", "meta", "style", "body"})


def places(edition: Edition) -> list[str]:
    return [f"{one.location.line}:{one.location.column} {one.code}" for one in edition.findings]


def test_harmless_tags_stay(html: Callable[..., str]) -> None:
    page = LexborHTMLParser(html('<div align="center"><small>petit</small><br><kbd>Ctrl</kbd></div>\n\nH<sub>2</sub>O'))
    assert page.css_first("div[align=center] small").text() == "petit"
    assert page.css_first("kbd").text() == "Ctrl"
    assert page.css_first("p sub").text() == "2"


@pytest.mark.parametrize(
    ("source", "code", "gone"),
    [
        ("<script>alert(1)</script>", "NL230", "alert"),
        ("<style>p{color:red}</style>", "NL230", "color:red}"),
        ('<form action="/x"><input name="a" type="text"></form>', "NL230", "<input"),
        ("<!-- secret -->", "NL232", "secret"),
        ('<p onclick="x()">mots</p>', "NL233", "onclick"),
        ('<p style="position:fixed">mots</p>', "NL233", "position"),
        ('<link rel="stylesheet" href="https://x.example/y.css">', "NL230", "y.css"),
        ("<svg onload=alert(1)><text>mots</text></svg>", "NL230", "onload"),
    ],
)
def test_what_no_mail_may_hold_goes_with_a_finding_at_its_line(
    edit: Callable[..., Edition], source: str, code: str, gone: str
) -> None:
    edition = edit(f"Un texte.\n\n{source}\n")
    assert gone not in edition.html({})
    assert gone not in edition.text({})
    assert f"8:1 {code}" in places(edition)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ('<iframe src="https://video.example/embed/1?a=1&amp;b=2"></iframe>', "https://video.example/embed/1?a=1&b=2"),
        ('<video controls><source src="https://video.example/f.mp4"></video>', "https://video.example/f.mp4"),
        ('<audio src="https://video.example/f.mp3"></audio>', "https://video.example/f.mp3"),
        ('<object data="https://video.example/o"></object>', "https://video.example/o"),
        ('<embed src="https://video.example/e">', "https://video.example/e"),
    ],
)
def test_an_embed_becomes_a_link_to_its_address(edit: Callable[..., Edition], source: str, address: str) -> None:
    edition = edit(f"Un texte.\n\n{source}\n")
    page = LexborHTMLParser(edition.html({}))
    assert address in [link.attributes["href"] for link in page.css("a")]
    assert address in edition.text({})
    assert any(place.endswith("NL231") for place in places(edition))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<details><summary>Plus</summary>de mots</details>", ["Plus", "de", "mots"]),
        ("<section><h2>Titre</h2>texte</section>", ["Titre", "texte"]),
        ("<o:p>mots</o:p>", ["mots"]),
        ("un AsRef<Path> pour Composant", ["un", "AsRef", "pour", "Composant"]),
        ('<svg viewBox="0 0 1 1"><path d="M0 0"/><text>mots</text></svg> fin', ["mots", "fin"]),
        ("<p>un<p>deux", ["un", "deux"]),
        ("un <b>deux <i>trois</b> quatre</i>", ["un", "deux", "trois", "quatre"]),
        ("<ul><li>un<li>deux</ul>", ["un", "deux"]),
        ("i <3 vous, prix < 5 $ et 7 > 3", ["i", "3", "vous", "prix", "5", "et", "7", "3"]),
        ("<button>Cliquez</button> <label>ici</label>", ["Cliquez", "ici"]),
        ("<script>jamais fermé", ["jamais", "fermé"]),
        ("a <![CDATA[ b ]]> c <?php d ?> e", ["a", "c", "e"]),
    ],
)
def test_no_word_is_lost(edit: Callable[..., Edition], source: str, words: list[str]) -> None:
    edition = edit(source)
    found = words_of(edition.html({}))
    start = next(at for at in range(len(found)) if found[at] == words[0])
    assert found[start : start + len(words)] == words
    for word in words:
        assert word in edition.text({})


def test_every_image_has_an_alternative_text(html: Callable[..., str]) -> None:
    page = LexborHTMLParser(
        html('<img src="https://x.example/a.png">\n\n<p><img src="https://x.example/b.png" alt="B"></p>')
    )
    assert [image.attributes.get("alt") for image in page.css("img")] == ["", "B"]


def test_markdown_inside_raw_html_is_still_markdown(html: Callable[..., str]) -> None:
    page = LexborHTMLParser(html("<div>\n\n> [!NOTE]\n> Dedans\n\n**gras**\n\n</div>\n"))
    assert page.css_first("strong").text() == "gras"
    assert "Dedans" in page.body.text()


def test_the_same_place_is_reported_once(edit: Callable[..., Edition]) -> None:
    edition = edit('<p onclick="x()">a</p>\n')
    assert places(edition) == ["6:1 NL233"]


_TAGS = ["b", "div", "script", "style", "svg", "math", "iframe", "table", "td", "a", "p", "li", "form", "x-y", "img"]
_ATTRIBUTES = [
    "onclick=alert(1)",
    'href="javascript:x"',
    "src=x onerror=y",
    'style="a:b"',
    "href='//a.b'",
    'title="<b>"',
    'class="lead x"',
]
_FRAGMENTS = st.one_of(
    st.builds("<{} {}>".format, st.sampled_from(_TAGS), st.sampled_from(_ATTRIBUTES)),
    st.builds("</{}>".format, st.sampled_from(_TAGS)),
    st.sampled_from(["<!--", "-->", "<![CDATA[", "]]>", "<?", "<![endif]-->", "<!--[if mso]>", "é > b", "🎉>", "—>"]),
    st.sampled_from(["`", "**", "[a](b)", "\n\n", "\n", "> ", "- ", "# ", "|a|b|\n|-|-|\n", ":::\n", "\\u{a0}"]),
    st.sampled_from(["{{ subscriber.name }}", "{{", "}}", "::: only lang=fr\n", "ZFH00001FZ", "&#0;", "&nbsp;"]),
    st.sampled_from(["<", ">", "\\", '"', "'", "\u202f"]),
    st.text(max_size=8),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_FRAGMENTS, max_size=25).map("".join))
def test_nothing_hostile_comes_through(edit: Callable[..., Edition], source: str) -> None:
    edition = edit(source)
    for part in (edition.html({}), edition.web({})):
        for node in LexborHTMLParser(part).css("*"):
            assert node.tag in TAGS | FRAME, node.tag
            own = {name for name in node.attributes if name}
            assert not any(name.startswith("on") for name in own)
            if node.tag in ATTRIBUTES and node.tag == "a":
                assert own <= ATTRIBUTES["a"] | ATTRIBUTES["*"] | {"style", "class", "target"}
            for name in ("href", "src"):
                value = (node.attributes.get(name) or "").lower().strip()
                assert not value.startswith(("javascript:", "vbscript:", "file:", "data:text"))
    edition.text({}).encode()
