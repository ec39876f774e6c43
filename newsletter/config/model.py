"""newsletter.toml and the environment -> Config: typed, frozen, every fault reported at its place.

Precedence: environment `NEWSLETTER_<SECTION>_<KEY>` over `newsletter.toml` over default. Secrets never
stand in the file: they come from the environment, from a file named by `<NAME>_FILE`, or the keyring.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from newsletter.config.hosts import bare

Host = Annotated[str, AfterValidator(bare)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]


class Section(BaseModel):
    """What every table of the file has in common: no unknown key, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)


class Site(Section):
    """Who writes: `[site]`."""

    #: the organisation's name, as the law wants it shown
    name: str = "Infolettre"
    #: the newsletter's own title, shown in the masthead
    newsletter: str = ""
    url: str = ""
    lang: Language = "fr-CA"
    languages: tuple[Language, ...] = ("fr-CA", "en-CA")
    tz: str = "America/Toronto"
    postal_address: str = ""
    #: a telephone number, an address or a web page where a person answers
    contact: str = ""
    privacy_officer_title: str = ""
    privacy_officer_contact: str = ""
    #: keys above that still hold an example: with any of them no transport leaves the machine
    examples: tuple[str, ...] = ()


class Sender(Section):
    """Who a mail is from: `[sender.NAME]`; the first in the file is the default."""

    from_: str = Field(alias="from")
    reply_to: str = ""


class TransportSection(Section):
    """How mail leaves: `[transport]`."""

    #: the name of an entry point in the group `newsletter.transports`
    kind: str = "files"
    #: recipients in one committed step to `sending`; at most this many plus the connections are in doubt after a kill
    window: int = Field(default=20, ge=1, le=1000)
    #: recipients in one batch of the ledger
    batch: int = Field(default=500, ge=1, le=10_000)
    #: limits, shared by every worker; 0 is no limit
    per_second: float = Field(default=0, ge=0)
    per_hour: int = Field(default=0, ge=0)
    per_day: int = Field(default=0, ge=0)
    #: recipients a second for one receiving domain; 0 is no limit
    per_domain: float = Field(default=0, ge=0)
    #: seconds that a send started at a terminal through a real transport waits before its first mail
    hold: int = Field(default=60, ge=0)
    #: recipients of the first, watched batch of such a send
    canary: int = Field(default=20, ge=0)
    #: share of failures in percent at which a send stops itself and asks
    stop_at_failures: float = Field(default=10.0, ge=0, le=100)
    #: `22:00-07:00`: no mail leaves in these hours of the project's zone; empty is never
    quiet_hours: str = Field(default="", pattern=r"^(\d\d:\d\d-\d\d:\d\d)?$")
    #: seconds a batch is held before its worker is taken for dead
    lease: int = Field(default=900, ge=5)
    #: seconds given to mails in flight when the process is asked to end
    grace: int = Field(default=30, ge=0)
    #: days after which a deferred recipient is given up
    deadline_days: float = Field(default=5, gt=0)


class Smtp(Section):
    """The mail server: `[smtp]`; its password is a secret."""

    host: Host = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    auth: Literal["auto", "plain", "login", "xoauth2"] = "auto"
    connections: int = Field(default=4, ge=1, le=200)
    #: mails on one connection before it is closed and opened again; 0 is no limit
    messages_per_connection: int = Field(default=0, ge=0)
    #: seconds: connect, command, final dot
    connect_timeout: float = Field(default=30, gt=0)
    command_timeout: float = Field(default=300, gt=0)
    dot_timeout: float = Field(default=600, gt=0)
    #: the name said in EHLO; empty is this host's name
    helo: str = ""
    #: a file of certificates to trust instead of the system's
    ca_file: str = ""
    dkim_domain: str = ""
    dkim_selector: str = ""
    #: path of the private key (PEM, mode 0600)
    dkim_key_file: str = ""


class SendGrid(Section):
    """The SendGrid account: `[sendgrid]`; its key is a secret."""

    base_url: str = "https://api.sendgrid.com"
    #: recipients in one call: a lost answer puts that many in doubt
    batch: int = Field(default=100, ge=1, le=1000)
    threads: int = Field(default=4, ge=1, le=32)
    timeout: float = Field(default=30, gt=0)
    sandbox: bool = False
    webhook_public_key: str = ""


class Database(Section):
    """Where people and sends are kept: `[database]`; empty is SQLite in `var/newsletter.db`."""

    url: str = ""


class Web(Section):
    """The public pages: `[web]`."""

    #: where people reach `serve`, e.g. https://infolettre.exemple.org; empty: no page exists yet
    base_url: str = ""
    host: Host = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    #: how many proxies stand before `serve` and write X-Forwarded-For
    proxies: int = Field(default=0, ge=0)
    #: a page of their own choosing, for readers who must leave fast
    quick_exit: str = "https://www.google.ca/"


class Images(Section):
    """How images travel: `[images]`."""

    #: `inline` puts them into the mail, so that opening it tells nobody; `link` leaves them on the site
    mode: Literal["inline", "link"] = "inline"


class Markdown(Section):
    """How raw HTML in an issue is met: `[markdown]`."""

    html: Literal["sanitise", "escape", "refuse"] = "sanitise"


