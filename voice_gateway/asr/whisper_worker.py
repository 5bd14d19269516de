"""The process that runs Whisper: ``python -m voice_gateway.asr.whisper_worker MODEL_FOLDER [options]``.

A request is ``{"language": "en" or null, "hot_words": [...], "voiced_s": 1.2}`` with 16-bit PCM at 16 kHz;
the answer has ``text``, ``log_prob``, ``no_speech``, ``language`` and ``refused``. On a GPU, requests that
wait together share a batch. On a CPU each of ``--workers`` threads takes one at a time in the order of
arrival: with base on one thread an utterance cost 350, 326 and 342 ms of a processor in batches of one, two
and four, and the first of a batch would wait for the last.
"""

from __future__ import annotations

import argparse
import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ctranslate2 import StorageView
from ctranslate2.models import WhisperGenerationResult
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from voice_gateway.asr.judging import Decoded, is_suspect, refusal
from voice_gateway.asr.windows import LONGEST_S, SHORTEST_S, split_at_pauses, window_s
from voice_gateway.audio import ASR_RATE, Samples, to_samples
from voice_gateway.worker_io import Inbox, Request, open_inbox

BEAM = 2
FRAMES_PER_S = 100
TOKENS_PER_S = 9
TOKENS_FREE = 12
HOT_WORD_TOKENS = 64
TIMESTAMP_S = 0.02
LEAST_REST_S = 0.5
"""So much audio behind the end that Whisper gave is looked at again, if it is as loud as speech."""
REST_LOUDNESS = 0.3
REST_LOG_PROB = -0.7
MOST_ROUNDS = 3
GPU_BATCH = 16
MAX_TOKENS = 448


@dataclass(frozen=True)
class Utterance:
    """What is to be recognised; ``voiced_s`` is how much of it is voice."""

    samples: Samples
    language: str | None
    hot_words: Sequence[str]
    voiced_s: float


@dataclass(frozen=True)
class Written:
    """What came of it."""

    decoded: Decoded
    language: str
    refused: str | None


