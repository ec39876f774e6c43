"""Issue files to editions, with what of the configuration matters for each step."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.issue.options import STANDARD_FIELDS, HtmlMode, ReadOptions

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.edition.check import CheckOptions
    from newsletter.edition.check.rule import Subject
    from newsletter.edition.edition import Edition
    from newsletter.edition.options import RenderOptions
    from newsletter.edition.theme import Theme
    from newsletter.errors import Finding
    from newsletter.issue.document import Issue


def read_options(config: Config, theme: Theme, *, lists: Collection[str]) -> ReadOptions:
    """Return what of a project matters for reading an issue, with what its theme brings."""
    own = tuple(f"subscriber.{name}" for name in config.subscriber.fields)
    return ReadOptions(
        languages=config.site.languages,
        lang=config.site.lang,
        tz=config.site.tz,
        typography=config.typography.enabled,
        narrow=config.typography.narrow,
        html=HtmlMode(config.markdown.html),
        fields=STANDARD_FIELDS + own,
        lists=tuple(lists),
        senders=tuple(config.sender),
        colours=theme.grounds,
        blocks=theme.blocks,
    )


@dataclass(frozen=True, kw_only=True)
class Press:
    """Renders and checks the issues of one project; each theme is read once."""

    config: Config
    #: where people reach the site: what relative links are relative to
    base_url: str
    _themes: dict[str, Theme] = field(default_factory=dict, repr=False)
    _sources: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, repr=False)

    def theme(self, name: str = "") -> Theme:
        """Return a theme, the project's own before a shipped one; raises ThemeError when it is wrong."""
        from newsletter.edition.theme import open_theme

        name = name or self.config.theme.name
        if name not in self._themes:
            self._themes[name] = open_theme(theme_folder(self.config, name))
        return self._themes[name]

    def render(self, issue: Issue, *, discreet: bool = False, parts: Collection[str] = ()) -> Edition:
        """Render an issue in the theme that it names, or in the project's: all of it, or the named parts."""
        from newsletter.edition.options import Part
        from newsletter.edition.rendering import render

        options = self._options(discreet=discreet)
        if parts:
            options = replace(options, parts=frozenset(map(Part, parts)))
        return render(issue, self.theme(issue.front.theme), options=options)

    def findings(self, issue: Issue, edition: Edition) -> tuple[Finding, ...]:
        """Return everything there is to say about an issue and its edition."""
        from newsletter.edition.check import check

        return check(issue, edition, self._checks(self.theme(issue.front.theme)))

    def subject(self, issue: Issue, edition: Edition) -> Subject:
        """Return an issue and its edition as rules look at them."""
        from newsletter.edition.check.run import subject_of

        return subject_of(issue, edition, self._checks(self.theme(issue.front.theme)))

    def _options(self, *, discreet: bool) -> RenderOptions:
        from newsletter.edition.options import ImageMode, RenderOptions, SiteFacts, TextLinks

        site = self.config.site
        return RenderOptions(
            site=SiteFacts(
                lang=site.lang,
                name=site.name,
                newsletter=site.newsletter,
                url=site.url,
                postal_address=site.postal_address,
                contact=site.contact,
                privacy_officer_title=site.privacy_officer_title,
                privacy_officer_contact=site.privacy_officer_contact,
            ),
            base_url=self.base_url,
            images=ImageMode(self.config.images.mode),
            text_links=TextLinks(self.config.text.links),
            width=self.config.text.width,
            discreet=discreet,
        )

    def _checks(self, theme: Theme) -> CheckOptions:
        from newsletter.edition.check import CheckOptions

        site = self.config.site
        return CheckOptions(
            clients=self.config.lint.clients,
            ignore=self.config.lint.ignore,
            site_name=site.name,
            postal_address=site.postal_address,
            contact=site.contact,
            privacy_officer=site.privacy_officer_title and site.privacy_officer_contact,
            theme_path=self._theme_file(theme, "prose.css"),
            theme_sources=self._theme_sources(theme),
        )

    def _theme_sources(self, theme: Theme) -> tuple[tuple[str, str], ...]:
        """Return the files of a theme that decide its look, each read once; those of its base are among them."""
        from newsletter.edition.theme import BLOCKS

        if theme.name not in self._sources:
            names = ("prose.css", "layout.mjml.j2", *(f"blocks/{name}.mjml.j2" for name in (*BLOCKS, *theme.blocks)))
            found = ((self._theme_file(theme, name), theme.find(name)) for name in names)
            read = ((shown, path.read_text(encoding="utf-8")) for shown, path in found if path)
            self._sources[theme.name] = tuple(read)
        return self._sources[theme.name]

    def _theme_file(self, theme: Theme, name: str) -> str:
        """Name a theme's file as the author would: below the project where it lies there."""
        path = theme.find(name)
        root = self.config.root.resolve()
        inside = path is not None and path.resolve().is_relative_to(root)
        return path.resolve().relative_to(root).as_posix() if path and inside else f"{theme.name}/{name}"


def theme_folder(config: Config, name: str) -> Path:
    """Return a theme's folder: the project's own where it has one of that name, else the shipped one."""
    from newsletter.edition.theme import shipped_themes

    own = config.root / config.theme.folder / name
    return own if (own / "theme.toml").is_file() else shipped_themes() / name
