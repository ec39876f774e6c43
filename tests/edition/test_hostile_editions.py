"""No text gets the better of rendering: nothing dies, nothing forbidden comes out, both parts say the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest
from edition_parts import HEAD, READER, shipped, words_of
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.edition import Edition
from newsletter.edition.rendering import render
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text

NOWHERE = Path("/nulle-part")
FORBIDDEN = (
    "script, iframe, form, input, button, select, textarea, object, embed, video, audio, svg, math, base, link, applet"
)
PIECES = st.sampled_from(
    [
        *(
            "é > b ",
            "i <3 vous ",
            "prix < 5 $ ",
            "—> ",
            "🎉> ",
            "<![endif]",
            "<!--[if mso]>",
            "-->",
            "<!-- x -->",
            "]]>",
        ),
        *(
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            '<a href="javascript:alert(1)">x</a>',
            "<svg/onload=a>",
        ),
        *(
            '<p style="position:fixed">',
            "<style>*{}</style>",
            "<iframe src=https://e.org></iframe>",
            "<form action=x>",
            "<b>",
        ),
        *(
            "</td></tr></table>",
            "</div></div>",
            "<table><tr>",
            "<mj-text>",
            "</mj-raw>",
            "<base href=x>",
            "<input>",
            "</body>",
        ),
        *(
            "[a](javascript:x)",
            "![a](data:text/html,x)",
            '[a](<x" onclick="y>)',
            "![\"'><b>](x)",
            "[a]: x",
            "**",
            "_",
            "`",
        ),
        *(
            "{{ x }}",
            "{{",
            "}}",
            "{% if %}",
            "{{ subscriber.first_name }}",
            "\\u{a0}",
            "ZQ7x0001QZ",
            "&#0;",
            "&lt;script&gt;",
        ),
        *(
            "# ",
            "> ",
            "- ",
            "1. ",
            "\n",
            "\n\n",
            "|a|b|\n|-|-|\n",
            "```\n",
            "::: section\n",
            ":::\n",
            "> [!NOTE]\n",
            "[^1]",
        ),
        *("\x00", "\ud800", "\u202e", "\u2028", "\ufffe", "e\u0301", "\u200d", "mot ", "{.primary}", "{width=9}"),
    ]
)
EXAMPLES = json.loads((Path(__file__).parents[1] / "spec" / "commonmark.json").read_text(encoding="utf-8"))
#: heads of this program and of others, right, broken, unclosed, of no use
HEADS = st.sampled_from(
    [
        *(HEAD, "", "\ufeff---\nsubject: a\n---\n", "---\r\nsubject: a\r\n---\r\n", "---\nsubject: [\n---\n"),
        *(
            "---\nsubject: a\n",
            "---\n",
            "---\n---\n",
            "---\n? [x]\n: y\n---\n",
            "---\nlang: 12\nsubject: {a: b}\n---\n",
        ),
        *(
            '---\nsubject: "\\ud800"\n---\n',
            "---\nsubject: a\x00b\n---\n",
            "---\n&a x: *a\n---\n",
            "---\nimage: ../x\n---\n",
        ),
        *(
            "+++\ntitle = 'a'\n+++\n",
            "+++\na = [\n+++\n",
            "Title: a\nDate: x\n\n",
            "Title:\n\tx\n\n",
            "<!--\ntitle: x\n",
        ),
        *("---\nsubject: <script>alert(1)</script>\npreheader: '\">x'\n---\n", "---\nsubject: {{ x }} {% y %}\n---\n"),
        *("---\nsubject: a\nlang: en-CA\ntoc: true\nvars: {a: 1}\n---\n", "export const x = 1\n\n", "{% raw %}\n"),
    ]
)
MIXED = st.lists(
    st.one_of(PIECES, st.sampled_from(EXAMPLES).map(lambda example: str(example["markdown"])), st.text(max_size=8)),
    max_size=16,
).map("".join)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=16).map("".join)


def rendered(body: str, *, head: str = HEAD, typography: bool = True) -> Edition:
    options = ReadOptions(typography=typography)
    issue = read_text(head + body, path=NOWHERE / "e.md", folder=None, root=NOWHERE, options=options)
    return render(issue, shipped("default"))


def nothing_forbidden(edition: Edition) -> None:
    html, text = edition.html(READER), edition.text(READER)
    page = LexborHTMLParser(html)
    assert not page.css(FORBIDDEN)
    for node in page.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on"), node.html
            if name in ("href", "src"):
                assert not re.match(r"\s*(javascript|vbscript|data:text)", value or "", re.IGNORECASE), node.html
        if node.tag == "img":
            assert "alt" in node.attributes
    assert not re.search("[\ud800-\udfff\x00]", html + text)


@settings(max_examples=150, deadline=None)
@given(HEADS, HOSTILE)
def test_nothing_hostile_dies_or_comes_out(head: str, body: str) -> None:
    """Statement 3 of rendering."""
    nothing_forbidden(rendered(body, head=head))


@pytest.mark.torture
@settings(max_examples=10_000, deadline=None)
@given(HEADS, MIXED)
def test_nothing_of_ten_thousand_hostile_texts_dies_or_comes_out(head: str, body: str) -> None:
    """Statement 3 of rendering, the long form: hostile pieces, the specification's examples, heads of every kind."""
    nothing_forbidden(rendered(body, head=head))


SAID = st.sampled_from(
    [
        *("mot{n} ", "**mot{n}** ", "[mot{n}](https://e.org/{n}) ", "![mot{n}](https://e.org/{n}.png) ", "`mot{n}` "),
        *(
            "\n\n# mot{n}\n\n",
            "\n- mot{n}\n",
            "\n> mot{n}\n\n",
            "\n\n|mot{n}|b|\n|-|-|\n|[c](https://e.org/{n})|d|\n\n",
        ),
        *("\n\n> [!NOTE] mot{n}\n> dedans{n}\n\n", "\n\n**[mot{n}](https://e.org/{n})**\n\n", "<b>mot{n}</b> "),
        *('<a href="https://e.org/{n}">mot{n}</a> ', "https://e.org/{n} ", "\n\n::: section\n\nmot{n}\n\n:::\n\n"),
        *("\n\n```card\ntitle: mot{n}\nurl: https://e.org/{n}\n```\n\n", "\n\n1. mot{n}\n\n"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, max_size=10))
def test_the_text_says_every_word_and_every_link_of_the_page_and_conversely(pieces: list[str]) -> None:
    """Statement 12 of rendering."""
    edition = rendered("".join(piece.replace("{n}", str(at)) for at, piece in enumerate(pieces)), typography=False)
    html, text = edition.html(READER), edition.text(READER)
    page = LexborHTMLParser(html)
    shown = words_of(html) + [
        word for node in page.css("img") for word in re.findall(r"\w+", node.attributes["alt"] or "")
    ]
    numbered = re.compile(r"(?:mot|dedans)\d+")
    said, written = (
        {word for word in words if numbered.fullmatch(word)} for words in (shown, re.findall(r"\w+", text))
    )
    assert said == written
    links = Counter(unquote(node.attributes["href"] or "") for node in page.css("a[href^='https://e.org']"))
    assert set(links) == set(re.findall(r"https://e\.org/\d+(?!\d|\.png)", text))
