"""Addresses as reports write them: bracketed, quoted, with a type before them or a stop behind."""

from __future__ import annotations

import re

LOCAL = r"(?:\"[^\"\n@<>]{1,64}\"|[\w!#$%&'*+/=?^`{|}~.-]{1,128})"
DOMAIN = r"(?:\[(?:IPv6:)?[0-9A-Fa-f.:]{3,45}\]|[^\W_](?:[\w-]{0,62})(?:\.[\w-]{1,63}){0,12})"
ADDRESS = re.compile(rf"(?<![\w@\\])({LOCAL})@({DOMAIN})")
#: what gateways of other mail systems write before an address
PREFIX = re.compile(r"^(?:(?:smtp|rfc-?822|mailto|internet|dda)=)+", re.IGNORECASE)
#: `+2B` in an Original-Recipient stands for `+` (xtext, RFC 3461 4)
XTEXT = re.compile(r"\+([0-9A-F]{2})")


def addresses(text: str) -> list[str]:
    """Return every address in a text, in order, once each."""
    found = (cleaned(f"{one[1]}@{one[2]}") for one in ADDRESS.finditer(text[:20_000]))
    return list({folded(address): address for address in found if address}.values())


def first_address(text: str) -> str:
    """Return the first address in a text, or an empty text."""
    found = ADDRESS.search(text[:2_000])
    return cleaned(f"{found[1]}@{found[2]}") if found else ""


def cleaned(address: str) -> str:
    """Take away what writers put around an address; empty when nothing of it is left."""
    local, _, domain = address.rpartition("@")
    local, domain = PREFIX.sub("", local.strip("'`")), domain.strip("'.-_")
    if local.endswith("..."):  # an archive blacked it out
        return ""
    return f"{local}@{domain}" if local and domain else ""


def folded(address: str) -> str:
    """Return what two spellings of one address have in common, for comparing only."""
    return address.lower().replace('"', "")


def typed_address(value: str) -> str:
    """Return the address of `rfc822; user@example.org` (RFC 3464 2.1.2), or an empty text."""
    kind, semicolon, rest = value.partition(";")
    written = rest if semicolon else kind
    plain = XTEXT.sub(lambda code: chr(int(code[1], 16)), written)
    return first_address(plain if "@" not in written or "+2B" in written or "+3D" in written else written)
