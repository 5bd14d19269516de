"""Network addresses: who counts as one peer, and where a stranger may not have us send to."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NAT64: Final = IPv6Network("64:ff9b::/96")
COMPATIBLE: Final = IPv6Network("::/96")
# Python calls some of these global: they are not, or hold another address that is not looked at.
NEVER_PUBLIC: Final[tuple[Network, ...]] = (
    ip_network("192.0.0.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2001::/23"),
    ip_network("3fff::/20"),
    ip_network("5f00::/16"),
    ip_network("fec0::/10"),
)


def read_address(text: str) -> Address | None:
    """An address as it is written, None for a name or anything else. One of IPv4 within IPv6 is of IPv4."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_loopback(text: str) -> bool:
    """Whether it is an address of this very machine."""
    address = read_address(text)
    return address is not None and address.is_loopback


def peer_of(text: str) -> str:
    """Whom an address counts as: of IPv6 a whole /64 is one subscriber's. What is no address, as itself."""
    address = read_address(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return text if address is None else str(address)


def is_public(address: Address) -> bool:
    """Whether it is somewhere on the internet, and not in a network of somebody's own, nor for many."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not is_in(address, NEVER_PUBLIC)


def is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _embedded(address: Address) -> IPv4Address | None:
    """The address of IPv4 that packets to one of IPv6 may end up at."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64 or (address in COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour
