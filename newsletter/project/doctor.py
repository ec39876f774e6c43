"""What would keep mail from arriving, looked for on this machine: nothing here leaves it.

Each diagnosis says what was found, why it matters, and what to do. `dns.py` has those that ask the world.
"""

from __future__ import annotations

import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError
from newsletter.language import _, ngettext
from newsletter.project.transports import identity_faults, leaves_this_machine, transport_names
from newsletter.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from newsletter.project.project import Project

#: bytes that must be free: a send to 10,000 needs about a tenth
ROOM = 500 * 1024 * 1024


class Health(StrEnum):
    """How well something is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at."""

    #: dns, smtp, api, db, clock, secrets, law, program
    group: str
    health: Health
    what: str
    #: why it matters and what to do; empty when it is well
    hint: str = ""
    #: the exact line to paste, where there is one
    record: str = ""


Check = Callable[["Project"], Iterable[Diagnosis]]


def examine(project: Project, *, only: tuple[str, ...] = ()) -> Iterator[Diagnosis]:
    """Look at everything that can be seen from this machine."""
    for group, check in OFFLINE:
        if not only or group in only:
            yield from _guarded(group, check, project)


def _guarded(group: str, check: Check, project: Project) -> Iterator[Diagnosis]:
    """Turn an error of a check into its diagnosis: the others are still made."""
    try:
        yield from check(project)
    except NewsletterError as error:
        yield bad(group, error.message, error.hint or "")


def good(group: str, what: str) -> Diagnosis:
    """Say that something is well."""
    return Diagnosis(group=group, health=Health.GOOD, what=what)


def warning(group: str, what: str, hint: str, *, record: str = "") -> Diagnosis:
    """Say that something could be better."""
    return Diagnosis(group=group, health=Health.WARNING, what=what, hint=hint, record=record)


def bad(group: str, what: str, hint: str, *, record: str = "") -> Diagnosis:
    """Say that something is wrong."""
    return Diagnosis(group=group, health=Health.BAD, what=what, hint=hint, record=record)


def _program(_project: Project) -> Iterator[Diagnosis]:
    yield good("program", f"infolettre {__version__}, Python {platform.python_version()}, {sys.platform}")


def _files(project: Project) -> Iterator[Diagnosis]:
    lists, personas = len(project.lists), len(project.personas)
    said = ngettext("{count} list", "{count} lists", lists).format(count=lists)
    said += ", " + ngettext("{count} persona", "{count} personas", personas).format(count=personas)
    yield good("program", said)
    if project.config.transport.kind not in transport_names():
        names = ", ".join(transport_names())
        yield bad("program", _("There is no such transport."), _("There are: {names}.").format(names=names))


def _secrets(project: Project) -> Iterator[Diagnosis]:
    keys = project.keys
    yield good("secrets", _("The keys are there ({count} for links).").format(count=len(keys.signing)))
    needed = {"smtp": "NEWSLETTER_SMTP_PASSWORD", "sendgrid": "NEWSLETTER_SENDGRID_API_KEY"}
    given = {"smtp": project.config.secrets.smtp_password, "sendgrid": project.config.secrets.sendgrid_api_key}
    kind = project.config.transport.kind
    wanted = kind == "sendgrid" or (kind == "smtp" and project.config.smtp.username)
    if wanted and given[kind] is None:
        yield bad(
            "secrets",
            _("{name} is not set.").format(name=needed[kind]),
            _("Set it, or {name}_FILE.").format(name=needed[kind]),
        )
    elif wanted:
        yield good("secrets", _("{name} is set.").format(name=needed[kind]))
    yield from _rights(project)


def _rights(project: Project) -> Iterator[Diagnosis]:
    """The folder of what is private, and the files in it that others could read."""
    var = project.config.var
    if not var.exists():
        return
    open_to_all = [path for path in (var, *var.glob("*")) if _readable(path)]
    if open_to_all:
        names = ", ".join(path.relative_to(project.root).as_posix() for path in open_to_all)
        yield bad("secrets", _("Others can read: {names}.").format(names=names), "chmod -R go-rwx var")
    else:
        yield good("secrets", _("Nobody else can read var/."))


def _readable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077) if path.is_file() or path.name == "var" else False


def _database(project: Project) -> Iterator[Diagnosis]:
    from newsletter.delivery.send import sends
    from newsletter.delivery.states import SendState

    unfinished = sends(project.store, unfinished=True)
    kind = "SQLite" if project.store.is_sqlite else "PostgreSQL"
    yield good("db", _("The database answers and is of this version ({kind}).").format(kind=kind))
    for send in unfinished:
        if send.state is not SendState.RUNNING:
            yield warning(
                "db",
                _("{send} ({issue}) is not finished.").format(send=send.ref, issue=send.issue),
                _("Go on with: newsletter resume {send}").format(send=send.ref),
            )


def _disk(project: Project) -> Iterator[Diagnosis]:
    free = shutil.disk_usage(project.root).free
    said = _("{count} MB are free on the disk.").format(count=free // (1024 * 1024))
    yield good("db", said) if free > ROOM else warning("db", said, _("Make room before a large send."))


def _clock(project: Project) -> Iterator[Diagnosis]:
    yield good("clock", _("The time zone is {zone}.").format(zone=project.config.site.tz))
    from newsletter.store.database import now

    with project.store.read() as connection:
        apart = abs(now(connection) - time.time())
    if apart > 2:
        yield warning(
            "clock",
            _("This clock and the database's differ by {count} s.").format(count=round(apart)),
            _("Let both follow a time server."),
        )


def _law(project: Project) -> Iterator[Diagnosis]:
    faults = identity_faults(project.config)
    tell = bad if leaves_this_machine(project.config) else warning
    for fault in faults:
        yield tell("law", f"{fault.location}: {fault.message}", _("The law wants it in each mail, or published."))
    if not faults:
        yield good("law", _("Name, postal address, contact and privacy officer are there."))
    base = project.config.web.base_url
    if base and not base.startswith("https://"):
        yield bad("law", _("The pages are not reached by https."), _("One-click unsubscribing needs https (RFC 8058)."))


def _former(project: Project) -> Iterator[Diagnosis]:
    """What mails, lists and pages still say after a change of who writes."""
    from newsletter.project.former import former_words

    for what, hint in former_words(project, time.time()):
        yield warning("law", what, hint)


OFFLINE: tuple[tuple[str, Check], ...] = (
    ("program", _program),
    ("program", _files),
    ("secrets", _secrets),
    ("db", _database),
    ("db", _disk),
    ("clock", _clock),
    ("law", _law),
    ("law", _former),
)


def examine_transport(project: Project, *, only: tuple[str, ...] = ()) -> Iterator[Diagnosis]:
    """Reach the mail server or the provider and log in, without sending anything."""
    group = {"smtp": "smtp", "sendgrid": "api"}.get(project.config.transport.kind, "program")
    if not only or group in only:
        yield from _guarded(group, _login, project)


def _login(project: Project) -> Iterator[Diagnosis]:
    group = {"smtp": "smtp", "sendgrid": "api"}.get(project.config.transport.kind, "program")
    project.transport.check()
    yield good(group, _("The transport {name} is ready.").format(name=project.transport.name))
