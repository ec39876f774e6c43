"""The head of an issue as a `FrontMatter`: aliases resolved, everything checked, places kept.

Whatever is wrong is reported and left out, or taken in its nearest right form: a head with faults
still gives a subject, so that the issue can be shown while its author mends it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from newsletter.errors import Location, Severity
from newsletter.issue.document import AudienceWish, FrontMatter, Ignored
from newsletter.issue.entries import Entries
from newsletter.issue.merge import Merge
from newsletter.issue.names import slug_of
from newsletter.issue.options import ReadOptions
from newsletter.issue.source import Report
from newsletter.issue.validate import canonical, fits, report_unknown
from newsletter.issue.yaml_tree import Mapping, Node, Scalar, Sequence
from newsletter.language import _, nearest

RESERVED = frozenset({"list", "show", "cancel", "preview", "personas"})
#: what would end a header line early, or break one (RFC 5322 section 2.2)
_UNSAFE = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")
_MERGED = frozenset({"subject", "preheader", "title", "summary"})
_NAME = re.compile(r"[\w-]+")


@dataclass(kw_only=True)
class Reading:
    """A head while it is being read: its valid keys as trees, and what is needed to report on it."""

    report: Report
    options: ReadOptions
    #: the language wanted among several, or the file's own; empty: as the head says
    lang: str = ""
    nodes: dict[str, Node] = field(default_factory=dict)
    #: keys whose value is of the right kind
    right: set[str] = field(default_factory=set)
    places: dict[str, Location] = field(default_factory=dict)


def gather(entries: Entries, reading: Reading) -> None:
    """Resolve aliases, report unknown and doubled keys, and check every value."""
    for key, node in entries.items:
        name = canonical(key.text)
        if name is None:
            report_unknown(key, reading.report)
        elif name in reading.nodes:
            message = _("« {key} » was said before, on line {line}").format(key=name, line=reading.places[name].line)
            reading.report.at(key, "NL109", message)
        else:
            reading.nodes[name] = node
            reading.places[name] = Location(path=reading.report.source.path, line=key.line, column=key.column)
            if not entries.whole or fits(name, node, reading.report):
                reading.right.add(name)


def languages_of(reading: Reading) -> tuple[str, ...]:
    """Return the languages that the head's own per-language values speak, none when there are no such values."""
    found: dict[str, None] = {}
    for name in ("subject", "preheader"):
        node = reading.nodes.get(name)
        if isinstance(node, Mapping):
            found |= {full_language(key.text, reading.options): None for key, _value in node.entries}
    return tuple(found)


def full_language(tag: str, options: ReadOptions) -> str:
    """Return a language as the project writes it: `fr` is `fr-CA`, `en-us` is `en-US`."""
    parts = tag.replace("_", "-").split("-")
    written = "-".join((parts[0].lower(), *(part.upper() for part in parts[1:2])))
    if written in options.languages:
        return written
    if len(parts) == 1:
        return next((name for name in options.languages if name.split("-")[0] == written), written)
    return written


def declared_language(reading: Reading) -> str:
    """Return the language that the head declares, or nothing."""
    node = reading.nodes.get("lang")
    return full_language(node.text, reading.options) if isinstance(node, Scalar) and node.text.strip() else ""


def build(reading: Reading, merge: Merge, *, stem: str, lang: str, whole: bool) -> FrontMatter:
    """Make the front matter in one language; `stem` is the file's name without suffixes."""
    reading.lang = lang
    if "subject" not in reading.nodes and whole:
        reading.report.add(
            "NL101", _("« subject » is missing"), line=1, hint=_("Add a line « subject: … » to the front matter.")
        )
    subject = _text(reading, "subject", merge)
    title = _text(reading, "title", merge) or subject
    return FrontMatter(
        subject=subject or title,
        title=title,
        preheader=_text(reading, "preheader", merge),
        slug=_slug(reading, stem),
        number=_number(reading),
        date=_date(reading, "date", Severity.WARNING),
        lang=lang,
        translation_key=_text(reading, "translation_key") or stem,
        status=_choice(reading, "status", "draft"),
        audience=_audience(reading),
        send_at=_date(reading, "send_at", Severity.ERROR),
        sender=_sender(reading, "from"),
        reply_to=_sender(reading, "reply_to"),
        author=_texts(reading, "author"),
        tags=_texts(reading, "tags"),
        summary=_text(reading, "summary", merge),
        image=_text(reading, "image"),
        image_alt=_text(reading, "image_alt"),
        canonical_url=_text(reading, "canonical_url"),
        archive=_choice(reading, "archive", "public"),
        template=_text(reading, "template") or "default",
        theme=_text(reading, "theme"),
        attachments=_texts(reading, "attachments"),
        toc=_flag(reading, "toc"),
        vars=own_values(reading),
        ignore=_ignored(reading),
        places=reading.places,
    )


def own_values(reading: Reading) -> dict[str, object]:
    """Return the author's own values, `issue.vars.*`."""
    node = reading.nodes.get("vars")
    value = node.value if isinstance(node, Mapping) else {}
    return value if isinstance(value, dict) else {}


def _text(reading: Reading, name: str, merge: Merge | None = None) -> str:
    """Return a text on one line, its merge fields as words; of several languages the wanted one."""
    node = reading.nodes.get(name)
    if isinstance(node, Mapping) and name in ("subject", "preheader"):
        node = _in_language(node, name, reading)
    if not isinstance(node, Scalar) or node.value is None:
        return ""
    text = _one_line(node, name, reading.report)
    if merge is None or name not in _MERGED:
        return text
    return merge.protect(text, line=node.line, column=node.column + (0 if node.plain else 1))


