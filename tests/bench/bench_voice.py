"""The phone line, measured at the caller's end of real SIP calls; the split of a turn is the gateway's own.

Bot and gateway run as their user runs them, on the same cores as the callers. The callers ask in a
synthetic voice through a telephone's band; when their speech ends and the answer begins is told from the
audio of both directions (`tests.support.caller`), so that every buffer on the way counts.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from tests.bench.figures import figure, percentile, resident_mb
from tests.bench.phone_talk import (
    GREETED_WITHIN_S,
    INTERRUPTIONS,
    QUESTIONS,
    Talk,
    converse,
    every_text,
    interrupt,
    scripts,
)
from tests.support import sipp
from tests.support.caller import FRAME_S, RATE, Caller
from tests.support.echo_calls import EchoCalls
from tests.support.phone_line import PhoneLine
from tests.support.recorded import Clip, speech
from tests.support.requirements import ROOT
from tests.support.sip_client import CallRefused
from voice_gateway.transports.sip import SipSettings, SipTransport
from voice_gateway.tts.casting import speaking
from voice_gateway.tts.settings import SpeechSettings

TURNS = 50
"""At least so many answered turns at each level."""
MOST_CALLS = 30
"""Then a level ends, however few turns were answered."""
CALLERS = (1, 4)
BARGE_INS = 20
MOST_BARGE_IN_CALLS = 40
INTERRUPT_AFTER_S = 1.0
MEDIA_CALLS = 100
MEDIA_S = 30.0
LISTENING_CALLS = 10
LISTENING_S = 6.0
"""Shorter than the silence after which the gateway asks again."""
SENTENCES = (
    "Your parcel left our warehouse this morning and should be with you on Thursday.",
    "We could not find an order with that number.",
    "Shipping to your country takes between three and five working days.",
    "I have sent the invoice to the address that we have on file.",
    "The lamp is in stock, and we can send it today.",
    "You can return it within thirty days, in its original packaging.",
    "Our customer service is open until six in the evening.",
    "I will connect you with one of my colleagues.",
)


def main() -> None:
    clips = {clip.text: clip for clip in speech(every_text())}
    with _phone_line() as line:
        figure("gateway_memory_at_start", resident_mb(line.pid), "MB")
        # First: a process that has been working may give back more memory than the calls take.
        _listening_calls(line)
        for callers in CALLERS:
            _turns(line, clips, callers)
        _barge_in(line, clips)
        figure("gateway_memory_after_load", resident_mb(line.pid), "MB")
    _media_only()
    asyncio.run(_first_audio_of_speech())


@contextmanager
def _phone_line() -> Iterator[PhoneLine]:
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        line = PhoneLine(Path(folder))
        began = time.perf_counter()
        try:
            line.start()
            took = time.perf_counter() - began
            figure("time_to_ready", took, "s", note="bot and gateway, from process start")
            yield line
        finally:
            line.stop()


def _turns(line: PhoneLine, clips: dict[str, Clip], callers: int) -> None:
    """End of speech to first audio at the caller, and what the gateway counted of the same turns."""
    before = _parts(line.metrics())
    cpu, began = _cpu_s(line.pid), time.perf_counter()
    talk = asyncio.run(_talk(line.sip, clips, callers))
    took = time.perf_counter() - began
    under = _conditions(callers=callers, turns=len(talk.latencies))
    for percent in (50, 95):
        if talk.latencies:
            figure(f"voice_turn_p{percent}", percentile(talk.latencies, percent), "s", **under)
    figure("voice_calls_failed", talk.failed, "calls", **under, calls=talk.calls)
    figure("voice_turns_unanswered", sum(turn.answered_s is None for turn in talk.turns), "turns", **under)
    figure("voice_turns_cut_off", sum(turn.cut_off for turn in talk.turns), "turns", **under)
    if talk.greeted_s:
        figure(
            "voice_greeting_p50", percentile(talk.greeted_s, 50), "s", **under, note="answer to first audio"
        )
    figure("voice_packets_lost", talk.lost_packets, "packets", **under)
    for part, buckets in _parts(line.metrics()).items():
        split = buckets.since(before.get(part))
        if split.count:
            figure(f"voice_turn_part_{part}_mean", split.seconds / split.count, "s", **under)
            for percent in (50, 95):
                figure(f"voice_turn_part_{part}_p{percent}", split.percentile(percent), "s", **under)
    figure("gateway_cpu", (_cpu_s(line.pid) - cpu) / took, "cores", **under, note="all of its processes")


async def _talk(target: str, clips: dict[str, Clip], callers: int) -> Talk:
    talk = Talk()

    async def caller(number: int) -> None:
        await asyncio.sleep(number * 1.7)
        for script in scripts(number):
            if len(talk.latencies) >= TURNS or talk.calls >= MOST_CALLS:
                return
            await converse(target, [clips[text] for text in script], talk)

    await asyncio.gather(*(caller(number) for number in range(callers)))
    return talk


def _barge_in(line: PhoneLine, clips: dict[str, Clip]) -> None:
    """From the first audible moment of an interruption to the last of the bot, both at the caller."""

    async def calls() -> Talk:
        talk = Talk()
        pairs = zip(itertools.cycle(QUESTIONS), itertools.cycle(INTERRUPTIONS), strict=False)
        for question, interruption in itertools.islice(pairs, MOST_BARGE_IN_CALLS):
            if len(talk.stopped_s) >= BARGE_INS:
                break
            try:
                await interrupt(
                    line.sip, clips[question], clips[interruption], talk, after_s=INTERRUPT_AFTER_S
                )
            except (TimeoutError, ConnectionError, CallRefused):
                talk.failed += 1
        return talk

    talk = asyncio.run(calls())
    under = _conditions(interruptions=len(talk.stopped_s))
    for percent in (50, 95):
        if talk.stopped_s:
            figure(f"voice_barge_in_stop_p{percent}", percentile(talk.stopped_s, percent), "s", **under)
    figure("voice_barge_in_calls_failed", talk.failed, "calls", **under)
    figure("voice_barge_in_missed", talk.not_stopped, "interruptions", **under)


def _listening_calls(line: PhoneLine) -> None:
    """What a call costs in which nobody speaks: reception, voice detection, silence."""

    async def calls() -> tuple[float, float]:
        before_mb = resident_mb(line.pid)
        async with asyncio.TaskGroup() as group:
            callers = [Caller(line.sip) for _ in range(LISTENING_CALLS)]
            for caller in callers:
                group.create_task(caller.__aenter__())
        try:
            await asyncio.gather(*(caller.wait_for_silence(for_s=1.0, within_s=60.0) for caller in callers))
            cpu, began = _cpu_s(line.pid), time.perf_counter()
            await asyncio.sleep(LISTENING_S)
            share = (_cpu_s(line.pid) - cpu) / (time.perf_counter() - began)
            return share, resident_mb(line.pid) - before_mb
        finally:
            await asyncio.gather(*(caller.__aexit__(None, None, None) for caller in callers))

    share, grown_mb = asyncio.run(calls())
    under = _conditions(calls=LISTENING_CALLS)
    figure("voice_listening_calls_per_core", LISTENING_CALLS / share, "calls", **under)
    figure("voice_memory_per_call", grown_mb / LISTENING_CALLS, "MB", **under)


async def _hear_greeting(caller: Caller) -> None:
    began = await caller.wait_for_audio(after=caller.answered_at, within_s=GREETED_WITHIN_S)
    await caller.wait_for_silence(for_s=1.0, after=began, within_s=60.0)


def _media_only() -> None:
    """SIP and RTP in both directions without hearing or speaking: what sipp says comes back."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_carry_echoes, args=(theirs,), daemon=True)
    process.start()
    try:
        assert process.pid is not None
        port = ours.recv()
        cpu, began = _cpu_s(process.pid), time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            tone = (np.sin(np.arange(RATE) * 2 * np.pi * 440 / RATE) * 8000).astype("<i2").tobytes()
            outcome = asyncio.run(
                sipp.call(
                    Path(folder), ("127.0.0.1", port), calls=MEDIA_CALLS, talk_s=MEDIA_S, pcm=tone, rate=50.0
                )
            )
        took = time.perf_counter() - began
        ours.send(None)
        packets, lost = ours.recv()
        # By the packets that came: on a busy machine sipp itself may not keep up.
        call_s = packets * FRAME_S
        under = _conditions(calls=MEDIA_CALLS, seconds=MEDIA_S)
        figure("voice_media_calls_per_core", call_s / (_cpu_s(process.pid) - cpu), "calls", **under)
        figure("voice_media_calls_failed", outcome.failed, "calls", **under)
        figure("voice_media_packets_lost", lost, "packets", **under, received=packets, took_s=round(took, 1))
    finally:
        process.kill()
        process.join()


