"""The page around the blocks, in HTML and in text: masthead, content, foot, by the theme's two layouts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import SimpleNamespace

from markupsafe import Markup

from newsletter.edition.addresses import Addresses
from newsletter.edition.composer import Composer, between
from newsletter.edition.dates import long_date
from newsletter.edition.faults import theme_fault
from newsletter.edition.frame import Frame
from newsletter.edition.mjml import compile_frame
from newsletter.edition.occasions import Occasions, unmerged
from newsletter.edition.options import RenderOptions, SiteFacts
from newsletter.edition.segments import Context, Given
from newsletter.edition.text import TextWriter
from newsletter.edition.text_blocks import WRITERS
from newsletter.edition.theme import Theme
from newsletter.edition.tree import Node
from newsletter.edition.wrap import width_of, wrap
from newsletter.issue.contents import headings_of, walk
from newsletter.issue.document import Condition, Hero, Issue, Medium, Prose

_LANG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_BLANK_LINES = re.compile(r"\n{3,}")
_RIGHT_TO_LEFT = ("ar", "he", "fa", "ur", "ps", "yi")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a page says besides the blocks."""

    lang: str
    title: str
    preheader: str
    #: a heading for an issue that has none of the first level
    heading: str
    #: « Numéro 1 · 2014 »
    number: str
    date: str
    site: SiteFacts
    #: what slots can ask for and is the same for everybody
    constants: Mapping[str, object]


def facts(issue: Issue, options: RenderOptions, words: Mapping[str, str]) -> Facts:
    """Gather what the masthead and the head of a page say."""
    front, site = issue.front, options.site
    title = front.title or front.subject
    if options.discreet:
        title = words["discreet"]
        site = replace(site, newsletter=words["discreet"])
    has_title = any(heading.level == 1 for heading in headings_of(issue.blocks)) or any(
        isinstance(block, Hero) for block in walk(issue.blocks)
    )
    number = words["number"].format(number=front.number) if front.number is not None else ""
    return Facts(
        lang=issue.lang if _LANG.match(issue.lang) else "fr-CA",
        title=title,
        preheader="" if options.discreet else front.preheader,
        heading="" if has_title else front.title or front.subject,
        number=number,
        date=_date(front.date, issue.lang),
        site=site,
        constants=_constants(issue, options),
    )


def _date(written: str, lang: str) -> str:
    """Write a date in words when it is one; « 2014 » or « printemps 2026 » stay."""
    try:
        day = datetime.fromisoformat(written).date() if len(written) > 10 else date.fromisoformat(written)
    except ValueError:
        return written
    return long_date(day, lang)


def _constants(issue: Issue, options: RenderOptions) -> Mapping[str, object]:
    front, site = issue.front, options.site

    def plain(text: str) -> str:
        return unmerged(text, issue.expressions)

    return {
        "issue": {
            "title": plain(front.title or front.subject),
            "subject": plain(front.subject),
            "number": "" if front.number is None else front.number,
            "date": front.date,
            "slug": issue.slug,
            "lang": issue.lang,
            "summary": plain(front.summary),
            "author": list(front.author),
            "vars": dict(front.vars),
        },
        "site": {
            "name": site.name,
            "newsletter": site.newsletter or site.name,
            "url": site.url,
            "contact": site.contact,
            "postal_address": site.postal_address,
        },
    }


def page_source(composer: Composer, issue: Issue, known: Facts) -> str:
    """Return the MJML of a whole page, annexes at its end."""
    frame = composer.frame
    with theme_fault(composer.theme):
        body = composer.bands(issue.blocks)
        source = composer.template("layout.mjml.j2").render(
            body=Markup(f"{body}\n{_annexes(composer)}"),  # noqa: S704  our own templates and words
            page=SimpleNamespace(
                lang=known.lang,
                dir="rtl" if known.lang.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
                title=frame.words(known.title),
                preheader=frame.words(known.preheader),
                heading=frame.words(known.heading),
                number=frame.words(known.number),
                date=frame.words(known.date),
            ),
            **_context(frame, known, composer.spoken),
            words=composer.words,
            colon=composer.colon,
            **composer.theme.look,
        )
    return source


def _context(frame: Frame, known: Facts, words: Mapping[str, str]) -> dict[str, object]:
    """Return what both layouts are given: facts, links, and the ways to say a thing only sometimes."""
    why = f"list.reason | default({json.dumps(words['why'], ensure_ascii=False)})"
    site = known.site
    return {
        "site": SimpleNamespace(
            lang=_foreign(site.lang, known.lang),
            name=frame.words(site.name),
            newsletter=frame.words(site.newsletter or site.name),
            url=frame.url(site.url),
            postal_address=frame.words(site.postal_address),
            contact=frame.words(site.contact),
            contact_url=frame.url(reach(site.contact)),
            privacy_officer=frame.words(site.privacy_officer_title),
            privacy_contact=frame.words(site.privacy_officer_contact),
            privacy_url=frame.url(reach(site.privacy_officer_contact)),
        ),
        "links": SimpleNamespace(
            **{name: frame.slot(f"links.{name}", Context.URL) for name in ("unsubscribe", "preferences", "web")}
        ),
        "list": SimpleNamespace(reason=frame.slot(why, Context.HTML), title=frame.slot("list.title", Context.HTML)),
        "given": between(frame, lambda name: Given(expression=name)),
        "only": between(frame, lambda name: Condition(media=(Medium(name),))),
    }


