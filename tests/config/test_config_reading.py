from pathlib import Path

import pytest

from newsletter.config import find_root, read
from newsletter.errors import ConfigError
from newsletter.language import speaking

#: text, environment -> the place, the code and a word of each finding
FAULTS = [
    ('[site]\nnam = "x"\n', {}, [("newsletter.toml:2:1", "NL050", "name")]),
    ('[sit]\nname = "x"\n', {}, [("newsletter.toml:1:2", "NL050", "site")]),
    ("[smtp]\nport = 70000\n", {}, [("newsletter.toml:2:8", "NL051", "65535 or less")]),
    ("[smtp]\nport = 'x'\n", {}, [("newsletter.toml:2:8", "NL051", "whole number")]),
    ('[smtp]\n security = "startls"\n', {}, [("newsletter.toml:2:13", "NL051", "starttls")]),
    ("[sender.me]\nreply_to = 'a@example.org'\n", {}, [("newsletter.toml:1:9", "NL052", "“from”")]),
    ("[sender.me]\nfrom = 'nobody'\n", {}, [("newsletter.toml:2:8", "NL051", "address")]),
    ('[sender.me]\nfrom = "A <a@example.org>\\nBcc: b@example.org"\n', {}, [("newsletter.toml:2:8", "NL051", "")]),
    ("[site]\ntz = 'Amerique/Montreal'\n", {}, [("newsletter.toml:2:6", "NL051", "time zone")]),
    ("[site]\nlang = 'es'\n", {}, [("newsletter.toml:2:8", "NL051", "fr-CA, en-CA")]),
    ("[site]\nlanguages = ['fr-CA', 'francais']\n", {}, [("newsletter.toml:2:23", "NL051", "form")]),
    ("[site]\nname = x\n", {}, [("newsletter.toml:2:8", "NL053", "TOML")]),
    ("site = 3\n", {}, [("newsletter.toml:1:8", "NL051", "table")]),
    ("[smtp]\npassword = 'hunter2'\n", {}, [("newsletter.toml:2:1", "NL810", "NEWSLETTER_SMTP_PASSWORD")]),
    ("[secrets]\nsmtp_password = 'hunter2'\n", {}, [("newsletter.toml:2:1", "NL810", "secret")]),
    ("[database]\nurl = 'postgresql://u:hunter2@h/d'\n", {}, [("newsletter.toml:2:1", "NL810", "DATABASE_URL")]),
    ("", {"NEWSLETTER_SMTP_PORT": "many"}, [("$NEWSLETTER_SMTP_PORT:1:1", "NL051", "whole number")]),
    ("", {"NEWSLETTER_SMTP_PROT": "1"}, [("$NEWSLETTER_SMTP_PROT:1:1", "NL050", "NEWSLETTER_SMTP_PORT")]),
    ("", {"NEWSLETTER_SMPT_PORT": "1"}, [("$NEWSLETTER_SMPT_PORT:1:1", "NL050", "NEWSLETTER_SMTP_PORT")]),
    ("[transport]\nwindow = 0\n[web]\nbase_url = 'x'\n[lnt]\n", {}, [("newsletter.toml:2:10", "NL051", "1 or more"),
     ("newsletter.toml:5:2", "NL050", "lint")]),
    ("[schedule]\nlate_limit = 'soon'\nblackout = ['2026-02-30']\n", {}, [("newsletter.toml:2:14", "NL051", "time"),
     ("newsletter.toml:3:13", "NL051", "date")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "environ", "expected"), FAULTS)
def test_each_fault_is_named_at_its_place(configure, text, environ, expected):
    with pytest.raises(ConfigError) as caught:
        configure(text, **environ)
    found = caught.value.findings
    assert [(str(f.location), f.code) for f in found] == [(place, code) for place, code, _word in expected]
    for finding, (_place, _code, word) in zip(found, expected, strict=True):
        assert word in f"{finding.message} {finding.suggestion} {finding.hint}"
        assert "hunter2" not in repr(finding)


def test_the_environment_goes_over_the_file_and_the_file_over_the_default(configure):
    config = configure("[smtp]\nhost = 'mail.example.org'\nport = 25\n", NEWSLETTER_SMTP_PORT="2525")
    assert (config.smtp.host, config.smtp.port, config.smtp.security) == ("mail.example.org", 2525, "starttls")


def test_lists_tables_and_named_tables_come_from_the_environment(configure):
    config = configure(
        "[sender.coordination-a]\nfrom = 'A <a@example.org>'\n",
        NEWSLETTER_SITE_LANGUAGES="en-CA,fr-CA",
        NEWSLETTER_SENDER_COORDINATION_A_FROM="B <b@example.org>",
        NEWSLETTER_SENDER_AUTRE_FROM="C <c@example.org>",
        NEWSLETTER_LINT_IGNORE='["NL301"]',
    )
    assert config.site.languages == ("en-CA", "fr-CA")
    assert config.sender["coordination-a"].from_ == "B <b@example.org>"
    assert config.sender["autre"].from_ == "C <c@example.org>"
    assert config.lint.ignore == ("NL301",)


def test_other_programs_variables_are_left_alone(configure):
    assert configure("", NEWSLETTER_SERVICE_HOST="10.0.0.1", NEWSLETTER_WEB_SERVICE_PORT="1", NEWSLETTER_LANG="fr")


def test_an_empty_variable_is_one_that_is_not_there(configure):
    assert configure("[smtp]\nhost = 'x.example'\n", NEWSLETTER_SMTP_HOST="").smtp.host == "x.example"


def test_a_secret_comes_from_its_variable_and_is_never_shown(configure):
    config = configure("", NEWSLETTER_SMTP_PASSWORD="hunter2", NEWSLETTER_FEEDBACK_MAILBOX_REBONDS_PASSWORD="hunter3")
    assert config.secrets.smtp_password.get_secret_value() == "hunter2"
    assert config.secrets.mailbox_passwords["rebonds"].get_secret_value() == "hunter3"
    assert "hunter" not in repr(config)


def test_a_secret_comes_from_a_file_that_others_can_not_read(configure, tmp_path: Path):
    """Statement 85."""
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    assert (
        configure("", NEWSLETTER_SMTP_PASSWORD_FILE=str(secret)).secrets.smtp_password.get_secret_value() == "hunter2"
    )
    secret.chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        configure("", NEWSLETTER_SMTP_PASSWORD_FILE=str(secret))
    assert [finding.code for finding in caught.value.findings] == ["NL811"]
    with pytest.raises(ConfigError) as caught:
        configure("", NEWSLETTER_SMTP_PASSWORD_FILE=str(tmp_path / "nowhere"))
    assert [finding.code for finding in caught.value.findings] == ["NL812"]


def test_a_database_address_with_a_password_may_come_from_a_file(configure, tmp_path: Path):
    secret = tmp_path / "url"
    secret.write_text("postgresql://u:hunter2@h/d\n")
    secret.chmod(0o600)
    assert configure("", NEWSLETTER_DATABASE_URL_FILE=str(secret)).database.url == "postgresql://u:hunter2@h/d"


def test_a_file_that_is_not_utf_8_is_refused_in_words(tmp_path: Path):
    (tmp_path / "newsletter.toml").write_bytes(b'[site]\nname = "\xe9"\n')
    with pytest.raises(ConfigError, match="UTF-8"):
        read(tmp_path, {})


def test_origins_name_the_line_or_the_variable(tmp_path: Path):
    (tmp_path / "newsletter.toml").write_text("[smtp]\nhost = 'x.example'\n")
    reading = read(tmp_path, {"NEWSLETTER_SMTP_PORT": "26", "NEWSLETTER_SMTP_PASSWORD": "hunter2"})
    assert reading.origins == {
        ("smtp", "host"): "newsletter.toml:2",
        ("smtp", "port"): "$NEWSLETTER_SMTP_PORT",
        ("secrets", "smtp_password"): "$NEWSLETTER_SMTP_PASSWORD",
    }


def test_the_project_is_found_upwards_also_in_a_pyproject(tmp_path: Path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    with pytest.raises(ConfigError, match="no newsletter project"):
        find_root(deep)
    (tmp_path / "pyproject.toml").write_text("[tool.newsletter.smtp]\nprot = 1\n")
    assert find_root(deep) == tmp_path
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, {})
    assert [str(finding) for finding in caught.value.findings] == ["pyproject.toml:2:1: NL050 unknown key “prot”"]


def test_faults_are_told_in_french(configure):
    with speaking("fr-CA"), pytest.raises(ConfigError) as caught:
        configure("[site]\nnam = 'x'\n")
    assert caught.value.findings[0].message == "clé inconnue «\xa0nam\xa0»"


@pytest.mark.parametrize("field", ["from", "reply_to"])
@pytest.mark.parametrize(
    "written",
    [
        "A <a@example.org>, B <b@example.org>",
        "a@example.org,b@example.org",
        "G: a@example.org, b@example.org;",
        "G:a@example.org;",
    ],
)
def test_trust_11_a_sender_is_one_address_never_a_group(configure, field, written):
    others = "from = 'A <a@example.org>'\n" if field == "reply_to" else ""
    with pytest.raises(ConfigError) as caught:
        configure(f"[sender.me]\n{others}{field} = '{written}'\n")
    assert [finding.code for finding in caught.value.findings] == ["NL051"]


@pytest.mark.parametrize(
    "written", ["Nous @coalition <a@example.org>", "Coalition, l\u2019\xe9quipe <a@example.org>", "a@example.org"]
)
def test_the_name_of_a_sender_is_written_as_people_write(configure, written):
    assert configure(f"[sender.me]\nfrom = '{written}'\n").sender["me"].from_ == written
