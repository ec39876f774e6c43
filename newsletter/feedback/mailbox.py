"""Mail that came back, wherever it was put: single files, mailbox files, Maildirs, folders, standard input.

Everything is read one message at a time, and of a message no more than the readers look at, so that a
mailbox of gigabytes costs no memory.
"""

from __future__ import annotations

import mmap
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from newsletter.errors import UsageError
from newsletter.feedback.mail import MAIL_OCTETS
from newsletter.language import _

STANDARD_INPUT = "-"
#: the line that begins each message of an mbox file; a blank line stands before it (RFC 4155)
FROM_LINE = rb"From [^\r\n]{1,300}\b\d{1,2}:\d\d[^\r\n]{0,80}(?:\r\n|\n|\r)"
FIRST = re.compile(rb"(?:\xef\xbb\xbf)?(?:\r\n|\n|\r){0,3}" + FROM_LINE)
NEXT = re.compile(rb"(?:\r\n\r\n|\n\n|\r\r)(?=" + FROM_LINE + rb"[!-9;-~]{1,80}:)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One message and where it was found."""

    #: the file's path; in a mailbox file of several messages followed by `#` and its number
    file: str
    raw: bytes = field(repr=False)


def read_paths(paths: Iterable[str]) -> Iterator[Found]:
    """Yield every message in these files, mailbox files, Maildirs and folders; `-` is standard input.

    Raises UsageError when a path does not exist or can not be read.
    """
    for path in paths:
        if path == STANDARD_INPUT:
            yield Found(file=STANDARD_INPUT, raw=sys.stdin.buffer.read(MAIL_OCTETS))
        elif Path(path).is_dir():
            for file in _files(Path(path)):
                yield from _read_file(file)
        else:
            yield from _read_file(Path(path))


def _files(folder: Path) -> Iterator[Path]:
    """Walk a folder in the order of names; of a Maildir what is delivered, never what is being written."""
    for place, folders, files in os.walk(folder):
        delivered = {"cur", "new"} <= set(folders)
        folders[:] = sorted(name for name in folders if not (delivered and name == "tmp"))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def _read_file(path: Path) -> Iterator[Found]:
    try:
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                yield Found(file=str(path), raw=b"")
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                yield from _messages(str(path), content)
    except (OSError, ValueError) as error:
        raise UsageError(
            _("The file {path} can not be read.").format(path=path), hint=_("Check its name and its rights.")
        ) from error


def _messages(name: str, content: mmap.mmap) -> Iterator[Found]:
    """Split a mailbox file; any other file is one message."""
    ends = [found.end() for found in NEXT.finditer(content)] if FIRST.match(content) else []
    borders = [0, *ends, len(content)]
    for number, (start, stop) in enumerate(pairwise(borders), 1):
        raw = content[start : min(stop, start + MAIL_OCTETS)]
        yield Found(file=f"{name}#{number}" if ends else name, raw=raw)
