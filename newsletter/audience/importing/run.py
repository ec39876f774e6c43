"""An import from file to store: read, decide row by row, and write everything or nothing.

`plan_import` reads the store and writes nothing; `apply_import` decides and writes in one transaction,
which is rolled back when a row is at fault and was not to be skipped.
"""

from __future__ import annotations

import gc
import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from newsletter.audience.directory import ensure_list, list_ids
from newsletter.audience.importing.ahead import Judged, judged_windows
from newsletter.audience.importing.judging import Candidate
from newsletter.audience.importing.known import Known, Person, is_empty, known, why_of
from newsletter.audience.importing.opening import Opened, open_table
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import ImportReport, Outcome, Outcomes, Why
from newsletter.audience.importing.own_format import is_own
from newsletter.audience.importing.standing import Standing
from newsletter.audience.importing.writing import UNDONE, Decision, Terms, Writer
from newsletter.audience.lists import SubscriptionStatus
from newsletter.store.bulk import roomy
from newsletter.store.tables import people

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.store.database import Store

log = logging.getLogger(__name__)
Progress = Callable[[int], None]
_ROW = {
    Standing.PENDING: Why.ROW_PENDING,
    Standing.WITHOUT_CONSENT: Why.ROW_WITHOUT_CONSENT,
    Standing.UNSUBSCRIBED: Why.ROW_UNSUBSCRIBED,
    Standing.BOUNCED: Why.ROW_BOUNCED,
    Standing.COMPLAINED: Why.ROW_COMPLAINED,
}


class _Faulty(Exception):  # noqa: N818 (not an error: it ends a transaction without writing)
    """The file has rows at fault: roll back."""


@dataclass(kw_only=True)
class _Run:
    """One walk over a file: what was decided so far."""

    opened: Opened
    #: the file's rows, judged
    windows: Iterator[list[Judged]]
    outcomes: Outcomes = field(default_factory=Outcomes)
    #: address key -> position of its first row
    seen: dict[bytes, int] = field(default_factory=dict)
    skipped: int = 0
    faults: int = 0
    show: bool = False
    progress: Progress | None = None

    def note(self, row: int, why: Why, address: str = "") -> int:
        """Keep a row's outcome; return its position."""
        if self.show:
            self.outcomes.addresses.append(address)
        self.faults += why.is_fault
        return self.outcomes.add(row, why)

    def report(self, options: ImportOptions, number: int = 0) -> ImportReport:
        """Return what was found."""
        return ImportReport(
            list=options.list, rows=self.outcomes, layout=self.opened.layout, skipped=self.skipped, id=number
        )


