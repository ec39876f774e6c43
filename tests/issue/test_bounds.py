"""How much markup an issue holds: beyond it nothing is read, and nothing is lost."""

from __future__ import annotations

from itertools import pairwise

from issue_parts import text_of

from newsletter.issue.bounds import MOST_MARKUP, weigh, within
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_issue

HEAVY = "[a](b) " * MOST_MARKUP


def test_what_is_light_is_taken_whole():
    assert within("mot " * 100_000, 10) == ("mot " * 100_000, "")


def test_what_is_heavy_is_cut_between_lines_and_kept():
    lines = [f"ligne *{n}*\n" for n in range(10)]
    for most in range(50):
        taken, rest = within("".join(lines), most)
        assert taken + rest == "".join(lines)
        assert weigh(taken) <= most
        assert taken == "" or taken.endswith("\n")


def test_more_can_hold_only_more():
    text = "a *b*\n" * 20
    assert all(len(within(text, one)[0]) <= len(within(text, two)[0]) for one, two in pairwise(range(100)))


def test_what_is_too_much_is_shown_as_written_and_said(read_any):
    issue = read_any(f"---\nsubject: a\nlang: fr-CA\n---\n**Avant**\n\n{HEAVY}{{{{ subscriber.name }}}}\n\n**Après**\n")
    assert [(one.code, one.location.line) for one in issue.findings] == [("NL218", 7)]
    assert "Avant" in text_of(issue)
    assert f"{HEAVY}{{{{ subscriber.name }}}}\n\n**Après**" in text_of(issue)


def test_what_is_included_counts_as_well(tmp_path):
    (tmp_path / "moitie.md").write_text("[a](b) " * (MOST_MARKUP // 7), encoding="utf-8")
    path = tmp_path / "x.md"
    found = []
    for times in (1, 2):
        text = "---\nsubject: a\nlang: fr-CA\n---\n" + "::: include moitie.md\n\n" * times
        path.write_text(text, encoding="utf-8")
        issue = read_issue(path, root=tmp_path, options=ReadOptions())
        found.append([(one.code, one.location.path) for one in issue.findings])
    assert found == [[], [("NL218", "moitie.md")]]
