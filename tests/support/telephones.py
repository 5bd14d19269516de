"""Telephones of several makes, for one way of talking: say something, and read what is heard in answer.

    async with on_baresip(tmp_path, line.sip) as phone:
        greeting = await answer(phone)
        told = await ask(phone, clip)

Each is as real as it can be had here: baresip by SIP; streamdouble as Twilio; and Asterisk's two protocols by
simulators, which speak each 20 ms as Asterisk does.
"""

from __future__ import annotations

import asyncio
import base64
import wave
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch
from uuid import uuid4

import numpy as np
import soxr
import streamdouble.session
import websockets
from streamdouble.chaos import Impairments
from streamdouble.scenario import Say, Scenario
from streamdouble.session import Session, SessionConfig

from tests.support.baresip import Baresip
from tests.support.caller import AUDIBLE_POWER, BLOCK, FRAME, FRAME_S, RATE, Pcm, decode, encode
from tests.support.recorded import Clip, transcribe
from tests.voice_gateway.transports.simulators.asterisk import Channel
from tests.voice_gateway.transports.simulators.audiosocket import AudioSocketPeer

PATIENCE_S = 60.0
QUIET_S = 1.2
"""The bot has finished when nothing was heard for so long: longer than the pauses between its sentences."""
RESERVE_S = 120
"""Silence after what is said, which baresip must not come to the end of: it would hang up."""
WIDEBAND = 16_000
SLIN = 0x10
"""AudioSocket's kind of audio of 8000 Hz."""


class Telephone(Protocol):
    """One call of any make, from its answer on."""

    async def say(self, clip: Clip) -> None:
        """Say something; returns when it is said."""
        ...

    def heard(self) -> Pcm:
        """What was heard so far; where nothing is sent to us in silence, without the silence."""
        ...


class Keypad(Telephone, Protocol):
    """One that has keys."""

    async def press(self, keys: str) -> None:
        """Press keys, one after another."""
        ...


async def ask(phone: Telephone, clip: Clip) -> str:
    """Say something, and what is heard in answer, once it is complete."""
    await phone.say(clip)
    return await answer(phone, since=len(phone.heard()))


async def key(phone: Keypad, keys: str) -> str:
    """Press keys while nothing is heard, and what is heard in answer, once it is complete."""
    since = len(phone.heard())
    await phone.press(keys)
    return await answer(phone, since=since)


