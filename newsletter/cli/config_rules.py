"""What the findings about newsletter.toml and the lists' files mean: explained like those about issues."""

from __future__ import annotations

from newsletter.edition.check import Rule
from newsletter.errors import Severity
from newsletter.language import marked


def config_rules() -> tuple[Rule, ...]:
    """Return a rule for each code that reading the configuration gives."""
    return tuple(
        Rule(code=code, severity=Severity.ERROR, group="configuration", title=title, why=why, bad=bad, good=good)
        for code, title, why, bad, good in _RULES
    )


_RULES = (
    (
        "NL050",
        marked("Every key is known"),
        marked("A misspelt key would be a setting that silently does nothing."),
        '[site]\nnmae = "Coalition"',
        '[site]\nname = "Coalition"',
    ),
    (
        "NL051",
        marked("Every value is of the right kind"),
        marked("A wrong value is found before anything is sent, not in the middle."),
        '[smtp]\nport = "many"',
        "[smtp]\nport = 587",
    ),
    (
        "NL052",
        marked("What is needed is there"),
        marked("A sender without an address can not send."),
        '[sender.redaction]\nreply_to = "contact@example.org"',
        '[sender.redaction]\nfrom = "Redaction <infolettre@example.org>"',
    ),
    (
        "NL053",
        marked("The file is TOML"),
        marked("A text stands between quotation marks, and each key once."),
        "name = Coalition",
        'name = "Coalition"',
    ),
    (
        "NL054",
        marked("A list's sender is one of newsletter.toml"),
        marked("Mails must be from an address that the organisation has set up."),
        'sender = "nobody"',
        'sender = "redaction"',
    ),
    (
        "NL810",
        marked("No secret stands in a file of the project"),
        marked("The file is shared and its history is kept: a password in it is known for ever."),
        '[smtp]\npassword = "…"',
        "export NEWSLETTER_SMTP_PASSWORD_FILE=/run/secrets/smtp",
    ),
    (
        "NL811",
        marked("A secret's file is for its owner"),
        marked("Every program on the machine could read it."),
        "chmod 644 /run/secrets/smtp",
        "chmod 600 /run/secrets/smtp",
    ),
    (
        "NL812",
        marked("A secret's file can be read"),
        marked("Without the secret, the mail server refuses every mail."),
        "NEWSLETTER_SMTP_PASSWORD_FILE=/nowhere",
        "NEWSLETTER_SMTP_PASSWORD_FILE=/run/secrets/smtp",
    ),
)
