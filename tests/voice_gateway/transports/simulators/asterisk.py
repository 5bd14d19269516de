"""Asterisk's side of chan_websocket, with control messages in either form."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


@dataclass
class Channel:
    """One channel. ``commands`` are those it got; marks are told of at once."""

    socket: ClientConnection
    is_json: bool
    commands: list[str] = field(default_factory=list)
    media: bytearray = field(default_factory=bytearray)
    pieces: list[bytes] = field(default_factory=list)
    tells_marks: bool = True
    reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls, url: str, headers: Mapping[str, str] | None = None, *, is_json: bool = False
    ) -> Channel:
        socket = await connect(
            url, additional_headers=dict(headers or {}), subprotocols=[Subprotocol("media")]
        )
        self = cls(socket, is_json)
        self.reader = asyncio.create_task(self._read())
        return self

    async def start(self, audio_format: str, frame: int) -> None:
        await self.say(
            "MEDIA_START",
            connection_id="e226e283",
            channel="WebSocket/firstline/0x5140001a0040",
            channel_id="pbx1-1.9",
            format=audio_format,
            optimal_frame_size=str(frame),
            ptime="20",
        )

    async def say(self, event: str, **fields: str) -> None:
        if self.is_json:
            more = {"channel_variables": {"TENANT": "acme"}} if event == "MEDIA_START" else {}
            await self.socket.send(json.dumps({"event": event, **fields, **more}))
        else:
            await self.socket.send(" ".join((event, *(f"{name}:{value}" for name, value in fields.items()))))

    async def until_closed(self) -> int | None:
        await asyncio.wait_for(self.socket.wait_closed(), 20)
        return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()
        if self.reader is not None:
            await self.reader

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for message in self.socket:
                if isinstance(message, bytes):
                    self.pieces.append(message)
                    self.media += message
                    continue
                fields: Mapping[str, str] = {}
                if self.is_json:
                    fields = json.loads(message)
                    command = fields["command"]
                else:
                    command = message
                self.commands.append(command)
                if command == "MARK_MEDIA" and self.tells_marks:
                    await self.say("MEDIA_MARK_PROCESSED", correlation_id=fields["correlation_id"])
                elif command == "REPORT_QUEUE_DRAINED" and self.tells_marks:
                    await self.say("QUEUE_DRAINED")