def _carry_echoes(pipe: Connection) -> None:
    """In a process of its own: take calls and echo them, until asked what was received."""

    async def run() -> None:
        calls = EchoCalls()
        transport = SipTransport(SipSettings(port=0, rtp_ports=(34_000, 34_999), codecs=("PCMU",)))
        await transport.start(calls)
        pipe.send(transport.address[1])
        await asyncio.to_thread(pipe.recv)
        receptions = [call.leg.reception() for call in calls.calls]
        pipe.send((sum(each.packets for each in receptions), sum(each.lost for each in receptions)))
        await asyncio.to_thread(pipe.recv)

    asyncio.run(run())


async def _first_audio_of_speech() -> None:
    """From a sentence that was never said before to the first clause of its audio."""
    voices = speaking(SpeechSettings())
    await voices.start()
    try:
        times: list[float] = []
        for text in SENTENCES:
            began = time.perf_counter()
            async with aclosing(voices.clauses(text, language="en", rate=RATE)) as clauses:
                await anext(clauses)
                times.append(time.perf_counter() - began)
    finally:
        await voices.stop()
    under = _conditions(sentences=len(times))
    for percent in (50, 95):
        figure(f"tts_first_audio_p{percent}", percentile(times, percent), "s", **under)


class _Histogram:
    """A Prometheus histogram at one moment, or between two."""

    def __init__(self, buckets: dict[float, float], seconds: float) -> None:
        self.buckets = buckets
        self.seconds = seconds

    @property
    def count(self) -> float:
        return self.buckets.get(float("inf"), 0.0)

    def since(self, before: _Histogram | None) -> _Histogram:
        if before is None:
            return self
        buckets = {edge: count - before.buckets.get(edge, 0.0) for edge, count in self.buckets.items()}
        return _Histogram(buckets, self.seconds - before.seconds)

    def percentile(self, percent: float) -> float:
        """Within the bucket by even distribution, as Prometheus's histogram_quantile."""
        wanted = self.count * percent / 100
        low, below = 0.0, 0.0
        for edge, count in sorted(self.buckets.items()):
            if count >= wanted:
                if edge == float("inf") or count == below:
                    return low
                return low + (edge - low) * (wanted - below) / (count - below)
            low, below = edge, count
        return low


def _parts(metrics: str) -> dict[str, _Histogram]:
    """The turn's parts as the gateway counted them so far."""
    parts: dict[str, _Histogram] = {}
    for family in text_string_to_metric_families(metrics):
        if family.name != "firstline_voice_turn_seconds":
            continue
        for sample in family.samples:
            part = parts.setdefault(sample.labels["part"], _Histogram({}, 0.0))
            if sample.name.endswith("_bucket"):
                part.buckets[float(sample.labels["le"])] = sample.value
            elif sample.name.endswith("_sum"):
                part.seconds = sample.value
    return parts


def _conditions(**conditions: object) -> dict[str, object]:
    return {**conditions, "load": round(os.getloadavg()[0], 2)}


def _cpu_s(pid: int) -> float:
    """CPU time of a process and of those that it started, in seconds."""
    total = 0.0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(_cpu_s(int(child)) for child in children.read_text().split())
    except OSError:
        # It ended meanwhile.
        pass
    return total


if __name__ == "__main__":
    main()
