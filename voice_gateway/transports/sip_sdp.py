"""What two ends agree on: session descriptions (RFC 8866) offered and answered (RFC 3264)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aiosipua import ConnectionData, MediaDescription, Origin, SdpMessage, parse_sdp

from voice_gateway.audio import FRAME_MS
from voice_gateway.codecs import CodecName
from voice_gateway.transports.rtp_session import Address, MediaFormat

MOST_BYTES = 8192
MOST_SECTIONS = 8
CLOCK_HZ = 8000

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
_ANSWERS: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
_PAYLOAD_TYPES: dict[CodecName, int] = {"PCMU": 0, "PCMA": 8, "G722": 9}
_EVENTS = 101


class BadSdp(Exception):
    """It cannot be read."""


class NotAcceptable(Exception):
    """It offers nothing that we take; the message says why."""


@dataclass(frozen=True)
class Agreement:
    """``direction`` is ours. ``held`` tells that the other end does not want to hear us for now."""

    form: MediaFormat
    remote: Address
    direction: Direction
    held: bool


def read(body: bytes) -> SdpMessage:
    """Parse a description.

    Raises:
        BadSdp: when it is none, or too large.
    """
    if len(body) > MOST_BYTES:
        raise BadSdp
    try:
        sdp = parse_sdp(body.decode())
    except (ValueError, IndexError) as error:
        raise BadSdp from error
    if len(sdp.media) > MOST_SECTIONS:
        raise BadSdp
    return sdp


def agree(
    offer: SdpMessage, codecs: Sequence[CodecName], *, family: Literal["IP4", "IP6"] = "IP4"
) -> Agreement:
    """Choose from an offer the first of our codecs, whatever the order of theirs.

    Raises:
        NotAcceptable: when there is no audio over plain RTP, no address, or no codec of ours.
    """
    audio = offer.audio
    if audio is None or audio.proto not in ("RTP/AVP", "RTP/AVPF") or not 0 < audio.port < 65_536:
        raise NotAcceptable("no audio over RTP/AVP")
    connection = audio.connection or offer.connection
    if connection is None:
        raise NotAcceptable("no address")
    try:
        address = ipaddress.ip_address(connection.address)
    except ValueError:
        raise NotAcceptable("the address is no IP address") from None
    if address.is_multicast or f"IP{address.version}" != family:
        raise NotAcceptable(f"the address is no unicast {family} address")
    direction = _direction(offer, audio)
    if address.is_unspecified:
        direction = "inactive"  # How RFC 2543 put a call on hold, and some still do.
    remote = (str(address), audio.port)
    return Agreement(
        _choose(audio, codecs), remote, _ANSWERS[direction], direction in ("sendonly", "inactive")
    )


def _direction(offer: SdpMessage, audio: MediaDescription) -> Direction:
    for attributes in (audio.attributes, offer.attributes):
        for direction in _ANSWERS:
            if direction in attributes:
                return direction
    return "sendrecv"


def _choose(audio: MediaDescription, codecs: Sequence[CodecName]) -> MediaFormat:
    offered = [
        found for found in audio.codecs if found.clock_rate == CLOCK_HZ and found.channels in (None, 1)
    ]
    names = {found.encoding_name.upper(): found.payload_type for found in reversed(offered)}
    events = names.get("TELEPHONE-EVENT")
    for name in codecs:
        payload_type = names.get(name)
        if payload_type is not None and 0 <= payload_type < 128:
            usable = events is not None and 0 <= events < 128 and events != payload_type
            return MediaFormat(name, payload_type, events if usable else None)
    raise NotAcceptable("no codec in common")


def answer(offer: SdpMessage, agreement: Agreement, local: Address, *, version: int) -> SdpMessage:
    """Our answer: one codec, keys where they were offered, and every other section declined."""
    chosen = offer.audio
    sections = [
        _section(agreement.form, agreement.direction, local[1], section.proto)
        if section is chosen
        else MediaDescription(media=section.media, proto=section.proto, formats=section.formats[:1])
        for section in offer.media
    ]
    return _describe(sections, local, version)


def restate(agreement: Agreement, local: Address, *, version: int) -> SdpMessage:
    """What we do now, as an offer (the other side asked for one)."""
    return _describe([_section(agreement.form, agreement.direction, local[1], "RTP/AVP")], local, version)


def _section(form: MediaFormat, direction: Direction, port: int, proto: str) -> MediaDescription:
    maps = [f"{form.payload_type} {form.codec}/{CLOCK_HZ}"]
    formats = [str(form.payload_type)]
    attributes = {"rtpmap": maps, "ptime": [str(FRAME_MS)], direction: []}
    if form.events is not None:
        maps.append(f"{form.events} telephone-event/{CLOCK_HZ}")
        formats.append(str(form.events))
        attributes["fmtp"] = [f"{form.events} 0-15"]
    return MediaDescription(media="audio", port=port, proto=proto, formats=formats, attributes=attributes)


def _describe(sections: list[MediaDescription], local: Address, version: int) -> SdpMessage:
    kind = "IP6" if ":" in local[0] else "IP4"
    origin = Origin(
        username="firstline",
        session_id=str(local[1]),
        session_version=str(version),
        addr_type=kind,
        address=local[0],
    )
    return SdpMessage(
        origin=origin,
        session_name="-",
        connection=ConnectionData(addr_type=kind, address=local[0]),
        media=sections,
    )


def capabilities(codecs: Sequence[CodecName], local: Address) -> SdpMessage:
    """What we would agree on, for whoever asks with OPTIONS (RFC 3264, 9)."""
    maps = [f"{_PAYLOAD_TYPES[name]} {name}/{CLOCK_HZ}" for name in codecs]
    formats = [str(_PAYLOAD_TYPES[name]) for name in codecs]
    attributes = {"rtpmap": [*maps, f"{_EVENTS} telephone-event/{CLOCK_HZ}"]}
    section = MediaDescription(
        media="audio", proto="RTP/AVP", formats=[*formats, str(_EVENTS)], attributes=attributes
    )
    return _describe([section], local, 0)
