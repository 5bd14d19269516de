"""One side of a call, as a transport gives it: frames and events in, frames and commands out.

Transports are thin: they neither pace nor decide. The media core calls `Leg.send` once every 20 ms while
there is something to hear (and always, for a leg that wants ``continuous`` audio).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Transport = Literal["sip", "twilio", "telnyx", "exotel", "audiosocket", "asterisk", "webrtc"]

MOST_EARLY = 100
"""Events that are kept for a listener to come; two seconds of audio."""


@dataclass(frozen=True, kw_only=True)
class CallInfo:
    """What a transport knows of a call when it begins.

    ``peer`` is the network address (host) that it came from; ``parameters`` are the transport's own extras
    (custom parameters of a media stream, ``X-`` headers), given by the other side and not to be trusted.
    """

    transport: Transport
    call_id: str
    peer: str
    caller: str = ""
    called: str = ""
    language: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audio:
    """20 ms of PCM at the leg's rate, in order; ``concealed`` where a lost packet was made up for."""

    pcm: bytes
    concealed: bool = False


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed: ``0``-``9``, ``*``, ``#``, ``A``-``D``; once for each press."""

    digit: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What was sent before `Leg.mark` has been played, or was cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Held:
    """The other end put the call on hold (or, ``held`` False, took it back)."""

    held: bool


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """How a transfer goes: a SIP status, final from 200 on."""

    status: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The leg is over; nothing follows. ``reason``: ``hangup``, ``cancelled``, ``lost``, ``error``..."""

    reason: str


LegEvent = Audio | Digit | Marked | Held | TransferProgress | Ended


class LegEvents:
    """A leg's events on their way to whoever listens; the latest `MOST_EARLY` wait until somebody does."""

    def __init__(self) -> None:
        self._listener: Callable[[LegEvent], None] | None = None
        self._early: deque[LegEvent] = deque(maxlen=MOST_EARLY)

    def listen(self, on_event: Callable[[LegEvent], None]) -> None:
        """As `Leg.listen`."""
        self._listener = on_event
        while self._early:
            on_event(self._early.popleft())

    def tell(self, event: LegEvent) -> None:
        """Give an event to the listener."""
        if self._listener is None:
            self._early.append(event)
        else:
            self._listener(event)


@dataclass(frozen=True, kw_only=True)
class Reception:
    """How well the leg hears the other side, so far. ``loss`` is 0..1 of the packets expected."""

    packets: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    round_trip_ms: float | None = None

    @property
    def loss(self) -> float:
        expected = self.packets + self.lost
        return self.lost / expected if expected else 0.0


class Leg(Protocol):
    """One side of a call that is answered. Methods never block and may be called after the end."""

    @property
    def info(self) -> CallInfo: ...

    @property
    def rate(self) -> int:
        """Hz of the PCM in both directions: 8000 or 16000."""
        ...

    @property
    def continuous(self) -> bool:
        """Whether the other side wants a frame each 20 ms even when there is nothing to hear."""
        ...

    def listen(self, on_event: Callable[[LegEvent], None]) -> None:
        """Have events told from now on, those that came before first; called once."""
        ...

    def send(self, pcm: bytes) -> None:
        """Send one frame (20 ms at `rate`)."""
        ...

    def mark(self, name: str) -> None:
        """Have `Marked` told when what was sent so far has been played."""
        ...

    def clear(self) -> None:
        """Throw away what the other side has not played yet, if it can."""
        ...

    def send_digits(self, digits: str) -> None:
        """Press keys towards the other side."""
        ...

    def transfer(self, target: str, *, context_id: str) -> None:
        """Pass the call on to another number or SIP URI; `TransferProgress` tells how it goes.

        ``context_id`` names the conversation to whoever takes it. A transport that cannot tells 501.
        """
        ...

    def hang_up(self, reason: str = "hangup") -> None:
        """End the call; `Ended` follows."""
        ...

    def reception(self) -> Reception: ...


@dataclass(frozen=True)
class Refusal:
    """Why a call is not taken, as a SIP status: 486 busy, 503 full, 403 not allowed, 429 too many.

    One that passes says in how many seconds it is worth trying again (Retry-After; RFC 3261, 20.33).
    """

    status: int
    reason: str
    retry_after_s: int | None = None


class CallTaker(Protocol):
    """Who takes the calls that transports bring (`voice_gateway.switchboard`)."""

    def admit(self, info: CallInfo) -> Refusal | None:
        """Whether a call may come in now, before it is answered. Admitted calls must be handed to `take`,
        or given back with `release`."""
        ...

    def release(self, info: CallInfo) -> None:
        """An admitted call ended before it was answered."""
        ...

    async def take(self, leg: Leg) -> None:
        """Carry a call from its answer to its end."""
        ...
