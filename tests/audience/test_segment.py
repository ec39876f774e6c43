"""A segment means the same in SQL and for one person."""

from __future__ import annotations

import pytest
from audience_crowd import FIELDS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from newsletter.audience.crowd import load
from newsletter.audience.segment import SegmentError, matches, parse_segment
from newsletter.audience.segment_sql import to_sql
from newsletter.store.database import Store
from newsletter.store.tables import people

ROWS = [
    {},
    {"comites": ["formation"], "ville": "Montréal", "dons": 5, "adhesion": "2020-02-29", "role": "membre"},
    {"comites": ["recherche", "soutien"], "ville": "", "dons": 5.5, "role": "allié"},
    {"comites": [], "ville": 'Sainte-"X"', "adhesion": "2026-01-01"},
    {"ville": "Québec", "dons": -3, "comites": ["formation", "soutien"]},
]


@pytest.fixture
def crowd(store: Store) -> Store:
    with store.write() as connection:
        connection.execute(insert(people.mailing_list).values(name="demo"))
        for number, fields in enumerate(ROWS, start=1):
            connection.execute(
                insert(people.subscriber).values(
                    id=number,
                    key=f"{number:032x}",
                    address=f"p{number}@example.{'org' if number % 2 else 'ca'}",
                    address_key=f"{number:032x}",
                    domain=f"example.{'org' if number % 2 else 'ca'}",
                    lang=("fr-CA", "en-CA")[number % 2],
                    fields=fields,
                    created_at=0.0,
                )
            )
        connection.execute(
            insert(people.subscription).values(subscriber_id=2, list_id=1, status="active", started_at=0.0)
        )
    return store


TERMS = st.sampled_from(
    [
        '"formation" in subscriber.comites',
        '"soutien" not in subscriber.comites',
        "subscriber.comites",
        "subscriber.ville",
        'subscriber.ville == "Montréal"',
        'subscriber.ville != "Québec"',
        '"Qu" in subscriber.ville',
        'subscriber.lang == "fr-CA"',
        'subscriber.lang in ("fr-CA", "es")',
        "subscriber.dons > 5",
        "5 >= subscriber.dons",
        "subscriber.dons == 5",
        "subscriber.dons != -3",
        "subscriber.dons in (5, -3)",
        "0 < subscriber.dons < 5.25",
        "subscriber.dons",
        'subscriber.adhesion <= "2025-12-31"',
        "subscriber.adhesion",
        'subscriber.role == "allié"',
        "subscriber.fields.role",
        '"demo" in subscriber.lists',
        "subscriber.lists",
        'subscriber.domain == "example.org"',
    ]
)
SEGMENTS = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, inner).map("({0[0]}) and ({0[1]})".format),
        st.tuples(inner, inner).map("({0[0]}) or ({0[1]})".format),
    ),
    max_leaves=6,
)


@given(SEGMENTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_sql_and_one_person_agree(crowd: Store, source: str) -> None:
    segment = parse_segment(source, FIELDS)
    with crowd.read() as connection:
        query = select(people.subscriber.c.id).where(to_sql(segment, dialect=connection.dialect.name))
        found = set(connection.scalars(query))
        everybody = load(connection, range(1, len(ROWS) + 1))
    assert found == {number for number, one in everybody.items() if matches(segment, one)}, source


@pytest.mark.parametrize(
    ("source", "column", "part"),
    [
        ("subscriber.comite", 1, "comites"),
        ('"formtion" in subscriber.comites', 1, "formation"),
        ('subscriber.adhesion > "hier"', 23, "2026"),
        ("subscriber.dons > 'x'", 19, "number"),
        ("subscriber.ville > 'x'", 1, "date"),
        ("subscriber.comites == 'formation'", 1, "choice"),
        ("'x' in subscriber.dons", 8, "dons"),
        ("subscriber.lang == 1", 20, "text"),
        ('subscriber.ville == "Montréal" and subscriber.vile', 36, "ville"),
        ("", 1, "Example"),
    ],
)
def test_a_fault_says_where_and_what_to_write(source: str, column: int, part: str) -> None:
    with pytest.raises(SegmentError) as raised:
        parse_segment(source, FIELDS)
    assert raised.value.column == column
    assert part in f"{raised.value} {raised.value.hint}"


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os').system('x')",
        "subscriber.__class__",
        "subscriber.lang.__class__ == 'x'",
        "[x for x in subscriber.lists]",
        "(lambda: 1)()",
        "'a' * 10**9 == subscriber.lang",
        "subscriber.lang == subscriber.tz",
        "subscriber",
        "other.lang == 'fr'",
        "1 == 1",
        "subscriber.lang is 'fr'",
        "f'{subscriber}' == 'x'",
        "subscriber.lang := 'fr'",
        "not " * 200 + "subscriber.lang",
        "(" * 300 + "subscriber.lang" + ")" * 300,
        "a\0b",
        "x" * 2000,
    ],
)
def test_nothing_but_comparisons_is_read(source: str) -> None:
    with pytest.raises(SegmentError):
        parse_segment(source, FIELDS)


@given(st.text(max_size=60))
def test_any_text_is_a_segment_or_a_fault(source: str) -> None:
    try:
        parse_segment(source, FIELDS)
    except SegmentError as error:
        assert error.column >= 1  # noqa: PT017
