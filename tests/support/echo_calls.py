"""A stand-in for the core of the gateway: it admits calls, notes what their legs tell, and says it back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TypeVar

from voice_gateway.leg import Audio, CallInfo, Ended, Leg, LegEvent, Refusal
from voice_gateway.limits import CallLimits

Event = TypeVar("Event", bound=LegEvent)


@dataclass(eq=False)
class EchoCall:
    """One call. `events` has all but the audio, which is counted."""

    leg: Leg
    echo: bool
    events: list[LegEvent] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    concealed: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: int = 0

    def on_event(self, event: LegEvent) -> None:
        if isinstance(event, Audio):
            self.concealed += event.concealed
            self.heard += event.pcm
            if self.echo:
                self.leg.send(event.pcm)
        else:
            self.events.append(event)
        if isinstance(event, Ended):
            self.over.set()
        self._news.set()

    async def event(self, kind: type[Event], *, within_s: float = 10.0) -> Event:
        """The next event of a kind, of those not yet asked for."""
        async with asyncio.timeout(within_s):
            while True:
                for at in range(self._seen, len(self.events)):
                    event = self.events[at]
                    if isinstance(event, kind):
                        self._seen = at + 1
                        return event
                self._news.clear()
                await self._news.wait()

    async def hears(self, ms: int, *, within_s: float = 10.0) -> None:
        """Return when so much more audio has come."""
        wanted = len(self.heard) + ms * self.leg.rate * 2 // 1000
        async with asyncio.timeout(within_s):
            while len(self.heard) < wanted:
                self._news.clear()
                await self._news.wait()


class EchoCalls:
    """Implements `voice_gateway.leg.CallTaker`; refuses calls while ``refusal`` is set, and by ``limits``."""

    def __init__(self, *, echo: bool = True) -> None:
        self.calls: list[EchoCall] = []
        self.admitted: list[CallInfo] = []
        self.released: list[CallInfo] = []
        self.refusal: Refusal | None = None
        self.limits: CallLimits | None = None
        self._echo = echo
        self._came = asyncio.Event()

    def admit(self, info: CallInfo) -> Refusal | None:
        refusal = self.refusal or (self.limits.admit(info) if self.limits is not None else None)
        if refusal is None:
            self.admitted.append(info)
        return refusal

    def release(self, info: CallInfo) -> None:
        self.released.append(info)

    async def take(self, leg: Leg) -> None:
        call = EchoCall(leg, self._echo)
        self.calls.append(call)
        self._came.set()
        leg.listen(call.on_event)
        await call.over.wait()

    async def call(self, number: int = 0, *, within_s: float = 10.0) -> EchoCall:
        """The call of a number, counted from 0, once it is there."""
        async with asyncio.timeout(within_s):
            while len(self.calls) <= number:
                self._came.clear()
                await self._came.wait()
        return self.calls[number]
