"""What may stand between the braces, what it gives for a reader, and what is refused."""

from __future__ import annotations

import pytest
from calm import least
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.issue.expression import ExpressionError, compile_checked, compile_expression
from newsletter.issue.filters import MAX_VALUE

VALUES = {
    "subscriber": {"first_name": "Zoé", "empty": " ", "lists": ["a", "b"], "n": 3},
    "issue": {"lang": "fr-CA", "date": "2026-12-01", "vars": {"x": "y"}},
}


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("subscriber.first_name", "Zoé"),
        ("subscriber['first_name']", "Zoé"),
        ("subscriber.nobody", ""),
        ("nothing.at.all", ""),
        ('subscriber.nobody | default("à vous")', "à vous"),
        ('subscriber.empty | default("à vous")', "à vous"),
        ('subscriber.first_name | default("à vous")', "Zoé"),
        ("subscriber.nobody | default(subscriber.first_name)", "Zoé"),
        ("subscriber.first_name | upper", "ZOÉ"),
        ("subscriber.first_name | lower | capitalize", "Zoé"),
        ("subscriber.lists", "a, b"),
        ('subscriber.lists | join(" et ")', "a et b"),
        ("subscriber.lists | first", "a"),
        ("subscriber.lists | length", "2"),
        ("subscriber.first_name | truncate(2)", "Z…"),
        ('subscriber.first_name | replace("é", "e")', "Zoe"),
        ('"Chère " ~ subscriber.first_name', "Chère Zoé"),
        ('"oui" if subscriber.n > 2 else "non"', "oui"),
        ('"oui" if "a" in subscriber.lists and not subscriber.nobody else "non"', "oui"),
        ('"oui" if subscriber.nobody is defined', ""),
        ('"oui" if subscriber.n < "x" else "non"', "non"),
        ("issue.date | date", "1er\u00a0décembre\u00a02026"),
        ('issue.date | date("short")', "2026-12-01"),
        ("issue.vars.x", "y"),
        ("'}}'", "}}"),
    ],
)
def test_an_expression_gives_its_value(source, wanted):
    assert compile_expression(source)(VALUES) == wanted


@pytest.mark.parametrize(
    "source",
    [
        "",
        "a +",
        "1 + 1",
        '"A" * 100000000',
        "range(10**6)",
        "subscriber.first_name()",
        "subscriber.__class__.__mro__()",
        "subscriber | attr('x')",
        "subscriber.first_name | safe",
        "[x for x in y]",
        "a[0]",
        "a[1:2]",
        "{'a': 1}",
        "a }} {{ b",
        "a %} {% b",
        "(" * 200 + "a" + ")" * 200,
        "not " * 200 + "a",
        "a" * 1000,
        "subscriber.first_name | default(1, 2, 3)",
        "subscriber.first_name | default(value=1)",
        "subscriber.first_name | default(*a)",
        "a < b < c",
        "a is divisibleby 3",
    ],
)
def test_anything_else_is_refused(source):
    with pytest.raises(ExpressionError):
        compile_expression(source)


def test_an_unknown_filter_is_named_with_its_neighbour():
    with pytest.raises(ExpressionError) as raised:
        compile_expression("subscriber.first_name | defualt('x')")
    assert "defualt" in raised.value.message
    assert "default" in (raised.value.hint or "")


def test_attributes_of_python_objects_are_out_of_reach():
    assert compile_expression("subscriber.__class__")({"subscriber": "text"}) == ""
    assert compile_expression("subscriber.first_name.__class__")(VALUES) == ""


def test_the_names_that_are_asked_for_are_known():
    checked = compile_checked("subscriber.a | default(issue.vars.b) if list.c else site.d")
    assert set(checked.paths) == {"subscriber.a", "issue.vars.b", "list.c", "site.d"}


def test_a_value_is_bounded():
    long = {"a": {"b": "x" * 100_000, "c": ["y" * 1_000] * 1_000}}
    assert len(compile_expression("a.b ~ a.b")(long)) == MAX_VALUE
    assert len(compile_expression("a.c")(long)) == MAX_VALUE
    assert len(compile_expression('a.b | replace("x", "xxxxxxxxxx")')(long)) == MAX_VALUE


def test_a_merge_takes_microseconds():
    fill = compile_expression('subscriber.first_name | default("x")')
    assert least(lambda: [fill(VALUES) for _ in range(1_000)], 0.05, tries=10) < 0.05


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_raises_anything_but_the_refusal(source):
    try:
        fill = compile_expression(source)
    except ExpressionError:
        return
    assert isinstance(fill(VALUES), str)


@settings(deadline=None)
@given(st.recursive(st.none() | st.text() | st.integers() | st.floats() | st.booleans(), st.lists, max_leaves=5))
def test_no_value_raises(value):
    for name in ("upper", "title", "join", "first", "last", "length", "date", "truncate(3)", 'replace("a", "b")'):
        assert isinstance(compile_expression(f"a.b | {name}")({"a": {"b": value}}), str)
