"""People of a project, by address: import, unsubscribe, suppress, count. Addresses come in and never go to a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from newsletter.audience.address import Address, address_key, normalise
from newsletter.audience.directory import find_by_address_key, list_ids
from newsletter.audience.enrol import Departure, unsubscribe
from newsletter.audience.keys import random_keys
from newsletter.audience.lists import SubscriptionStatus
from newsletter.audience.suppression import Reason, suppress
from newsletter.errors import UsageError
from newsletter.language import _, nearest
from newsletter.store.tables import people

if TYPE_CHECKING:
    from newsletter.audience.dossier import Dossier
    from newsletter.audience.importing import ImportOptions, ImportReport
    from newsletter.audience.subscriber import Subscriber
    from newsletter.project.project import Project

#: what the consent ledger says of a departure that a person of the organisation typed
SOURCE = "command"


def known_list(project: Project, name: str) -> str:
    """Return a list's name; raise UsageError with the nearest one when there is none."""
    if name in project.lists:
        return name
    near = nearest(name, project.lists)
    raise UsageError(
        _("There is no list “{name}”.").format(name=name),
        hint=_("Did you mean “{near}”?").format(near=near)
        if near
        else _("Make it with: newsletter lists create {name}").format(name=name),
    )


def import_people(
    project: Project,
    path: Path,
    options: ImportOptions,
    *,
    dry_run: bool = False,
    show_addresses: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import a file into a list, all of it or nothing; `dry_run` says what would happen.

    Raises UsageError for an unknown list, RefusedFileError for a file whose structure can not be trusted.
    """
    from newsletter.audience.importing import apply_import, plan_import

    known_list(project, options.list)
    secret = project.keys.suppression
    if dry_run:
        return plan_import(
            project.store, path, options, secret=secret, show_addresses=show_addresses, progress=progress
        )
    return apply_import(
        project.store,
        path,
        options,
        secret=secret,
        at=time.time(),
        new_key=random_keys(),
        show_addresses=show_addresses,
        progress=progress,
    )


def find_person(project: Project, address: str) -> Subscriber:
    """Return the person with an address; raise UsageError when nobody has it."""
    key = address_key(normalise(address), project.keys.suppression)
    with project.store.read() as connection:
        found = find_by_address_key(connection, key)
    if found is None:
        raise UsageError(_("Nobody has this address."))
    return found


def find_dossier(project: Project, address: str) -> Dossier:
    """Return everything held about whoever has an address; raise UsageError when nothing is."""
    from newsletter.audience.dossier import find_dossier

    found = find_dossier(project.store, normalise(address), secret=project.keys.suppression)
    if found is None:
        raise UsageError(_("Nobody has this address."))
    return found


def export_people(project: Project, name: str, *, style: str = "csv") -> tuple[str, int]:
    """Return the people of a list as CSV or JSON, and how many they are."""
    from newsletter.audience.exporting import export_people, write_csv, write_json

    out = StringIO(newline="")
    people_of_list = export_people(project.store, known_list(project, name))
    if style == "json":
        count = write_json(people_of_list, out)
    else:
        count = write_csv(people_of_list, out, fields=project.config.subscriber.fields)
    return out.getvalue(), count


def take_off(project: Project, address: str, *, name: str | None, source: str = SOURCE) -> Departure:
    """Unsubscribe somebody from one list, or from all; doing it again changes nothing."""
    person = find_person(project, address)
    number = None
    if name is not None:
        known_list(project, name)
        with project.store.read() as connection:
            number = list_ids(connection, (name,)).get(name, -1)
    return unsubscribe(project.store, person.key, list_id=number, source=source, at=time.time())


def keep_away(project: Project, address: str, *, reason: str = "") -> bool:
    """Suppress an address for every list, known or not; return False when it already was."""
    return suppress(
        project.store,
        normalise(address),
        secret=project.keys.suppression,
        reason=Reason.MANUAL,
        source=reason or SOURCE,
        at=time.time(),
    )


def tally(project: Project, name: str) -> Mapping[str, int]:
    """Return how many subscriptions of a list are active, pending and ended."""
    on, lists = people.subscription.c, people.mailing_list.c
    query = (
        select(on.status, func.count())
        .join_from(people.subscription, people.mailing_list)
        .where(lists.name == name)
        .group_by(on.status)
    )
    with project.store.read() as connection:
        found: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    return {status.value: found.get(status.value, 0) for status in SubscriptionStatus}


def with_address(reader: Subscriber, address: str) -> Subscriber:
    """Give an invented reader the address that a test goes to; raise AddressError when it is none."""
    checked: Address = normalise(address)
    return replace(reader, address=checked.text)
