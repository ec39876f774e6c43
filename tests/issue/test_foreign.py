"""Other tools' issues become ours, and what cannot be mapped is named with its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.issue.foreign import from_foreign

HUGO = """+++
title = "Hugo: le titre"
date = 2024-05-01T10:00:00-04:00
draft = true
tags = ["a", "b c"]
categories = ["x"]
[params]
  x = 1
[cover]
  image = "img.jpg"
+++

{{< figure src="a.png" alt="Alt" caption="Légende" >}}

{{< youtube abc >}}

```
{{< code >}}
```

:::tip Un titre
Texte
:::
"""

JEKYLL = """---
layout: post
title: Jekyll: two colons
published: true
date: 2020-01-05 10:00:00 -0500
author: {name: Zoé, mastodon: z}
excerpt: >
  Long
  text
categories: news
---
Body {% include x %}
"""

PELICAN = """Title: Un titre
Date: 2010-12-03 10:20
Category: Python
Tags: pelican, publishing
Slug: Mon-Billet
Authors: Alexis M, Conan D
Lang: fr_CA

Le texte.
"""


def head(text: str) -> dict[str, str]:
    lines = text.split("---\n")[1].strip().split("\n")
    return dict(line.split(": ", 1) for line in lines)


def test_hugo():
    text, notes = from_foreign(HUGO)
    assert head(text) == {
        "subject": '"Hugo: le titre"',
        "date": "2024-05-01T10:00:00-04:00",
        "status": "draft",
        "tags": '["a", b c, "x"]',
        "image": "img.jpg",
    }
    assert '![Alt](a.png "Légende")' in text
    assert "{{< code >}}" in text
    assert "> [!TIP] Un titre\n> Texte" in text
    assert [note.split(":")[0] for note in notes] == ["line 7", "line 15"]


def test_jekyll():
    text, notes = from_foreign(JEKYLL)
    assert head(text) == {
        "subject": '"Jekyll: two colons"',
        "preheader": "Long text",
        "date": "2020-01-05 10:00:00 -0500",
        "status": "draft",
        "author": "[Zoé]",
        "tags": "[news]",
    }
    assert "Body {% include x %}" in text
    assert len(notes) == 3


def test_pelican():
    text, notes = from_foreign(PELICAN)
    assert head(text) == {
        "subject": "Un titre",
        "date": "2010-12-03 10:20",
        "lang": "fr-CA",
        "status": "draft",
        "author": "[Alexis M, Conan D]",
        "tags": "[Python, pelican, publishing]",
    }
    assert any("Mon-Billet" in note for note in notes)


@pytest.mark.parametrize(("text", "subject"), [("# Un titre\n\nx", "Un titre"), ("x", "Untitled"), ("", "Untitled")])
def test_a_text_without_a_head(text, subject):
    assert head(from_foreign(text)[0])["subject"] == subject


@pytest.mark.parametrize("source", [HUGO, JEKYLL, PELICAN, "# Un titre\n\nx"])
def test_what_comes_out_is_right_and_stays_itself(read, source):
    text, _notes = from_foreign(source)
    codes = {one.code for one in read(text).findings}
    assert not codes & {f"NL{number:03d}" for number in range(200)}
    assert from_foreign(text)[0] == text


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_raises_or_loses_a_word(source):
    text, _notes = from_foreign(source)
    assert text.startswith("---\nsubject:")


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["title", "tags", "author", "date", "x", "cover"]), st.text(max_size=12), max_size=4
    )
)
def test_no_value_breaks_the_yaml_that_is_written(read_any, values):
    source = "---\n" + "".join(f"{key}: {value!r}\n" for key, value in values.items()) + "---\nx\n"
    text, _notes = from_foreign(source)
    assert "NL003" not in {one.code for one in read_any(text).findings}


def test_markup_and_entities_of_a_head_are_read():
    text, _notes = from_foreign('---\ntitle: R &amp; AT&T\ndescription: "Une **lettre** de [mai](x)"\n---\nx\n')
    assert head(text)["subject"].strip('"') == "R & AT&T"
    assert head(text)["preheader"] == "Une lettre de mai"
