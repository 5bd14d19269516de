"""Addresses of clients: whether one is this machine, and under what name it is counted."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

IPV6_PREFIX = 64
"""A customer's line has at least this many bits of IPv6 to itself (RFC 6177), so limits count it as one."""


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own; False for what is no address."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def counted_address(address: str) -> str:
    """The name under which an address is counted: IPv4 as it is, IPv6 by its /64."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return address if parsed is None else str(parsed)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
