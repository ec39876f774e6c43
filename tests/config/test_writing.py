import pytest

from newsletter.config.writing import secret_field, write_value
from newsletter.errors import ConfigError, UsageError

TEXT = """# head
[site]
name = "Coalition"  # ours

[sender.a]
from = "a@example.org"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "newsletter.toml").write_text(TEXT)
    return tmp_path


def test_one_value_changes_and_the_rest_stays(project):
    write_value(project, "site.name", "Comité", {})
    write_value(project, "smtp.port", "2525", {})
    write_value(project, "site.languages", '["fr-CA"]', {})
    text = (project / "newsletter.toml").read_text()
    assert text.startswith('# head\n[site]\nname = "Comité"  # ours\n')
    assert "port = 2525" in text
    assert 'languages = ["fr-CA"]' in text


def test_a_new_named_table_may_be_begun_whole(project):
    with pytest.raises(ConfigError):
        write_value(project, "sender.b.reply_to", "b@example.org", {})
    write_value(project, "sender.b.from", "b@example.org", {})
    write_value(project, "sender.b.reply_to", "c@example.org", {})
    assert "[sender.b]" in (project / "newsletter.toml").read_text()


@pytest.mark.parametrize(("key", "value"), [("smtp.port", "many"), ("site.tz", "Nowhere/Land"), ("sender.a.from", "x")])
def test_a_wrong_value_is_not_written(project, key, value):
    with pytest.raises(ConfigError):
        write_value(project, key, value, {})
    assert (project / "newsletter.toml").read_text() == TEXT


def test_an_unknown_key_names_the_nearest(project):
    with pytest.raises(UsageError) as caught:
        write_value(project, "smtp.prot", "1", {})
    assert "smtp.port" in caught.value.hint


def test_secrets_are_known_by_either_name():
    assert secret_field("smtp.password") == secret_field("secrets.smtp_password") == "smtp_password"
    assert secret_field("smtp.port") is None