class Typography(Section):
    """`[typography]`."""

    enabled: bool = True
    #: a narrow no-break space before ; ! ? (fr-CA has none by default)
    narrow: bool = False


class Text(Section):
    """The plain-text part: `[text]`."""

    links: Literal["inline", "numbered"] = "inline"
    width: int = Field(default=76, ge=40, le=200)


class Lint(Section):
    """Which checks weigh: `[lint]`."""

    ignore: tuple[str, ...] = ()
    #: mail clients that must be right, caniemail's names
    clients: tuple[str, ...] = ("gmail", "outlook", "apple-mail", "yahoo")
    #: private hosts (`host` or `host:port`) that `check --links` may visit all the same
    private_hosts: tuple[str, ...] = ()


class Theme(Section):
    """`[theme]`."""

    name: str = "default"
    #: the project's own folder of themes
    folder: str = "templates"


class AttributeField(Section):
    """A fact about a subscriber that this project keeps: `[subscriber.fields.NAME]`."""

    type: Literal["text", "number", "date", "choice", "choices"] = "text"
    choices: tuple[str, ...] = ()
    label: dict[str, str] = {}


class SubscriberSection(Section):
    """`[subscriber]`."""

    fields: dict[str, AttributeField] = {}


class Series(Section):
    """A recurring send: `[series.NAME]`."""

    rule: str
    issues: str
    lists: tuple[str, ...]
    tz: str = ""
    remind: tuple[str, ...] = ()
    contributors: tuple[str, ...] = ()
    #: at most this many recipients without asking again; 0 is no bound
    max_recipients: int = Field(default=0, ge=0)


class Step(Section):
    """One message of a sequence."""

    after: str = "0 days"
    issue: str


class Sequence(Section):
    """Messages that follow a confirmation: `[sequence.NAME]`."""

    lists: tuple[str, ...]
    steps: tuple[Step, ...]


class ScheduleSection(Section):
    """`[schedule]`."""

    #: how late a due send may still go without asking
    late_limit: str = "6 hours"
    #: dates (2026-12-25) on which nothing is sent
    blackout: tuple[str, ...] = ()


class Retention(Section):
    """How long what is kept: `[retention]`, in days; 0 keeps for ever."""

    pending: int = Field(default=7, ge=1, le=7)
    deliveries: int = Field(default=730, ge=0)
    events: int = Field(default=730, ge=0)
    backups: int = Field(default=30, ge=0)


class Mailbox(Section):
    """A mailbox where bounces and complaints arrive: `[feedback.mailbox.NAME]`; its password is a secret."""

    kind: Literal["imap", "pop3", "maildir", "mbox"]
    host: Host = ""
    port: int = 0
    security: Literal["none", "starttls", "tls"] = "tls"
    username: str = ""
    path: str = ""
    folder: str = "INBOX"


class Feedback(Section):
    """What comes back: `[feedback]`."""

    #: `rebonds@exemple.org`: bounces go to rebonds+TOKEN@exemple.org; empty: to the sender
    return_path: str = ""
    #: soft bounces add 1 to a score that halves in this many days
    half_life_days: float = Field(default=30, gt=0)
    #: the score at which an address is suppressed
    limit: float = Field(default=4, gt=0)
    mailbox: dict[str, Mailbox] = {}
    webhook_max_age: int = Field(default=300, ge=1)
    #: SNS topics that Amazon SES events may come from
    ses_topics: tuple[str, ...] = ()


class Secrets(Section):
    """What never stands in a file of the project and is never shown."""

    smtp_password: SecretStr | None = None
    sendgrid_api_key: SecretStr | None = None
    #: signs links; the previous ones still verify
    secret_key: SecretStr | None = None
    previous_secret_keys: tuple[SecretStr, ...] = ()
    #: keys for the suppression list; never rotates
    suppression_key: SecretStr | None = None
    #: encrypts personal columns, when set
    encryption_key: SecretStr | None = None
    #: opens what was sealed before the key was changed
    previous_encryption_key: SecretStr | None = None
    #: shared secret of the generic webhook
    webhook_secret: SecretStr | None = None
    mailbox_passwords: dict[str, SecretStr] = {}


class Config(Section):
    """The whole configuration of a project, and where its files lie."""

    root: Path
    site: Site = Site()
    sender: dict[str, Sender] = {}
    transport: TransportSection = TransportSection()
    smtp: Smtp = Smtp()
    sendgrid: SendGrid = SendGrid()
    database: Database = Database()
    web: Web = Web()
    images: Images = Images()
    markdown: Markdown = Markdown()
    typography: Typography = Typography()
    text: Text = Text()
    lint: Lint = Lint()
    theme: Theme = Theme()
    subscriber: SubscriberSection = SubscriberSection()
    series: dict[str, Series] = {}
    sequence: dict[str, Sequence] = {}
    schedule: ScheduleSection = ScheduleSection()
    retention: Retention = Retention()
    feedback: Feedback = Feedback()
    secrets: Secrets = Secrets()

    @property
    def var(self) -> Path:
        """The folder of what is made and must not be committed."""
        return self.root / "var"

    @property
    def default_sender(self) -> Sender | None:
        """The first sender of the file."""
        return next(iter(self.sender.values()), None)
