"""One direction of a bridge."""

from __future__ import annotations

import math
import struct

from voice_gateway.audio import frame_bytes, to_samples
from voice_gateway.bridge import FIRST_FRAMES, MOST_FRAMES, Pipe


def tone(rate: int, frame: int, hertz: float = 440.0) -> bytes:
    samples = rate // 50
    return b"".join(
        struct.pack("<h", round(8000 * math.sin(2 * math.pi * hertz * (frame * samples + n) / rate)))
        for n in range(samples)
    )


def test_waits_for_a_little_before_it_flows_and_after_a_gap() -> None:
    pipe = Pipe(8000, 8000)
    pipe.feed(b"\x01" * 320)
    assert pipe.take() is None
    pipe.feed(b"\x02" * 320)
    assert [pipe.take(), pipe.take(), pipe.take()] == [b"\x01" * 320, b"\x02" * 320, None]
    pipe.feed(b"\x03" * 320)
    assert pipe.take() is None, f"{FIRST_FRAMES} frames again"


def test_keeps_no_more_than_can_be_waited_for() -> None:
    pipe = Pipe(8000, 8000)
    for number in range(20):
        pipe.feed(bytes([number]) * 320)
    taken = [pipe.take() for _ in range(MOST_FRAMES + 1)]
    assert taken == [bytes([20 - MOST_FRAMES + n]) * 320 for n in range(MOST_FRAMES)] + [None]


def test_resamples_what_flows_in_whole_frames() -> None:
    pipe = Pipe(8000, 16_000)
    taken = []
    for number in range(100):
        pipe.feed(tone(8000, number))
        frame = pipe.take()
        if frame is not None:
            taken.append(frame)
    assert len(taken) >= 94
    assert {len(frame) for frame in taken} == {frame_bytes(16_000)}
    heard = to_samples(b"".join(taken[20:]))
    crossings = ((heard[:-1] < 0) & (heard[1:] >= 0)).sum()
    assert abs(crossings / (len(heard) / 16_000) - 440) < 3
