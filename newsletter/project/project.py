"""One project, opened: its parts are made when they are first asked for, and given back by `close`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config import find_root, load_keys, read_config
from newsletter.project.issues import Shelf

if TYPE_CHECKING:
    from newsletter.audience.lists import MailingList
    from newsletter.audience.subscriber import Subscriber
    from newsletter.config import Config, Keys
    from newsletter.issue.document import Issue
    from newsletter.issue.options import ReadOptions
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

        _ = self.keys  # a database without its key is noticed before another is made
        store = open_store(self.database_url)
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

        return read_options(self)

    def read_issue(self, path: str | Path) -> Issue:
        """Read one file as an issue; raises IssueError when it can not be read."""
        from newsletter.issue import read_issue

        return read_issue(Path(path), root=self.root, options=self.reading)

    def read_set(self, name: str | Path) -> tuple[Issue, ...]:
        """Read an issue in each of its languages, by a path or its slug; the project's main language first."""
        from newsletter.issue import read_set

        return read_set(self.shelf.find(str(name)), root=self.root, options=self.reading)


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
