"""A browser: offers audio and the data channel, plays a tone, and records what it hears."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from tests.voice_gateway.transports.simulators.tones import frames
from voice_gateway.clock import SystemClock
from voice_gateway.transports.webrtc_ice import gather_at
from voice_gateway.transports.webrtc_leg import OutgoingTrack

RATE = 16_000


class Microphone(OutgoingTrack):
    """Says PCM at the pace of speech, then is silent."""

    def __init__(self, pcm: bytes) -> None:
        super().__init__(SystemClock())
        self._said = deque(frames(pcm, RATE))
        self.is_dead = False

    async def recv(self) -> AudioFrame:
        if self.is_dead:
            await asyncio.Event().wait()
        if self._said:
            self.put(self._said.popleft())
        return await super().recv()


@dataclass
class Browser:
    """One page. ``heard`` is 16 kHz PCM; ``told`` what came on the data channel."""

    connection: RTCPeerConnection
    channel: RTCDataChannel
    microphone: Microphone
    heard: bytearray = field(default_factory=bytearray)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    listening: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, pcm: bytes = b"") -> AsyncIterator[Browser]:
        """A page, until it is closed."""
        browser = cls.made(pcm)
        try:
            yield browser
        finally:
            await browser.close()

    @classmethod
    def made(cls, pcm: bytes) -> Browser:
        connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        microphone = Microphone(pcm)
        connection.addTrack(microphone)
        self = cls(connection, connection.createDataChannel("call"), microphone)
        connection.on("track", self._on_track)
        self.channel.on("message", self._on_message)
        self.channel.on("open", self.changed.set)
        connection.on("connectionstatechange", self.changed.set)
        return self

    async def offer(self) -> dict[str, Any]:
        """The body of the offer, all candidates in it."""
        transport = self.connection.getTransceivers()[0].receiver.transport
        gather_at(transport.transport.iceGatherer, ("127.0.0.1",))
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return {"sdp": self.connection.localDescription.sdp, "type": "offer"}

    async def call(self, http: httpx.AsyncClient, url: str, **more: Any) -> str:
        """Offer, and take the answer; the call's id."""
        answer = await http.post(url, json={**await self.offer(), **more})
        assert answer.status_code == 200, answer.text
        described = answer.json()
        await self.connection.setRemoteDescription(RTCSessionDescription(described["sdp"], described["type"]))
        return str(described["id"])

    async def until_heard(self, ms: int) -> None:
        async with asyncio.timeout(20):
            while len(self.heard) < ms * RATE // 1000 * 2:
                self.changed.clear()
                await self.changed.wait()

    async def until_told(self, state: str) -> Mapping[str, Any]:
        async with asyncio.timeout(20):
            while not any(message["state"] == state for message in self.told):
                self.changed.clear()
                await self.changed.wait()
        return next(message for message in self.told if message["state"] == state)

    def say(self, message: Any) -> None:
        self.channel.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def die(self) -> None:
        """Be gone without a word, as in a crash: nothing is sent or answered any more."""
        transport: Any = self.connection.getTransceivers()[0].receiver.transport.transport
        ice = transport.iceGatherer._connection
        for protocol in ice._protocols:
            protocol.datagram_received = lambda data, addr: None
            protocol.transport.sendto = lambda data, addr=None: None

    async def close(self) -> None:
        await self.connection.close()
        if self.listening is not None:
            await self.listening

    def _on_track(self, track: MediaStreamTrack) -> None:
        self.listening = asyncio.create_task(self._listen(track))

    def _on_message(self, message: str) -> None:
        self.told.append(json.loads(message))
        self.changed.set()

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                for resampled in resampler.resample(frame):
                    self.heard += bytes(resampled.planes[0])[: resampled.samples * 2]
                self.changed.set()
        except MediaStreamError:
            return
