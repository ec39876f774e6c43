"""Opening a conversation: greeting, EHLO, STARTTLS, EHLO again, AUTH (RFC 5321 3.1, RFC 3207, RFC 4954).

What the server offered before encryption is forgotten; no password leaves without it, unless the
configuration says that there is none. A refusal of ours is a `CredentialsError`, of the relay a
`TransientError`; neither is any recipient's fault.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.delivery.transports.redact import redacted
from newsletter.delivery.transports.smtp_verdict import is_yes
from newsletter.delivery.transports.smtp_wire import LostError, Wire
from newsletter.errors import ConfigError, CredentialsError, TransientError
from newsletter.language import _

if TYPE_CHECKING:
    from newsletter.config.model import Smtp
    from newsletter.delivery.transports.smtp_reply import Reply

#: seconds for EHLO, STARTTLS and AUTH, when the configuration allows more
LONGEST_COMMAND = 60.0
PORTS = {"none": 25, "starttls": 587, "tls": 465}
#: a whole host name (RFC 1123); servers refuse to be greeted with anything else
_HOST = re.compile(r"(?i)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.?")


@dataclass(frozen=True, kw_only=True)
class Relay:
    """Where to connect to, and as whom."""

    settings: Smtp
    password: str = field(repr=False, default="")

    @property
    def port(self) -> int:
        """The port, by default that of the kind of security."""
        return self.settings.port or PORTS[self.settings.security]

    @cached_property
    def context(self) -> ssl.SSLContext | None:
        """What verifies the server's certificate and name, made once; raises ConfigError for a bad `ca_file`."""
        if self.settings.security == "none":
            return None
        try:
            return ssl.create_default_context(cafile=self.settings.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                _("The certificates of [smtp] ca_file can not be read."),
                hint=_("Name a file of certificates in PEM form, or leave it out to trust the system's."),
            ) from error


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What the last EHLO offered."""

    pipelining: bool = False
    smtputf8: bool = False
    eight_bit: bool = False
    dsn: bool = False
    starttls: bool = False
    #: largest message in octets; None: not said, 0: no limit (RFC 1870)
    size: int | None = None
    #: ways to log in, lower case
    auth: tuple[str, ...] = ()


async def open_conversation(relay: Relay) -> tuple[Wire, Capabilities]:
    """Connect, encrypt and log in as configured; return the wire, ready for MAIL, and what the server can do.

    Raises CredentialsError, TransientError or ConfigError; the connection is then closed.
    """
    wire = await _connect(relay)
    try:
        return wire, await _introduce(wire, relay)
    except LostError as error:
        raise _unreachable(relay, str(error)) from error
    except ssl.SSLError as error:
        raise _untrusted(relay, error) from error
    except BaseException:
        wire.abort()
        raise


async def _connect(relay: Relay) -> Wire:
    """Connect to the first of the host's addresses that answers; each has its own time (RFC 5321 5.1)."""
    context = relay.context  # before anything is said: a bad file of certificates is our fault
    try:
        *others, last = await _addresses(relay)
        for address in others:
            try:
                return await _connect_to(address, relay, context)
            except OSError as error:
                if isinstance(error, ssl.SSLError):
                    raise
        return await _connect_to(last, relay, context)
    except ssl.SSLError as error:
        raise _untrusted(relay, error) from error
    except OSError as error:  # TimeoutError is one
        raise _unreachable(relay, error.strerror or _("no answer in time")) from error