def plan_import(
    store: Store,
    path: Path,
    options: ImportOptions,
    *,
    secret: bytes,
    show_addresses: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Tell what an import would do, row by row, and write nothing; raises RefusedFileError for a fault of structure."""
    run = _begin(path, options, secret=secret, show=show_addresses, progress=progress)
    with store.read() as connection:
        list_id = list_ids(connection, (options.list,)).get(options.list, -1)
        for _decisions in _decided(run, connection, list_id):
            pass
    return run.report(options)


def apply_import(
    store: Store,
    path: Path,
    options: ImportOptions,
    *,
    secret: bytes,
    at: float,
    new_key: Callable[[], str],
    show_addresses: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file in one transaction; the report's `id` is 0 when faulty rows kept it from being written.

    `new_key` makes a person's random key (32 hexadecimal digits). Raises RefusedFileError for a fault of structure.
    """
    run = _begin(path, options, secret=secret, show=show_addresses, progress=progress)
    number = 0  # stays so when the transaction is rolled back
    with suppress(_Faulty), _uncollected(), store.write() as connection, roomy(connection):
        number = _write(connection, run, options, path=path, at=at, new_key=new_key)
    log.info("import", extra={"import": number, "rows": len(run.outcomes)})
    return run.report(options, number)


def _write(
    connection: Connection,
    run: _Run,
    options: ImportOptions,
    *,
    path: Path,
    at: float,
    new_key: Callable[[], str],
) -> int:
    list_id = ensure_list(connection, options.list)
    number = _record(connection, run, options, path=path, list_id=list_id, at=at)
    terms = Terms(
        list_id=list_id,
        import_id=number,
        consent=options.consent_at(at),
        source=options.source,
        at=at,
        new_key=new_key,
        ours=is_own(run.opened.columns),
    )
    writer = Writer(connection, terms)
    with writer.deferring(is_empty(connection)):
        for decisions in _decided(run, connection, list_id):
            if not run.faults or options.skip_rejected:
                writer.write(decisions)
    if run.faults and not options.skip_rejected:
        raise _Faulty
    report = run.report(options)
    counts = {outcome.value: count for outcome, count in report.counts.items()}
    table = people.import_run
    connection.execute(update(table).where(table.c.id == number).values(counts=counts))
    return number


def _record(connection: Connection, run: _Run, options: ImportOptions, *, path: Path, list_id: int, at: float) -> int:
    """Keep that there was an import, of which file and why."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    values = {"file_digest": digest, "list_id": list_id, "source": options.source, "tool": run.opened.layout.tool}
    query = insert(people.import_run).values(**values, at=at, counts={}).returning(people.import_run.c.id)
    return int(connection.execute(query).scalar_one())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave the garbage alone: a million rows come and go without a circle among them, and looking takes a sixth."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _begin(path: Path, options: ImportOptions, *, secret: bytes, show: bool, progress: Progress | None) -> _Run:
    opened = open_table(path, options)
    windows = judged_windows(opened, path, options, secret=secret)
    return _Run(opened=opened, windows=windows, show=show, progress=progress)


def _decided(run: _Run, connection: Connection, list_id: int) -> Iterator[list[Decision]]:
    """Yield what is decided about each window of rows."""
    nobody = is_empty(connection)
    for window in run.windows:
        keys = [] if nobody else [one.key for _row, one in window if isinstance(one, Candidate)]
        found = known(connection, keys, list_id) if keys else Known()
        decided = (_decide(run, row, one, found) for row, one in window)
        yield [decision for decision in decided if decision is not None]
        if run.progress is not None:
            run.progress(len(window))


def _decide(run: _Run, row: int, one: Candidate | Why | None, found: Known) -> Decision | None:
    """Decide about one row: the first row of a person counts, and who left stays away."""
    if not isinstance(one, Candidate):
        if one is None:
            run.skipped += 1
        else:
            run.note(row, one)
        return None
    mark = bytes.fromhex(one.key)
    first = run.seen.get(mark)
    if first is not None:
        why = _later_row(run, one, first)
        run.note(row, why, one.address)
        return Decision(one, why, None, False)
    person = found.people.get(one.key)
    stopped = found.suppressed.get(one.key)
    why = _first_row(one, stopped, person)
    position = run.note(row, why, one.address)
    if why.outcome is not Outcome.REJECTED:
        run.seen[mark] = position
    return Decision(one, why, person, person is None and stopped is None)


def _first_row(candidate: Candidate, stopped: Why | None, person: Person | None) -> Why:
    if candidate.standing >= Standing.UNSUBSCRIBED:
        return _ROW[candidate.standing]
    if stopped is not None:
        return stopped
    if candidate.standing != Standing.ACTIVE:
        return _ROW[candidate.standing]
    if person is None:
        return Why.NEW
    if person.status == SubscriptionStatus.ENDED and person.ended_reason != UNDONE:
        return why_of(person.ended_reason)
    return Why.ALREADY_SUBSCRIBED if person.status == SubscriptionStatus.ACTIVE else Why.NEW_ON_LIST


def _later_row(run: _Run, candidate: Candidate, first: int) -> Why:
    """Decide about another row of somebody who is in the file already; a departure counts backwards, too."""
    before = run.outcomes.why(first)
    if candidate.standing >= Standing.UNSUBSCRIBED:
        if before.outcome is not Outcome.SUPPRESSED:
            run.outcomes.change(first, Why.LEFT_IN_ANOTHER_ROW)
        return _ROW[candidate.standing]
    if before.outcome is Outcome.SUPPRESSED:
        return before if before.name.startswith("KNOWN") else Why.LEFT_IN_ANOTHER_ROW
    return Why.DUPLICATE_IN_FILE
