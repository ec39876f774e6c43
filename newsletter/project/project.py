"""One project, opened: its parts are made when they are first asked for, and given back by `close`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config import find_root, load_keys, read_config
from newsletter.project.issues import Shelf

if TYPE_CHECKING:
    from newsletter.audience.audience import Audience
    from newsletter.audience.lists import MailingList
    from newsletter.audience.subscriber import Subscriber
    from newsletter.config import Config, Keys
    from newsletter.delivery.run import Outcome
    from newsletter.delivery.send import Send
    from newsletter.delivery.stopping import Stop
    from newsletter.delivery.transports.base import Receipt, Transport
    from newsletter.edition.edition import Edition
    from newsletter.errors import Finding
    from newsletter.issue.document import AudienceWish, Issue
    from newsletter.issue.options import ReadOptions
    from newsletter.project.rendering import Press
    from newsletter.project.results import Proposal, Rendered, Tell
    from newsletter.store.database import Store


@dataclass(frozen=True)
class Project:
    """A newsletter: its configuration, its files, its database, and what can be done with them."""

    config: Config

    @property
    def root(self) -> Path:
        """The folder that holds newsletter.toml."""
        return self.config.root

    @cached_property
    def shelf(self) -> Shelf:
        """The issues on disk."""
        return Shelf(root=self.root, languages=self.config.site.languages)

    @cached_property
    def lists(self) -> Mapping[str, MailingList]:
        """The mailing lists by name; raises ConfigError when a file of one is wrong."""
        from newsletter.project.people import read_lists

        return read_lists(self.config)

    @cached_property
    def personas(self) -> Mapping[str, Subscriber]:
        """The invented readers by key."""
        from newsletter.project.people import read_personas

        return read_personas(self.config)

    @cached_property
    def keys(self) -> Keys:
        """The keys that sign links and recognise addresses, made on first use with SQLite."""
        return load_keys(self.config)

    @cached_property
    def store(self) -> Store:
        """The database, made on first use; raises ConfigError when its schema is of another age."""
        from newsletter.store.database import open_store  # 0.2 s: SQLAlchemy
        from newsletter.store.schema import ensure

        keys = self.keys  # a database without its key is noticed before another is made
        before = (keys.previous_encryption,) if keys.previous_encryption else ()
        store = open_store(self.database_url, encryption=keys.encryption, previous=before)
        ensure(store)
        return store

    @property
    def database_url(self) -> str:
        """The database's address: the configured one, or SQLite in `var/`."""
        return self.config.database.url or f"sqlite:///{self.config.var / 'newsletter.db'}"

    def close(self) -> None:
        """Give back the database, if it was opened."""
        if "store" in self.__dict__:
            self.store.close()

    @cached_property
    def reading(self) -> ReadOptions:
        """What of the project matters for reading an issue."""
        from newsletter.project.rendering import read_options

        return read_options(self.config, self.press.theme(), lists=self.lists)

    def read_issue(self, path: str | Path) -> Issue:
        """Read one file as an issue; raises IssueError when it can not be read."""
        from newsletter.issue import read_issue

        return read_issue(Path(path), root=self.root, options=self.reading)

    def read_set(self, name: str | Path) -> tuple[Issue, ...]:
        """Read an issue in each of its languages, by a path or its slug; the project's main language first."""
        from newsletter.issue import read_set

        return read_set(self.shelf.find(str(name)), root=self.root, options=self.reading)

    def issues_of(self, name: str | Path) -> tuple[Path, tuple[Issue, ...]]:
        """Return an issue's file and its languages: one when a file was named, all when it was a slug."""
        path = self.shelf.find(str(name))
        if Path(name) == path:
            return path, (self.read_issue(path),)
        return path, self.read_set(name)

    def files_of(self, name: str | Path) -> tuple[Path, ...]:
        """Return an issue's files: the one that was named, or those of all languages of a slug."""
        from newsletter.issue.sets import issue_files

        path = self.shelf.find(str(name))
        return (path,) if Path(name) == path else issue_files(path, self.reading)

    @cached_property
    def press(self) -> Press:
        """The theme and the options that issues are rendered with."""
        from newsletter.project.rendering import Press

        return Press(config=self.config, base_url=self.config.web.base_url or self.config.site.url)

    def render(self, issue: Issue, *, discreet: bool = False) -> Edition:
        """Render an issue; warm calls share the compiled theme. Raises ThemeError when the theme is wrong."""
        return self.press.render(issue, discreet=discreet)

    def findings(self, issue: Issue, edition: Edition) -> tuple[Finding, ...]:
        """Return everything there is to say about an issue and its edition."""
        return self.press.findings(issue, edition)

    def check(self, name: str | Path) -> tuple[Finding, ...]:
        """Return everything there is to say about an issue in each of its languages."""
        found = (self.findings(issue, self.render(issue)) for issue in self.issues_of(name)[1])
        return tuple(dict.fromkeys(finding for findings in found for finding in findings))

    def rendered(self, name: str, part: str, *, readers: tuple[str, ...] = ()) -> list[Rendered]:
        """Return a part (html, text, eml, web) of an issue for invented readers, as bytes."""
        from newsletter.project.parts import render_parts

        return list(render_parts(self, name, part, readers=readers))

    @cached_property
    def transport(self) -> Transport:
        """The configured way out; raises ConfigError when there is none of that name."""
        from newsletter.project.transports import open_transport

        return open_transport(self.config)

    def audience(self, wish: AudienceWish) -> Audience:
        """Return who a wish means just now, and who not and why."""
        from newsletter.project.sending import audience_of

        return audience_of(self, wish)

    def plan(self, name: str, *, lists: tuple[str, ...] = (), again: str = "") -> Proposal:
        """Say what sending an issue would be; nothing is sent or written."""
        from newsletter.project.sending import propose

        return propose(self, name, lists=lists, again=again)

    def confirm(self, proposal: Proposal, *, expect: int, hold: float = 0, canary: int = 0) -> Send:
        """Turn a proposal into a send to exactly `expect` people; raises RefusedError when anything is not so."""
        from newsletter.delivery.confirm import Terms
        from newsletter.project.sending import confirm_proposal

        return confirm_proposal(self, proposal, expect=expect, terms=Terms(hold=hold, canary=canary))

    def send(self, proposal: Proposal, *, expect: int | None = None) -> Outcome:
        """Confirm a proposal, for exactly as many people as it says unless told, and send it in this process."""
        return self.deliver(self.confirm(proposal, expect=proposal.plan.recipients if expect is None else expect))

    def deliver(
        self, send: Send, *, progress: Tell | None = None, stop: Stop | None = None, stay: float = float("inf")
    ) -> Outcome:
        """Send what is due of a confirmed send, and stay for retries up to `stay` seconds ahead."""
        from newsletter.project.delivering import deliver

        return deliver(self, send, progress=progress, stop=stop, stay=stay)

    def send_test(
        self, name: str, addresses: Sequence[str], *, reader: str | None = None, prefix: bool = True
    ) -> list[Receipt]:
        """Mail each language of an issue to each address as a test; its links do nothing."""
        from newsletter.project.delivering import send_test

        return send_test(self, name, addresses, reader=reader, prefix=prefix)


def open_project(path: str | Path = ".", environ: Mapping[str, str] | None = None) -> Project:
    """Open the project that a folder belongs to; raise ConfigError when there is none or it is wrong."""
    return Project(read_config(find_root(Path(path)), os.environ if environ is None else environ))


@contextmanager
def opened(path: str | Path = ".") -> Iterator[Project]:
    """Open a project until the block ends."""
    project = open_project(path)
    try:
        yield project
    finally:
        project.close()
