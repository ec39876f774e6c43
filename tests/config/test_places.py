import tomllib

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from newsletter.config.places import key_spans, line_and_column

KEYS = st.text(min_size=1, max_size=8).filter(lambda text: "\x00" not in text and text.isprintable())
SCALARS = st.one_of(
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.text(max_size=20).filter(lambda text: all(c.isprintable() or c in "\n\t" for c in text)),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def paths(value, path=()):
    """Every path of a parsed document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_every_key_of_any_document_has_a_place_that_begins_with_it(document):
    text = tomlkit.dumps(document)
    parsed = tomllib.loads(text)
    spans = key_spans(text)
    for path in paths(parsed):
        assert path in spans
        if isinstance(path[-1], str):
            span = spans[path]
            raw = text[span.start : span.end]
            assert next(iter(tomllib.loads(f"{raw} = 1"))) == path[-1]


def test_dotted_keys_arrays_of_tables_and_comments_are_followed():
    text = """# head
[a.b]
c.d = 1 # [not.a.table]
"e f" = '''
x = 1
'''
[[list]]
k = [
  1, # one
  { z = 2026-12-01 09:00:00 },
]
[list.sub]
s = 1
[[list]]
k = "]"
"""
    spans = key_spans(text)
    assert line_and_column(text, spans[("a", "b", "c", "d")].start) == (3, 3)
    assert line_and_column(text, spans[("a", "b", "e f")].start) == (4, 1)
    assert line_and_column(text, spans[("list", 0, "k", 1, "z")].start) == (10, 5)
    assert line_and_column(text, spans[("list", 0, "sub", "s")].start) == (13, 1)
    assert line_and_column(text, spans[("list", 1, "k")].start) == (15, 1)
    assert ("x",) not in spans
    assert set(paths(tomllib.loads(text))) <= set(spans)
