"""What Prometheus reads of the gateway. Labels come from closed sets: nothing a caller sends becomes one."""

from __future__ import annotations

from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from voice_gateway.leg import Reception, Refusal, Transport
from voice_gateway.quality import Quality

TurnPart = Literal["end_of_turn", "asr", "bot", "tts", "first_audio"]
WorkerKind = Literal["asr", "tts"]

END_REASONS: Final = frozenset(
    {
        "agent",
        "bot_unreachable",
        "cancelled",
        "closed",
        "error",
        "hangup",
        "lost",
        "shutdown",
        "silence",
        "too_long",
        "transferred",
    }
)
"""Why calls end; any other reason is counted as ``other``."""
REFUSALS: Final = frozenset({403, 429, 486, 503})
WHY_NOT_UNDERSTOOD: Final = frozenset({"no_speech", "repetition", "low_confidence", "empty"})
OTHER: Final = "other"

_TURN_BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)


class GatewayMetrics:
    """The gateway's metrics, in a registry of its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._live = Gauge(
            "firstline_voice_calls_live", "Calls that are up now.", ["transport"], registry=registry
        )
        self._calls = Counter(
            "firstline_voice_calls", "Calls that ended.", ["transport", "reason"], registry=registry
        )
        self._seconds = Histogram(
            "firstline_voice_call_seconds",
            "From a call's answer to its end.",
            buckets=(5, 15, 30, 60, 120, 300, 600, 1800, 3600),
            registry=registry,
        )
        self._refused = Counter(
            "firstline_voice_calls_refused", "Calls that were not taken.", ["status"], registry=registry
        )
        self._turn = Histogram(
            "firstline_voice_turn_seconds",
            "From the end of the caller's speech to our first audio (first_audio), and the parts of it.",
            ["part"],
            buckets=_TURN_BUCKETS,
            registry=registry,
        )
        self._barge_ins = Counter(
            "firstline_voice_barge_ins", "Callers interrupted the bot.", registry=registry
        )
        self._not_understood = Counter(
            "firstline_voice_not_understood",
            "Utterances of which nothing could be made.",
            ["why"],
            registry=registry,
        )
        self._jitter = Histogram(
            "firstline_voice_jitter_seconds",
            "Interarrival jitter of a call (RFC 3550), at its end.",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2),
            registry=registry,
        )
        self._loss = Histogram(
            "firstline_voice_loss_ratio",
            "Packets of a call that were lost, 0 to 1, at its end.",
            buckets=(0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
            registry=registry,
        )
        self._mos = Histogram(
            "firstline_voice_mos",
            "Mean opinion score of a call as the E-model (ITU-T G.107) estimates it, at its end.",
            buckets=(1.5, 2.0, 2.6, 3.1, 3.6, 4.0, 4.3, 4.5),
            registry=registry,
        )
        self._skipped = Counter(
            "firstline_voice_pacer_skipped_ticks",
            "Frames of 20 ms lost to stalls of the gateway.",
            registry=registry,
        )
        self._skipped_so_far = 0
        self._restarts = Counter(
            "firstline_voice_worker_restarts",
            "Worker processes started again.",
            ["worker"],
            registry=registry,
        )
        self._restarts_so_far: dict[WorkerKind, int] = {}
        self._recordings_lost = Counter(
            "firstline_voice_recordings_lost", "Recordings broken off or never made.", registry=registry
        )

    def call_began(self, transport: Transport) -> None:
        """A call was answered."""
        self._live.labels(transport).inc()

    def call_ended(
        self, transport: Transport, *, reason: str, seconds: float, reception: Reception, quality: Quality
    ) -> None:
        """A call that `call_began` counted is over. One that received nothing tells nothing of quality."""
        self._live.labels(transport).dec()
        self._calls.labels(transport, _known(reason, END_REASONS)).inc()
        self._seconds.observe(seconds)
        if reception.packets:
            self._jitter.observe(reception.jitter_ms / 1000)
            self._loss.observe(reception.loss)
            self._mos.observe(quality.mos)

    def refused(self, refusal: Refusal) -> None:
        """A call was not taken."""
        self._refused.labels(str(refusal.status) if refusal.status in REFUSALS else OTHER).inc()

    def turn(self, part: TurnPart, seconds: float) -> None:
        """So long took a part of a turn, or all of it (``first_audio``)."""
        self._turn.labels(part).observe(seconds)

    def barge_in(self) -> None:
        """A caller interrupted the bot."""
        self._barge_ins.inc()

    def not_understood(self, why: str = OTHER) -> None:
        """Somebody spoke, and nothing could be made of it; ``why`` is the refusal's name."""
        self._not_understood.labels(_known(why, WHY_NOT_UNDERSTOOD)).inc()

    def pacer_skipped(self, total: int) -> None:
        """The pacer's own count (`voice_gateway.pacer.Pacer.skipped`) stands here now."""
        if total > self._skipped_so_far:
            self._skipped.inc(total - self._skipped_so_far)
            self._skipped_so_far = total

    def workers_restarted(self, kind: WorkerKind, total: int) -> None:
        """The count of the workers of a kind (`voice_gateway.workers.Worker.deaths`) stands here now."""
        more = total - self._restarts_so_far.get(kind, 0)
        if more > 0:
            self._restarts.labels(kind).inc(more)
            self._restarts_so_far[kind] = total

    def recording_lost(self) -> None:
        """A recording broke off, or was never made."""
        self._recordings_lost.inc()


def _known(value: str, values: frozenset[str]) -> str:
    return value if value in values else OTHER
