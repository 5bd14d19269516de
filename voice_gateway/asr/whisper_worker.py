"""The process that runs Whisper: ``python -m voice_gateway.asr.whisper_worker MODEL_FOLDER [options]``.

A request is ``{"language": "en" or null, "candidates": [...], "number": false, "digits": 5 or null,
"hot_words": [...], "voiced_s": 1.2}`` (see `voice_gateway.asr.recognizer.Hint`) with 16-bit PCM at 16 kHz;
the answer has ``text``, ``log_prob``, ``no_speech``, ``language``, ``language_sure`` and ``refused``. On a
GPU, requests that wait together share a batch. On a CPU each of ``--workers`` threads takes one at a time in
the order of arrival: with base on one thread an utterance cost 350, 326 and 342 ms of a processor in batches
of one, two and four, and the first of a batch would wait for the last.
"""

from __future__ import annotations

import argparse
import math
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer

from voice_gateway.asr.dictated import choose, is_read
from voice_gateway.asr.judging import Decoded, is_suspect, refusal
from voice_gateway.asr.spoken import spoken_language, whispers_name
from voice_gateway.asr.windows import LONGEST_S, SHORTEST_S, split_at_pauses, window_s
from voice_gateway.audio import ASR_RATE, Samples, to_samples
from voice_gateway.worker_io import Inbox, Request, open_inbox

BEAM = 2
DIGITS_BEAM = 5
"""So many readings of a number that are nothing but digits are compared."""
FRAMES_PER_S = 100
TOKENS_PER_S = 9
TOKENS_FREE = 12
HOT_WORD_TOKENS = 64
TIMESTAMP_S = 0.02
LEAST_REST_S = 0.5
"""So much audio behind the end that Whisper gave is looked at again, if it is as loud as speech."""
REST_LOUDNESS = 0.3
MOST_ROUNDS = 3
GPU_BATCH = 16
MAX_TOKENS = 448


