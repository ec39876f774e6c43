"""The web addresses of a mail, HTML and text, each with the places of the source where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit, urlunsplit

from newsletter.edition.check.rule import Subject
from newsletter.edition.segments import Choice, Literal, Segments
from newsletter.errors import Location

_IN_TEXT = re.compile(r"https?://[^\s<>\"]+")
_TRAILING = ".,;:!?»”’'"
#: words of links that do something when they are opened, in an address's path or query
_ACTING = re.compile(
    r"unsub|opt-?out|d[eé]s(?:abonn|inscri)|confirm|verif(?:y|ier)|activate|delete|suppr|[?&](?:token|jeton|sig|signature|auth|key)=",
    re.IGNORECASE,
)
#: the public pages of this program that one person's token opens
_OWN = re.compile(r"/(?:u|c|p|m|undo)/[\w.~-]+")


def addresses_of(subject: Subject, *, base: str = "") -> Mapping[str, tuple[Location, ...]]:
    """Return every http address of both parts that may be visited, in reading order, with its places.

    What stands behind a merge field is one reader's own and is left out, and so is whatever acts when it is
    opened: unsubscribing, confirming, anything with a token.
    """
    places = _places(subject, base)
    found = dict.fromkeys(filter(None, map(_visitable, _written(subject))))
    return {url: places.get(url) or (_somewhere(subject, url),) for url in found}


def acts(url: str) -> bool:
    """Say whether opening an address may change something for somebody."""
    parts = urlsplit(url)
    said = unquote(f"{parts.path}?{parts.query}")
    return bool(_ACTING.search(said) or _OWN.match(parts.path))


def _visitable(url: str) -> str:
    """Return an address as it is asked for, or nothing when it is not to be asked for."""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname or acts(url):
            return ""
    except ValueError:  # reported by the rules on what stands in the source
        return ""
    return _plain(url)


def _plain(url: str) -> str:
    """Return one spelling for an address: without its fragment, and ASCII."""
    parts = urlsplit(urldefrag(url.strip()).url)
    keep = partial(quote, safe="%/:=&?~#+!$,;'@()*[]")
    return urlunsplit((parts.scheme.lower(), parts.netloc, keep(parts.path), keep(parts.query), ""))


def _written(subject: Subject) -> Iterator[str]:
    """Yield the addresses of the HTML part, of everybody's variants at once, then those of the text part."""
    from selectolax.lexbor import LexborHTMLParser  # a compiled module; only checking needs it

    page = LexborHTMLParser("".join(_literals(subject.edition.html_segments)))
    for node in page.css("a[href], img[src]"):
        yield (node.attributes.get("href") or node.attributes.get("src") or "").strip()
    for found in _IN_TEXT.findall("".join(_literals(subject.edition.text_segments))):
        url = found.rstrip(_TRAILING)
        yield url.rstrip(")") if url.count(")") > url.count("(") else url


def _literals(segments: Segments) -> Iterator[str]:
    for segment in segments:
        if isinstance(segment, Literal):
            yield segment.text
        elif isinstance(segment, Choice):
            yield from _literals(segment.inner)
        else:
            yield " "  # a merge field: what is glued to it is not an address


def _places(subject: Subject, base: str) -> dict[str, tuple[Location, ...]]:
    """Return where each address of the source stands."""
    places: dict[str, tuple[Location, ...]] = {}
    seen = subject.seen
    written: Iterable[tuple[str, int, str]] = (
        *((link.url, link.line, link.path) for link in seen.links),
        *((image.src, image.line, image.path) for image in seen.images),
    )
    for raw, line, path in written:
        try:
            url = _plain(urljoin(base, raw))
        except ValueError:
            continue
        where = subject.at(line, raw, path=path)
        if where.column == 1 and not path:  # written with accents, shown encoded
            where = subject.at(line, unquote(raw), path=path)
        if where not in places.setdefault(url, ()):
            places[url] += (where,)
    return places


def _somewhere(subject: Subject, url: str) -> Location:
    """Find an address that no link holds: in the text, or else in what surrounds every issue."""
    for number, line in enumerate(subject.lines, 1):
        column = line.find(url)
        if column >= 0:
            return Location(path=subject.issue.path, line=number, column=column + 1, end_column=column + 1 + len(url))
    return Location(path=subject.options.config_path)
