"""What becomes of what happens in calls: the metrics, and the recording where it is switched on."""

from __future__ import annotations

from voice_gateway.clock import Clock
from voice_gateway.leg import Leg, Refusal
from voice_gateway.metrics import GatewayMetrics
from voice_gateway.observer import TurnTiming
from voice_gateway.quality import Quality, estimate
from voice_gateway.recording import Recording, Recordings

NETWORK_MS = 60.0
"""One-way delay assumed where it was not measured: what buffers and a national network take."""


class CallObserver:
    """Implements `Observer` for one call."""

    def __init__(
        self,
        conversation_id: str,
        leg: Leg,
        *,
        metrics: GatewayMetrics,
        recordings: Recordings | None,
        clock: Clock,
    ) -> None:
        self._conversation_id = conversation_id
        self._leg = leg
        self._metrics = metrics
        self._recordings = recordings
        self._clock = clock
        self._sides: dict[tuple[str, str], Recording] = {}
        self._began = clock.now()
        metrics.call_began(leg.info.transport)

    def turn(self, timing: TurnTiming) -> None:
        self._metrics.turn("end_of_turn", timing.end_of_turn)
        self._metrics.turn("asr", timing.recognition)
        self._metrics.turn("bot", timing.bot)
        self._metrics.turn("tts", timing.synthesis)
        self._metrics.turn("first_audio", timing.first_audio)

    def interrupted(self) -> None:
        self._metrics.barge_in()

    def not_understood(self, why: str) -> None:
        self._metrics.not_understood(why)

    def audio(self, side: str, direction: str, rate: int, pcm: bytes) -> None:
        if self._recordings is None:
            return
        key = (side, direction)
        recording = self._sides.get(key)
        if recording is None:
            name = {"in": side, "out": f"to_{side}"}[direction]
            recording = self._sides[key] = self._recordings.open(
                self._conversation_id, name, rate=rate, since=self._began
            )
        recording.write(pcm)

    def quality(self) -> Quality:
        """How good the call's sound probably is."""
        reception = self._leg.reception()
        delay_ms = NETWORK_MS if reception.round_trip_ms is None else reception.round_trip_ms / 2
        return estimate(loss=reception.loss, delay_ms=delay_ms)

    def ended(self, reason: str) -> None:
        """The call is over."""
        for recording in self._sides.values():
            recording.close()
        self._metrics.call_ended(
            self._leg.info.transport,
            reason=reason,
            seconds=self._clock.now() - self._began,
            reception=self._leg.reception(),
            quality=self.quality(),
        )


class Observers:
    """Makes an observer for each call."""

    def __init__(self, metrics: GatewayMetrics, recordings: Recordings | None, *, clock: Clock) -> None:
        self._metrics = metrics
        self._recordings = recordings
        self._clock = clock

    def of_call(self, conversation_id: str, leg: Leg) -> CallObserver:
        """The observer of a call that begins."""
        return CallObserver(
            conversation_id, leg, metrics=self._metrics, recordings=self._recordings, clock=self._clock
        )

    def refused(self, refusal: Refusal) -> None:
        """A call was not taken."""
        self._metrics.refused(refusal)
