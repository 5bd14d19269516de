"""Takes calls and notes what happens in them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from voice_gateway.leg import Audio, CallInfo, Digit, Ended, Leg, LegEvent, Marked, Refusal
from voice_gateway.transports.tickets import Ticket

E = TypeVar("E", bound=LegEvent)


class Taken:
    """A call that was taken."""

    def __init__(self, leg: Leg, *, echo: bool) -> None:
        self.leg = leg
        self.events: list[LegEvent] = []
        self._echo = echo
        self._changed = asyncio.Event()

    @property
    def pcm(self) -> bytes:
        return b"".join(event.pcm for event in self.of(Audio))

    @property
    def digits(self) -> str:
        return "".join(event.digit for event in self.of(Digit))

    @property
    def marked(self) -> list[str]:
        return [event.name for event in self.of(Marked)]

    @property
    def ended(self) -> str | None:
        return next((event.reason for event in self.of(Ended)), None)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def tell(self, event: LegEvent) -> None:
        assert self.ended is None, "nothing follows the end"
        self.events.append(event)
        if self._echo and isinstance(event, Audio):
            self.leg.send(event.pcm)
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to become true by an event."""
        async with asyncio.timeout(20):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def until_ended(self) -> str:
        await self.until(lambda: self.ended is not None)
        return self.ended or ""


@dataclass
class RecordingTaker:
    """`CallTaker` and `AgentTaker` of the tests; refuses while ``refusal`` is set."""

    refusal: Refusal | None = None
    echo: bool = False
    admitted: list[CallInfo] = field(default_factory=list)
    released: list[CallInfo] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    taken: asyncio.Queue[Taken] = field(default_factory=asyncio.Queue)

    def admit(self, info: CallInfo) -> Refusal | None:
        if self.refusal is None:
            self.admitted.append(info)
        return self.refusal

    def release(self, info: CallInfo) -> None:
        self.released.append(info)

    async def take(self, leg: Leg) -> None:
        taken = Taken(leg, echo=self.echo)
        self.taken.put_nowait(taken)
        leg.listen(taken.tell)
        await taken.until(lambda: taken.ended is not None)

    async def take_agent(self, leg: Leg, ticket: Ticket) -> None:
        self.tickets.append(ticket)
        await self.take(leg)

    async def call(self) -> Taken:
        """The next call that comes."""
        return await asyncio.wait_for(self.taken.get(), 20)
