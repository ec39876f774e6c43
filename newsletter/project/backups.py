"""A backup is what can not be made again: the people, sends and events, and the keys that recognise them.

Files of the project are not in it: they stand in git. The file holds addresses and keys, so it is made
0600, lies in `var/backups/`, and old ones go when their time is over.
"""

from __future__ import annotations

import hmac
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from newsletter.config.secret_key import key_file
from newsletter.errors import ConfigError, RefusedError
from newsletter.language import _
from newsletter.store.backup import Contents, dump, load, schema_of
from newsletter.store.schema import head
from newsletter.version import __version__

if TYPE_CHECKING:
    from newsletter.config import Keys
    from newsletter.project.project import Project

FORMAT = 1
_MANIFEST = "manifest.json"
_KEYS = "secret.key"
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    program: str
    schema: str
    made_at: str
    tables: Mapping[str, Contents]
    #: what each key makes of a fixed word: tells whether it is the same key, and nothing of the key
    keys: Mapping[str, tuple[str, ...]]

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(contents.rows for contents in self.tables.values())


def backup(
    project: Project, path: Path | None = None, *, progress: Progress = lambda _rows: None
) -> tuple[Path, Manifest]:
    """Write a backup and return where and what; old ones in `var/backups/` go when their time is over.

    Raises RefusedError when the file is there already.
    """
    path = path or _next_path(project)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        manifest = _write(project, beside, progress)
        _publish(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    _forget_old(project)
    return path, manifest


def restore(project: Project, path: Path, *, progress: Progress = lambda _rows: None) -> Manifest:
    """Bring a backup into an empty database, with its keys; return what it held.

    Raises ConfigError for a file that is no backup, is damaged or of another version, RefusedError when the
    database is not empty or the keys are others.
    """
    try:
        with ZipFile(path) as archive:
            manifest = read_manifest(archive)
            schema_of(manifest.schema)
            _bring_keys(project, archive, manifest)
            load(project.store, archive, manifest.tables, progress=progress)
            return manifest
    except (BadZipFile, KeyError, ValueError) as error:
        raise ConfigError(_("{path} is no backup, or is damaged.").format(path=path.name)) from error


def read_manifest(archive: ZipFile) -> Manifest:
    """Return what an open backup says of itself."""
    content = json.loads(archive.read(_MANIFEST))
    return Manifest(
        format=content["format"],
        program=content["program"],
        schema=content["schema"],
        made_at=content["made_at"],
        tables={name: Contents(**each) for name, each in content["tables"].items()},
        keys={name: tuple(marks) for name, marks in content["keys"].items()},
    )


def _next_path(project: Project) -> Path:
    return project.config.var / "backups" / f"newsletter-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip"


def _write(project: Project, path: Path, progress: Progress) -> Manifest:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w+b") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        manifest = Manifest(
            format=FORMAT,
            program=__version__,
            schema=head(),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            tables=dump(project.store, archive, progress=progress),
            keys=marks_of(project.keys),
        )
        archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
        if key_file(project.config).exists():
            archive.write(key_file(project.config), _KEYS)
    return manifest


def _publish(beside: Path, path: Path) -> None:
    """Give the finished file its name; a file that is there is never written over."""
    try:
        os.link(beside, path)
    except FileExistsError as error:
        raise RefusedError(_("{path} is there already.").format(path=path.name)) from error


def marks_of(keys: Keys) -> dict[str, tuple[str, ...]]:
    """Return what tells two sets of keys apart without telling anything of them."""

    def mark(key: bytes) -> str:
        return hmac.new(key, b"newsletter backup", "sha256").hexdigest()[:32]

    return {"signing": tuple(mark(key) for key in keys.signing), "suppression": (mark(keys.suppression),)}


def _bring_keys(project: Project, archive: ZipFile, manifest: Manifest) -> None:
    """Put the backup's key file in its place, or make sure that the keys that are there are the same."""
    path = key_file(project.config)
    if _KEYS in archive.namelist() and not path.exists() and project.config.secrets.secret_key is None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(archive.read(_KEYS))
    marks = marks_of(project.keys)
    known = set(manifest.keys["signing"])
    if marks["suppression"] != manifest.keys["suppression"] or not known <= set(marks["signing"]):
        raise RefusedError(
            _("The keys here are not those of the backup: links and suppressions would not be recognised."),
            hint=_(
                "Move var/secret.key away, or give the keys in the backup's {file}: "
                "NEWSLETTER_SECRET_KEY=hex:… (signing), NEWSLETTER_SUPPRESSION_KEY=hex:… (suppression)."
            ).format(file=_KEYS),
        )


def _forget_old(project: Project) -> None:
    """Delete backups whose retention is over (`[retention] backups`, in days; 0 keeps them)."""
    days = project.config.retention.backups
    if not days:
        return
    for path in (project.config.var / "backups").glob("newsletter-*.zip"):
        if path.stat().st_mtime < time.time() - days * 86400:
            path.unlink()
