"""Telephone codecs (ITU-T G.711 mu-law and A-law, G.722) between 16-bit PCM and what goes over the wire.

`encode` and `decode` take and give bytes of any whole number of samples. G.711 is one table look-up for each
direction; G.722 keeps a filter's state, so that each direction of each call has its own codec object.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from aiortp.codecs.g722 import G722Codec

CodecName = Literal["PCMU", "PCMA", "G722"]
_Bytes = npt.NDArray[np.uint8]
_Pcm = npt.NDArray[np.int16]


class Codec(Protocol):
    """20 ms are 160 bytes of each of the three."""

    def encode(self, pcm: bytes) -> bytes: ...

    def decode(self, payload: bytes) -> bytes: ...


def codec(name: CodecName) -> Codec:
    """A codec for one call."""
    match name:
        case "PCMU":
            return MU_LAW
        case "PCMA":
            return A_LAW
        case "G722":
            return G722Codec()


@cache
def pcm_rate(name: CodecName) -> int:
    """Hz of the PCM that a codec makes. (The RTP clock of all three is 8000 Hz: RFC 3551, 4.5.2.)"""
    return 16_000 if name == "G722" else 8000


class G711:
    """One of the two laws, by its table of 256 outputs."""

    def __init__(self, outputs: _Pcm) -> None:
        self._outputs = outputs.astype("<i2")
        # The code of a sample is that of the nearest output: the law's decision values lie midway.
        order = np.argsort(outputs, kind="stable")
        levels = outputs[order].astype(np.int32)
        samples = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
        nearest = np.searchsorted((levels[1:] + levels[:-1]) / 2, samples, side="right")
        self._codes: _Bytes = order[nearest].astype(np.uint8)

    def encode(self, pcm: bytes) -> bytes:
        """Little-endian 16-bit PCM as one byte a sample."""
        return self._codes.take(np.frombuffer(pcm, dtype="<u2")).tobytes()

    def decode(self, payload: bytes) -> bytes:
        """One byte a sample as little-endian 16-bit PCM."""
        return self._outputs.take(np.frombuffer(payload, dtype=np.uint8)).tobytes()


def _mu_law_outputs() -> _Pcm:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law_outputs() -> _Pcm:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code >> 4) & 7
    step = (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


MU_LAW = G711(_mu_law_outputs())
A_LAW = G711(_a_law_outputs())
