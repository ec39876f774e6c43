"""The system's keyring, where a person may keep a password instead of a variable (extra `keyring`).

The only importer of `keyring`. An entry belongs to one project: the service is `infolettre`, the name is
the project's folder and the secret's field, so that two projects on one machine have two passwords.
"""

from __future__ import annotations

from pathlib import Path

from newsletter.errors import ConfigError
from newsletter.language import _

SERVICE = "infolettre"


def stored_secret(root: Path, name: str) -> str | None:
    """Return a secret from the keyring; None when there is none, no keyring, or a locked one."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError:
        return None
    try:
        found: str | None = keyring.get_password(SERVICE, _entry(root, name))
        return found
    except KeyringError:
        return None


def store_secret(root: Path, name: str, value: str) -> None:
    """Put a secret into the keyring; raise ConfigError where there is none that can be used."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError as error:
        raise ConfigError(
            _("There is no keyring to put a secret into."),
            hint=_("Install it with: pip install 'infolettre[keyring]', or use the environment."),
        ) from error
    try:
        keyring.set_password(SERVICE, _entry(root, name), value)
    except KeyringError as error:
        raise ConfigError(
            _("The keyring did not take the secret."), hint=_("Unlock it, or use the environment.")
        ) from error


def _entry(root: Path, name: str) -> str:
    return f"{root.resolve()}/{name}"