@dataclass(frozen=True)
class Utterance:
    """What is to be recognised; ``voiced_s`` is how much of it is voice, the rest as in `Hint`."""

    samples: Samples
    language: str | None
    hot_words: Sequence[str]
    voiced_s: float
    candidates: Sequence[str] = ()
    number: bool = False
    digits: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether its language is to be found out."""
        return self.language is None or bool(self.candidates)


@dataclass(frozen=True)
class Written:
    """What came of it."""

    decoded: Decoded
    language: str
    language_sure: bool
    refused: str | None


@dataclass(frozen=True)
class _Piece:
    """An utterance, or a part of a very long one."""

    samples: Samples
    language: str
    utterance: Utterance

    @property
    def voiced_s(self) -> float:
        return self.utterance.voiced_s * len(self.samples) / len(self.utterance.samples)

    def lacks_number(self, text: str) -> bool:
        """Whether a number is wanted, and not in a text."""
        wanted = self.utterance
        return wanted.number and not is_read(text, language=self.language, digits=wanted.digits)

    def choose(self, first: Decoded, others: Sequence[Decoded]) -> Decoded:
        """See `voice_gateway.asr.dictated.choose`."""
        digits = self.utterance.digits
        return choose(first, others, language=self.language, digits=digits, voiced_s=self.voiced_s)


class _Windows:
    """Pieces of audio in windows of one length.

    Encoding is most of the cost: all of them together are encoded once, whatever is asked of them then. A
    part of them is encoded by itself, which only happens on a GPU, where it costs little.
    """

    def __init__(
        self,
        encode: Callable[[Sequence[Samples], float], StorageView],
        pieces: Sequence[Samples],
        seconds: float,
    ) -> None:
        self.pieces = pieces
        self._encode = encode
        self._seconds = seconds
        self._all: StorageView | None = None

    def encoded(self, which: Sequence[int]) -> StorageView:
        """Some of the windows, in order, as `WhisperModel.encode` gives them."""
        if len(which) < len(self.pieces):
            return self._encode([self.pieces[n] for n in which], self._seconds)
        if self._all is None:
            self._all = self._encode(self.pieces, self._seconds)
        return self._all


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
        split = [split_at_pauses(utterance.samples) for utterance in utterances]
        windows = self._windows([part for parts in split for part in parts])
        firsts = [sum(map(len, split[:n])) for n in range(len(split))]
        languages = self._languages(utterances, windows, firsts)
        pieces = [
            _Piece(part, language, utterance)
            for utterance, (language, _), parts in zip(utterances, languages, split, strict=True)
            for part in parts
        ]
        decoded = iter(self._decode_all(pieces, windows))
        written = []
        for utterance, (language, sure), parts in zip(utterances, languages, split, strict=True):
            whole = _joined([next(decoded) for _ in parts])
            written.append(Written(whole, language, sure, refusal(whole, voiced_s=utterance.voiced_s)))
        return written

    def _languages(
        self, utterances: Sequence[Utterance], windows: _Windows, firsts: Sequence[int]
    ) -> list[tuple[str, bool]]:
        """The language of each utterance, and whether its sound makes it sure; by its first window."""
        if not self._multilingual:
            return [("en", False)] * len(utterances)
        languages = [(utterance.language or "en", False) for utterance in utterances]
        open_ones = [n for n, utterance in enumerate(utterances) if utterance.is_open]
        if open_ones:
            encoded = windows.encoded([firsts[n] for n in open_ones])
            for n, found in zip(open_ones, self._model.model.detect_language(encoded), strict=True):
                probabilities = {token[2:-2]: probability for token, probability in found}
                languages[n] = spoken_language(
                    probabilities,
                    utterances[n].candidates or list(probabilities),
                    known=utterances[n].language,
                    voiced_s=utterances[n].voiced_s,
                )
        return languages

    def _decode_all(self, pieces: Sequence[_Piece], windows: _Windows) -> list[Decoded]:
        """Decode in short windows: numbers that were not read again for digits, what went wrong again in the
        full window, and what was left out after it."""
        prompts = [self._prompt(piece.language, piece.utterance.hot_words) for piece in pieces]
        found = self._decode(windows, prompts)
        unread = [n for n, piece in enumerate(pieces) if piece.lacks_number(found[n].text)]
        for n, readings in zip(unread, self._decode_digits(windows, pieces, unread), strict=True):
            found[n] = pieces[n].choose(found[n], readings)
        suspects = [n for n, piece in enumerate(pieces) if is_suspect(found[n], voiced_s=piece.voiced_s)]
        if suspects:
            full = _Windows(self._encode, [pieces[n].samples for n in suspects], LONGEST_S)
            again = self._decode(full, [prompts[n] for n in suspects])
            for n, each in zip(suspects, again, strict=True):
                found[n] = each
        for n, piece in enumerate(pieces):
            if not is_suspect(found[n], voiced_s=piece.voiced_s):
                found[n] = self._with_rest(found[n], piece.samples, prompts[n])
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
            more = self._decode(self._windows([rest]), [prompt])[0]
            if is_suspect(more, voiced_s=len(rest) / ASR_RATE) or refusal(
                more, voiced_s=len(rest) / ASR_RATE
            ):
                break
            parts.append(more)
            at = at + more.until_s if more.until_s else None
        return _joined(parts)

    def _windows(self, pieces: Sequence[Samples]) -> _Windows:
        """The shortest windows that do for some pieces."""
        longest_s = max(len(piece) for piece in pieces) / ASR_RATE
        return _Windows(self._encode, pieces, window_s(longest_s, shortest_s=self._shortest_s))

    def _encode(self, pieces: Sequence[Samples], window: float) -> StorageView:
        # Silence is added to the audio: features padded with zeros are no silence.
        length = int(window * FRAMES_PER_S) * (ASR_RATE // FRAMES_PER_S)
        batch = [
            self._model.feature_extractor(np.pad(piece[:length], (0, max(0, length - len(piece)))), padding=0)
            for piece in pieces
        ]
        return self._model.encode(np.ascontiguousarray(np.stack(batch)))

    def _decode(self, windows: _Windows, prompts: Sequence[list[int]]) -> list[Decoded]:
        """The text of each window; those whose prompts have one length share a batch."""
        decoded: dict[int, Decoded] = {}
        for length in sorted({len(prompt) for prompt in prompts}):
            batch = [n for n, prompt in enumerate(prompts) if len(prompt) == length]
            readings = self._generate(windows, batch, [prompts[n] for n in batch], beam_size=self._beam)
            decoded |= {n: best for n, (best,) in zip(batch, readings, strict=True)}
        return [decoded[n] for n in range(len(prompts))]

    def _decode_digits(
        self, windows: _Windows, pieces: Sequence[_Piece], which: Sequence[int]
    ) -> list[list[Decoded]]:
        """Some windows as if nothing but digits could be said: several readings of each, the likeliest first.

        Their log-probabilities are among digits, so that they tell one number from another, and a number
        from other words only where they are low.
        """
        if not which:
            return []
        tokenizer = self._tokenizer("en")
        return self._generate(
            windows,
            which,
            [[*self._prompt(pieces[n].language, ()), tokenizer.no_timestamps] for n in which],
            beam_size=DIGITS_BEAM,
            num_hypotheses=DIGITS_BEAM,
            suppress_tokens=self._no_digits,
        )

    def _generate(
        self, windows: _Windows, which: Sequence[int], prompts: Sequence[list[int]], **options: Any
    ) -> list[list[Decoded]]:
        longest_s = max(len(windows.pieces[n]) for n in which) / ASR_RATE
        budget = int(longest_s * TOKENS_PER_S) + TOKENS_FREE
        results = self._model.model.generate(
            windows.encoded(which),
            list(prompts),
            return_scores=True,
            return_no_speech_prob=True,
            max_length=min(MAX_TOKENS, len(prompts[0]) + budget),
            **options,
        )
        return [
            [
                self._read(tokens, score, no_speech=result.no_speech_prob, budget=budget)
                for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
            ]
            for result in results
        ]

    def _read(self, tokens: Sequence[int], score: float, *, no_speech: float, budget: int) -> Decoded:
        tokenizer = self._tokenizer("en")
        times = [token for token in tokens if token >= tokenizer.timestamp_begin]
        until_s = (times[-1] - tokenizer.timestamp_begin) * TIMESTAMP_S if len(times) > 1 else None
        return Decoded(
            text=str(tokenizer.decode(list(tokens))).strip(),
            # The score is the mean over the tokens; the end of the text is one more.
            log_prob=score * len(tokens) / (len(tokens) + 1),
            no_speech=no_speech,
            complete=len(tokens) < budget,
            until_s=until_s,
        )

    @cached_property
    def _no_digits(self) -> list[int]:
        """All tokens of texts that hold anything but digits."""
        tokenizer = self._tokenizer("en")
        texts = {token: tokenizer.decode([token]).strip() for token in range(tokenizer.timestamp_begin)}
        return [
            token
            for token, text in texts.items()
            if token != tokenizer.eot and not (text.isascii() and text.isdecimal())
        ]

    def _prompt(self, language: str, hot_words: Sequence[str]) -> list[int]:
        tokenizer = self._tokenizer(language)
        before = tokenizer.encode(" " + ", ".join(hot_words))[:HOT_WORD_TOKENS] if hot_words else []
        return [*([tokenizer.sot_prev, *before] if before else []), *tokenizer.sot_sequence]

    def _tokenizer(self, language: str) -> Tokenizer:
        name = whispers_name(language)
        return Tokenizer(self._model.hf_tokenizer, self._multilingual, task="transcribe", language=name)


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
                Utterance(
                    samples,
                    header.get("language"),
                    header.get("hot_words") or (),
                    voiced_s,
                    candidates=header.get("candidates") or (),
                    number=bool(header.get("number")),
                    digits=header.get("digits"),
                )
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
                    "language_sure": written.language_sure,
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
    whisper.recognize([Utterance(np.zeros(ASR_RATE, np.float32), "en", (), 1.0, number=True)])
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
