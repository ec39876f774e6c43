"""The environment as configuration: `NEWSLETTER_<SECTION>_<KEY>` for any key, and the secrets.

Every key of the model has its variable, also those of named tables (`NEWSLETTER_SENDER_COORDINATION_FROM`).
A secret comes from its variable, from the file that `<VARIABLE>_FILE` names, or from the system's keyring.
An empty variable counts as one that is not there, as container files often leave them.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from newsletter.config.model import Config, Section
from newsletter.errors import Finding, Location, Severity
from newsletter.language import _

PREFIX = "NEWSLETTER_"
#: variables that are not configuration: the interface's language and the project's folder
_OURS = frozenset({"NEWSLETTER_LANG", "NEWSLETTER_PROJECT"})

#: variable -> the field of `Secrets` that it fills
SECRETS: Mapping[str, str] = {
    "NEWSLETTER_SMTP_PASSWORD": "smtp_password",
    "NEWSLETTER_SENDGRID_API_KEY": "sendgrid_api_key",
    "NEWSLETTER_SECRET_KEY": "secret_key",
    "NEWSLETTER_PREVIOUS_SECRET_KEYS": "previous_secret_keys",
    "NEWSLETTER_SUPPRESSION_KEY": "suppression_key",
    "NEWSLETTER_ENCRYPTION_KEY": "encryption_key",
    "NEWSLETTER_PREVIOUS_ENCRYPTION_KEY": "previous_encryption_key",
    "NEWSLETTER_WEBHOOK_SECRET": "webhook_secret",
}
#: what container systems add for a service that happens to be named like us
_FOREIGN = re.compile(r"_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)")
_MAILBOX_PASSWORD = re.compile(r"NEWSLETTER_FEEDBACK_MAILBOX_(?P<name>.+)_PASSWORD(_FILE)?")


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of the configuration: its path in the file and the type of its value."""

    path: tuple[str, ...]
    info: FieldInfo

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + "_".join(self.path).upper().replace("-", "_")

    @property
    def is_tuple(self) -> bool:
        """Tell whether the value is a list of values."""
        return get_origin(self.info.annotation) is tuple

    @property
    def is_table(self) -> bool:
        """Tell whether the value is a table of free keys."""
        return get_origin(self.info.annotation) is dict


@dataclass(frozen=True, kw_only=True)
class Named:
    """Tables with names of the author's choosing: `[sender.NAME]`, `[feedback.mailbox.NAME]`."""

    path: tuple[str, ...]
    model: type[Section]


@dataclass
class FromEnvironment:
    """What the environment says: values by path, secrets by field, and its faults."""

    values: dict[tuple[str, ...], object] = field(default_factory=dict)
    #: path -> the variable it came from
    origins: dict[tuple[str, ...], str] = field(default_factory=dict)
    secrets: dict[str, object] = field(default_factory=dict, repr=False)
    findings: list[Finding] = field(default_factory=list)


def keys_of(model: type[Section], path: tuple[str, ...] = ()) -> Iterator[Key | Named]:
    """Walk every key of a section: plain keys as `Key`, tables with free names as `Named`."""
    for name, info in model.model_fields.items():
        here = (*path, info.alias or name)
        kind = info.annotation
        if here in {("root",), ("secrets",)}:
            continue
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from keys_of(kind, here)
        elif (named := _named_model(kind)) is not None:
            yield Named(path=here, model=named)
        else:
            yield Key(path=here, info=info)


def read_environment(environ: Mapping[str, str], names: Mapping[tuple[str, ...], tuple[str, ...]]) -> FromEnvironment:
    """Read every variable that is configuration; `names` are the named tables of the file, by their path."""
    said = FromEnvironment()
    known = {key.variable: key for key in keys_of(Config) if isinstance(key, Key)}
    named = [key for key in keys_of(Config) if isinstance(key, Named)]
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable in _OURS or not value:
            continue
        if _take_secret(said, variable, value):
            continue
        key = known.get(variable) or _named_key(variable, named, names)
        if key is None and variable.endswith("_FILE"):
            key, value = _key_from_file(said, variable, value, known)
        if key is None:
            _report_unknown(said, variable, [*known, *SECRETS])
        else:
            said.values[key.path] = _converted(key, value)
            said.origins[key.path] = variable
    return said


