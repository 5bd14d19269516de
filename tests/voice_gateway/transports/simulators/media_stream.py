"""A provider of media streams: connects as Twilio, Telnyx or Exotel does, and plays what it is sent."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


@dataclass
class Provider:
    """One stream. Marks are echoed at once when ``echo_marks``, and all of them at a clear."""

    socket: ClientConnection
    stream_key: str = "streamSid"
    echo_marks: bool = True
    media: bytearray = field(default_factory=bytearray)
    pieces: list[bytes] = field(default_factory=list)
    got: list[Mapping[str, Any]] = field(default_factory=list)
    reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls, url: str, headers: Mapping[str, str] | None = None, *, stream_key: str = "streamSid"
    ) -> Provider:
        socket = await connect(url, additional_headers=dict(headers or {}))
        self = cls(socket, stream_key)
        self.reader = asyncio.create_task(self._read())
        return self

    @property
    def events(self) -> list[str]:
        return [str(message["event"]) for message in self.got]

    async def say(self, event: str, **parts: Any) -> None:
        await self.socket.send(json.dumps({"event": event, self.stream_key: "MZ1", **parts}))

    async def say_media(self, payload: bytes, *, chunk: int, timestamp: int, **more: Any) -> None:
        media = {"payload": base64.b64encode(payload).decode(), **more}
        await self.say("media", media={**media, "chunk": str(chunk), "timestamp": str(timestamp)})

    async def until_closed(self) -> int | None:
        """The code that we were closed with."""
        await asyncio.wait_for(self.socket.wait_closed(), 20)
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        if self.reader is not None:
            await self.reader

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.socket:
                message = json.loads(text)
                self.got.append(message)
                if message["event"] == "media":
                    piece = base64.b64decode(message["media"]["payload"])
                    self.pieces.append(piece)
                    self.media += piece
                elif message["event"] == "mark" and self.echo_marks:
                    await self.say("mark", mark=message["mark"])


TWILIO_START: Mapping[str, Any] = {
    "accountSid": "AC1",
    "streamSid": "MZ1",
    "callSid": "CA1",
    "tracks": ["inbound"],
    "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    "customParameters": {"language": "no", "plan": "gold"},
}
