"""No text makes reading die or take its square in time, and no word of a text is lost."""

from __future__ import annotations

import re

import pytest
from calm import least
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from issue_parts import text_of

from newsletter.errors import IssueError
from newsletter.issue.document import Issue
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_issue

N = 3_000
CASES = {
    "quotes": "> " * 10_000 + "mot",
    "lists": "\n".join("  " * level + f"- mot{level}" for level in range(150)),
    "directives": "::: section\n" * N,
    "nested directives": "\n".join(":" * (3 + level) + " section" for level in range(200)),
    "callouts": "\n".join("> " * level + "[!NOTE]" for level in range(1, 90)),
    "brackets": "[" * N,
    "closed brackets": "[" * N + "]" * N,
    "links": "[a](" * N,
    "images": "![" * N,
    "emphasis": "*a _b " * N + "**" * N,
    "backticks": "`".join("`" * level for level in range(100)),
    "tags": "<div>" * N + "<a " + 'x="" ' * N,
    "comments": "<!-- " * N,
    "merge": "{{" * N + "{{ x }} " * 300 + "{%" * N,
    "attributes": "![a](b)" + "{" * N + "[a]{lang=en" * 300,
    "addresses": "http://" * N + "www." * N + "a@b.c" * N + "@" * N,
    "long address": "a" * N + "@" + "b." * N,
    "marks": '"' * N + "'" * N + "«" * N + "»" * N,
    "numbers": "1 234 567 " * N + "1h" * N + "9" * N,
    "colons": ":" * N + ":a" * N,
    "footnotes": "".join(f"[^{n}]" for n in range(300)) + "\n\n" + "\n".join(f"[^{n}]: x [^{n}]" for n in range(300)),
    "tables": "|a" * 300 + "\n" + "|-" * 300 + "\n" + "|b" * 300,
    "definitions": "".join(f"[a{n}]: b\n" for n in range(N)),
    "control": "a\x00b\x0cc\x85d\u2028e\ufffff",
    "surrogates": "a\ud800b",
    "signs": "—> →> 🎉> ✨ > i <3 été <p>1<p>2 <![endif] ]]> \\u{202f}",
    "bad urls": "[a](http://[::1) [b](http://a:99999999999/) <http://é:x> [c](http://xn--" + "9" * 99 + ".ca)",
    "deep yaml": "---\na: " + "[" * 5_000 + "\n---\n",
    "deep maps": "---\na: " + "{a: " * 5_000 + "\n---\n",
    "nul in yaml": "---\nsubject: a\x00b\n---\n",
    "surrogate in yaml": '---\nsubject: "\\ud800"\n---\n',
    "deep toml": "+++\na = " + "[" * 5_000 + "\n+++\n",
    "keys": "---\n? [a]\n: b\n? {c: d}\n: e\n12: f\n---\n",
    "bad event": "```event\ntitle: a\nstart: 9999-12-31 23:59\nend: 9999-12-31T23:59-12:00\n```\n",
    "empty": "",
    "lines": "\n" * N + "\r" * N + "\t" * N,
}


@pytest.mark.parametrize("name", CASES)
def test_no_text_makes_reading_die(read_any, name):
    def reads() -> None:
        assert isinstance(read_any(CASES[name]), Issue)

    assert least(reads, 10, tries=2) < 10


@pytest.mark.slow
@pytest.mark.parametrize("line", ["a" * 5_000_000, "mot " * 1_250_000])
def test_a_line_of_five_megabytes_is_read(read_any, line):
    assert len(text_of(read_any(line))) >= 4_999_999


_PARTS = st.sampled_from(
    [
        *(
            "> ",
            "- ",
            "1. ",
            "    ",
            "\t",
            "\n",
            "\n\n",
            "# ",
            "---\n",
            "```\n",
            "~~~",
            "|a|\n|-|\n",
            "***",
            "[^1]: ",
            "[^1]",
        ),
        *(
            "::: section\n",
            ":::\n",
            "::: only lang=fr\n",
            ":::: columns\n",
            "::: column\n",
            "::: include x.md\n",
            "::: x\n",
        ),
        *(
            "**[a](b)**",
            "![a](b)",
            "[![a](b)](c)",
            "{.secondary}",
            "{width=3}",
            "[a]{lang=en}",
            "> [!NOTE]\n",
            "— Nom\n",
        ),
        *(
            "{{ subscriber.name }}",
            "{{ x }}",
            "{% y %}",
            "{{",
            "}}",
            "<b>",
            "</b>",
            "<div>\n",
            "<!-- z -->",
            "<p>",
            "&amp;",
        ),
        *(
            "https://e.org/é",
            "a_b@c.org",
            "www.e.org",
            ":tada:",
            '"',
            "'",
            "«",
            " :",
            " !",
            "14h30",
            "12 $",
            "...",
            "--",
            "é",
        ),
        *(
            "\x00",
            "\ud800",
            "\u2028",
            "\u202f",
            "mot",
            " ",
            "\\",
            "[[toc]]",
            "```event\ntitle: a\nstart: 2026-01-01\n```\n",
        ),
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(_PARTS, st.text(max_size=8)), max_size=14))
def test_no_mixture_makes_reading_die(read_any, parts):
    assert isinstance(read_any("".join(parts)), Issue)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["> ", "- ", "\n", "\n\n", "# ", "::: section\n", ":::\n", "**", "[", "](b)", "mot ", "`", "_"]
        ),
        max_size=20,
    )
)
def test_no_word_is_lost(read_any, parts):
    count = 0

    def numbered(_found):
        nonlocal count
        count += 1
        return f"mot{count} "

    text = re.sub("mot ", numbered, "".join(parts))
    found = text_of(read_any(text))
    assert all(f"mot{n}" in found for n in range(1, count + 1))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_reading_die(any_folder, content):
    path = any_folder / "x.md"
    path.write_bytes(content)
    assert isinstance(read_issue(path, root=any_folder, options=ReadOptions()), Issue)


def test_a_file_of_another_encoding_is_read_and_said(tmp_path):
    (tmp_path / "x.md").write_bytes("---\nsubject: Été\nlang: fr-CA\n---\nDéjà".encode("cp1252"))
    issue = read_issue(tmp_path / "x.md", root=tmp_path, options=ReadOptions())
    assert [one.code for one in issue.findings] == ["NL001"]
    assert (issue.front.subject, text_of(issue)) == ("Été", "Déjà")
    (tmp_path / "x.md").write_bytes("---\nsubject: Été\nlang: fr-CA\n---\nDéjà".encode("utf-16"))
    assert text_of(read_issue(tmp_path / "x.md", root=tmp_path, options=ReadOptions())) == "Déjà"


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path):
    for name in ("absent.md", "."):
        with pytest.raises(IssueError) as raised:
            read_issue(tmp_path / name, root=tmp_path, options=ReadOptions())
        assert name.strip(".") in raised.value.message


def test_a_control_character_is_a_finding_at_its_place(read_any):
    finding = next(one for one in read_any("a\nb\x00c").findings if one.code == "NL007")
    assert (finding.location.line, finding.location.column) == (2, 2)
