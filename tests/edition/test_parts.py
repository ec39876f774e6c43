"""Parts for some readers: cutting one out leaves what would be there without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from edition_parts import READER, shipped

from newsletter.edition.edition import Edition
from newsletter.edition.rendering import render
from newsletter.edition.segments import Choice, Segments
from newsletter.issue.document import Block, Callout, Columns, Issue, Only, Prose, Section

ENGLISH = {**READER, "subscriber": {"lang": "en-CA", "lists": ()}}
ONLY = "::: only lang=fr\n\n{}\n\n:::\n\n"
COLUMNS = ":::: columns\n\n::: column\n\n{}\n\n:::\n\n::: column\n\nB\n\n:::\n\n::::\n\n"


def without_parts(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return blocks as they would be had nobody written the parts for some."""
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, Only):
            continue
        if isinstance(block, Columns):
            block = replace(block, columns=tuple(map(without_parts, block.columns)))
        elif isinstance(block, Prose) and block.typed:
            gone = {at for at, inner in block.typed.items() if isinstance(inner, Only)}
            kept = [at for at in range(len(block.tokens)) if at not in gone]
            block = replace(block, tokens=tuple(block.tokens[at] for at in kept), typed={})
        elif isinstance(block, Callout | Section):
            block = replace(block, children=without_parts(block.children))
        made.append(block)
    return tuple(made)


@pytest.mark.parametrize("theme", ["default", "sobre"])
@pytest.mark.parametrize(
    "body",
    [
        "Avant.\n\n" + ONLY.format("Pour vous.\n\n- un\n- deux") + "Après.\n",
        "Avant.\n\n" + ONLY.format("**[Bouton](https://e.example)**") + "Après.\n",
        "---\n\n" + ONLY.format("> [!NOTE]\n> Un encadré.\n>\n> **[Bouton](https://e.example)**") + "---\n",
        "::: section {bg=brand}\n\nAvant.\n\n" + ONLY.format("Dedans.") + "Après.\n\n:::\n",
        COLUMNS.format("Avant.\n\n" + ONLY.format("![x](https://e.example/i.png)") + "Après."),
        COLUMNS.format("A") + ONLY.replace(":::", ":::::").format(COLUMNS.format("E")) + COLUMNS.format("C"),
        "- un\n\n  " + ONLY.format("Dedans").replace("\n", "\n  ") + "\n- deux\n",
        "> [!TIP]\n> Avant.\n>\n> " + ONLY.format("Dedans\n\n**[Bouton](https://e.example)**").replace("\n", "\n> "),
    ],
)
def test_a_part_that_is_not_for_a_reader_leaves_no_trace(read: Callable[..., Issue], body: str, theme: str) -> None:
    """Statement 6 of rendering."""
    issue = read(body)
    with_part = render(issue, shipped(theme))
    without = render(replace(issue, blocks=without_parts(issue.blocks)), shipped(theme))
    assert with_part.html(READER) != without.html(READER)
    assert with_part.text(READER) != without.text(READER)
    assert with_part.html(ENGLISH) == without.html(ENGLISH)
    assert with_part.text(ENGLISH) == without.text(ENGLISH)


@pytest.mark.parametrize(
    ("where", "html", "text", "web"),
    [
        ("in=email", True, True, False),
        ("in=text", False, True, False),
        ("in=web", False, False, True),
        ("in=email,web", True, True, True),
        ("lists=demo", True, True, False),
        ("lists=demo in=web,email", True, True, False),
        ("lang=fr in=web", False, False, True),
        ("lang=en in=web", False, False, False),
    ],
)
def test_each_medium_has_its_parts(edit: Callable[..., Edition], where: str, html: bool, text: bool, web: bool) -> None:
    edition = edit(f"Texte.\n\n::: only {where}\n\nCECI\n\n:::\n")
    assert ("CECI" in edition.html(READER), "CECI" in edition.text(READER), "CECI" in edition.web({})) == (
        html,
        text,
        web,
    )


def test_parts_inside_parts_hold_only_together(edit: Callable[..., Edition]) -> None:
    edition = edit(":::: only lang=fr\n\nA\n\n::: only lists=autre\n\nSECRET\n\n:::\n\nB\n\n::::\n")
    assert "SECRET" not in edition.html(READER)
    other = {**READER, "subscriber": {"lang": "fr-CA", "lists": ("autre",)}}
    assert "SECRET" in edition.html(other)
    assert "SECRET" not in edition.html({**other, "subscriber": {"lang": "en-CA", "lists": ("autre",)}})


def test_an_event_for_some_sends_no_file_to_all(edit: Callable[..., Edition]) -> None:
    event = "```event\ntitle: Réunion fermée\nstart: 2026-12-12 09:00\n```"
    assert [file.filename for file in edit(event).attachments] == ["reunion-fermee.ics"]
    assert not edit(ONLY.replace("lang=fr", "lists=demo").format(event)).attachments


def test_a_condition_in_a_list_item_stays_in_it(edit: Callable[..., Edition]) -> None:
    edition = edit("- un\n\n  ::: only lang=fr\n\n  POUR VOUS\n\n  :::\n\n- deux\n")
    assert "POUR VOUS" in edition.html(READER)
    assert "POUR VOUS" not in edition.html(ENGLISH)
    assert _choices(edition.html_segments)


def _choices(segments: Segments) -> list[Choice]:
    return [segment for segment in segments if isinstance(segment, Choice)]
