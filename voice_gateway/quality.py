"""How good a call sounded, reckoned from what the network did to it: the E-model of ITU-T G.107 (06/2015).

The narrowband model, with its default values for everything about telephones and rooms that a gateway cannot
know; delay, loss and codec are the call's own. It is a planning model: good for comparing calls and raising
alarms, and no measurement of what one person heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log10, sqrt
from typing import Final, Literal

CodecName = Literal["pcmu", "pcma", "g722", "opus"]


@dataclass(frozen=True)
class Impairment:
    """What a codec costs: ``ie`` without loss, ``bpl`` how well it stands losing packets (G.113)."""

    ie: float
    bpl: float


CONCEALED: Final = 25.1
"""Bpl of G.711 with the concealment of its Appendix I (G.113 Appendix I, table I.4)."""
BARE: Final = 4.3
"""Bpl of G.711 where a lost packet is heard as a gap (the same table)."""

IMPAIRMENTS: Final[dict[CodecName, Impairment]] = {
    "pcmu": Impairment(0.0, CONCEALED),
    "pcma": Impairment(0.0, CONCEALED),
    # G.113 rates these on the wideband scale only. On the narrowband one they are no worse than G.711 as long
    # as nothing is lost; that their concealment is as good as G.711's is our own, cautious assumption.
    "g722": Impairment(0.0, CONCEALED),
    "opus": Impairment(0.0, CONCEALED),
}


@dataclass(frozen=True, kw_only=True)
class Quality:
    """``r``: the transmission rating, 0..100; ``mos``: the mean opinion score to expect of it, 1..4.5."""

    r: float
    mos: float


def estimate(
    *,
    loss: float,
    delay_ms: float,
    codec: CodecName = "pcmu",
    burstiness: float = 1.0,
    concealed: bool = True,
) -> Quality:
    """The quality of one direction of a call.

    ``loss`` is 0..1 of the packets, those that came too late to be played included. ``delay_ms`` is one way,
    mouth to ear: network, jitter buffer and packets together. ``burstiness`` is `burst_ratio`; G.107 tells
    only of 1 and above. Raises ValueError for what lies outside.
    """
    if not 0.0 <= loss <= 1.0:
        raise ValueError(f"loss is a share between 0 and 1, not {loss}")
    if not 0.0 <= delay_ms < float("inf"):
        raise ValueError(f"a delay of {delay_ms} ms cannot be")
    if not 1.0 <= burstiness < float("inf"):
        raise ValueError(f"burstiness is 1 or more, not {burstiness}")
    impairment = IMPAIRMENTS[codec]
    bpl = impairment.bpl if concealed else BARE
    r = _BASIC - _delay_impairment(delay_ms) - _equipment_impairment(impairment.ie, bpl, loss, burstiness)
    r = min(100.0, max(0.0, r))
    return Quality(r=r, mos=mos_of(r))


def mos_of(r: float) -> float:
    """The mean opinion score for a rating (G.107 Annex B, equation B-4)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    # Between 0 and 6.5 the polynomial dips below the worst score there is.
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def burst_ratio(*, received: int, lost: int, bursts: int) -> float:
    """How much longer bursts of lost packets are than chance would make them: 1 for random loss (G.107, 3.5).

    ``bursts`` counts the runs of lost packets. Never below 1: loss that is more even than chance is not
    heard as better.
    """
    if lost <= 0 or bursts <= 0 or received <= 0:
        return 1.0
    average = lost / bursts
    expected_at_random = 1 + lost / received
    return max(1.0, average / expected_at_random)


def _equipment_impairment(ie: float, bpl: float, loss: float, burstiness: float) -> float:
    """Ie,eff (equation 7-29)."""
    percent = loss * 100
    return ie + (95 - ie) * percent / (percent / burstiness + bpl)


def _delay_impairment(one_way_ms: float) -> float:
    """Id (equations 7-18 to 7-28) for a four-wire connection: T = Ta = Tr / 2."""
    return (
        _talker_echo_impairment(one_way_ms)
        + _listener_echo_impairment(2 * one_way_ms)
        + _absolute_delay_impairment(one_way_ms)
    )


# The defaults of G.107, table 3, in dB: loudness of sending and receiving, sidetone, echo, noise.
_SLR, _RLR, _STMR, _TELR, _WEPL = 8.0, 2.0, 15.0, 65.0, 110.0
_DS, _DR, _NC, _NFOR, _PS, _PR, _QDU = 3.0, 3.0, -70.0, -64.0, 35.0, 35.0, 1.0


def _noise() -> float:
    """No (7-3 to 7-7): all noise, as dBm0p at the 0 dBr point."""
    olr = _SLR + _RLR
    nos = _PS - _SLR - _DS - 100 + 0.004 * (_PS - olr - _DS - 14) ** 2
    pre = _PR + 10 * log10(1 + 10 ** ((10 - (_STMR + _DR)) / 10))
    nor = _RLR - 121 + pre + 0.008 * (pre - 35) ** 2
    nfo = _NFOR + _RLR
    return 10 * log10(sum(10 ** (each / 10) for each in (_NC, nos, nor, nfo)))


_NO: Final = _noise()
_RO: Final = 15 - 1.5 * (_SLR + _NO)
"""The signal-to-noise ratio that everything else is taken from (7-2)."""


def _sidetone_impairment(one_way_ms: float) -> float:
    """Ist (7-11, 7-12)."""
    stmr = -10 * log10(10 ** (-_STMR / 10) + exp(-one_way_ms / 4) * 10 ** (-_TELR / 10))
    return float(
        12 * (1 + ((stmr - 13) / 6) ** 8) ** (1 / 8)
        - 28 * (1 + ((stmr + 1) / 19.4) ** 35) ** (1 / 35)
        - 13 * (1 + ((stmr - 3) / 33) ** 13) ** (1 / 13)
        + 29
    )


def _simultaneous_impairment() -> float:
    """Is (7-8 to 7-17): loudness, sidetone and quantising."""
    xolr = _SLR + _RLR + 0.2 * (64 + _NO - _RLR)
    loudness = 20 * ((1 + (xolr / 8) ** 8) ** (1 / 8) - xolr / 8)
    q = 37 - 15 * log10(_QDU)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y = (_RO - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    quantising = 15 * log10(1 + 10**y + 10**z)
    return float(loudness + _sidetone_impairment(0) + quantising)


def _talker_echo_impairment(one_way_ms: float) -> float:
    """Idte (7-19 to 7-23): hearing oneself come back."""
    t = one_way_ms
    roe = -1.5 * (_NO - _RLR)
    terv = _TELR - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exp(-0.3 * t**2)
    re = 80 + 2.5 * (terv - 14)
    return ((roe - re) / 2 + sqrt((roe - re) ** 2 / 4 + 100) - 1) * (1 - exp(-t))


def _listener_echo_impairment(round_trip_ms: float) -> float:
    """Idle (7-25, 7-26)."""
    rle = 10.5 * (_WEPL + 7) / sqrt(sqrt(round_trip_ms + 1))
    return (_RO - rle) / 2 + sqrt((_RO - rle) ** 2 / 4 + 169)


def _absolute_delay_impairment(one_way_ms: float) -> float:
    """Idd (7-27, 7-28): waiting for each other, from 100 ms on."""
    if one_way_ms <= 100:
        return 0.0
    x = log10(one_way_ms / 100) / log10(2)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


_BASIC: Final = _RO - _simultaneous_impairment()
"""Ro - Is: what is left of the rating before delay, codec and loss."""
