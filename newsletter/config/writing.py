"""Setting a value in newsletter.toml: one key changes, comments stay, and what would be wrong is not written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from newsletter.config.environment import SECRETS, Key, Named, keys_of
from newsletter.config.model import Config
from newsletter.config.reading import read_config
from newsletter.config.source import read_source
from newsletter.errors import ConfigError, UsageError
from newsletter.language import _, nearest


def secret_field(key: str) -> str | None:
    """Return the secret that a key names (`smtp.password`, `secrets.smtp_password`), or None."""
    plain = key.removeprefix("secrets.").replace(".", "_").replace("-", "_")
    return plain if plain in SECRETS.values() else None


def write_value(root: Path, key: str, value: str, environ: Mapping[str, str]) -> Path:
    """Write one value and return the file; raise UsageError for an unknown key, ConfigError for a wrong value."""
    import tomlkit  # 40 ms: it keeps comments and order, tomllib only reads

    source = read_source(root)
    document = tomlkit.parse(source.text)
    path = (*(str(part) for part in source.prefix), *_known(key))
    table: object = document
    for part in path[:-1]:
        assert isinstance(table, dict)
        table = table.setdefault(part, tomlkit.table())
    assert isinstance(table, dict)
    table[path[-1]] = _parsed(value)
    _replace(source.path, tomlkit.dumps(document), source.text, environ)
    return source.path


def _known(key: str) -> tuple[str, ...]:
    """Return a key's path; raise UsageError when the configuration has no such key."""
    path = tuple(key.split("."))
    plain = [".".join(each.path) for each in keys_of(Config) if isinstance(each, Key)]
    named = [each for each in keys_of(Config) if isinstance(each, Named)]
    below = any(path[: len(each.path)] == each.path and len(path) > len(each.path) + 1 for each in named)
    if key not in plain and not below:
        near = nearest(key, plain)
        raise UsageError(
            _("There is no key {key} in the configuration.").format(key=key),
            hint=_("Did you mean “{near}”?").format(near=near) if near else None,
        )
    return path


def _parsed(value: str) -> object:
    """Read a value as TOML (true, 25, ["a"]); what is none is a text."""
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _replace(path: Path, text: str, before: str, environ: Mapping[str, str]) -> None:
    """Write the file whole; put the old one back when the new one is wrong."""
    path.write_text(text, encoding="utf-8")
    try:
        read_config(path.parent, environ)
    except ConfigError:
        path.write_text(before, encoding="utf-8")
        raise
