import stat
from pathlib import Path

import pytest

from newsletter.config import load_keys
from newsletter.errors import ConfigError

SECRET = "0123456789abcdef" * 4
OLDER = "fedcba9876543210" * 4


def test_keys_are_made_once_for_oneself_alone(configure, tmp_path: Path):
    first = load_keys(configure())
    assert load_keys(configure()) == first
    assert len(first.signing[0]) == len(first.suppression) == 32
    assert first.signing[0] != first.suppression
    path = tmp_path / "var" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


def test_a_key_file_that_everybody_can_read_is_refused(configure, tmp_path: Path):
    load_keys(configure())
    (tmp_path / "var" / "secret.key").chmod(0o644)
    with pytest.raises(ConfigError, match="read by everybody"):
        load_keys(configure())


def test_a_broken_key_file_is_never_replaced(configure, tmp_path: Path):
    load_keys(configure())
    (tmp_path / "var" / "secret.key").write_text("signing = 3")
    with pytest.raises(ConfigError, match="can not be read"):
        load_keys(configure())


def test_a_lost_key_beside_a_database_is_told_and_not_replaced(configure, tmp_path: Path):
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "newsletter.db").write_bytes(b"SQLite format 3")
    with pytest.raises(ConfigError, match="missing") as caught:
        load_keys(configure())
    assert caught.value.exit_code == 2


def test_postgresql_wants_the_key_from_the_environment(configure):
    with pytest.raises(ConfigError, match="NEWSLETTER_SECRET_KEY"):
        load_keys(configure(NEWSLETTER_DATABASE_URL="postgresql://h/d"))
    assert load_keys(configure(NEWSLETTER_DATABASE_URL="postgresql://h/d", NEWSLETTER_SECRET_KEY=SECRET))


def test_a_short_key_is_refused_without_showing_it(configure):
    with pytest.raises(ConfigError) as caught:
        load_keys(configure(NEWSLETTER_SECRET_KEY="short"))
    assert "short key" not in str(caught.value)
    assert "NEWSLETTER_SECRET_KEY" in caught.value.message


def test_rotation_keeps_old_links_and_the_suppression_key(configure):
    """Statements 26 and 90."""
    url = "postgresql://h/d"
    before = load_keys(configure(NEWSLETTER_DATABASE_URL=url, NEWSLETTER_SECRET_KEY=OLDER))
    after = load_keys(
        configure(NEWSLETTER_DATABASE_URL=url, NEWSLETTER_SECRET_KEY=SECRET, NEWSLETTER_PREVIOUS_SECRET_KEYS=OLDER)
    )
    assert before.signing[0] in after.signing
    assert after.signing[0] != before.signing[0]
    assert after.suppression == before.suppression


def test_the_files_suppression_key_stays_when_the_signing_key_moves_to_the_environment(configure):
    before = load_keys(configure())
    after = load_keys(configure(NEWSLETTER_SECRET_KEY=SECRET))
    assert after.suppression == before.suppression
    assert after.signing != before.signing


def test_keys_are_never_shown(configure):
    keys = load_keys(configure(NEWSLETTER_ENCRYPTION_KEY=SECRET))
    assert keys.encryption is not None
    assert keys.signing[0].hex() not in repr(keys)
    assert repr(keys) == "Keys()"