def _foreign(lang: str, here: str) -> str:
    """Return a language to be marked, or nothing when it is the one that is spoken here."""
    return lang if _LANG.match(lang) and lang.split("-")[0] != here.split("-")[0] else ""


def reach(contact: str) -> str:
    """Return the link behind a contact: an address of mail or of the web, a telephone number, or nothing."""
    contact = contact.strip()
    if contact.startswith(("https://", "http://")):
        return contact
    if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", contact):
        return f"mailto:{contact}"
    digits = re.sub(r"[^\d+]", "", contact)
    return f"tel:{digits}" if len(digits) >= 7 and re.fullmatch(r"[\d+()\s.\u00a0\u2011-]+", contact) else ""


def _annexes(composer: Composer) -> str:
    """Return the sections in which blocks inside others are compiled; they are cut out afterwards."""
    made = [f"<mj-raw>{composer.frame.sign}X00000FZ</mj-raw>"]
    at = 0
    while at < len(composer.annexes):  # composing one may ask for more
        word, cells, room = composer.annexes[at]
        mark = _mark(word)
        made.append(
            f'<mj-section><mj-column padding="0 {composer.sheet - room}px 0 0"><mj-raw>{mark}</mj-raw>\n{cells}\n'
            f"<mj-raw>{mark}</mj-raw></mj-column></mj-section>"
        )
        at += 1
    made.append(f"<mj-raw>{composer.frame.sign}X00000FZ</mj-raw>")
    return "\n".join(made) if composer.annexes else ""


def _mark(word: str) -> str:
    """Return the word that stands at both ends of an annex."""
    return word[:-8] + "X" + word[-7:-2] + "FZ"


def compile_page(source: str, composer: Composer) -> str:
    """Compile a page, and move every annex into the place that asked for it."""
    compiled = compile_frame(source)
    if not composer.annexes:
        return compiled
    border = f"{composer.frame.sign}X00000FZ"
    before, annexes, after = compiled.split(border)
    for word, _cells, _room in composer.annexes:
        rows = annexes.split(_mark(word))[1]
        composer.frame.put(
            word,
            '<table role="presentation" border="0" cellpadding="0" cellspacing="0" width="100%"><tbody>'
            f"{rows}</tbody></table>",
        )
    return before + after


def text_source(
    theme: Theme,
    frame: Frame,
    issue: Issue,
    *,
    facts: Facts,
    options: RenderOptions,
    addresses: Addresses,
    occasions: Occasions,
    tree: Callable[[Prose], list[Node | str]],
) -> str:
    """Return the plain text of a whole page, with the words of its frame."""
    words = theme.words(issue.lang)
    writer = TextWriter(
        frame=frame,
        addresses=addresses,
        occasions=occasions,
        words=words,
        lang=issue.lang,
        links=options.text_links,
        writers=WRITERS,
        tree=tree,
    )
    body = writer.blocks(issue.blocks, options.width)
    with theme_fault(theme):
        written = theme.environment.get_template("text.j2").render(
            body=body,
            addresses="\n".join(f"[{at}] {url}" for at, url in enumerate(writer.numbered, start=1)),
            page=SimpleNamespace(
                lang=facts.lang,
                title=facts.title,
                heading=wrap(facts.heading, options.width),
                number=facts.number,
                date=facts.date,
            ),
            words=SimpleNamespace(**words),
            wrap=lambda text: wrap(text, options.width),
            underline=lambda text, mark="=": mark * min(options.width, max(map(width_of, text.split("\n")))),
            colon=writer.colon,
            **_text_context(frame, facts, words),
        )
    return _BLANK_LINES.sub("\n\n", written).strip("\n") + "\n"


def _text_context(frame: Frame, known: Facts, words: Mapping[str, str]) -> dict[str, object]:
    """Return the same as `_context`, with the texts themselves: plain text can be wrapped."""
    context = _context(frame, known, words)
    site = known.site
    context["site"] = SimpleNamespace(
        name=site.name,
        newsletter=site.newsletter or site.name,
        url=site.url,
        postal_address=site.postal_address,
        contact=site.contact,
        privacy_officer=site.privacy_officer_title,
        privacy_contact=site.privacy_officer_contact,
    )
    return context