async def answer(phone: Telephone, *, since: int = 0) -> str:
    """What is heard from a sample on, once something was and then nothing any more: as text.

    Raises TimeoutError.
    """
    await quiet(phone, since=since)
    # Words at the very edge of a recording are misheard.
    return await asyncio.to_thread(transcribe, np.pad(phone.heard()[since:], RATE // 2))


async def quiet(phone: Telephone, *, since: int = 0) -> None:
    """Wait until something was heard from a sample on, and then nothing any more. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    last, at = since, loop.time()
    async with asyncio.timeout(PATIENCE_S):
        while last == since or loop.time() - at < QUIET_S:
            end = audible_until(phone, since=since)
            if end != last:
                last, at = end, loop.time()
            await asyncio.sleep(FRAME_S)


def audible_until(phone: Telephone, *, since: int) -> int:
    """The sample after the last that can be heard, from one on; ``since`` where none can."""
    pcm = phone.heard()[since:]
    blocks = pcm[: len(pcm) // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64)
    audible = np.flatnonzero((blocks**2).mean(axis=1) > AUDIBLE_POWER)
    return since + (int(audible[-1]) + 1) * BLOCK if len(audible) else since


class BaresipPhone:
    """A `Telephone`; what else it can do is in ``baresip``."""

    def __init__(self, baresip: Baresip) -> None:
        self.baresip = baresip
        self._said = 0

    async def say(self, clip: Clip) -> None:
        self._said += 1
        path = self.baresip.directory / f"said-{self._said}.wav"
        _write(path, clip.pcm)
        await self.baresip.say(path)
        await asyncio.sleep(clip.ends_ms / 1000)

    async def press(self, keys: str) -> None:
        await self.baresip.press(keys)

    def heard(self) -> Pcm:
        return self.baresip.heard()


@asynccontextmanager
async def on_baresip(directory: Path, uri: str) -> AsyncIterator[BaresipPhone]:
    """A call by baresip; it is hung up in the end if it is not by then."""
    silence = directory / "silence.wav"
    _write(silence, b"")
    async with Baresip.start(directory, microphone=silence) as phone:
        await phone.dial(uri)
        await phone.event("CALL_ESTABLISHED", within_s=PATIENCE_S)
        yield BaresipPhone(phone)
        if not any(event.get("type") == "CALL_CLOSED" for event in phone.events):
            await phone.hang_up()
            await phone.event("CALL_CLOSED")


def _write(path: Path, pcm: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm + bytes(2 * RATE * RESERVE_S))


class _Mouth:
    """What a caller says in frames of 20 ms: one clip after another, and silence where there is none."""

    def __init__(self) -> None:
        self._frames: deque[Pcm] = deque()
        self._silent = asyncio.Event()

    async def say(self, clip: Clip) -> None:
        pcm = np.frombuffer(clip.pcm, dtype="<i2")
        self._frames.extend(np.pad(pcm, (0, -len(pcm) % FRAME)).reshape(-1, FRAME))
        self._silent.clear()
        await self._silent.wait()

    def frame(self) -> Pcm:
        if self._frames:
            return self._frames.popleft()
        self._silent.set()
        return np.zeros(FRAME, dtype=np.int16)

    async def speak(self, send: Callable[[Pcm], Awaitable[None]]) -> None:
        """Send a frame each 20 ms by the clock, until cancelled or the other side is gone."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        with suppress(ConnectionError, websockets.ConnectionClosed):
            while True:
                await send(self.frame())
                due += FRAME_S
                await asyncio.sleep(max(0.0, due - loop.time()))


class AudioSocketPhone:
    """A `Telephone` behind an Asterisk that has AudioSocket."""

    def __init__(self, peer: AudioSocketPeer, mouth: _Mouth) -> None:
        self.peer = peer
        self._mouth = mouth

    async def say(self, clip: Clip) -> None:
        await self._mouth.say(clip)

    async def press(self, keys: str) -> None:
        for key in keys:
            await self.peer.say(0x03, key.encode())
            await asyncio.sleep(0.1)

    def heard(self) -> Pcm:
        return np.frombuffer(self.peer.audio(SLIN), dtype="<i2")


@asynccontextmanager
async def on_audiosocket(port: int) -> AsyncIterator[AudioSocketPhone]:
    """A call by AudioSocket."""
    peer = await AudioSocketPeer.connect(port)
    await peer.call(uuid4())
    mouth = _Mouth()
    listening = asyncio.create_task(peer.until_closed(within_s=10 * PATIENCE_S))
    speaking = asyncio.create_task(mouth.speak(lambda pcm: peer.say(SLIN, pcm.tobytes())))
    try:
        yield AudioSocketPhone(peer, mouth)
        await peer.say(0x00)
    finally:
        speaking.cancel()
        await peer.close()
        await asyncio.gather(listening, speaking, return_exceptions=True)


class ChannelPhone:
    """A `Telephone` behind an Asterisk that has chan_websocket, wideband as `docs/telephony.md` has it."""

    def __init__(self, channel: Channel, mouth: _Mouth) -> None:
        self.channel = channel
        self._mouth = mouth

    async def say(self, clip: Clip) -> None:
        await self._mouth.say(clip)

    async def press(self, keys: str) -> None:
        for key in keys:
            await self.channel.say("DTMF_END", digit=key)
            await asyncio.sleep(0.1)

    def heard(self) -> Pcm:
        wide = np.frombuffer(bytes(self.channel.media), dtype="<i2").astype(np.float32)
        return np.asarray(soxr.resample(wide, WIDEBAND, RATE).astype(np.int16))


@asynccontextmanager
async def on_channel(url: str) -> AsyncIterator[ChannelPhone]:
    """A call by chan_websocket."""
    channel = await Channel.connect(f"{url}?caller=%2B4712345678", is_json=True)
    await channel.start("slin16", 640)
    mouth = _Mouth()
    wider = soxr.ResampleStream(RATE, WIDEBAND, 1, dtype="int16")

    async def send(pcm: Pcm) -> None:
        await channel.socket.send(wider.resample_chunk(pcm).tobytes())

    speaking = asyncio.create_task(mouth.speak(send))
    try:
        yield ChannelPhone(channel, mouth)
        await channel.say("HANGUP")
    finally:
        speaking.cancel()
        await channel.close()
        await asyncio.gather(speaking, return_exceptions=True)


class TwilioPhone:
    """A `Telephone` of Twilio's, by streamdouble; ``result`` is complete when the call is over."""

    def __init__(self, url: str, impairments: Any) -> None:
        self._mouth = _Mouth()
        self._over = False
        self._heard = bytearray()
        # streamdouble tells its trace of all that comes, and reads the clip as it is said.
        config = SessionConfig(impairments=impairments, chaos_seed=7, quiet_period_s=0.3, trace=self)
        talk = Scenario("talk", [Say(Path("-"), self._frames())])
        self.session = Session(url, scenario=talk, config=config)

    @property
    def result(self) -> Any:
        return self.session.result

    async def say(self, clip: Clip) -> None:
        await self._mouth.say(clip)

    def heard(self) -> Pcm:
        return decode(bytes(self._heard))

    def hang_up(self) -> None:
        self._over = True

    def note_in(self, raw: str | bytes, at: float, *, parsed: Mapping[str, Any] | None = None) -> None:
        """As `streamdouble.trace.Trace` has it."""
        if parsed is not None and parsed["event"] == "media":
            self._heard += base64.b64decode(parsed["media"]["payload"])

    def note_out(self, frame: Mapping[str, Any], at: float) -> None:
        """As `streamdouble.trace.Trace` has it: of no interest."""

    def _frames(self) -> Iterator[bytes]:
        while not self._over:
            yield encode(self._mouth.frame())


@asynccontextmanager
async def on_twilio(url: str, signature: str, *, loss: float, jitter_ms: float) -> AsyncIterator[TwilioPhone]:
    """A call by Twilio, of whose packets some are lost (0..1) and all are late by up to so much."""
    phone = TwilioPhone(url, Impairments(loss=loss, jitter_ms=jitter_ms))
    signed = partial(websockets.connect, additional_headers={"X-Twilio-Signature": signature})
    with patch.object(streamdouble.session.websockets, "connect", signed):
        running = asyncio.create_task(phone.session.run())
        try:
            yield phone
            phone.hang_up()
            await asyncio.wait_for(running, 10)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
