"""Asterisk's side of AudioSocket."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field
from uuid import UUID

HEADER = struct.Struct(">BH")


@dataclass
class AudioSocketPeer:
    """One connection; what came is in ``got`` as (kind, payload)."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    got: list[tuple[int, bytes]] = field(default_factory=list)

    @classmethod
    async def connect(cls, port: int) -> AudioSocketPeer:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def call(self, uuid: UUID) -> None:
        await self.say(0x01, uuid.bytes)

    async def say(self, kind: int, payload: bytes = b"") -> None:
        self.writer.write(HEADER.pack(kind, len(payload)) + payload)
        await self.writer.drain()

    async def until(self, count: int, *, within_s: float = 20) -> None:
        """Wait for so many messages in all."""
        async with asyncio.timeout(within_s):
            while len(self.got) < count:
                kind, length = HEADER.unpack(await self.reader.readexactly(HEADER.size))
                self.got.append((kind, await self.reader.readexactly(length)))

    async def until_closed(self, *, within_s: float = 20) -> None:
        """Read on until the connection is closed."""
        try:
            await self.until(1_000_000, within_s=within_s)
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    async def close(self) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)

    def audio(self, kind: int) -> bytes:
        return b"".join(payload for came, payload in self.got if came == kind)
