"""`::: include`: a file of the folder as a part of the issue, its faults named in its own file."""

from __future__ import annotations

from issue_parts import places, text_of

from newsletter.issue.document import Event, Prose


def test_an_include_is_read_as_a_part(body, tmp_path):
    (tmp_path / "pied.md").write_text("---\nsubject: x\n---\n## Pied\n\nÀ {{ subscriber.name }}.\n")
    issue = body("## Un\n\n::: include pied.md\n\n## Deux\n\n[[toc]]\n")
    assert places(issue) == []
    assert [block.path for block in issue.blocks] == ["", "pied.md", "", ""]
    assert issue.blocks[1].line == 4
    assert [heading.text for heading in issue.blocks[-1].headings] == ["Un", "Pied", "Deux"]
    assert len(issue.expressions) == 1
    assert issue.files[1:] == (str(tmp_path / "pied.md"),)


def test_an_include_may_be_closed(body, tmp_path):
    (tmp_path / "pied.md").write_text("Pied")
    issue = body("::: include pied.md\n:::\n\nX\n")
    assert places(issue) == []
    assert text_of(issue) == "Pied\nX"
    inside = body("::: section\n\n::: include pied.md\n\n:::\n\nX\n")
    assert places(inside) == []
    assert [type(block).__name__ for block in inside.blocks] == ["Section", "Prose"]


def test_faults_of_an_include_name_its_file(body, tmp_path):
    (tmp_path / "pied.md").write_text("un\n\n{{ subscriber.frist_name }}\n")
    issue = body("::: include pied.md\n")
    assert [str(one.location) for one in issue.findings] == ["pied.md:3:4"]
    assert issue.findings[0].source == "{{ subscriber.frist_name }}"


def test_what_cannot_be_included(body, tmp_path):
    (tmp_path / "a.md").write_text("A\n\n::: include b.md\n")
    (tmp_path / "b.md").write_text("B\n\n::: include a.md\n")
    assert places(body("::: include absent.md\n")) == ["5:13 NL208"]
    assert places(body("::: include ../x.md\n")) == ["5:13 NL208"]
    assert places(body("::: include\n")) == ["5:1 NL208"]
    assert places(body("::: include essai.md\n")) == ["5:13 NL208"]
    circle = body("::: include a.md\n")
    assert [str(one.location) for one in circle.findings] == ["b.md:3:13"]
    assert text_of(circle) == "A\nB"


def test_many_includes_do_not_multiply(body, tmp_path):
    for level in range(12):
        (tmp_path / f"{level}.md").write_text(f"::: include {level + 1}.md\n\n" * 6)
    (tmp_path / "12.md").write_text("fin")
    issue = body("::: include 0.md\n")
    assert "NL208" in [one.code for one in issue.findings]


def test_notes_and_events_are_counted_through(body, tmp_path):
    (tmp_path / "pied.md").write_text("a[^1]\n\n[^1]: note\n\n```event\ntitle: x\nstart: 2026-01-01\n```\n")
    issue = body("b[^1]\n\n::: include pied.md\n\n[^1]: autre\n\n```event\ntitle: y\nstart: 2026-01-02\n```\n")
    events = [block.uid for block in issue.blocks if isinstance(block, Event)]
    notes = [
        token.meta["id"]
        for block in issue.blocks
        if isinstance(block, Prose)
        for token in block.tokens
        if token.type == "footnote_open"
    ]
    assert sorted(events) == ["essai-1", "essai-2"]
    assert sorted(notes) == [0, 1]