async def _addresses(relay: Relay) -> list[str]:
    """Return the addresses of the host, in the order in which the system would try them."""
    host = relay.settings.host
    if host.replace(".", "").isdecimal() or ":" in host:
        return [host]
    async with asyncio.timeout(relay.settings.connect_timeout):
        found = await asyncio.get_running_loop().getaddrinfo(host, relay.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def _connect_to(address: str, relay: Relay, context: ssl.SSLContext | None) -> Wire:
    secure = context if relay.settings.security == "tls" else None
    async with asyncio.timeout(relay.settings.connect_timeout):
        _transport, wire = await asyncio.get_running_loop().create_connection(
            Wire, address, relay.port, ssl=secure, server_hostname=relay.settings.host if secure else None
        )
    return wire


async def _introduce(wire: Wire, relay: Relay) -> Capabilities:
    """Do everything between the connection and the first MAIL."""
    settings = relay.settings
    patience = min(settings.command_timeout, LONGEST_COMMAND)
    greeting = await wire.ask(None, timeout=settings.command_timeout)
    _accepted(relay, greeting, 220)
    offered = await _ehlo(wire, relay, timeout=patience)
    if settings.security == "starttls" and relay.context is not None:
        if not offered.starttls:
            raise CredentialsError(
                _("{server} offers no encryption (STARTTLS): nothing was sent.").format(server=_name(relay)),
                hint=_('If you trust the whole way to it, set [smtp] security = "none"; else ask its operator.'),
            )
        _secured(relay, await wire.ask(b"STARTTLS", timeout=patience))
        await wire.encrypt(relay.context, settings.host, timeout=patience)
        offered = await _ehlo(wire, relay, timeout=patience)
    if settings.username:
        await _log_in(wire, relay, offered, timeout=patience)
    wire.expect_silence()
    return offered


async def _ehlo(wire: Wire, relay: Relay, *, timeout: float) -> Capabilities:
    """Say who we are, and forget what was offered before; a server that knows no EHLO gets HELO."""
    name = _own_name(relay, wire)
    reply = await wire.ask(f"EHLO {name}".encode("ascii", "replace"), timeout=timeout)
    if reply.code >= 500:  # 500, 502 and 504 by RFC 5321 3.2; others say 501, 550 or 554
        _accepted(relay, await wire.ask(f"HELO {name}".encode("ascii", "replace"), timeout=timeout))
        return Capabilities()
    _accepted(relay, reply)
    return capabilities(reply)


def _own_name(relay: Relay, wire: Wire) -> str:
    """Return the name to greet with: the configured one, this host's if it is a whole name, else its address."""
    name = relay.settings.helo or socket.gethostname()
    return name if name.startswith("[") or _HOST.fullmatch(name) else wire.own_address()


def capabilities(reply: Reply) -> Capabilities:
    """Read the answer to EHLO (RFC 5321 4.1.1.1)."""
    words: dict[str, tuple[str, ...]] = {}
    for text in reply.lines[1:]:
        # old servers write AUTH=LOGIN, some beside AUTH LOGIN
        name, *values = text.decode("ascii", "replace").replace("=", " ", 1).split() or [""]
        words[name.upper()] = (*words.get(name.upper(), ()), *values)
    size = next(iter(words.get("SIZE", ())), "0")
    return Capabilities(
        pipelining="PIPELINING" in words,
        smtputf8="SMTPUTF8" in words,
        eight_bit="8BITMIME" in words,
        dsn="DSN" in words,
        starttls="STARTTLS" in words,
        size=int(size) if "SIZE" in words and size.isdecimal() and len(size) < 20 else None,
        auth=tuple(word.lower() for word in words.get("AUTH", ())),
    )


async def _log_in(wire: Wire, relay: Relay, offered: Capabilities, *, timeout: float) -> None:
    """Log in by the best way that is offered, or the one that is configured; CredentialsError when refused."""
    settings = relay.settings
    if settings.security == "none" and not _is_here(settings.host):
        raise CredentialsError(
            _("A password would leave unencrypted for {server}: nothing was sent.").format(server=_name(relay)),
            hint=_('Set [smtp] security to "starttls" or "tls".'),
        )
    if not relay.password:
        raise CredentialsError(
            _("There is no password for {server}: nothing was sent.").format(server=_name(relay)),
            hint=_("Set NEWSLETTER_SMTP_PASSWORD, or NEWSLETTER_SMTP_PASSWORD_FILE to a file that holds it."),
        )
    ways = ("plain", "login") if settings.auth == "auto" else (settings.auth,)
    way = next((each for each in ways if each in offered.auth), None)
    if way is None:
        raise CredentialsError(
            _("{server} offers none of the ways to log in that were asked for: {ways}.").format(
                server=_name(relay), ways=", ".join(ways)
            ),
            hint=_("It offers: {ways}.").format(ways=", ".join(offered.auth) or "—"),
        )
    reply = await _converse(wire, way, settings.username, relay.password, timeout=timeout)
    if not is_yes(reply):  # 235 by RFC 4954 4; some say 250
        _refuse_login(relay, reply)


async def _converse(wire: Wire, way: str, username: str, password: str, *, timeout: float) -> Reply:
    """Say name and password in one of three ways (RFC 4616, LOGIN, XOAUTH2)."""
    if way == "login":
        reply = await wire.ask(b"AUTH LOGIN", timeout=timeout)
        for secret in (username, password):
            if reply.code != 334:  # RFC 4954 4: go on
                return reply
            reply = await wire.ask(base64.b64encode(secret.encode()), timeout=timeout)
        return reply
    plain = f"\0{username}\0{password}"
    oauth = f"user={username}\x01auth=Bearer {password}\x01\x01"
    first = base64.b64encode((plain if way == "plain" else oauth).encode())
    reply = await wire.ask(b"AUTH " + way.upper().encode() + b" " + first, timeout=timeout)
    if reply.code == 334:  # PLAIN is wanted in two steps; XOAUTH2 tells a fault that wants an empty answer
        reply = await wire.ask(first if way == "plain" else b"", timeout=timeout)
    return reply


def _refuse_login(relay: Relay, reply: Reply) -> None:
    words = redacted(reply.text, relay.settings.username, relay.password)
    if reply.code < 500:
        raise _unreachable(relay, f"{reply.code} {words}")
    raise CredentialsError(
        _("{server} refuses the login: {code} {text}").format(server=_name(relay), code=reply.code, text=words),
        hint=_("Check [smtp] username and the secret NEWSLETTER_SMTP_PASSWORD."),
    )


def _accepted(relay: Relay, reply: Reply, wanted: int = 0) -> None:
    """Go on when the reply is the one wanted, or any yes; 4xx is the relay's state, 5xx its opinion of us."""
    if reply.code == wanted or (not wanted and is_yes(reply)):
        return
    words = f"{reply.code} {redacted(reply.text)}"
    if reply.code < 500:
        raise _unreachable(relay, words)
    raise CredentialsError(
        _("{server} does not take mail from us: {text}").format(server=_name(relay), text=words),
        hint=_("Ask its operator to let this machine send, or check [smtp] host, port and helo."),
    )


def _secured(relay: Relay, reply: Reply) -> None:
    if 400 <= reply.code < 500:  # 454: for now (RFC 3207 4)
        raise _unreachable(relay, f"{reply.code} {redacted(reply.text)}")
    if reply.code != 220:
        raise CredentialsError(
            _("{server} refuses encryption: {text}").format(
                server=_name(relay), text=f"{reply.code} {redacted(reply.text)}"
            ),
            hint=_('Nothing was sent. Ask its operator, or try [smtp] security = "tls".'),
        )


def _untrusted(relay: Relay, error: ssl.SSLError) -> CredentialsError:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return CredentialsError(
            _("No encryption could be agreed on with {server}: {reason}. Nothing was sent.").format(
                server=_name(relay), reason=error.reason or _("the handshake failed")
            ),
            hint=_('Check [smtp] port and security: 465 is for "tls", 587 and 25 are for "starttls".'),
        )
    reason = error.verify_message or _("the handshake failed")
    return CredentialsError(
        _("The certificate of {server} can not be trusted: {reason}.").format(server=_name(relay), reason=reason),
        hint=_("Check [smtp] host; for a certificate of your own, name its authority in [smtp] ca_file."),
    )


def _unreachable(relay: Relay, reason: str) -> TransientError:
    return TransientError(
        _("{server} can not be reached: {reason}.").format(server=_name(relay), reason=reason),
        hint=_("Check [smtp] host and port and the network; what is left can be resumed."),
    )


def _name(relay: Relay) -> str:
    host = relay.settings.host
    return f"[{host}]:{relay.port}" if ":" in host else f"{host}:{relay.port}"


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
