"""Keys pressed, as telephone-event packets (RFC 4733)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aiortp.dtmf import DTMF_EVENTS, EVENT_TO_DIGIT, DtmfEvent

CLOCK_HZ = 8000
STEP = CLOCK_HZ // 50
PRESS_STEPS = 8
"""A key is held for 160 ms, and as long a pause follows."""
VOLUME = 10
"""-10 dBm0, what telephones use."""
END_PACKETS = 3


class KeyReader:
    """Tells each press once, however many packets tell of it, and even where its last ones are lost."""

    def __init__(self, on_digit: Callable[[str], None]) -> None:
        self._on_digit = on_digit
        self._told: int | None = None

    def restart(self) -> None:
        """Another stream follows, with timestamps of its own."""
        self._told = None

    def feed(self, timestamp: int, payload: bytes) -> None:
        """A packet of the event that began at a timestamp. What is no key is ignored."""
        if len(payload) < 4 or (self._told is not None and not _is_later(timestamp, self._told)):
            return
        digit = EVENT_TO_DIGIT.get(payload[0])
        if digit is not None:
            # At its first packet, and not at its end: the menu answers 100 ms earlier, and no loss hides it.
            self._told = timestamp
            self._on_digit(digit)


def _is_later(timestamp: int, than: int) -> bool:
    return 0 < (timestamp - than) & 0xFFFFFFFF < 0x80000000


def is_key(digit: str) -> bool:
    """Whether there is such a key: 0-9, *, #, A-D."""
    return digit in DTMF_EVENTS


def press(digit: str) -> Iterator[tuple[bytes, bool]]:
    """The payloads of one press, due 20 ms apart, with whether each has the marker."""
    for step in range(1, PRESS_STEPS):
        event = DtmfEvent(event=DTMF_EVENTS[digit], end=False, volume=VOLUME, duration=step * STEP)
        yield event.serialize(), step == 1
    end = DtmfEvent(event=DTMF_EVENTS[digit], end=True, volume=VOLUME, duration=PRESS_STEPS * STEP)
    for _ in range(END_PACKETS):
        yield end.serialize(), False
