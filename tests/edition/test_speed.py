"""Speed and memory, in time of the processor: generous bounds that only a real slip breaks."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from calm import processor
from edition_parts import HEAD, READER, shipped

from newsletter.edition.edition import Edition
from newsletter.edition.rendering import render
from newsletter.issue.options import ReadOptions
from newsletter.issue.reading import read_text

NOWHERE = Path("/nulle-part")
PARAGRAPH = (
    "Un paragraphe de texte ordinaire qui parle de la prochaine rencontre, avec un [lien](https://exemple.org/{n}),"
    " du **gras** et de l’*italique*, puis une phrase de plus qui dit tout « entre guillemets » et finit ici. "
)
SECTION = """## Section {n}

{text}

{text}

![Une image](https://exemple.org/{n}.jpg)

- un élément de liste avec [un lien](https://exemple.org/c)
- un autre

> [!NOTE] Titre
> Un encadré avec du texte.

**[S’inscrire](https://exemple.org/s)**

"""
#: about 1,500 words
LONG = "# Bonjour {{ subscriber.first_name | default('vous') }},\n\n" + "".join(
    SECTION.replace("{text}", PARAGRAPH * 2).replace("{n}", str(number)) for number in range(9)
)


def rendered(body: str) -> Edition:
    issue = read_text(HEAD + body, path=NOWHERE / "e.md", folder=None, root=NOWHERE, options=ReadOptions())
    return render(issue, shipped("default"))


def fastest(action: Callable[[], object], *, times: int) -> float:
    """Return the least milliseconds of processor time that an action took."""
    action()
    return min(processor(action) * 1000 for _ in range(times))


def loop_of(steps: int) -> float:
    """Return what a loop of so many steps takes: neighbours slow it down as they slow down what is measured."""
    return fastest(lambda: sum(step for step in range(steps * 10)), times=10) / 10


def soon_within(action: Callable[[], object], bound: Callable[[], float], *, times: int) -> bool:
    """Tell whether an action is within its bound at one of ten looks: what is truly slow is so at each of them."""
    return any(fastest(action, times=times) < bound() for _ in range(10))


def test_a_long_issue_is_read_and_rendered_in_a_moment() -> None:
    """Statement 14 of rendering."""
    assert len(LONG.split()) > 1300
    assert soon_within(lambda: rendered(LONG), lambda: max(30, 2.5 * loop_of(400_000)), times=8)


def test_filling_one_message_is_a_matter_of_microseconds() -> None:
    """Statement 14 of rendering."""
    edition = rendered(LONG)
    hundred = [edition.html] * 100
    assert soon_within(lambda: [fill(READER) for fill in hundred], lambda: max(10, 100 * loop_of(4_000)), times=10)


def test_memory_stays_flat_however_many_issues_are_rendered() -> None:
    """Statement 14 of rendering."""

    def several(first: int) -> None:
        for number in range(first, first + 30):
            rendered(f"# Numéro {number}\n\n{'texte ' * number}\n\n> [!TIP]\n> {number}\n\n<b>brut {number}</b>\n")

    several(0)
    gc.collect()
    tracemalloc.start()
    try:
        several(30)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        several(60)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 250_000
