"""The header of an RTP packet (RFC 3550, 5.1), as lean as a hundred calls on one core want it."""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

HEADER_BYTES = 12
MOST_BYTES = 1500
"""Larger datagrams are dropped: 20 ms of telephone audio are 172 bytes."""

_HEADER = Struct("!BBHII")


class Packet(NamedTuple):
    """``timestamp`` counts the payload's clock (8000 Hz for all that we negotiate)."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """What a datagram holds; None where it is no RTP packet."""
    if not HEADER_BYTES <= len(data) <= MOST_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first >> 6 != 2:
        return None
    start, end = HEADER_BYTES, len(data)
    if first & 0x3F:
        start += 4 * (first & 0x0F)
        if first & 0x10:
            if end < start + 4:
                return None
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
        if first & 0x20:
            if data[-1] == 0:
                return None
            end -= data[-1]
        if start > end:
            return None
    return Packet(second & 0x7F, second > 0x7F, sequence, timestamp, ssrc, data[start:end])


def build(
    payload: bytes, *, payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int
) -> bytes:
    """A packet with neither contributing sources nor extension."""
    return _HEADER.pack(0x80, payload_type | (0x80 if marker else 0), sequence, timestamp, ssrc) + payload
