"""Which addresses are somewhere on the internet, and who counts as one peer."""

from __future__ import annotations

import pytest

from voice_gateway.addresses import is_public, peer_of, read_address


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "203.0.114.9", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public_addresses(text: str) -> None:
    address = read_address(text)
    assert address is not None
    assert is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "2001:20::1",
        "3fff::1",
        "5f00::1",
        "100::1",
        # Those that hold another one.
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::808:808",
        "2002:a00:1::1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_somebodys_own(text: str) -> None:
    address = read_address(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize(
    "text", ["", "example.org", "a.local", "1.2.3", "0x7f.0.0.1", "127.1", "017.0.0.1", "1.2.3.4 "]
)
def test_no_addresses(text: str) -> None:
    assert read_address(text) is None


def test_peers() -> None:
    assert peer_of("2001:db8:0:1:ffff::9") == peer_of("2001:db8:0:1::") == "2001:db8:0:1::/64"
    assert peer_of("::ffff:192.0.2.1") == peer_of("192.0.2.1") == "192.0.2.1"
    assert peer_of("+4722850000") == "+4722850000"
