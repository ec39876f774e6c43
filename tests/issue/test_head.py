"""Where a head ends and a text begins, in every form there is."""

from __future__ import annotations

import pytest
from issue_parts import places, text_of

from newsletter.issue.head import HeadKind, split_head


@pytest.mark.parametrize(
    ("text", "kind", "body"),
    [
        ("---\na: b\n---\nx", HeadKind.YAML, 4),
        ("---\na: b\n...\nx", HeadKind.YAML, 4),
        ("\n\n---\na: b\n---\nx", HeadKind.YAML, 6),
        ("---\n# note\na: b\n- c\n---\nx", HeadKind.YAML, 6),
        ("---\n---\nx", HeadKind.YAML, 3),
        ("---\na: b\n\nx", HeadKind.YAML, 3),
        ("+++\na = 1\n+++\nx", HeadKind.TOML, 4),
        ("Title: a\nDate: b\n\nx", HeadKind.HEADERS, 3),
        ("Title: a\nSummary: b\n  c\n\nx", HeadKind.HEADERS, 4),
        ("---\n\nx\n\n---\ny", HeadKind.NONE, 1),
        ("---\nUne phrase.\n---\ny", HeadKind.NONE, 1),
        ("---\nNote: une phrase\nqui continue\nencore ici\net là\n---\ny", HeadKind.NONE, 1),
        ("---\n\n---\nx", HeadKind.NONE, 1),
        ("Lieu: ici\nHeure: midi\n\nx", HeadKind.NONE, 1),
        ("Title: a\n\nx", HeadKind.NONE, 1),
        ("# a\nb: c", HeadKind.NONE, 1),
        ("", HeadKind.NONE, 1),
    ],
)
def test_where_the_body_begins(text, kind, body):
    head = split_head(text.split("\n"))
    assert (head.kind, head.body) == (kind, body)


def test_a_toml_head_gives_its_keys_and_a_warning(read):
    issue = read('+++\nsubject = "Un"\ndate = 2024-05-01T10:00:00-04:00\ntags = ["a"]\nlang = "fr-CA"\n+++\nTexte\n')
    assert places(issue) == ["1:1 NL009"]
    assert (issue.front.subject, issue.front.date, issue.front.tags) == ("Un", "2024-05-01T10:00:00-04:00", ("a",))
    assert text_of(issue) == "Texte"


def test_a_broken_toml_head_is_a_finding_at_its_place(read):
    issue = read("+++\na = 1\nb = \n+++\nTexte\n")
    assert "3:5 NL003" in places(issue)
    assert text_of(issue) == "Texte"


def test_pelican_headers_give_their_keys(read):
    issue = read("Title: Un titre\nDate: 2010-12-03 10:20\nTags: a, b\nLang: fr\n\nTexte\n")
    assert (issue.front.title, issue.front.tags, issue.lang) == ("Un titre", ("a", "b"), "fr-CA")
    assert text_of(issue) == "Texte"


def test_a_head_that_is_never_closed_is_said_and_not_printed(read):
    issue = read("---\nsubject: x\nlang: fr-CA\n\nTexte\n")
    assert places(issue) == ["1:1 NL002"]
    assert text_of(issue) == "Texte"


def test_a_broken_head_keeps_its_subject_and_is_not_printed(read):
    issue = read("---\nsubject: Un: deux\nlang: fr-CA\n\tx: y\n---\nTexte\n")
    assert issue.front.subject == "Un\u00a0: deux"
    assert text_of(issue) == "Texte"


def test_a_text_between_rules_is_a_text(read):
    issue = read("---\n\nUn texte.\n\n---\n\nLa suite.\n")
    assert text_of(issue) == "Un texte.\nLa suite."
