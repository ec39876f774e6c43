"""Rules of law and privacy: who sends, how one leaves, and what nobody else learns.

Canada's anti-spam law (S.C. 2010, c. 23), section 6(2): the sender is named, can be reached, and every message
has a working way to unsubscribe. Quebec's Law 25: the highest confidentiality by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from newsletter.edition.check.rule import Rule, Subject
from newsletter.edition.check.walk import SeenLink
from newsletter.edition.segments import Segment, Slot
from newsletter.errors import Edit, Finding, Location, Severity
from newsletter.issue.document import Only
from newsletter.language import _, marked

TRACKERS = re.compile(r"[?&](utm_\w+|mc_[ce]id|fbclid|gclid|_hsenc|mkt_tok)=", re.IGNORECASE)
#: an address by itself: not a piece of a web address, nor of a name such as @somebody@example.org
ADDRESS = re.compile(r"(?<![^\s(<\[\"'«“,;:])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def _identity(rule: Rule, subject: Subject) -> Iterator[Finding]:
    needed = {
        "site.name": subject.options.site_name,
        "site.postal_address": subject.options.postal_address,
        "site.contact": subject.options.contact,
    }
    for name, value in needed.items():
        if not value:
            message = _("The configuration has no {key}.").format(key=name)
            where = Location(path=subject.options.config_path)
            yield rule.found(
                subject, message, where, hint=_("The law wants it in every mail: write it in newsletter.toml.")
            )


def _officer(rule: Rule, subject: Subject) -> Iterator[Finding]:
    if not subject.options.privacy_officer:
        message = _("The configuration names no privacy officer.")
        where = Location(path=subject.options.config_path)
        yield rule.found(subject, message, where, hint=_("Write site.privacy_officer_title and _contact."))


def _unsubscribe(rule: Rule, subject: Subject) -> Iterator[Finding]:
    parts = (("HTML", subject.edition.html_segments), (_("plain text"), subject.edition.text_segments))
    for name, segments in parts:
        if not any("links.unsubscribe" in slot for slot in _slots(segments)):
            message = _("The {part} part has no unsubscribe link.").format(part=name)
            where = Location(path=subject.options.theme_path or subject.issue.path)
            yield rule.found(subject, message, where, hint=_("Put links.unsubscribe into the theme's foot."))


def _slots(segments: tuple[Segment, ...]) -> Iterator[str]:
    for segment in segments:
        if isinstance(segment, Slot):
            yield segment.expression
        else:
            yield from _slots(getattr(segment, "inner", ()))


def _open_web(rule: Rule, subject: Subject) -> Iterator[Finding]:
    if subject.issue.front.archive != "public":
        return
    for text in subject.seen.texts:
        found = ADDRESS.search(text.text)
        if found and found[0].lower() not in subject.options.contact.lower():
            where = subject.at(text.line, found[0], path=text.path)
            message = _("An e-mail address would stand in the public archive.")
            yield rule.found(subject, message, where, hint=_("Leave it out, or write archive: none."))


def _remote_images(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for image in subject.seen.images:
        if image.src.startswith(("http://", "https://", "//")):
            where = subject.at(image.line, image.src, path=image.path)
            host = _host(image.src)
            message = _("This image is fetched from {host}, which learns who opens the mail.").format(host=host)
            yield rule.found(subject, message, where, hint=_("Put the image into the issue's folder."))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _tracking(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for link in subject.seen.links:
        found = TRACKERS.search(link.url)
        if found:
            where = subject.at(link.line, found[0][1:], path=link.path)
            message = _("“{name}” in this address tells the site where the reader comes from.").format(name=found[1])
            hint = _("Take it out of the address.")
            yield rule.found(subject, message, where, hint=hint, fix=_untracked(subject, link))


def _untracked(subject: Subject, link: SeenLink) -> tuple[Edit, ...]:
    """Return the edit that takes the tracking out of an address, where it stands once and as it is."""
    for url in dict.fromkeys((link.url, unquote(link.url))):  # with accents as written, or encoded as shown
        where = subject.at(link.line, url, path=link.path)
        if subject.source_at(where).count(url) == 1:
            return (_replacing(url, _clean(url), where, subject),)
    return ()


def _replacing(old: str, new: str, where: Location, subject: Subject) -> Edit:
    start = subject.source_at(where).index(old) + 1
    return Edit(line=where.line, column=start, end_line=where.line, end_column=start + len(old), text=new)


def _clean(url: str) -> str:
    """Return an address without what tells where its reader comes from."""
    rest, hash_mark, fragment = url.partition("#")
    page, _mark, query = rest.partition("?")
    kept = "&".join(part for part in query.split("&") if not TRACKERS.match(f"?{part}"))
    return page + (f"?{kept}" if kept else "") + hash_mark + fragment


def _list_only(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for block in subject.seen.blocks:
        if (
            isinstance(block, Only)
            and block.condition.lists
            and "web" in {str(medium) for medium in block.condition.media}
        ):
            message = _("A part for some lists would stand on the web for everybody.")
            yield rule.found(subject, message, subject.at(block.line), hint=_("Take in=web away."))


RULES = (
    Rule(
        code="NL720",
        severity=Severity.ERROR,
        group="law",
        title=marked("The sender is named and can be reached"),
        why=marked(
            "Canada's anti-spam law wants name, postal address and a way to reach the sender in each mail (6(2))."
        ),
        bad='[site]\nname = ""',
        good='[site]\nname = "Coalition"\npostal_address = "…"\ncontact = "…"',
        look=_identity,
    ),
    Rule(
        code="NL721",
        severity=Severity.WARNING,
        group="law",
        title=marked("A privacy officer is named"),
        why=marked("Quebec's Law 25 wants the title and the contact of the person responsible published."),
        bad="(nobody)",
        good='privacy_officer_title = "Responsable de la protection des renseignements personnels"',
        look=_officer,
    ),
    Rule(
        code="NL722",
        severity=Severity.ERROR,
        group="law",
        title=marked("Both parts have an unsubscribe link"),
        why=marked("Leaving must be as easy as coming, without a login (CASL 11(1))."),
        bad="(a theme without links.unsubscribe)",
        good="{{ links.unsubscribe }} in the theme's foot",
        look=_unsubscribe,
    ),
    Rule(
        code="NL820",
        severity=Severity.WARNING,
        group="privacy",
        title=marked("No personal address stands in the public archive"),
        why=marked("Addresses on the web are gathered by machines; a person may not want to be found."),
        bad="Écrivez à prenom.nom@example.org.",
        good="Écrivez-nous à l’adresse du bas de page.",
        look=_open_web,
    ),
    Rule(
        code="NL821",
        severity=Severity.WARNING,
        group="privacy",
        title=marked("Images travel inside the mail"),
        why=marked("A linked image tells its server who opened the mail, when and where."),
        bad="![Affiche](https://example.org/affiche.png)",
        good="![Affiche](images/affiche.png)",
        look=_remote_images,
    ),
    Rule(
        code="NL822",
        severity=Severity.INFO,
        group="privacy",
        title=marked("Addresses carry no tracking"),
        why=marked("Readers were promised that nobody follows them."),
        bad="[La page](https://example.org/page?utm_source=infolettre)",
        good="[La page](https://example.org/page)",
        look=_tracking,
        fixable=True,
    ),
    Rule(
        code="NL823",
        severity=Severity.ERROR,
        group="privacy",
        title=marked("What is for some lists is not on the web"),
        why=marked("A note for a committee is not everybody's."),
        bad="::: only lists=comite in=web",
        good="::: only lists=comite",
        look=_list_only,
    ),
)
