"""Why recipients failed or wait: the answers behind a count, without anybody's address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from newsletter.delivery.sql import Statement, Value

if TYPE_CHECKING:
    from newsletter.delivery.states import State
    from newsletter.store.database import Store

#: answers that are shown: the commonest say what is wrong
SHOWN = 3
#: only batches that count such recipients are looked into: a large send has few of them
_WHY = Statement("""
    SELECT count(*), d.code, d.status, min(d.answer)
      FROM send_batch b JOIN delivery d ON d.send_id = b.send_id AND d.n BETWEEN b.first_n AND b.last_n
     WHERE b.send_id = :send AND CASE WHEN :state = 'failed' THEN b.failed ELSE b.deferred END > 0 AND d.state = :state
     GROUP BY d.code, d.status ORDER BY count(*) DESC, d.code, d.status LIMIT :limit""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """What servers said to refuse so many recipients, or to put them off; `text` is one of the answers, redacted."""

    count: int
    code: int
    status: str
    text: str

    @property
    def answer(self) -> str:
        """The answer as a server gives it: `550 5.1.1 no such user`."""
        status = "" if self.text.startswith(self.status) else self.status
        return " ".join(part for part in (str(self.code or ""), status, self.text) if part)


def why(store: Store, number: int, state: State, *, limit: int = SHOWN) -> list[Refusal]:
    """Return the commonest reasons why recipients of a send are in a state, the commonest first."""
    asked: dict[str, Value] = {"send": number, "state": state.value, "limit": limit}
    with store.read() as connection:
        rows = cast("list[tuple[int, int, str, str]]", _WHY.rows(connection, asked))
    return [Refusal(count=count, code=code, status=status, text=text) for count, code, status, text in rows]
