"""Reading ahead: of a big file a second process reads and judges rows while this one decides and writes.

Half of an import's time is spent on rows alone, before the store is asked anything. The helper gets its
orders, the key among them, through a pipe and answers in windows; it writes nothing and keeps nothing. It
is a fresh interpreter rather than a fork: the program may have threads, and a script its own effects.
"""

from __future__ import annotations

import gc
import json
import logging
import marshal
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO

from newsletter import language
from newsletter.audience.importing.judging import Candidate, Judge
from newsletter.audience.importing.opening import Opened, open_table
from newsletter.audience.importing.options import ImportOptions
from newsletter.audience.importing.outcomes import Why
from newsletter.audience.importing.own_format import is_own
from newsletter.audience.importing.refused import RefusedFileError
from newsletter.audience.importing.table import Record
from newsletter.errors import TransientError
from newsletter.language import _

log = logging.getLogger(__name__)
#: rows judged, decided and written at a time
WINDOW = 5_000
#: files below this many bytes are done before a helper has begun
BIG = 4 << 20
#: a row's number and what it is: somebody, what is wrong with it, or nothing
Judged = tuple[int, Candidate | Why | None]
#: what a helper sends: rows, a refusal, or that it is done
Part = list[Any] | dict[str, Any] | str
_BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from newsletter.audience.importing.ahead import help_import; help_import()"
)
#: what ends the helper's answer when all went well
_END = "end"


def judged_windows(opened: Opened, path: Path, options: ImportOptions, *, secret: bytes) -> Iterator[list[Judged]]:
    """Yield the rows of a file, judged, window by window; raises RefusedFileError at a fault of structure."""
    if path.stat().st_size < BIG or is_own(opened.columns) or not sys.executable:
        yield from _here(opened, options, secret)
    else:
        yield from _helped(path, options, secret)


def _here(opened: Opened, options: ImportOptions, secret: bytes) -> Iterator[list[Judged]]:
    read = Judge(opened.columns, options, secret).read
    for window in _windows(opened.records):
        yield [(row, cells if isinstance(cells, Why) else read(row, cells)) for row, cells in window]


def _windows(records: Iterable[Record]) -> Iterator[list[Record]]:
    source = iter(records)
    while window := list(islice(source, WINDOW)):
        yield window


def _helped(path: Path, options: ImportOptions, secret: bytes) -> Iterator[list[Judged]]:
    orders = pickle.dumps((path, options, secret, language.current()))
    command = [sys.executable, "-c", _BEGIN, json.dumps(sys.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as helper:  # noqa: S603 (ourselves)
        try:
            assert helper.stdin is not None
            assert helper.stdout is not None
            helper.stdin.write(orders)
            helper.stdin.close()
            while (part := _receive(helper.stdout)) != _END:
                if isinstance(part, dict):
                    raise RefusedFileError(part.pop("reason"), part.pop("message"), **part)
                assert isinstance(part, list)
                yield [(row[0], Candidate._make(row) if len(row) > _SHORT else _RECEIVED[row[1]]) for row in part]
        except (EOFError, BrokenPipeError, ValueError):
            raise TransientError(_("The import was interrupted; nothing was written."), hint=_("Try again.")) from None
        finally:
            helper.kill()  # it has ended, or nobody wants the rest


def help_import() -> None:
    """Do the helper's part: orders on standard input, windows on standard output."""
    path, options, secret, speaks = pickle.load(sys.stdin.buffer)  # noqa: S301 (from the process that began this one)
    language.set_language(speaks)
    gc.disable()  # rows come and go without a circle among them
    out = sys.stdout.buffer
    try:
        for window in _here(open_table(path, options), options, secret):
            _send([_sent(row, one) for row, one in window], out)
        _send(_END, out)
    except RefusedFileError as error:
        facts = {"reason": error.reason, "message": error.message, "row": error.row, "hint": error.hint}
        _send(facts, out)


def _send(part: Part, out: BinaryIO) -> None:
    """Write a part behind its length: it is read in one piece."""
    packed = marshal.dumps(part)
    out.write(len(packed).to_bytes(8, "big"))
    out.write(packed)
    out.flush()


def _receive(source: IO[bytes]) -> Part:
    """Read a part; raises EOFError when the helper is gone."""
    length = int.from_bytes(source.read(8), "big")
    packed = source.read(length)
    if not length or len(packed) < length:
        raise EOFError
    part: Part = marshal.loads(packed)  # noqa: S302 (our own helper's)
    return part


def _sent(row: int, one: Candidate | Why | None) -> tuple[object, ...]:
    """Return a row as plain values."""
    return (row, int(one.standing), *one[2:]) if isinstance(one, Candidate) else (row, _NUMBERS[one])


#: what a row without a candidate is sent as: the last stands for nothing
_RECEIVED: tuple[Why | None, ...] = (*Why, None)
_NUMBERS = {why: number for number, why in enumerate(_RECEIVED)}
_SHORT = 2
