"""Every error that is raised on purpose, as one tree, and the shape in which faults are reported.

    NewsletterError            1
    ├── UsageError             2   the call is wrong
    ├── ConfigError            2   newsletter.toml, the environment or a list file is wrong
    ├── ThemeError             2   a theme does not compile
    ├── IssueError             1   an issue file has faults
    ├── SubscriberFileError    1   a file of people was refused whole
    ├── PermanentError         1   this one recipient can not be reached this way
    ├── RefusedError           3   not confirmed, plan changed, count differs, law check
    ├── CredentialsError       4   wrong password or key
    ├── TransientError         5   network, provider, disk or database: try again or resume
    │   └── BusyError          5   somebody else is sending, or holds the batch
    └── InterruptedSendError 130   stopped by the person; resumable

The number is the exit code. Texts say what happened, `hint` says what to do. No text ever holds a
person's address or name: these texts are printed, logged and shown in a browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: only errors block a send."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A place in a text file that a person wrote; line and column start at 1."""

    path: str
    line: int = 1
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        """Return `path:line:column`, which editors and terminals turn into a link."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """Replace the text from (line, column) up to (end_line, end_column), all from 1, with `text`."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing to say about a file: what, where, how bad, and what to do.

    The text is in the language that was current when the finding was made.
    """

    code: str
    severity: Severity
    message: str
    location: Location
    #: the nearest right word, when there is one: shown as « vouliez-vous dire … ? »
    suggestion: str | None = None
    #: what to do about it, one sentence
    hint: str | None = None
    #: the line it stands on, for the code frame; empty when it is not a line of a file
    source: str = ""
    #: edits that mend it safely, applied by `check --fix`
    fix: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        """Return the concise form: `path:line:column: CODE message`."""
        return f"{self.location}: {self.code} {self.message}"


class NewsletterError(Exception):
    """Something that a person can do something about went wrong."""

    exit_code = 1
    #: the code that JSON shows; findings have codes of their own
    code = "NL900"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        page_hint: str | None = None,
        location: Location | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        #: what to do on a page, where `hint` names a command; None: the same, unless it is one
        self.page_hint = page_hint
        self.location = location


class UsageError(NewsletterError):
    """The command or the call was not of the right form."""

    exit_code = 2
    code = "NL901"


class FindingsError(NewsletterError):
    """A file has faults; all of them are reported at once."""

    def __init__(self, message: str, findings: Sequence[Finding] = (), *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint, location=findings[0].location if findings else None)
        self.findings = tuple(findings)


class ConfigError(FindingsError):
    """The configuration is wrong; nothing was started."""

    exit_code = 2
    code = "NL902"


class ThemeError(FindingsError):
    """A theme could not be compiled; the fault is in the theme, not in the issue."""

    exit_code = 2
    code = "NL903"


class IssueError(FindingsError):
    """An issue file can not be read, or has faults that block what was asked."""

    code = "NL904"


class SubscriberFileError(NewsletterError):
    """A file of people was refused whole; nothing was written."""

    code = "NL905"


class PermanentError(NewsletterError):
    """This recipient can not be reached this way, now or later."""

    code = "NL906"


class RefusedError(NewsletterError):
    """What was asked is possible but was not confirmed, or is not allowed."""

    exit_code = 3
    code = "NL907"


class CredentialsError(NewsletterError):
    """The other side did not accept our name, password, key or certificate."""

    exit_code = 4
    code = "NL908"


class TransientError(NewsletterError):
    """It did not work this time; trying again or resuming may help."""

    exit_code = 5
    code = "NL909"


class BusyError(TransientError):
    """Somebody else is at it: another sender, or another holder of a batch."""

    code = "NL910"


class InterruptedSendError(NewsletterError):
    """A person stopped a send; what remains can be resumed."""

    exit_code = 130
    code = "NL911"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An error as data, for JSON and for pages: never holds a person's address."""

    code: str
    exit: int
    message: str
    hint: str | None = None
    location: Location | None = None
    findings: tuple[Finding, ...] = field(default=())


def fault_of(error: NewsletterError) -> Fault:
    """Turn an error into data."""
    return Fault(
        code=error.code,
        exit=error.exit_code,
        message=error.message,
        hint=error.hint,
        location=error.location,
        findings=getattr(error, "findings", ()),
    )
