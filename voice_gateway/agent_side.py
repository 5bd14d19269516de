"""The agent's side of a bridged call: their leg, what they hear, and what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from voice_gateway.audio import silence
from voice_gateway.bot_link import State
from voice_gateway.bridge import Pipe
from voice_gateway.call_language import CallLanguage
from voice_gateway.hearing import HearingEvent, MakeHearing, Utterance
from voice_gateway.leg import Audio, Ended, Leg, LegEvent


class AgentSide:
    """An agent's leg, bridged with a caller's; `to_caller` is what the caller is to hear."""

    def __init__(
        self,
        leg: Leg,
        caller_rate: int,
        *,
        agent_id: str,
        handoff_id: str,
        hear: MakeHearing,
        language: CallLanguage,
        on_audio: Callable[[str, bytes], None],
        on_said: Callable[[AgentSide, Utterance], None],
        on_gone: Callable[[AgentSide], None],
        offset_ms: Callable[[], int],
    ) -> None:
        """``on_audio`` is told (``in`` or ``out``, frame); ``offset_ms`` is the call's time now."""
        self.agent_id = agent_id
        self.handoff_id = handoff_id
        self._leg = leg
        self.to_caller = Pipe(leg.rate, caller_rate)
        self._from_caller = Pipe(caller_rate, leg.rate)
        self._on_audio = on_audio
        self._on_said = on_said
        self._on_gone = on_gone
        self._began_ms = offset_ms()
        self._ears = hear(leg.rate, self._on_hearing)
        language.prepare(self._ears)
        self._ears.bridged(True)
        self._gone = asyncio.Event()

    def may_stay(self, standing: State) -> bool:
        """Whether the call is still this agent's, by the handoff that they came for."""
        return standing.is_held_by(agent_id=self.agent_id, handoff_id=self.handoff_id)

    async def run(self) -> None:
        """Until the leg ends."""
        self._leg.listen(self._on_leg)
        await self._gone.wait()
        await self._ears.close()

    def leave(self) -> None:
        """End the leg."""
        self._leg.hang_up()
        self._end()

    def hear(self, pcm: bytes) -> None:
        """A frame of the caller's."""
        self._from_caller.feed(pcm)

    def tick(self) -> None:
        """Send the frame that is due to the agent."""
        frame = self._from_caller.take()
        if frame is not None:
            self._on_audio("out", frame)
            self._leg.send(frame)
        elif self._leg.continuous:
            self._leg.send(silence(self._leg.rate))

    def _on_leg(self, event: LegEvent) -> None:
        match event:
            case Audio(pcm=pcm):
                self._on_audio("in", pcm)
                self.to_caller.feed(pcm)
                self._ears.feed(pcm)
            case Ended():
                self._end()

    def _on_hearing(self, event: HearingEvent) -> None:
        if isinstance(event, Utterance):
            # The ears' clock begins when the agent joins.
            start_ms, end_ms = event.start_ms + self._began_ms, event.end_ms + self._began_ms
            self._on_said(self, replace(event, start_ms=start_ms, end_ms=end_ms))

    def _end(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._on_gone(self)
