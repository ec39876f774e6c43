"""What the world knows of the sender's domain: SPF, DKIM, DMARC, and a mailbox for answers.

The records that receivers ask for before they take mail of more than a few (RFC 7208, 6376, 7489). Each
diagnosis that is not well gives the exact record to publish. The resolver is a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from typing import TYPE_CHECKING, Protocol

from newsletter.language import _
from newsletter.project.doctor import Diagnosis, bad, good, warning

if TYPE_CHECKING:
    from newsletter.config import Config

#: names that an SPF record may ask for in all (RFC 7208 4.6.4)
LOOKUPS = 10
#: seconds that one answer may take
PATIENCE = 5.0
_ASKS = re.compile(r"^[+?~-]?(include:|a\b|mx\b|ptr\b|exists:)|^redirect=", re.IGNORECASE)


class Resolver(Protocol):
    """Asks the domain name system; an empty answer means that there is none."""

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name."""
        ...

    def has_mail(self, name: str) -> bool:
        """Tell whether mail to a domain has somewhere to go (MX, or an address)."""
        ...


class World:
    """The real domain name system, through dnspython."""

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name."""
        return [b"".join(answer.strings).decode("utf-8", "replace") for answer in self._ask(name, "TXT")]

    def has_mail(self, name: str) -> bool:
        """Tell whether mail to a domain has somewhere to go."""
        exchanges = self._ask(name, "MX")
        return any(str(answer.exchange) != "." for answer in exchanges) or (
            not exchanges and bool(self._ask(name, "A"))
        )

    def _ask(self, name: str, kind: str) -> list[_Answer]:
        import dns.exception  # 60 ms, only when the world is asked
        import dns.resolver

        try:
            return list(dns.resolver.resolve(name, kind, lifetime=PATIENCE))
        except dns.exception.DNSException:
            return []


class _Answer(Protocol):
    """A record as dnspython gives it."""

    strings: tuple[bytes, ...]
    exchange: object


def examine_domain(config: Config, resolver: Resolver) -> Iterator[Diagnosis]:
    """Look at the domain that mails are from."""
    sender = config.default_sender
    domain = domain_of(sender.from_) if sender else ""
    if not domain:
        yield bad("dns", _("There is no sender, so no domain to look at."), _("Write one: [sender.NAME] with from."))
        return
    yield from _spf(domain, config, resolver)
    yield from _dkim(domain, config, resolver)
    yield from _dmarc(domain, resolver)
    yield from _answers(config, resolver)


def domain_of(mailbox: str) -> str:
    """Return the domain of `Name <address@domain>`, in small letters."""
    return parseaddr(mailbox)[1].rpartition("@")[2].lower()


def _spf(domain: str, config: Config, resolver: Resolver) -> Iterator[Diagnosis]:
    found = [text for text in resolver.texts(domain) if text.lower().startswith("v=spf1")]
    wanted = "include:sendgrid.net" if config.transport.kind == "sendgrid" else f"a:{config.smtp.host}"
    record = f'{domain}. TXT "v=spf1 {wanted} -all"'
    if not found:
        yield bad("dns", _("{domain} has no SPF record.").format(domain=domain), _("Publish one."), record=record)
        return
    if len(found) > 1:
        yield bad(
            "dns", _("{domain} has several SPF records.").format(domain=domain), _("Keep one: several count as none.")
        )
        return
    asks = _lookups(found[0], resolver, seen={domain})
    if asks > LOOKUPS:
        yield bad(
            "dns",
            _("The SPF record of {domain} asks for {count} names.").format(domain=domain, count=asks),
            _("More than 10 count as an error: take some out."),
        )
    elif config.transport.kind == "sendgrid" and "sendgrid.net" not in found[0]:
        extended = found[0].replace("v=spf1", f"v=spf1 {wanted}", 1)
        text = _("The SPF record of {domain} does not name the provider.").format(domain=domain)
        yield warning("dns", text, _("Add it."), record=f'{domain}. TXT "{extended}"')
    else:
        yield good("dns", _("{domain} has an SPF record.").format(domain=domain))


def _lookups(record: str, resolver: Resolver, *, seen: set[str]) -> int:
    """Count the names that a record asks for, with those that it includes; a circle ends it."""
    total = 0
    for word in record.split()[1:]:
        if not _ASKS.search(word):
            continue
        total += 1
        target = re.split(r"[:=]", word, maxsplit=1)[-1].lower()
        if re.match(r"[+?~-]?include:|redirect=", word, re.IGNORECASE) and target not in seen and total <= LOOKUPS:
            seen.add(target)
            inner = next((text for text in resolver.texts(target) if text.lower().startswith("v=spf1")), "")
            total += _lookups(inner, resolver, seen=seen)
    return total


def _dkim(domain: str, config: Config, resolver: Resolver) -> Iterator[Diagnosis]:
    if config.transport.kind == "sendgrid":
        selectors = [("s1", domain), ("s2", domain)]
    elif config.smtp.dkim_selector:
        selectors = [(config.smtp.dkim_selector, config.smtp.dkim_domain or domain)]
    else:
        hint = _("Let the mail server sign, or set [smtp] dkim_domain, dkim_selector and dkim_key_file.")
        yield warning("dns", _("Who signs the mails (DKIM) is not known here."), hint)
        return
    names = [f"{selector}._domainkey.{signer}" for selector, signer in selectors]
    if any("p=" in text for name in names for text in resolver.texts(name)):
        yield good("dns", _("There is a DKIM key at {name}.").format(name=names[0]))
        return
    record = f'{names[0]}. TXT "v=DKIM1; k=rsa; p=…"'
    yield bad(
        "dns", _("There is no DKIM key at {name}.").format(name=names[0]), _("Publish the public key."), record=record
    )


def _dmarc(domain: str, resolver: Resolver) -> Iterator[Diagnosis]:
    """A policy of the domain, or of the one it belongs to (RFC 7489 6.6.3, by its last two labels)."""
    above = ".".join(domain.split(".")[-2:])
    for name in dict.fromkeys((domain, above)):
        found = [text for text in resolver.texts(f"_dmarc.{name}") if text.lower().startswith("v=dmarc1")]
        if found:
            strict = re.search(r"\bp=(quarantine|reject)", found[0], re.IGNORECASE)
            said = _("{domain} has a DMARC policy.").format(domain=name)
            hint = _("It only watches (p=none): later, ask for quarantine.")
            yield good("dns", said) if strict else warning("dns", said, hint)
            return
    record = f'_dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{domain}"'
    yield bad("dns", _("{domain} has no DMARC policy.").format(domain=domain), _("Publish one."), record=record)


def _answers(config: Config, resolver: Resolver) -> Iterator[Diagnosis]:
    sender = config.default_sender
    domain = domain_of(sender.reply_to or sender.from_) if sender else ""
    if resolver.has_mail(domain):
        yield good("dns", _("Answers to {domain} have somewhere to go.").format(domain=domain))
    else:
        yield bad("dns", _("Answers to {domain} have nowhere to go.").format(domain=domain), _("Publish an MX record."))
