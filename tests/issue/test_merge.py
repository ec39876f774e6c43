"""Merge fields become words before Markdown, stay literal in code, and are findings where nothing is merged."""

from __future__ import annotations

import pytest
from issue_parts import places, text_of

from newsletter.issue.document import Button, Prose
from newsletter.issue.merge import find_tokens


def test_a_field_in_text_heading_table_item_subject_and_label_is_kept(read):
    field = "{{ subscriber.first_name }}"
    head = f'---\nsubject: "À {field}"\nlang: fr-CA\n---\n'
    table = f"| {field} |\n|---|\n| {field} |"
    issue = read(f"{head}# A {field}\n\n{table}\n\n- {field}\n\n**[Oui {field}](https://e.org)**\n")
    assert issue.findings == ()
    assert len(issue.expressions) == 6
    assert find_tokens(issue.front.subject)
    assert isinstance(issue.blocks[-1], Button)
    assert find_tokens(issue.blocks[-1].label)
    assert len(find_tokens(text_of(issue))) == 5


def test_a_closing_brace_in_a_text_does_not_end_the_field(body):
    issue = body('{{ subscriber.first_name | default("}} x") }} et la suite.')
    assert issue.findings == ()
    assert [one.source for one in issue.expressions.values()] == ['subscriber.first_name | default("}} x")']


def test_in_code_a_field_is_shown_as_written(body):
    """Statement 7 of rendering."""
    issue = body(
        "`{{ subscriber.first_name }}` et `{{ x.y }}`\n\n```\n{{ subscriber.first_name }} {% x %}\n```\n\n    {{ z }}\n"
    )
    assert issue.findings == ()
    block = issue.blocks[0]
    assert isinstance(block, Prose)
    assert block.tokens[1].children[0].content == "{{ subscriber.first_name }}"
    assert block.tokens[3].content == "{{ subscriber.first_name }} {% x %}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ subscriber.frist_name }}", "5:4 NL210"),
        ("a {{ subscriber.frist_name }}", "5:6 NL210"),
        ("{{ issue.vars.x }}", "5:4 NL210"),
        ("{{ 1 + 1 }}", "5:1 NL211"),
        ("{{ a( }}", "5:1 NL211"),
        ("{{ }}", "5:1 NL211"),
        ("x\n\n{% if a %}", "7:1 NL213"),
        ("{# note #}", "5:1 NL213"),
        ("[x](https://e.org/{{subscriber.name}})", "5:19 NL212"),
        ("![{{ subscriber.name }}](https://e.org/a.png)", "5:3 NL212"),
        ('![a](https://e.org/a.png "{{ subscriber.name }}")', "5:27 NL212"),
        ('<b title="{{ subscriber.name }}">x</b>', "5:11 NL212"),
        ("::: only lists={{subscriber.name}}\n\nx\n\n:::", "5:16 NL212"),
    ],
)
def test_what_is_no_merge_field_is_said_at_its_place(body, text, wanted):
    """Statement 7 of rendering."""
    assert places(body(text)) == [wanted]


def test_what_is_no_merge_field_stays_the_text_it_was(body):
    text = "{{< youtube abc >}} {% include x.html %} {{ page.title }} {{ unclosed"
    assert text_of(body(text, lang="de")) == text


def test_a_misspelt_field_has_a_suggestion(body):
    assert body("{{ subscriber.frist_name }}").findings[0].suggestion == "subscriber.first_name"
    assert body("{{ first_name }}").findings[0].suggestion == "subscriber.first_name"


def test_a_destination_may_be_a_field_alone(body):
    issue = body('[préférences]({{ links.preferences }}) et <a href="{{ links.web }}">web</a>')
    assert issue.findings == ()
    assert len(issue.expressions) == 2


def test_the_own_values_of_an_issue_are_fields(read):
    issue = read(
        "---\nsubject: x\nlang: fr-CA\nvars: {lieu: Québec}\n---\nÀ {{ issue.vars.lieu }} et {{ issue.vars.leiu }}\n"
    )
    assert places(issue) == ["6:31 NL210"]
    assert issue.findings[0].suggestion == "issue.vars.lieu"


def test_an_escaped_brace_is_a_brace(body):
    issue = body(r"\{{ subscriber.first_name }}")
    assert issue.findings == ()
    assert not issue.expressions
    assert text_of(issue) == "{{ subscriber.first_name }}"


def test_words_do_not_depend_on_anything_but_the_text(body):
    text = "{{ subscriber.first_name }} {{ subscriber.name }}"
    assert list(body(text).expressions) == list(body(text).expressions)
    assert len(set(body(text).expressions)) == 2


def test_a_text_that_holds_such_words_is_not_confused(body):
    word = next(iter(body("{{ subscriber.name }}").expressions))
    issue = body(f"{{{{ subscriber.name }}}} {word}")
    assert word not in issue.expressions


def test_a_field_over_two_lines_stays_text(body):
    issue = body("{{ subscriber\n.name }}")
    assert not issue.expressions


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("subscriber.prenom", "subscriber.first_name"),
        ("subscriber.prenon", "subscriber.first_name"),
        ("prénom", "subscriber.first_name"),
        ("subscriber.nom", "subscriber.name"),
        ("subscriber.frist_name", "subscriber.first_name"),
        ("FNAME", "subscriber.first_name"),
    ],
)
def test_a_field_of_another_name_is_found(body, written, meant):
    assert body(f"{{{{ {written} }}}}\n").findings[0].suggestion == meant
