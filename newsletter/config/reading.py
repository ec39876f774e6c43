"""newsletter.toml and the environment -> `Config`: every fault at once, each at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from newsletter.config.environment import SECRETS, FromEnvironment, Named, keys_of, read_environment
from newsletter.config.faults import fault_of
from newsletter.config.model import Config
from newsletter.config.rules import broken_rules
from newsletter.config.source import FILE, Source, find_root, read_source, root_above, secrets_in
from newsletter.errors import ConfigError, Finding, Location, Severity
from newsletter.language import _, ngettext

__all__ = ["Reading", "find_root", "plain_config", "read", "read_config", "root_above"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A configuration and where each of its values came from."""

    config: Config
    #: path -> `$VARIABLE` or `newsletter.toml:LINE`; what is missing here is the default
    origins: Mapping[tuple[str, ...], str] = field(default_factory=dict)


def read_config(root: Path, environ: Mapping[str, str]) -> Config:
    """Read a project's configuration; raise ConfigError with every finding when anything is wrong."""
    return read(root, environ).config


def read(root: Path, environ: Mapping[str, str]) -> Reading:
    """Read a project's configuration with the origin of each value."""
    return _read(read_source(root), root, environ)


def plain_config(root: Path, environ: Mapping[str, str]) -> Config:
    """Return what a folder without a newsletter.toml has: the defaults, and what the environment says."""
    return _read(Source(path=root / FILE, shown=FILE, text="", table={}), root, environ).config


def _read(source: Source, root: Path, environ: Mapping[str, str]) -> Reading:
    said = read_environment(environ, _names(source.table))
    findings = [*secrets_in(source), *said.findings]
    values = _overlaid(_without_secrets(source.table), said)
    secrets = {**said.secrets, **_from_keyring(root, values, said)}
    config, faults = _validated(source, said, {**values, "root": root, "secrets": secrets})
    findings += [fault for fault in faults if fault.location not in {known.location for known in findings}]
    if config is not None:
        findings += broken_rules(config, partial(_place, source, said))
    if findings or config is None:
        raise _error(source, findings)
    return Reading(config=config, origins=_origins(source, said))


def _error(source: Source, findings: list[Finding]) -> ConfigError:
    count = len(findings)
    message = ngettext("The configuration has {count} fault.", "The configuration has {count} faults.", count)
    findings.sort(key=lambda finding: (finding.location.path, finding.location.line, finding.location.column))
    return ConfigError(message.format(count=count), findings, hint=_("Correct it in {file}.").format(file=source.path))


def _names(table: Mapping[str, object]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return the names that the file gives to its named tables, for variables that mean the same ones."""
    found = {}
    for key in keys_of(Config):
        if isinstance(key, Named):
            inner: object = table
            for part in key.path:
                inner = inner.get(part, {}) if isinstance(inner, dict) else {}
            found[key.path] = tuple(inner) if isinstance(inner, dict) else ()
    return found


def _without_secrets(table: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in table.items() if key != "secrets"}


def _overlaid(table: Mapping[str, object], said: FromEnvironment) -> dict[str, object]:
    """Return the file's values with the environment's over them."""
    result = _copied(table)
    for path, value in said.values.items():
        inner = result
        for part in path[:-1]:
            below = inner.setdefault(part, {})
            if not isinstance(below, dict):  # the file has a plain value where a section must be: reported there
                break
            inner = below
        else:
            inner[path[-1]] = value
    return result


def _copied(table: Mapping[str, object]) -> dict[str, object]:
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in table.items()}


def _from_keyring(root: Path, values: Mapping[str, object], said: FromEnvironment) -> dict[str, object]:
    """Ask the system's keyring for the secret that the chosen transport needs and nobody gave."""
    transport = values.get("transport")
    kind = transport.get("kind") if isinstance(transport, dict) else None
    wanted = {"smtp": "smtp_password", "sendgrid": "sendgrid_api_key"}.get(str(kind))
    if wanted is None or wanted in said.secrets:
        return {}
    from newsletter.config.keyring import stored_secret  # 90 ms where a keyring is installed

    found = stored_secret(root, wanted)
    return {wanted: found} if found else {}


def _validated(
    source: Source, said: FromEnvironment, values: Mapping[str, object]
) -> tuple[Config | None, list[Finding]]:
    try:
        return Config.model_validate(values), []
    except ValidationError as error:
        place = partial(_place, source, said)
        return None, [fault_of(detail, Config, place) for detail in error.errors(include_url=False)]


def _place(
    source: Source,
    said: FromEnvironment,
    path: tuple[str | int, ...],
    text: str,
    *,
    code: str = "NL051",
    at_value: bool = True,
    suggestion: str | None = None,
    hint: str | None = None,
) -> Finding:
    """Put a fault where its value came from: a variable, or a key of the file."""
    named = tuple(part for part in path if isinstance(part, str))
    if (variable := said.origins.get(named)) is not None:
        return Finding(
            code=code,
            severity=Severity.ERROR,
            message=text,
            location=Location(path=f"${variable}"),
            suggestion=suggestion,
            hint=hint,
        )
    message = f"{'.'.join(named)}: {text}" if at_value else text
    return source.finding(code, path, message, at_value=at_value, suggestion=suggestion, hint=hint)


def _origins(source: Source, said: FromEnvironment) -> dict[tuple[str, ...], str]:
    """Return where each value that is not a default came from."""
    found = {}
    for path in _leaves(source.table):
        found[path] = f"{source.path.name}:{source.location(path).line}"
    found |= {path: f"${variable}" for path, variable in said.origins.items()}
    variables = {name: variable for variable, name in SECRETS.items()}
    for name in said.secrets:
        found[("secrets", name)] = f"${variables.get(name, 'NEWSLETTER_FEEDBACK_MAILBOX_…_PASSWORD')}"
    return found


def _leaves(table: Mapping[str, object], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, value in table.items():
        found += _leaves(value, (*path, key)) if isinstance(value, dict) else [(*path, key)]
    return found
