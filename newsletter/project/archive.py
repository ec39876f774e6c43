"""The public archive as files: what was sent and may be public, by year, with a feed; no reader is in it.

Pages come from the editions that stand with the sends: what people got is what the archive shows, without
the parts that were for some lists only. Dates are those of the sends. A page that is not listed has a name
that is made with the project's key, as the link in a mail is: it can be passed on, and not guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from newsletter.delivery.frozen import load_editions
from newsletter.delivery.send import sends
from newsletter.delivery.states import SendState
from newsletter.edition.edition import Archive
from newsletter.errors import NewsletterError
from newsletter.language import _, speaking
from newsletter.project.parts import with_images

if TYPE_CHECKING:
    from newsletter.config import Keys
    from newsletter.edition.edition import Attachment, Edition
    from newsletter.project.project import Project

ATOM = "http://www.w3.org/2005/Atom"
#: entries of a feed
NEWEST = 20
#: no search engine lists a page that says so
_UNSOUGHT = '<meta name="robots" content="noindex">'
_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="alternate" type="application/atom+xml" href="feed.{lang}.xml" title="{title}">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}
h1, h2 {{ font-family: Georgia, serif }}
li {{ margin: .4rem 0 }}
time {{ display: inline-block; min-width: 8rem }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{years}
</main>
</body>
</html>
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One issue in one language, as it was sent."""

    #: its file's name
    name: str
    lang: str
    title: str
    sent_at: datetime
    #: listed in the index and the feed; false: only who knows the address finds it
    listed: bool
    html: str
    #: the pictures of the page, by the name of their file
    pictures: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Built:
    """What an archive was written as."""

    files: tuple[Path, ...]
    #: those that are in no index and no feed
    unlisted: tuple[Entry, ...]


def build_archive(project: Project, folder: Path, *, base_url: str = "", rehearsals: bool = False) -> Built:
    """Write the archive into a folder; `rehearsals`: also what never left this machine.

    A page that an earlier build left there, and that is no longer wanted under that name, is taken away.
    """
    entries = list(entries_of(project, rehearsals=rehearsals))
    _take_down(project, folder, {entry.name for entry in entries})
    written = [_write(folder / entry.name, entry.html.encode()) for entry in entries]
    for entry in entries:
        written += [_write(folder / name, content) for name, content in entry.pictures.items()]
    for lang in project.config.site.languages:
        listed = [entry for entry in entries if entry.listed and entry.lang == lang]
        name = "index.html" if lang == project.config.site.lang else f"index.{lang}.html"
        written.append(_write(folder / name, _index(project, listed, lang).encode()))
        written.append(_write(folder / f"feed.{lang}.xml", _feed(project, listed[:NEWEST], lang, base_url).encode()))
    return Built(files=tuple(written), unlisted=tuple(entry for entry in entries if not entry.listed))


def _take_down(project: Project, folder: Path, kept: set[str]) -> None:
    for slug in {send.issue for send in sends(project.store)}:
        for lang in project.config.site.languages:
            for name in {_plain_name(slug, lang), page_name(slug, lang, project.keys)} - kept:
                (folder / name).unlink(missing_ok=True)


def _plain_name(slug: str, lang: str) -> str:
    return f"{slug}.{lang}.html"


def page_name(slug: str, lang: str, keys: Keys) -> str:
    """Return the name of a page that is not listed: of the key that never rotates, so that its address stays."""
    of = "\0".join(("page", slug, lang)).encode()
    return f"{hmac.new(keys.suppression, of, hashlib.sha256).hexdigest()[:32]}.html"


