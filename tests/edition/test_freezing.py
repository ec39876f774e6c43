import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.edition.edition import Archive, Attachment, Edition
from newsletter.edition.freezing import FORMAT, freeze, from_json, thaw, to_json
from newsletter.edition.segments import Choice, Context, Given, Literal, Slot
from newsletter.errors import ConfigError
from newsletter.issue.document import Condition, Medium

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.lists(TEXTS, max_size=2).map(tuple)
CONDITIONS = st.builds(
    Condition,
    languages=NAMES,
    lists=NAMES,
    segment=TEXTS,
    media=st.lists(st.sampled_from(Medium), max_size=2).map(tuple),
) | st.builds(Given, expression=TEXTS)
SEGMENTS = st.recursive(
    st.builds(Literal, text=TEXTS) | st.builds(Slot, expression=TEXTS, context=st.sampled_from(Context)),
    lambda inner: st.builds(Choice, condition=CONDITIONS, inner=st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)
SEGMENTED = ("subject", "preheader", "html_segments", "text_segments", "web_segments")
PARTS = st.lists(SEGMENTS, max_size=4).map(tuple)
EDITIONS = st.builds(
    Edition,
    slug=TEXTS,
    lang=st.sampled_from(["fr-CA", "en-CA"]),
    theme=TEXTS,
    title=TEXTS,
    subject=PARTS,
    preheader=PARTS,
    html_segments=PARTS,
    text_segments=PARTS,
    web_segments=PARTS,
    digest=TEXTS,
    archive=st.sampled_from(Archive),
    constants=st.just({"issue": {"title": "é", "vars": {"n": 3, "list": ["a"]}}}),
    attachments=st.lists(
        st.builds(Attachment, filename=TEXTS, media_type=TEXTS, content=st.binary(max_size=9), cid=TEXTS), max_size=2
    ).map(tuple),
)


@given(st.lists(EDITIONS, max_size=3).map(tuple))
def test_what_is_frozen_thaws_to_the_same(editions):
    assert thaw(freeze(editions)) == editions


@given(EDITIONS)
def test_the_text_is_json_without_the_files(edition):
    text = to_json(edition)
    json.loads(text)
    assert from_json(text, attachments=edition.attachments) == edition


def test_a_newer_format_is_refused_in_words():
    edition = Edition(
        slug="x", lang="fr-CA", theme="", title="", subject=(), preheader=(), html_segments=(), text_segments=()
    )
    with pytest.raises(ConfigError, match="newer"):
        from_json(to_json(edition), format=FORMAT + 1)


def test_an_edition_that_says_no_wish_is_on_no_page():
    edition = Edition(slug="a", lang="fr-CA", theme="", title="", **dict.fromkeys(SEGMENTED, ()))
    assert edition.archive is Archive.PUBLIC
    older = json.loads(to_json(edition))
    del older["archive"]
    assert from_json(json.dumps(older)).archive is Archive.NONE
