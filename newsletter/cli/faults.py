"""Errors and findings as people, editors and programs want them: with the line, a caret and what to do.

Only errors that were raised on purpose are told in full. Anything else is a fault of this program: its
traceback goes to a file in `var/log/`, with every address taken out, and a person reads one sentence.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from newsletter import codeframe
from newsletter.cli.output import Output
from newsletter.errors import Fault, Finding, FindingsError, InterruptedSendError, Location, NewsletterError, fault_of
from newsletter.language import _

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:\[\]]+@[^\s@<>\"'(),;:\[\]]+")
#: tokens and keys: long runs of hexadecimal or URL-safe base64
_TOKEN = re.compile(r"\b[A-Za-z0-9_-]{32,}\b")


def tell(error: NewsletterError, out: Output, folder: Path) -> None:
    """Tell an error: as the JSON envelope on standard output, or as text on standard error."""
    if out.json:
        fault = fault_of(error)
        out.object("error", {"error": as_json(fault)}, ok=False)
        return
    for finding in getattr(error, "findings", ()):
        out.complain(full(finding, out, folder))
    place = f"{error.location}: " if error.location and not isinstance(error, FindingsError) else ""
    # who interrupts has done nothing wrong
    word = "" if isinstance(error, InterruptedSendError) else f"{out.styled('error', _('error:'))} "
    out.complain(f"{place}{word}{error.message}")
    if error.hint:
        out.complain(f"  = {_('help:')} {error.hint}")


def as_json(fault: Fault) -> dict[str, object]:
    """Return an error as JSON shows it; findings only where there are some."""
    result: dict[str, object] = {
        "code": fault.code,
        "exit": fault.exit,
        "message": fault.message,
        "hint": fault.hint,
        "location": asdict(fault.location) if fault.location else None,
    }
    if fault.findings:
        result["findings"] = [codeframe.as_json(finding) for finding in fault.findings]
    return result


def full(finding: Finding, out: Output, folder: Path, *, error: bool = True) -> str:
    """Return a finding with its line, the line before it, a caret and what to do.

    `error`: it goes to standard error, whose colours may differ from standard output's.
    """
    before = _line(str(folder / finding.location.path), finding.location.line - 1)
    return codeframe.draw(finding, before=before, styled=lambda style, text: out.styled(style, text, error=error))


def tell_findings(findings: Iterable[Finding], out: Output, folder: Path) -> None:
    """Print findings on standard error, in the order of their places."""
    for finding in sorted(findings, key=lambda each: (each.location.path, each.location.line, each.location.column)):
        out.complain(full(finding, out, folder))


def _line(path: str, number: int) -> str:
    lines = _lines(path)
    return lines[number - 1] if 0 < number <= len(lines) else ""


@lru_cache(maxsize=8)
def _lines(path: str) -> tuple[str, ...]:
    try:
        return tuple(Path(path).read_text(encoding="utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError):
        return ()


def redacted(text: str) -> str:
    """Return a text without addresses, tokens and keys."""
    return _TOKEN.sub("…", _ADDRESS.sub("…@…", text))


def unexpected(error: BaseException, out: Output, folder: Path | None, *, verbose: bool, where: str = "") -> None:
    """Tell a fault of this program in one sentence; keep its redacted traceback where a person can find it.

    `where` is the file that was being worked on, if there is one.
    """
    trace = redacted("".join(traceback.format_exception(error)))
    message = _("Something went wrong inside the program ({kind}).").format(kind=type(error).__name__)
    hint: str | None = _("Run it again with --verbose to see where.")
    if (kept := _kept(trace, folder)) is not None:
        hint = _("The details, without any address, are in {path}.").format(path=kept)
    if verbose:
        out.complain(trace)
    tell(NewsletterError(message, hint=hint, location=Location(path=where) if where else None), out, Path())


def _kept(trace: str, folder: Path | None) -> Path | None:
    """Write a traceback into the project's `var/log/`; None where that can not be done."""
    if folder is None:
        return None
    path = folder / "var" / "log" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.txt"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(trace, encoding="utf-8")
    except OSError:
        return None
    return path.relative_to(folder)
