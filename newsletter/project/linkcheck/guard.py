"""Which addresses may be connected to: public ones, after the name was resolved and whatever way it was written."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
#: a host's name -> its addresses; raises OSError when nobody has that name
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

#: IPv6 prefixes that only wrap an IPv4 address (RFC 6052, RFC 3056): the wrapped one decides
_TRANSLATED = IPv6Network("64:ff9b::/96")


class PrivateAddressError(Exception):
    """A name leads to an address that is not public."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for a host's addresses."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Say whether an IP address is one of the public network, also when it is wrapped in another."""
    address = ip_address(text.partition("%")[0])
    inner = _unwrapped(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved and not inner.is_unspecified


def _unwrapped(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else address)


async def addresses(host: str, port: int, *, ask: Resolve, let_through: Sequence[str] = ()) -> Sequence[str]:
    """Return the addresses to connect to, each of them checked; raise PrivateAddressError when any is private.

    The caller connects to one of these and never asks for the name again: a second answer could be another.
    """
    found = await ask(host, port)
    known = {host.lower(), f"{host.lower()}:{port}"}
    if not known.isdisjoint(let_through):
        return found
    if not all(is_public(each) for each in found):
        raise PrivateAddressError
    return found
