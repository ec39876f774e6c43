"""The form of the head: what it sets is what YAML then reads, and the rest is as its author wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RefusedError
from newsletter.issue.head_edit import head_values, one_line, set_keys

ISSUE = """---
# the head
objet: "Décembre"   # said in the inbox
preheader: >
  Deux lignes
  de suite

# for whom
audience: [membres]
mystery: 012
status: draft
---

# Bonjour

subject: not a key
"""


def test_a_key_is_set_where_it_stands_under_the_name_its_author_gave_it():
    made = set_keys(ISSUE, {"subject": "Janvier : 12 h", "status": "ready"})
    assert 'objet: "Janvier : 12 h"   # said in the inbox\n' in made
    assert made == ISSUE.replace('"Décembre"', '"Janvier : 12 h"').replace("status: draft", "status: ready")


def test_a_value_of_several_lines_becomes_one_line_and_comments_of_the_next_key_stay():
    made = set_keys(ISSUE, {"preheader": "Court"})
    assert 'preheader: "Court"\n\n# for whom\naudience' in made


def test_new_keys_go_to_the_end_of_the_head_and_empty_ones_leave():
    made = set_keys(ISSUE, {"date": "2026-12-01", "audience": "", "tags": ["a", "b c"]})
    assert 'status: draft\ndate: "2026-12-01"\ntags: [a, "b c"]\n---\n' in made
    assert "audience" not in made


def test_what_is_said_already_is_not_written_again():
    assert set_keys(ISSUE, {"subject": "Décembre", "audience": ["membres"], "status": "draft"}) == ISSUE
    assert set_keys(ISSUE, {}) == ISSUE


def test_a_text_without_a_head_gets_one():
    assert set_keys("# Bonjour\n", {"subject": "A", "date": ""}) == '---\nsubject: "A"\n---\n\n# Bonjour\n'
    assert set_keys("---\n---\n# A\n", {"status": "draft"}) == "---\nstatus: draft\n---\n# A\n"


@pytest.mark.parametrize(
    "text",
    [
        '+++\ntitle = "Hugo"\n+++\ntext\n',
        "---\nsubject: 'never closed\n---\ntext\n",
        "---\n{subject: A, status: draft}\n---\ntext\n",
        "---\nsubject: A\n\ntext without an end of the head\n",
    ],
)
def test_a_head_that_can_not_be_changed_safely_is_refused(text):
    with pytest.raises(RefusedError, match="form"):
        set_keys(text, {"subject": "B"})


@given(subject=st.text().filter(one_line), tags=st.lists(st.text().filter(one_line), max_size=3))
def test_whatever_is_typed_is_what_is_read(subject, tags):
    values = head_values(set_keys(ISSUE, {"subject": subject, "tags": tags, "number": 12}))
    assert (values["subject"], values["mystery"], values["number"]) == (one_line(subject), 12, 12)
    assert values.get("tags", []) == [one_line(tag) for tag in tags]
