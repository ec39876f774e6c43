"""The canonical form changes how a text looks, never what it says, and formatting twice changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.issue.fmt import fmt_text
from newsletter.issue.markdown import parse_markdown

EXAMPLES = json.loads((Path(__file__).parents[1] / "spec" / "commonmark.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("\ufeffa", "a\n"),
        ("a   \nb", "a  \nb\n"),
        ("a \n\n\n\nb\n\n\n", "a\n\nb\n"),
        ("# a\nb", "# a\n\nb\n"),
        ("a\n:::section\nb\n:::\nc", "a\n\n::: section\n\nb\n\n:::\n\nc\n"),
        ("a\n\n***\nb", "a\n\n---\n\nb\n"),
        ("{{subscriber.name}} {{  x }} `{{x}}`", "{{ subscriber.name }} {{ x }} `{{x}}`\n"),
        ("```event\ntitle: a\n```\nb", "```event\ntitle: a\n```\n\nb\n"),
        ("```\na  \n\n\n:::section\n```\n", "```\na  \n\n\n:::section\n```\n"),
        ("---\nsubject: a   \n---\nb", "---\nsubject: a\n---\n\nb\n"),
        ("+++\na = 1\n+++\nb", "+++\na = 1\n+++\n\nb\n"),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_the_canonical_form(text, wanted):
    assert fmt_text(text) == wanted


def test_code_in_a_line_is_left_alone():
    assert fmt_text("`{{x}}`\n") == "`{{x}}`\n"


def test_every_example_of_commonmark_is_stable_and_says_the_same():
    for example in EXAMPLES:
        once = fmt_text(example["markdown"])
        assert fmt_text(once) == once, example["example"]


@settings(deadline=None)
@given(st.text(alphabet="ab:-#>*` \n{}[]_.1", max_size=60))
def test_formatting_twice_changes_nothing_and_loses_no_letter(text):
    once = fmt_text(text)
    assert fmt_text(once) == once
    assert [c for c in once if c.isalnum()] == [c for c in text if c.isalnum()]


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["::: section", ":::only lang=fr", ":::", "a", "", "> b", "- c", "***", "    d", "```"]),
        max_size=9,
    )
)
def test_blocks_stay_the_blocks_they_are(lines):
    text = "\n".join(lines)

    def said(source):
        return [
            (token.type, token.content.rstrip()) for token in parse_markdown(source).tokens if token.type != "inline"
        ]

    assert said(fmt_text(text)) == said(text)
    assert fmt_text(fmt_text(text)) == fmt_text(text)
