"""`newsletter config`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import click

from newsletter.cli.frame import command as make
from newsletter.cli.frame import group
from newsletter.cli.run import Run
from newsletter.errors import UsageError
from newsletter.language import _, marked

MASKED = "••••••"


@make(
    marked("Show every value and where it comes from; secrets are masked."),
    examples=("newsletter config show", "newsletter config show smtp --json"),
    name="show",
)
@click.argument("section", required=False, metavar="[SECTION]")
@click.option("--set-only", is_flag=True, help=marked("Leave out what is a default."))
def show(run: Run, section: str | None, *, set_only: bool) -> None:
    """Print a line for each value."""
    rows = [row for row in _rows(run) if _wanted(row, section, set_only=set_only)]
    width = max((len(row["key"]) for row in rows), default=0)
    lines = [f"{row['key']:<{width}}  {row['value']}  ({row['origin']})" for row in rows]
    run.out.result("config", {"values": rows}, lines)


@make(marked("Print where newsletter.toml is."), examples=("newsletter config path",), name="path")
def path(run: Run) -> None:
    """Print the file's path."""
    from newsletter.config.source import read_source

    file = str(read_source(run.root).path)
    run.out.result("config.path", {"path": file}, [file])


@make(
    marked("Read the configuration, the lists and the personas, and say every fault: exit code 0 or 2."),
    examples=("newsletter config check",),
    name="check",
)
def check(run: Run) -> None:
    """Reading raises what is wrong."""
    lists, personas = run.project.lists, run.project.personas
    content = {"lists": sorted(lists), "personas": sorted(personas)}
    run.out.result("config.check", content, [_("The configuration is right.")])


@make(
    marked("Set a value in newsletter.toml, leaving everything else as it is; a secret goes into the keyring."),
    examples=("newsletter config set transport.kind smtp", "newsletter config set smtp.password"),
    name="set",
)
@click.argument("key", metavar="KEY")
@click.argument("value", required=False, metavar="[VALUE]")
def set_value(run: Run, key: str, value: str | None) -> None:
    """Write a value, or ask for a secret and keep it in the keyring."""
    from newsletter.config.writing import secret_field, write_value

    if (name := secret_field(key)) is not None:
        from newsletter.config.keyring import store_secret

        store_secret(run.root, name, _secret(value))
        shown = "keyring"
    else:
        if value is None:
            raise UsageError(_("{key} needs a value.").format(key=key))
        shown = str(write_value(run.root, key, value, os.environ))
    line = _("{key} is set in {place}.").format(key=key, place=shown)
    run.out.result("config.set", {"key": key, "place": shown}, [line])


def _secret(value: str | None) -> str:
    """Take a secret from standard input or a hidden prompt: never from the command line, which others can see."""
    if value is not None:
        raise UsageError(
            _("A secret does not stand on the command line, where other programs can see it."),
            hint=_("Leave it out: it is asked for, or read from standard input."),
        )
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    answer: str = click.prompt(_("Secret"), hide_input=True, err=True)
    return answer


def _rows(run: Run) -> Iterator[dict[str, str]]:
    from newsletter.config import read

    reading = read(run.root, run.environ)
    for path_, value in _leaves(reading.config.model_dump(mode="json", by_alias=True, exclude={"root", "secrets"})):
        yield {"key": ".".join(path_), "value": _shown(path_, value), "origin": _origin(path_, reading.origins)}
    for path_, origin in reading.origins.items():
        if path_[0] == "secrets":
            yield {"key": ".".join(path_), "value": MASKED, "origin": origin}


def _origin(path_: tuple[str, ...], origins: object) -> str:
    assert hasattr(origins, "get")
    return str(origins.get(path_) or _("default"))


def _leaves(table: dict[str, object], path_: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path_, key))
        else:
            yield (*path_, key), value


def _shown(path_: tuple[str, ...], value: object) -> str:
    """A value as TOML would write it; a database's password is left out."""
    if path_ == ("database", "url") and "@" in str(value):
        scheme, _separator, rest = str(value).partition("//")
        return f"{scheme}//{MASKED}@{rest.rpartition('@')[2]}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "[]"
    return str(value) if value not in ("", {}) else '""'


def _wanted(row: dict[str, str], section: str | None, *, set_only: bool) -> bool:
    inside = section is None or row["key"] == section or row["key"].startswith(f"{section}.")
    return inside and not (set_only and row["origin"] == _("default"))


command = group(
    marked("Show, check and set the configuration."),
    show,
    path,
    check,
    set_value,
    name="config",
    examples=("newsletter config show --set-only",),
)