def secret_from_file(path: Path) -> str:
    """Read a secret from a file of one's own; raise PermissionError when everybody can read it."""
    if path.stat().st_mode & stat.S_IROTH:
        raise PermissionError(path)
    return path.read_text(encoding="utf-8").strip()


def _named_model(kind: object) -> type[Section] | None:
    arguments = get_args(kind)
    if get_origin(kind) is dict and isinstance(arguments[1], type) and issubclass(arguments[1], Section):
        return arguments[1]
    return None


def _take_secret(said: FromEnvironment, variable: str, value: str) -> bool:
    """Take a secret from its variable or from the file it names; tell whether it was one."""
    plain = variable.removesuffix("_FILE")
    mailbox = _MAILBOX_PASSWORD.fullmatch(variable)
    if plain not in SECRETS and mailbox is None:
        return False
    if variable.endswith("_FILE"):
        found = _read_file(said, variable, value)
        if found is None:
            return True
        value = found
    if mailbox is not None:
        passwords = said.secrets.setdefault("mailbox_passwords", {})
        assert isinstance(passwords, dict)
        passwords[mailbox["name"].lower()] = value
    else:
        said.secrets[SECRETS[plain]] = _as_secret(SECRETS[plain], value)
    return True


def _as_secret(name: str, value: str) -> object:
    if name == "previous_secret_keys":
        return tuple(part for part in re.split(r"[\s,]+", value) if part)
    return value


def _read_file(said: FromEnvironment, variable: str, value: str) -> str | None:
    try:
        return secret_from_file(Path(value))
    except PermissionError:
        said.findings.append(
            _finding(
                "NL811",
                variable,
                _("the file that it names can be read by everybody, or not by us"),
                hint=_("Give it the mode 0600: chmod 600 {path}").format(path=value),
            )
        )
    except (OSError, UnicodeDecodeError):
        said.findings.append(
            _finding("NL812", variable, _("the file that it names can not be read"), hint=_("Check its path."))
        )
    return None


def _key_from_file(
    said: FromEnvironment, variable: str, value: str, known: Mapping[str, Key]
) -> tuple[Key | None, str]:
    """Any key may come from a file: a database's address holds a password."""
    key = known.get(variable.removesuffix("_FILE"))
    if key is None:
        return None, value
    return key, _read_file(said, variable, value) or ""


def _named_key(variable: str, named: list[Named], names: Mapping[tuple[str, ...], tuple[str, ...]]) -> Key | None:
    for table in named:
        start = PREFIX + "_".join(table.path).upper() + "_"
        if not variable.startswith(start):
            continue
        for key in keys_of(table.model):
            end = "_" + "_".join(key.path).upper()
            if isinstance(key, Key) and variable.endswith(end) and len(variable) > len(start) + len(end) - 1:
                name = variable[len(start) : -len(end)]
                return Key(path=(*table.path, _spelt(name, names.get(table.path, ())), *key.path), info=key.info)
    return None


def _spelt(name: str, existing: tuple[str, ...]) -> str:
    """Return the name as the file writes it; a new one in small letters."""
    same = (known for known in existing if known.upper().replace("-", "_") == name)
    return next(same, name.lower().replace("_", "-"))


def _converted(key: Key, value: str) -> object:
    """Turn text into what the model takes: lists by comma, tables and lists also as TOML."""
    if key.is_table or (key.is_tuple and value.lstrip().startswith("[")):
        try:
            return tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            return value
    if key.is_tuple:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _report_unknown(said: FromEnvironment, variable: str, known: list[str]) -> None:
    """Report a misspelt key of ours; leave alone what only looks like one (a container's service variables)."""
    if _FOREIGN.search(variable):
        return
    sections = tuple(PREFIX + name.upper() + "_" for name in Config.model_fields if name != "root")
    near = get_close_matches(variable, known, n=1, cutoff=0.6 if variable.startswith(sections) else 0.9)
    if near or variable.startswith(sections):
        message = _("unknown key in the environment")
        said.findings.append(_finding("NL050", variable, message, suggestion=near[0] if near else None))


def _finding(
    code: str, variable: str, message: str, *, hint: str | None = None, suggestion: str | None = None
) -> Finding:
    return Finding(
        code=code,
        severity=Severity.ERROR,
        message=message,
        location=Location(path=f"${variable}"),
        hint=hint,
        suggestion=suggestion,
    )
