"""Where webhooks may go: public addresses by https, so that nobody reaches inward with our server.

A name is resolved and checked anew at each attempt, and the request goes to the address that was checked: a
name that changes its mind in between gets nowhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
"""Addresses with an IPv4 one in them, out of use (RFC 4291, section 2.5.5.1), and ``::1``."""


class UnsafeTarget(Exception):
    """The URL may not be called; ``hint`` says what may."""

    def __init__(self, message: str, *, hint: str = "use https:// and a public address") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Target:
    """``url`` has the checked address in place of the host's name, which goes into the header and TLS."""

    url: str
    hostname: str
    host_header: str


def check_target(url: str, *, allow_loopback: bool) -> SplitResult:
    """What can be said of a URL without asking a name server. Raises UnsafeTarget."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnsafeTarget(f"This is no URL: {error}.") from error
    if not _is_printable(url):
        raise UnsafeTarget("A webhook's URL has neither spaces nor control characters.")
    if not parts.hostname or parts.username or parts.password:
        raise UnsafeTarget("A webhook's URL has a host, and neither user nor password.")
    loopback = allow_loopback and _is_loopback_name(parts.hostname)
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise UnsafeTarget("A webhook's URL begins with https://.")
    if port is not None and not 0 < port < 65536:
        raise UnsafeTarget("The port is out of range.")
    address = _literal(parts.hostname)
    if address is None:
        _require_name(parts.hostname)
    else:
        _require_allowed(address, allow_loopback=allow_loopback)
    return parts


async def resolve_target(url: str, *, allow_loopback: bool) -> Target:
    """The URL with an address that may be called. Raises UnsafeTarget, OSError when there is none."""
    parts = check_target(url, allow_loopback=allow_loopback)
    hostname = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(hostname, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(info[4][0]).split("%")[0]) for info in found]
    for address in addresses:
        _require_allowed(address, allow_loopback=allow_loopback)
    first = addresses[0]
    literal = f"[{first}]" if first.version == 6 else str(first)
    netloc = f"{literal}:{port}"
    return Target(
        url=urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")),
        hostname=hostname,
        host_header=parts.netloc,
    )


def _literal(hostname: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(hostname)
    except ValueError:
        return None


def _is_printable(url: str) -> bool:
    return url.isprintable() and not any(character.isspace() for character in url)


def _require_name(hostname: str) -> None:
    """Raises UnsafeTarget for what no name server can be asked for (RFC 1035, section 2.3.4)."""
    try:
        encoded = hostname.encode("idna")
    except UnicodeError as error:
        raise UnsafeTarget("The host's name is none that can be looked up.") from error
    if len(encoded) > 253:
        raise UnsafeTarget("The host's name is too long.")


def _is_loopback_name(hostname: str) -> bool:
    address = _literal(hostname)
    return hostname.lower() == "localhost" or (address is not None and address.is_loopback)


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that gateways read out of an IPv6 one: mapped, 6to4, or NAT64 (RFC 6052)."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _require_allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, allow_loopback: bool) -> None:
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local or (address in _COMPATIBLE and int(address) > 1):
            raise UnsafeTarget("A webhook may not go to an address inside the network.")
        address = _inner(address) or address
    if address.is_loopback and allow_loopback:
        return
    if not address.is_global or address.is_multicast:
        raise UnsafeTarget("A webhook may not go to an address inside the network.")
