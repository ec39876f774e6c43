"""Values made safe for where they stand: text, attribute, address, header; one spelling for each.

The attribute spelling survives MRML, which writes attribute values with the escapes of another language:
printable ASCII stays, everything else and `& < > " ' \\` becomes a numeric reference.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

#: what a link may begin with when it comes from a value or from raw HTML; without a scheme it is relative
SCHEMES = frozenset(
    {"http", "https", "mailto", "tel", "sms", "cid", "ftp", "ftps", "webcal", "webcals", "geo", "maps", "xmpp"}
    | {"irc", "ircs", "matrix", "sip", "sips", "news", "nntp", "magnet", "bitcoin", "feed", "git", "ssh", "im"}
    | {"skype", "whatsapp", "tg", "facetime"}
)
#: what no link may begin with, whoever wrote it: these run code, or read what lies on a reader's machine
DANGEROUS = frozenset(
    {"javascript", "vbscript", "livescript", "mocha", "data", "file", "filesystem", "blob", "about", "view-source"}
    | {"jar", "res", "ms-its", "mhtml", "ms-msdt", "search-ms", "shell", "vnd.ms.radio"}
)
#: images in the text itself are shown by few programs, but they do no harm
_DATA_IMAGE = re.compile(r"data:image/(?:png|gif|jpeg|webp)[;,]", re.IGNORECASE)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
#: browsers skip these in a scheme, so a filter must look through them
_SKIPPED = re.compile("[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]+")
#: what no text needs and XML, headers or encoders do not take: C0 and C1 controls, surrogates, U+FFFE/F
BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("[\t\n\r\u2028\u2029]+")
_PLAIN_URL = re.compile(r"[A-Za-z0-9:/.?=_#~+,@!$*;()%&\[\]-]*\Z")
_URL_SAFE = "/:?#@!$&*+,;=%~()-._[]"
_PLAIN_TEXT = re.compile(r"[^&<>\"'\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]*\Z")
_TEXT_SPECIAL = re.compile("[&<>\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ATTRIBUTE_PLAIN = re.compile(r"[ !#-%(-;=?-\[\]-~]*\Z")


def clean(text: str) -> str:
    """Drop the characters that no text needs."""
    return BAD.sub("", text) if BAD.search(text) else text


def words(text: str) -> str:
    """Escape a text for an element or an attribute in double quotes."""
    return text if _PLAIN_TEXT.match(text) else escape(clean(text), quote=True)


def one_line(text: str) -> str:
    """Make a value one line without control characters, for headers and plain text (RFC 5322 2.2)."""
    return _BREAKS.sub(" ", clean(text)) if not text.isprintable() else text


def attribute(value: str) -> str:
    """Spell an attribute's value in printable ASCII; nothing on the way to a reader can misread it."""
    if _ATTRIBUTE_PLAIN.match(value):
        return value
    return "".join(
        c if " " <= c <= "~" and c not in "&<>\"'\\" else "&amp;" if c == "&" else f"&#{ord(c)};" for c in clean(value)
    )


def address(url: str) -> str:
    """Percent-encode what an address cannot hold, and escape it for an attribute."""
    if not _PLAIN_URL.match(url):
        url = quote(clean(url).strip(), safe=_URL_SAFE)
    return url.replace("&", "&amp;")


def is_safe(url: str, *, image: bool = False, known: bool = False) -> bool:
    """Say whether an address may stand in a mail (RFC 3986 3.1); with `known` only a scheme on the list may."""
    scheme = scheme_of(url)
    if not scheme or scheme in SCHEMES:
        return True
    if scheme == "data":
        return image and _DATA_IMAGE.match(url) is not None
    return not known and scheme not in DANGEROUS


def scheme_of(url: str) -> str:
    """Return an address's scheme in lower case, as a browser reads it: control characters do not hide it."""
    found = _SCHEME.match(url) or _SCHEME.match(_SKIPPED.sub("", url))
    return found[1].lower() if found else ""


def text(value: str) -> str:
    """Escape a text that stands between tags, and only there."""
    if not _TEXT_SPECIAL.search(value):
        return value
    return clean(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