def entries_of(project: Project, *, rehearsals: bool = False) -> Iterator[Entry]:
    """Return what was sent and may be public, the newest first, each issue once."""
    seen: set[str] = set()
    for send in sends(project.store):
        wanted = send.state is SendState.DONE and (rehearsals or send.kind == "real") and send.issue not in seen
        if not wanted:
            continue
        seen.add(send.issue)
        zone = ZoneInfo(project.config.site.tz)
        for lang, edition in load_editions(project.store, send.id).items():
            where = wish_of(project, edition)
            if where is Archive.NONE:
                continue
            listed = where is Archive.PUBLIC
            html = with_images(edition.web(values_for_nobody(edition)), edition, _picture_name)
            yield Entry(
                name=_plain_name(send.issue, lang) if listed else page_name(send.issue, lang, project.keys),
                lang=lang,
                title=edition.title or edition.fill_subject(_nobody(lang)),
                sent_at=send.date.astimezone(zone),
                listed=listed,
                html=html if listed else html.replace("<head>", f"<head>\n{_UNSOUGHT}", 1),
                pictures={_picture_name(each): each.content for each in edition.attachments if each.cid},
            )


def _picture_name(picture: Attachment) -> str:
    """Return the name of a picture's file: of its content, so that the same picture is one file."""
    suffix = Path(picture.filename).suffix or mimetypes.guess_extension(picture.media_type) or ""
    return f"images/{hashlib.sha256(picture.content).hexdigest()[:16]}{suffix.lower()}"


def wish_of(project: Project, edition: Edition) -> Archive:
    """Return where a sent edition may be read: as it was confirmed, or less when its author has said so since.

    So a page can be taken down by its file, and none is put up that readers were not told of.
    """
    try:
        now = [Archive(issue.front.archive) for issue in project.read_set(edition.slug) if issue.lang == edition.lang]
    except NewsletterError:
        now = []
    return min((edition.archive, *now), key=list(Archive).index)


def values_for_nobody(edition: Edition) -> dict[str, object]:
    """Return what the places of an edition hold on a page that is nobody's."""
    return {**_nobody(edition.lang), "links": {}, "list": {"title": "", "reason": ""}}


def _nobody(lang: str) -> dict[str, object]:
    """Return the reader of the archive: nobody in particular, on no list."""
    return {"subscriber": {"first_name": "", "name": "", "lang": lang, "lists": (), "fields": {}, "tz": ""}}


def _index(project: Project, entries: list[Entry], lang: str) -> str:
    from babel.dates import format_date

    years: dict[int, list[str]] = {}
    for entry in entries:
        day = format_date(entry.sent_at, "d MMMM", locale=lang.replace("-", "_"))
        line = f'<li><time datetime="{entry.sent_at:%Y-%m-%d}">{escape(day)}</time> '
        years.setdefault(entry.sent_at.year, []).append(
            f'{line}<a href="{escape(entry.name)}">{escape(entry.title)}</a></li>'
        )
    parts = [f"<h2>{year}</h2>\n<ul>\n" + "\n".join(lines) + "\n</ul>" for year, lines in years.items()]
    with speaking(lang):
        nothing = f"<p>{escape(_('Nothing is here yet.'))}</p>"
    return _PAGE.format(lang=lang, title=escape(_title(project)), years="\n".join(parts) or nothing)


def _feed(project: Project, entries: list[Entry], lang: str, base_url: str) -> str:
    """Return an Atom feed (RFC 4287); addresses are whole when the archive's own is known."""
    base = f"{base_url.rstrip('/')}/" if base_url else ""
    feed = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": lang})
    updated = max((entry.sent_at for entry in entries), default=None)
    _add(feed, "id", f"{base or project.config.site.url or 'urn:infolettre:'}feed.{lang}.xml")
    _add(feed, "title", _title(project))
    _add(feed, "updated", (updated.isoformat() if updated else "1970-01-01T00:00:00Z"))
    author = ElementTree.SubElement(feed, "author")
    _add(author, "name", project.config.site.name)
    for entry in entries:
        item = ElementTree.SubElement(feed, "entry")
        _add(item, "id", f"{base or 'urn:infolettre:'}{entry.name}")
        _add(item, "title", entry.title)
        _add(item, "updated", entry.sent_at.isoformat())
        ElementTree.SubElement(item, "link", {"href": f"{base}{entry.name}"})
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode") + "\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _title(project: Project) -> str:
    return project.config.site.newsletter or project.config.site.name


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
