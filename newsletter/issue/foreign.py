"""Another tool's issue becomes one of ours: `newsletter new --from-file`.

Front matter of Hugo, Jekyll, Pelican, Ghost, Buttondown and their like (YAML, TOML, `Title:` lines or none)
is mapped key by key; admonitions become callouts, Hugo's figures images. What has no place here
is named, with its line, and never dropped from the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from newsletter.issue.entries import read_entries
from newsletter.issue.fmt import fmt_text
from newsletter.issue.head import HeadKind, split_head
from newsletter.issue.source import Report, clean
from newsletter.issue.spoken import without_entities, without_markup
from newsletter.issue.validate import canonical
from newsletter.issue.yaml_tree import Mapping as Tree
from newsletter.issue.yaml_tree import Node, Scalar, Sequence
from newsletter.language import _

#: other tools' keys (lower case, without _ and -) -> ours
_KEYS: Mapping[str, str] = {
    "emailsubject": "subject",
    "linktitle": "title",
    "shorttitle": "title",
    "metatitle": "title",
    "subtitle": "preheader",
    "excerpt": "preheader",
    "customexcerpt": "preheader",
    "previewtext": "preheader",
    "metadescription": "preheader",
    "publishdate": "date",
    "published": "date",
    "publishedat": "date",
    "pubdate": "date",
    "createdat": "date",
    "categories": "tags",
    "category": "tags",
    "keywords": "tags",
    "topics": "tags",
    "language": "lang",
    "locale": "lang",
    "featuredimage": "image",
    "featureimage": "image",
    "coverimage": "image",
    "cover": "image",
    "thumbnail": "image",
    "banner": "image",
    "featureimagealt": "image_alt",
    "imagealt": "image_alt",
    "canonical": "canonical_url",
    "canonicalurl": "canonical_url",
    "translationkey": "translation_key",
    "issue": "number",
    "issuenumber": "number",
}
_LISTS = frozenset({"tags", "author", "attachments"})
_ORDER = (
    "subject title preheader slug number date lang translation_key status audience from reply_to author tags summary"
    " image image_alt canonical_url archive theme toc vars"
)
_PLAIN = re.compile(r"[A-Za-zÀ-ÿ][^:#\n\"'{}\[\],&*!|>%@`]*[^\s:#\n\"'{}\[\],&*!|>%@`]\Z")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
_ADMONITIONS: Mapping[str, str] = {
    "note": "NOTE",
    "info": "NOTE",
    "tip": "TIP",
    "success": "TIP",
    "important": "IMPORTANT",
    "warning": "WARNING",
    "attention": "WARNING",
    "caution": "CAUTION",
    "danger": "CAUTION",
}
_ADMONITION = re.compile(r"(:{3,})[ \t]*([a-z]+)[ \t]*(?:\[([^\]\n]*)\]|(\S[^\n{]*?))?[ \t]*$")
_FIGURE = re.compile(r"\{\{[<%]-?\s*figure\s+([^>%]*?)\s*/?-?[>%]\}\}")
_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|(\S+))')
_CODE_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})")


@dataclass(kw_only=True)
class _Mapped:
    """Our keys with their values, and what has no key of ours."""

    values: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def from_foreign(source: str) -> tuple[str, tuple[str, ...]]:
    """Return a text in our form, and a sentence for each thing that could not be mapped."""
    report = clean(source, path="")
    lines = report.source.lines
    head = split_head(lines)
    mapped = _Mapped()
    if head.kind is not HeadKind.NONE:
        for key, node in read_entries(head, report).items:
            _map(key, node, mapped)
    mapped.notes += _form_notes(report)
    body = lines[head.body - 1 :] if head.kind is not HeadKind.NONE else lines
    _complete(mapped, body)
    text = "\n".join(["---", *_written(mapped.values), "---", "", *_body(body, head.body, mapped.notes)])
    return fmt_text(text), tuple(mapped.notes)


def _form_notes(report: Report) -> Iterator[str]:
    """Say what was wrong with the head itself, such as broken YAML."""
    for finding in report.findings:
        if finding.code in ("NL003", "NL004", "NL005", "NL006"):
            yield _("line {line}: {message}").format(line=finding.location.line, message=finding.message)


def _map(key: Scalar, node: Node, mapped: _Mapped) -> None:
    """Map one key, or note that it has no place."""
    plain = re.sub(r"[_-]", "", key.text.lower())
    name = canonical(key.text) or canonical(key.text.lower()) or _KEYS.get(plain)
    if plain in ("draft", "status", "lint"):
        return
    if name == "date" and isinstance(node, Scalar) and isinstance(node.value, bool):
        return
    if name in _LISTS and name in mapped.values:
        known = mapped.values[name]
        mapped.values[name] = list(dict.fromkeys([*(known if isinstance(known, list) else []), *(_texts(node) or [])]))
        return
    if name is None or name in mapped.values:
        mapped.notes.append(_("line {line}: « {key} » has no place here").format(line=key.line, key=key.text))
        return
    value = _value(name, node)
    if value is None:
        mapped.notes.append(_("line {line}: « {key} » could not be read").format(line=key.line, key=key.text))
    elif value != "":
        mapped.values[name] = value


def _value(name: str, node: Node) -> object:
    """Return a value in the form that our key wants, or None."""
    if name in _LISTS:
        return _texts(node)
    if name == "number":
        return node.value if isinstance(node, Scalar) and isinstance(node.value, int) else None
    if name == "vars":
        return node.value if isinstance(node, Tree) else None
    if name == "toc":
        return node.value if isinstance(node, Scalar) and isinstance(node.value, bool) else None
    if name == "audience":
        return _texts(node)
    texts = _texts(node)
    if texts is None or len(texts) != 1:
        return None if texts is None else ""
    return _read(name, " ".join(texts[0].split()))


def _read(name: str, text: str) -> str:
    """Return a text as people read it: other tools keep entities in titles, and markup in descriptions."""
    if name in ("subject", "title"):
        return without_entities(text)
    return without_markup(text) if name in ("preheader", "summary") else text


def _texts(node: Node) -> list[str] | None:
    """Return a value as texts: one, several, or the names and addresses inside mappings."""
    if isinstance(node, Scalar):
        return [node.text] if node.text.strip() and node.value is not None else []
    if isinstance(node, Sequence):
        found = [_texts(item) for item in node.items]
        return [text for texts in found if texts for text in texts]
    for wanted in ("name", "url", "src", "image", "relative"):
        for key, value in node.entries:
            if key.text.lower() == wanted and isinstance(value, Scalar):
                return [value.text]
    return None


def _complete(mapped: _Mapped, body: list[str]) -> None:
    """Give what every issue needs: a subject, and the state of a draft."""
    values = mapped.values
    if "subject" not in values:
        heading = next((line.lstrip("# ").strip() for line in body if re.match(r"#{1,2} \S", line)), "")
        values["subject"] = values.get("title") or heading or _("Untitled")
        if values.get("title") == values["subject"]:
            values.pop("title", None)
    slug = str(values.get("slug", ""))
    if slug and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        mapped.notes.append(_("« {slug} » cannot be a slug; the file's name will be it").format(slug=slug))
        del values["slug"]
    lang = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?(?:\..*)?", str(values.get("lang", "")))
    if lang:
        values["lang"] = lang[1].lower() + (f"-{lang[2].upper()}" if lang[2] else "")
    values["status"] = "draft"


def _written(values: Mapping[str, object]) -> list[str]:
    order = {name: at for at, name in enumerate(_ORDER.split())}
    return [f"{name}: {_yaml(values[name])}" for name in sorted(values, key=lambda name: order.get(name, 99))]


def _yaml(value: object) -> str:
    """Write a value as YAML on one line; JSON's strings are YAML's double-quoted ones."""
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str) and (not _PLAIN.match(value) or value.lower() in _WORDS):
        dated = re.fullmatch(r"\d{4}-\d\d-\d\d([T ][\d:+Z .-]*)?", value)
        return value if dated else json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _body(lines: list[str], first: int, notes: list[str]) -> list[str]:
    """Convert what other tools write in the text, outside code; note the template code that stays."""
    made: list[str] = []
    code = ""
    inside = ""
    for number, line in enumerate(lines, start=max(first, 1)):
        fence = _CODE_FENCE.match(line)
        if fence and (not code or (fence[1].startswith(code) and not line.strip(" \t`~"))):
            code = "" if code else fence[1]
        if code or fence:
            made.append(f"> {line}" if inside else line)
            continue
        line = _FIGURE.sub(_figure, line)
        if re.search(r"\{\{[<%]|\{%", line):
            notes.append(_("line {line}: template code stays as text").format(line=number))
        inside = _admonition(line, inside, made)
    return made


def _admonition(line: str, inside: str, made: list[str]) -> str:
    """Turn a `:::note` block into a callout, line by line; returns the fence that is still open."""
    found = _ADMONITION.match(line)
    if inside and line.strip() == inside:
        return ""
    if not inside and found and found[2] in _ADMONITIONS:
        title = (found[3] or found[4] or "").strip()
        made.append(f"> [!{_ADMONITIONS[found[2]]}]{' ' + title if title else ''}")
        return found[1]
    made.append(f"> {line}".rstrip() if inside else line)
    return inside


def _figure(found: re.Match[str]) -> str:
    """Write Hugo's figure as an image with its caption."""
    given = {key: quoted or bare for key, quoted, bare in _PARAMETER.findall(found[1])}
    if "src" not in given:
        return found.group()
    caption = given.get("caption") or given.get("title") or ""
    title = f' "{caption}"' if caption and '"' not in caption else ""
    image = f"![{given.get('alt', '')}]({given['src']}{title})"
    return f"[{image}]({given['link']})" if "link" in given else image
