"""A voice gateway for browsers that does what a test tells it: answers WebRTC offers, plays a tone, listens.

It speaks docs/api.md's offer and the data channel ``call``, on this machine's loopback only.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, MediaStreamTrack
from av import AudioFrame
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

Json = dict[str, Any]
TONE_HZ = 440
RATE = 48_000
FRAME = RATE // 50


HEARD_HZ = """async (audio) => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 8192 });
  context.createMediaStreamSource(audio.srcObject).connect(analyser);
  const bins = new Uint8Array(analyser.frequencyBinCount);
  for (let tries = 0; tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    analyser.getByteFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    if (bins[loudest] > 150) return (loudest * context.sampleRate) / analyser.fftSize;
  }
  return 0;
}"""
"""An `<audio>` element's loudest frequency, in Hz, once it plays something."""


def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have aiortc offer 127.0.0.1, which it leaves out by default, and nothing else."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: ["127.0.0.1"])


class Tone(AudioStreamTrack):
    """A steady tone, 20 ms a frame."""

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0
        self._began: float | None = None

    async def recv(self) -> AudioFrame:
        self._began = self._began or time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self._sent / RATE - time.monotonic()))
        at = (self._sent + np.arange(FRAME)) / RATE
        frame = AudioFrame.from_ndarray(
            (np.sin(at * 2 * math.pi * TONE_HZ) * 8_000).astype(np.int16)[None], layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, Fraction(1, RATE)
        self._sent += FRAME
        return frame


class FakeCall:
    """One browser's call: what it asked with, what it signalled, and what is heard of it."""

    def __init__(self, offer: Json) -> None:
        self.offer = offer
        self.told: list[Json] = []
        self.loudness = 0.0
        """Root mean square, 0..1, of the loudest 20 ms of the last half second."""
        self.over = asyncio.Event()
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel: RTCDataChannel | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()
        self.peer.on("datachannel", self._on_channel)
        self.peer.on("track", self._on_track)
        self.peer.on("connectionstatechange", self._on_state)

    async def answer(self) -> Json:
        await self.peer.setRemoteDescription(RTCSessionDescription(self.offer["sdp"], "offer"))
        self.peer.addTrack(Tone())
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return {"sdp": self.peer.localDescription.sdp, "type": "answer", "id": "call1"}

    async def tell(self, state: str, **more: str) -> None:
        assert self._channel is not None
        self._channel.send(json.dumps({"state": state, **more}))

    async def end(self, reason: str = "hangup") -> None:
        await self.tell("ended", reason=reason)

    async def until_loudness(self, wanted: Callable[[float], bool]) -> None:
        async with asyncio.timeout(10):
            while not wanted(self.loudness):
                self._heard.clear()
                await self._heard.wait()

    async def close(self) -> None:
        """Break off without a word."""
        self.over.set()
        if self._hearing:
            self._hearing.cancel()
        await self.peer.close()

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        channel.on("message", lambda text: self.told.append(json.loads(text)))
        channel.send(json.dumps({"state": "connected"}))

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._hearing = asyncio.ensure_future(self._hear(track))

    def _on_state(self) -> None:
        if self.peer.connectionState in ("closed", "failed"):
            self.over.set()

    async def _hear(self, track: MediaStreamTrack) -> None:
        recent: list[float] = []
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            samples = frame.to_ndarray().astype(np.float64) / 32_768
            recent = [*recent[-24:], float(np.sqrt(np.mean(samples**2)))]
            self.loudness = max(recent)
            self._heard.set()


class FakeGateway:
    """The calls that came, newest last; ``refuse`` with a status and a code answers the next ones instead."""

    def __init__(self) -> None:
        self.calls: list[FakeCall] = []
        self.refuse: tuple[int, str] | None = None
        self.router = APIRouter()
        self.router.add_api_route("/webrtc/offer", self._offer, methods=["POST"])
        self.router.add_api_route("/webrtc/ice-servers", self._servers, methods=["POST"])

    @property
    def call(self) -> FakeCall:
        return self.calls[-1]

    async def close(self) -> None:
        await asyncio.gather(*(call.close() for call in self.calls))

    async def _servers(self) -> Json:
        return {"ice_servers": []}

    async def _offer(self, request: Request) -> JSONResponse:
        if self.refuse is not None:
            status, code = self.refuse
            return JSONResponse({"code": code, "message": "Refused by the test.", "hint": ""}, status)
        call = FakeCall(await request.json())
        self.calls.append(call)
        return JSONResponse(await call.answer())
