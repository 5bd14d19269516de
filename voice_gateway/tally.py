"""What is counted in a call, and told of it at its end."""

from __future__ import annotations

from dataclasses import dataclass

from voice_gateway.leg import Reception


@dataclass
class Tally:
    """Counts of one call; confidences are 0..1."""

    interruptions: int = 0
    not_understood: int = 0
    utterances: int = 0
    confidence: float = 0.0

    def note_utterance(self, confidence: float) -> None:
        """Something was understood, so surely."""
        self.utterances += 1
        self.confidence += confidence

    def facts(self, *, seconds: float, reception: Reception, mos: float) -> dict[str, object]:
        """What the log keeps of the call as a whole."""
        return {
            "duration_ms": round(seconds * 1000),
            "jitter_ms": round(reception.jitter_ms, 1),
            "loss": round(reception.loss, 4),
            "mos": round(mos, 2),
            "barge_ins": self.interruptions,
            "not_understood": self.not_understood,
            "asr_confidence": round(self.confidence / self.utterances, 3) if self.utterances else None,
        }
