"""What was confirmed is what is sent, years later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition.edition import Attachment, Edition
from newsletter.edition.freezing import FORMAT, from_json, to_json
from newsletter.edition.segments import Choice, Context, Given, Literal, Segments, Slot
from newsletter.errors import ConfigError
from newsletter.issue.document import Condition, Medium

texts = st.text(max_size=20)
leaves = st.one_of(
    st.builds(Literal, text=texts),
    st.builds(Slot, expression=texts, context=st.sampled_from(Context)),
)
conditions = st.one_of(
    st.builds(Given, expression=texts),
    st.builds(
        Condition,
        languages=st.lists(texts, max_size=2).map(tuple),
        lists=st.lists(texts, max_size=2).map(tuple),
        segment=texts,
        media=st.lists(st.sampled_from(Medium), max_size=2).map(tuple),
    ),
)
segments = st.lists(
    st.recursive(
        leaves,
        lambda inner: st.builds(Choice, condition=conditions, inner=st.lists(inner, max_size=3).map(tuple)),
        max_leaves=6,
    ),
    max_size=5,
).map(tuple)


def make_edition(parts: Segments = (), **more: object) -> Edition:
    fields = dict.fromkeys(("subject", "preheader", "html_segments", "text_segments", "web_segments"), parts)
    facts = {"slug": "2026-12", "lang": "fr-CA", "theme": "default", "title": "Décembre", "digest": "d"}
    return Edition(**fields, **facts, **more)


@given(segments)
def test_reading_is_the_inverse_of_writing(parts: Segments) -> None:
    edition = make_edition(parts, constants={"issue": {"number": 1, "vars": {"x": [1, "é"]}}})
    assert from_json(to_json(edition)) == edition
    assert to_json(from_json(to_json(edition))) == to_json(edition)


def test_attachments_are_kept_beside_it() -> None:
    picture = Attachment(filename="salle.png", media_type="image/png", content=b"\x89PNG", cid="a@b")
    assert from_json(to_json(make_edition(attachments=(picture,))), attachments=[picture]).attachments == (picture,)


def test_a_form_of_a_newer_program_is_refused() -> None:
    with pytest.raises(ConfigError):
        from_json(to_json(make_edition()), format=FORMAT + 1)
