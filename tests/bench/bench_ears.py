"""The ears with the real models on recordings and mixtures: what is noticed, when, and what is cut off.

Time is the audio's own and recognition's answers come `listening.LATENCY_MS` after they were asked for, so
that only ``processor`` depends on the machine. Onsets count from the first audible voice
(`Scenario.audible_ms`), not from where a recording was cut.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from os import getloadavg

from models import store
from tests.bench.figures import figure, percentile
from tests.support.requirements import SHARED
from tests.voice_gateway.listening import LATENCY_MS, Kind, Outcome, listen, scenarios
from voice_gateway.asr.whisper import WhisperRecognizer, whisper_worker

MODEL = "whisper-base"
LATE_MS = 150
NAMES: dict[Kind, str] = {
    "barge_in": "true barge-in",
    "not_speech": "false barge-in",
    "backchannel": "backchannel",
    "dictation": "dictation",
    "short": "short answer",
    "sentence": "read sentence",
}


def main() -> None:
    """Print the figures."""
    if SHARED.is_dir():
        asyncio.run(_measure())


async def _measure() -> None:
    recognizer = WhisperRecognizer(whisper_worker(store.path(MODEL)))
    await recognizer.start()
    outcomes: dict[Kind, list[Outcome]] = defaultdict(list)
    try:
        for scenario in scenarios():
            events = await listen(
                scenario.samples, recognizer, over_bot=scenario.over_bot, expectation=scenario.expectation
            )
            outcomes[scenario.kind].append(Outcome(scenario, events))
    finally:
        await recognizer.stop()
    for kind, of_kind in outcomes.items():
        _figures(NAMES[kind], kind, of_kind)


def _figures(name: str, kind: Kind, outcomes: Sequence[Outcome]) -> None:
    conditions = {"cases": len(outcomes), "recognition_ms": LATENCY_MS, "load": round(getloadavg()[0], 1)}
    wrong = [outcome.scenario.name for outcome in outcomes if not outcome.is_right]
    figure(f"ears {name}, right", len(outcomes) - len(wrong), "cases", wrong=wrong, **conditions)
    onsets = [outcome.onset_ms for outcome in outcomes if outcome.onset_ms is not None]
    figure(f"ears {name}, noticed", len(onsets), "cases", **conditions)
    if kind == "barge_in":
        late = [o.scenario.name for o in outcomes if o.onset_ms is not None and o.onset_ms > LATE_MS]
        figure(f"ears {name}, onset over {LATE_MS} ms", len(late), "cases", late=late, **conditions)
    if onsets and kind in ("barge_in", "backchannel"):
        for percent in (50, 95):
            figure(f"ears {name}, onset p{percent}", percentile(onsets, percent), "ms", **conditions)
    cut = sum(len(outcome.utterances) > 1 for outcome in outcomes)
    figure(f"ears {name}, cut off", cut, "cases", **conditions)
    ends = [said.timings.end_of_turn * 1000 for outcome in outcomes for said in outcome.utterances[-1:]]
    if ends:
        for percent in (50, 95):
            figure(f"ears {name}, end of turn p{percent}", percentile(ends, percent), "ms", **conditions)


if __name__ == "__main__":
    main()