def _in_language(node: Mapping, name: str, reading: Reading) -> Node | None:
    """Choose among the languages of a value: the wanted, the project's main one, the first."""
    found: dict[str, Node] = {}
    for key, value in node.entries:
        language = full_language(key.text, reading.options)
        if language not in reading.options.languages:
            message = _("« {lang} » is not a language of this project").format(lang=key.text)
            near = nearest(key.text, reading.options.languages)
            reading.report.at(key, "NL110", message, suggestion=near)
        if not isinstance(value, Scalar) or value.value is None:
            message = _("« {key} » must be {wanted}, this is {found}")
            message = message.format(key=f"{name}.{key.text}", wanted=_("text"), found=_("a mapping"))
            reading.report.at(value, "NL102", message)
        found[language] = value
    return found.get(reading.lang) or found.get(reading.options.lang) or next(iter(found.values()), None)


def _one_line(node: Scalar, name: str, report: Report) -> str:
    text = node.text.strip()
    unsafe = _UNSAFE.search(text)
    if unsafe is None:
        return text
    message = _("« {key} » holds a line break or a control character").format(key=name)
    report.at(node, "NL108", message, hint=_("Write it on one line."))
    return _UNSAFE.sub(" ", text)


def _texts(reading: Reading, name: str) -> tuple[str, ...]:
    node = reading.nodes.get(name)
    if isinstance(node, Scalar) and node.value is not None:
        return (_one_line(node, name, reading.report),)
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(_one_line(item, name, reading.report) for item in items if isinstance(item, Scalar))


def _slug(reading: Reading, stem: str) -> str:
    given = _text(reading, "slug") if "slug" in reading.right else ""
    slug = given or slug_of(stem)
    if slug in RESERVED:
        place = reading.places.get("slug")
        message = _("« {slug} » is a word of the command line and cannot be a slug").format(slug=slug)
        reading.report.add("NL106", message, line=place.line if place else 1, column=place.column if place else 1)
    return slug


def _number(reading: Reading) -> int | None:
    node = reading.nodes.get("number")
    value = node.value if isinstance(node, Scalar) and "number" in reading.right else None
    return value if isinstance(value, int) else None


def _choice(reading: Reading, name: str, default: str) -> str:
    node = reading.nodes.get(name)
    return node.text if isinstance(node, Scalar) and name in reading.right else default


def _flag(reading: Reading, name: str) -> bool:
    node = reading.nodes.get(name)
    return isinstance(node, Scalar) and node.value is True


def _date(reading: Reading, name: str, severity: Severity) -> str:
    """Return a date as written, reported when nobody can read it."""
    text = _text(reading, name)
    node = reading.nodes.get(name)
    if text and node is not None and not _readable(text, shown_only=name == "date"):
        message = _("« {value} » is not a valid « {key} »").format(value=text[:80], key=name)
        hint = _("Dates look like 2026-12-01 or 2026-12-01 09:00.")
        reading.report.at(node, "NL103", message, severity=severity, hint=hint)
    return text


def _readable(text: str, *, shown_only: bool) -> bool:
    """Tell whether a date can be read; one that is only shown may be a year or a month."""
    if shown_only and re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", text):
        return True
    try:
        datetime.fromisoformat(re.sub(r"\s+([+-]\d\d:?\d\d)$", r"\1", text))
    except ValueError:
        return False
    return True


def _sender(reading: Reading, name: str) -> str:
    """Return a sender: one of newsletter.toml by its name, or an address."""
    text = _text(reading, name)
    known = reading.options.senders
    if text and "@" not in text and known is not None and text not in known:
        node = reading.nodes[name]
        message = _("« {name} » is no sender of newsletter.toml").format(name=text)
        reading.report.at(node, "NL112", message, suggestion=nearest(text, known))
    return text


def _audience(reading: Reading) -> AudienceWish:
    """Return whom the issue is for: lists by name, or one segment expression."""
    node = reading.nodes.get("audience")
    if isinstance(node, Scalar):
        if not node.text.strip():
            return AudienceWish()
        if not _NAME.fullmatch(node.text.strip()):
            return AudienceWish(segment=node.text.strip())
        return AudienceWish(lists=_lists([node], reading))
    if isinstance(node, Sequence):
        return AudienceWish(lists=_lists(node.items, reading))
    if not isinstance(node, Mapping):
        return AudienceWish()
    parts = {key.text: value for key, value in node.entries}
    segment = parts.get("segment")
    return AudienceWish(
        lists=_lists(_items(parts.get("lists")), reading),
        exclude=_lists(_items(parts.get("exclude")), reading),
        segment=_one_line(segment, "segment", reading.report) if isinstance(segment, Scalar) else "",
    )


def _items(node: Node | None) -> tuple[Node, ...]:
    return node.items if isinstance(node, Sequence) else ()


def _lists(nodes: tuple[Node, ...] | list[Scalar], reading: Reading) -> tuple[str, ...]:
    """Return names of lists; one that the project does not have is reported where it stands."""
    known = reading.options.lists
    names = []
    for node in nodes:
        if not isinstance(node, Scalar):
            continue
        names.append(node.text)
        if known is not None and node.text not in known:
            message = _("there is no list « {name} »").format(name=node.text)
            reading.report.at(node, "NL107", message, suggestion=nearest(node.text, known))
    return tuple(names)


def _ignored(reading: Reading) -> tuple[Ignored, ...]:
    node = reading.nodes.get("lint")
    if "lint" not in reading.right or not isinstance(node, Mapping):
        return ()
    value = node.value
    entries = value.get("ignore", []) if isinstance(value, dict) else []
    return tuple(Ignored(code=str(entry["code"]), reason=str(entry["reason"])) for entry in entries)