class Whisper:
    """Whisper with windows cut to the utterances."""

    def __init__(self, folder: Path, *, device: str, threads: int, workers: int, beam: int = BEAM) -> None:
        self._model = WhisperModel(
            str(folder),
            device=device,
            compute_type="float16" if device == "cuda" else "int8",
            cpu_threads=threads,
            num_workers=workers,
            local_files_only=True,
        )
        self._beam = beam
        self._multilingual = self._model.model.is_multilingual
        # tiny.en needs more of a window than the multilingual ones.
        self._shortest_s = SHORTEST_S if self._multilingual else 10.0

    def recognize(self, utterances: Sequence[Utterance]) -> list[Written]:
        """Texts of several utterances, as one batch."""
        pieces = [split_at_pauses(utterance.samples) for utterance in utterances]
        languages = self._languages(utterances, [piece[0] for piece in pieces])
        jobs = [
            (piece, language, utterance)
            for utterance, language, parts in zip(utterances, languages, pieces, strict=True)
            for piece in parts
        ]
        decoded = iter(
            self._decode_all(
                [piece for piece, _, _ in jobs],
                [self._prompt(language, utterance.hot_words) for _, language, utterance in jobs],
                [utterance.voiced_s * len(piece) / len(utterance.samples) for piece, _, utterance in jobs],
            )
        )
        written = []
        for utterance, language, parts in zip(utterances, languages, pieces, strict=True):
            whole = _joined([next(decoded) for _ in parts])
            written.append(Written(whole, language, refusal(whole, voiced_s=utterance.voiced_s)))
        return written

    def _languages(self, utterances: Sequence[Utterance], pieces: Sequence[Samples]) -> list[str]:
        languages = [u.language if self._multilingual else "en" for u in utterances]
        unknown = [n for n, language in enumerate(languages) if language is None]
        if unknown:
            encoded = self._encode([pieces[n] for n in unknown], self._window([pieces[n] for n in unknown]))
            for n, found in zip(unknown, self._model.model.detect_language(encoded), strict=True):
                languages[n] = found[0][0][2:-2]
        return [language or "en" for language in languages]

    def _decode_all(
        self, pieces: Sequence[Samples], prompts: Sequence[list[int]], voiced: Sequence[float]
    ) -> list[Decoded]:
        """Decode in the short window; what went wrong again in the full one; what was left out after it."""
        found = self._decode(pieces, prompts, self._window(pieces))
        suspects = [n for n, each in enumerate(found) if is_suspect(each, voiced_s=voiced[n])]
        if suspects:
            again = self._decode([pieces[n] for n in suspects], [prompts[n] for n in suspects], LONGEST_S)
            for n, each in zip(suspects, again, strict=True):
                found[n] = each
        for n, each in enumerate(found):
            if not is_suspect(each, voiced_s=voiced[n]):
                found[n] = self._with_rest(each, pieces[n], prompts[n])
        return found

    def _with_rest(self, first: Decoded, samples: Samples, prompt: list[int]) -> Decoded:
        """Whisper may stop at a sentence's end; what is still spoken after it is decoded too."""
        parts, at = [first], first.until_s
        loud = _loudness(samples)
        for _ in range(MOST_ROUNDS - 1):
            if at is None:
                break
            rest = samples[int(at * ASR_RATE) :]
            if len(rest) < LEAST_REST_S * ASR_RATE or _loudness(rest) < REST_LOUDNESS * loud:
                break
            more = self._decode([rest], [prompt], self._window([rest]))[0]
            if is_suspect(more, voiced_s=len(rest) / ASR_RATE) or refusal(
                more, voiced_s=len(rest) / ASR_RATE
            ):
                break
            parts.append(more)
            at = at + more.until_s if more.until_s else None
        return _joined(parts)

    def _window(self, pieces: Sequence[Samples]) -> float:
        return window_s(max(len(piece) for piece in pieces) / ASR_RATE, shortest_s=self._shortest_s)

    def _encode(self, pieces: Sequence[Samples], window: float) -> StorageView:
        # Silence is added to the audio: features padded with zeros are no silence.
        length = int(window * FRAMES_PER_S) * (ASR_RATE // FRAMES_PER_S)
        batch = [
            self._model.feature_extractor(np.pad(piece[:length], (0, max(0, length - len(piece)))), padding=0)
            for piece in pieces
        ]
        return self._model.encode(np.ascontiguousarray(np.stack(batch)))

    def _decode(
        self, pieces: Sequence[Samples], prompts: Sequence[list[int]], window: float
    ) -> list[Decoded]:
        """One window of each piece; those whose prompts have one length share a batch."""
        decoded: dict[int, Decoded] = {}
        for length in sorted({len(prompt) for prompt in prompts}):
            batch = [n for n, prompt in enumerate(prompts) if len(prompt) == length]
            longest = max(len(pieces[n]) for n in batch) / ASR_RATE
            budget = int(longest * TOKENS_PER_S) + TOKENS_FREE
            results = self._model.model.generate(
                self._encode([pieces[n] for n in batch], window),
                [prompts[n] for n in batch],
                beam_size=self._beam,
                return_scores=True,
                return_no_speech_prob=True,
                max_length=min(MAX_TOKENS, length + budget),
            )
            decoded |= {n: self._read(result, budget) for n, result in zip(batch, results, strict=True)}
        return [decoded[n] for n in range(len(pieces))]

    def _read(self, result: WhisperGenerationResult, budget: int) -> Decoded:
        tokenizer = self._tokenizer("en")
        tokens = result.sequences_ids[0]
        times = [token for token in tokens if token >= tokenizer.timestamp_begin]
        until_s = (times[-1] - tokenizer.timestamp_begin) * TIMESTAMP_S if len(times) > 1 else None
        return Decoded(
            text=str(tokenizer.decode(tokens)).strip(),
            # The score is the mean over the tokens; the end of the text is one more.
            log_prob=result.scores[0] * len(tokens) / (len(tokens) + 1),
            no_speech=result.no_speech_prob,
            complete=len(tokens) < budget,
            until_s=until_s,
        )

    def _prompt(self, language: str, hot_words: Sequence[str]) -> list[int]:
        tokenizer = self._tokenizer(language)
        before = tokenizer.encode(" " + ", ".join(hot_words))[:HOT_WORD_TOKENS] if hot_words else []
        return [*([tokenizer.sot_prev, *before] if before else []), *tokenizer.sot_sequence]

    def _tokenizer(self, language: str) -> Tokenizer:
        return Tokenizer(self._model.hf_tokenizer, self._multilingual, task="transcribe", language=language)


def _joined(parts: Sequence[Decoded]) -> Decoded:
    """Several windows' texts as one; figures by the length of the texts."""
    if len(parts) == 1:
        return parts[0]
    weights = [max(1, len(part.text)) for part in parts]
    return Decoded(
        text=" ".join(part.text for part in parts if part.text),
        log_prob=sum(w * part.log_prob for w, part in zip(weights, parts, strict=True)) / sum(weights),
        no_speech=min(part.no_speech for part in parts),
        complete=all(part.complete for part in parts),
    )


def _loudness(samples: Samples) -> float:
    return math.sqrt(float(np.mean(samples**2)))


def work(inbox: Inbox, whisper: Whisper, *, batch: int) -> None:
    """Answer requests until there are no more."""
    while taken := inbox.take(batch):
        utterances = []
        requests: list[Request] = []
        for request in taken:
            samples = to_samples(request.payload)
            if not len(samples):
                request.fail("asr.empty", "no samples")
                continue
            header = request.header
            voiced_s = header.get("voiced_s") or len(samples) / ASR_RATE
            utterances.append(
                Utterance(samples, header.get("language"), header.get("hot_words") or (), voiced_s)
            )
            requests.append(request)
        if not requests:
            continue
        try:
            results = whisper.recognize(utterances)
        except Exception as error:
            for request in requests:
                request.fail("asr.failed", f"{type(error).__name__}: {error}")
            continue
        for request, written in zip(requests, results, strict=True):
            request.reply(
                {
                    "text": written.decoded.text,
                    "log_prob": written.decoded.log_prob,
                    "no_speech": written.decoded.no_speech,
                    "language": written.language,
                    "refused": written.refused,
                },
                last=True,
            )


def main() -> None:
    """Load the model, warm it, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--nice", type=int, default=0)
    options = parser.parse_args()
    inbox, ready = open_inbox()
    os.nice(options.nice)
    whisper = Whisper(options.folder, device=options.device, threads=options.threads, workers=options.workers)
    whisper.recognize([Utterance(np.zeros(ASR_RATE, np.float32), "en", (), 1.0)])
    ready()
    batch = GPU_BATCH if options.device == "cuda" else 1
    others = [
        threading.Thread(target=work, args=(inbox, whisper), kwargs={"batch": batch}, daemon=True)
        for _ in range(options.workers - 1 if options.device == "cpu" else 0)
    ]
    for thread in others:
        thread.start()
    work(inbox, whisper, batch=batch)


if __name__ == "__main__":
    main()
