"""Recognition beside plain faster-whisper on the same files and model, and of dictated numbers.

Plain is ``faster_whisper.WhisperModel.transcribe`` with its own defaults and the language given. Both run in
this process with one thread, one after the other on each clip, so that the machine's load falls on both.

Numbers of 4 to 10 digits are recognised as free speech and as the answer to a question for a number, whose
length is known or not. The people and voices are others than those by which `LEAST_LOG_PROB` was chosen.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from faster_whisper import WhisperModel

from models import store
from tests.bench.figures import figure, percentile
from tests.support import recorded, speech
from tests.support.caller import RATE
from tests.support.requirements import SHARED
from voice_gateway.asr.digits import with_digits
from voice_gateway.asr.whisper_worker import Utterance as Clip
from voice_gateway.asr.whisper_worker import Whisper
from voice_gateway.audio import ASR_RATE, Samples, resample, to_samples

MODEL = "whisper-base"
LONGEST_S = 6.0
SETS = (
    "librispeech-test-other-100",
    "picovoice-cheetah",
    "picovoice-leopard",
    "pocketsphinx-test",
    "speechbrain-asr",
)
BANDS: dict[str, Callable[[Samples], Samples]] = {
    "16 kHz": lambda samples: samples,
    "telephone": speech.telephone,
}


NUMBERS = 20
DIGITS = range(4, 11)
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPEAKERS = ("jackson", "lucas", "piper")


@dataclass
class _Tally:
    """Of one recogniser in one band."""

    errors: speech.WordErrors = field(default_factory=lambda: speech.WordErrors(0, 0))
    processor_s: float = 0.0
    wall_s: list[float] = field(default_factory=list)

    def run(self, transcribe: Callable[[Samples], str], samples: Samples, reference: str) -> None:
        began, processor = time.perf_counter(), time.process_time()
        text = transcribe(samples)
        self.processor_s += time.process_time() - processor
        self.wall_s.append(time.perf_counter() - began)
        self.errors += speech.word_errors(reference, text)


def main() -> None:
    """Print the figures."""
    if not SHARED.is_dir():
        return
    ours = Whisper(store.path(MODEL), device="cpu", threads=1, workers=1)
    _beside_plain(ours)
    for speaker in SPEAKERS:
        _numbers(ours, speaker)


def _numbers(ours: Whisper, speaker: str) -> None:
    clips = list(_dictated(speaker))
    for asked in ("nothing", "a number", "a number of that length"):
        right, began = 0, time.process_time()
        for number, clip in clips:
            wanted = replace(
                clip,
                number=asked != "nothing",
                digits=len(number) if asked == "a number of that length" else None,
            )
            text = ours.recognize([wanted])[0].decoded.text
            right += with_digits(text, expected=True) == number
        processor_ms = (time.process_time() - began) * 1000 / len(clips)
        conditions = {"speaker": speaker, "asked for": asked, "numbers": len(clips)}
        figure("asr dictated numbers exact", right / len(clips), "share", **conditions)
        figure("asr dictated numbers, processor each", processor_ms, "ms", **conditions)


def _dictated(speaker: str) -> Iterator[tuple[str, Clip]]:
    """Numbers that a speaker says digit by digit on the telephone."""
    rng = random.Random(speaker)
    numbers = ["".join(rng.choices("0123456789", k=rng.choice(DIGITS))) for _ in range(NUMBERS)]
    if speaker == "piper":
        said = recorded.speech([" ".join(WORDS[int(digit)] for digit in number) for number in numbers])
    else:
        said = [
            recorded.digits(number, speaker=speaker, take=n % 10, pause_ms=rng.randrange(60, 240))
            for n, number in enumerate(numbers)
        ]
    for number, clip in zip(numbers, said, strict=True):
        samples = to_samples(resample(clip.pcm, RATE, ASR_RATE))
        voiced_s = (clip.ends_ms - clip.begins_ms) / 1000
        yield number, Clip(samples, "en", (), voiced_s)


def _beside_plain(ours: Whisper) -> None:
    folder = store.path(MODEL)
    plain = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    clips = [r for r in speech.recordings(*SETS) if len(r.samples) < LONGEST_S * ASR_RATE]
    seconds = sum(len(clip.samples) for clip in clips) / ASR_RATE

    def by_us(samples: Samples) -> str:
        written = ours.recognize([Clip(samples, "en", (), len(samples) / ASR_RATE)])[0]
        return "" if written.refused else written.decoded.text

    def by_plain(samples: Samples) -> str:
        segments, _ = plain.transcribe(samples, language="en")
        return " ".join(segment.text for segment in segments)

    for band, through in BANDS.items():
        tallies = {"Firstline": _Tally(), "plain faster-whisper": _Tally()}
        for clip in clips:
            samples = through(clip.samples)
            tallies["Firstline"].run(by_us, samples, clip.text)
            tallies["plain faster-whisper"].run(by_plain, samples, clip.text)
        for who, tally in tallies.items():
            conditions = {"who": who, "band": band, "clips": len(clips), "words": tally.errors.words}
            figure("asr word error rate", tally.errors.rate, "share", **conditions)
            figure("asr real-time factor, processor", tally.processor_s / seconds, "s/s", **conditions)
            for percent in (50, 95):
                figure(
                    f"asr latency p{percent}", percentile(tally.wall_s, percent) * 1000, "ms", **conditions
                )
        ratio = tallies["plain faster-whisper"].processor_s / tallies["Firstline"].processor_s
        figure("asr times faster than plain, processor", ratio, "times", band=band, clips=len(clips))


if __name__ == "__main__":
    main()
