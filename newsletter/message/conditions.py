"""Whether a part of an edition is for a reader: language, lists, segment.

Where a part is shown (mail, web, text) was decided when the edition was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.issue.document import Condition

Values = Mapping[str, object]


def decide(condition: Condition) -> Callable[[Values], bool]:
    """Return the function that says whether `condition` holds for a reader's values."""
    languages = frozenset(condition.languages)
    short = frozenset(language for language in languages if "-" not in language)
    lists = frozenset(condition.lists)

    def holds(values: Values) -> bool:
        subscriber = values["subscriber"]
        assert isinstance(subscriber, Mapping)
        lang = str(subscriber.get("lang", ""))
        if languages and lang not in languages and lang.split("-")[0] not in short:
            return False
        return not lists or not lists.isdisjoint(subscriber.get("lists", ()))

    return holds
