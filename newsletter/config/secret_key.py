"""The project's keys, from the environment or from `var/secret.key`, which is made on first use.

On SQLite everything of a project lies in its folder, so its keys may too (mode 0600). On PostgreSQL
several hosts must agree, so the environment has to give `NEWSLETTER_SECRET_KEY`. A key that is lost is
never replaced in silence: without it mailed links die and the suppression list no longer recognises anybody.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tomllib
from pathlib import Path

from pydantic import SecretStr

from newsletter.config.environment import secret_from_file
from newsletter.config.keys import Keys
from newsletter.config.model import Config
from newsletter.errors import ConfigError
from newsletter.language import _

#: fewer characters than this can be guessed
SHORTEST = 32
_HEAD = """\
# The keys of this newsletter. Keep a copy in a safe place, never in git, and never send them by mail:
# who has them can sign links; without them links already mailed stop working.
"""


def load_keys(config: Config) -> Keys:
    """Return the project's keys, making them where SQLite is used for the first time.

    Raises ConfigError: PostgreSQL without `NEWSLETTER_SECRET_KEY`, a key too short, a file that is missing
    beside a database, unreadable, or readable by everybody.
    """
    given = config.secrets
    if given.secret_key is not None:
        texts = (given.secret_key, *given.previous_secret_keys)
        signing = tuple(_key(text, "NEWSLETTER_SECRET_KEY") for text in texts)
        suppression = _suppression_beside(config, signing[-1])
    else:
        signing, suppression = _from_file(config)
        signing += tuple(_key(text, "NEWSLETTER_PREVIOUS_SECRET_KEYS") for text in given.previous_secret_keys)
    if given.suppression_key is not None:
        suppression = _key(given.suppression_key, "NEWSLETTER_SUPPRESSION_KEY")
    encryption = _key(given.encryption_key, "NEWSLETTER_ENCRYPTION_KEY") if given.encryption_key else None
    before = given.previous_encryption_key
    previous = _key(before, "NEWSLETTER_PREVIOUS_ENCRYPTION_KEY") if before else None
    return Keys(signing=signing, suppression=suppression, encryption=encryption, previous_encryption=previous)


def key_file(config: Config) -> Path:
    """Return where the keys of a project on SQLite lie."""
    return config.var / "secret.key"


def _key(secret: SecretStr, name: str) -> bytes:
    text = secret.get_secret_value()
    if re.fullmatch(r"hex:[0-9a-f]{64}", text):  # a key as var/secret.key holds it, moved to the environment
        return bytes.fromhex(text[4:])
    if len(text) < SHORTEST:
        raise ConfigError(
            _("{name} is too short: it has fewer than {count} characters.").format(name=name, count=SHORTEST),
            hint=_("Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"),
        )
    return hashlib.sha256(text.encode()).digest()


def _suppression_beside(config: Config, oldest: bytes) -> bytes:
    """The suppression key beside a signing key from the environment: the file's if there is one.

    Otherwise it is derived from the oldest signing key listed, which stays the same while keys rotate.
    """
    if _is_sqlite(config) and key_file(config).exists():
        return _read(key_file(config))[1]
    return hashlib.sha256(b"newsletter suppression\x00" + oldest).digest()


def _from_file(config: Config) -> tuple[tuple[bytes, ...], bytes]:
    path = key_file(config)
    if not _is_sqlite(config):
        raise ConfigError(
            _("With PostgreSQL the environment must give NEWSLETTER_SECRET_KEY, the same on every host."),
            hint=_("Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"),
        )
    if not path.exists():
        _refuse_beside_people(config)
        _make(path)
    return _read(path)


def _is_sqlite(config: Config) -> bool:
    return not config.database.url or config.database.url.startswith("sqlite")


def _refuse_beside_people(config: Config) -> None:
    """A database without its key: a new key would void the links and the suppression list that are in use."""
    database = config.var / "newsletter.db"
    if database.exists() and database.stat().st_size > 0:
        raise ConfigError(
            _("The key file var/secret.key is missing, but there is a database that was made with it."),
            hint=_("Put it back from a backup: newsletter restore."),
        )


def _make(path: Path) -> None:
    """Write new keys at once and whole: of two first users one wins, and both read the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = f'{_HEAD}signing = ["{secrets.token_hex(32)}"]\nsuppression = "{secrets.token_hex(32)}"\n'
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)
    except FileExistsError:
        pass  # somebody else was first: theirs is read
    finally:
        beside.unlink()


def _read(path: Path) -> tuple[tuple[bytes, ...], bytes]:
    try:
        table = tomllib.loads(secret_from_file(path))
        return tuple(bytes.fromhex(key) for key in table["signing"]), bytes.fromhex(table["suppression"])
    except PermissionError as error:
        raise ConfigError(
            _("The key file var/secret.key can be read by everybody, or not by us."),
            hint=_("Give it to yourself alone: chmod 600 var/secret.key"),
        ) from error
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            _("The key file var/secret.key can not be read."), hint=_("Put it back from a backup: newsletter restore.")
        ) from None
