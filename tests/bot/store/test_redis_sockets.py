"""What one node emits reaches the clients of another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
import socketio
import uvicorn

from bot.store.redis_sockets import RedisSockets
from tests.support.relay import Relay
from tests.support.requirements import redis_url

pytestmark = pytest.mark.redis

PATIENCE_S = 60


@asynccontextmanager
async def node(url: str) -> AsyncIterator[tuple[socketio.AsyncServer, str]]:
    """A node and its address."""
    sockets = RedisSockets(url)
    server = socketio.AsyncServer(async_mode="asgi", client_manager=sockets, namespaces=["/"])
    app = socketio.ASGIApp(server)
    web = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    async with sockets.listening():
        task = asyncio.create_task(web.serve())
        while not web.started:  # noqa: ASYNC110  the library tells it in no other way
            await asyncio.sleep(0.01)
        try:
            yield server, f"http://127.0.0.1:{web.servers[0].sockets[0].getsockname()[1]}"
        finally:
            web.should_exit = True
            await task


async def test_a_node_s_first_client_misses_nothing_that_another_emits() -> None:
    cache = httpx.URL(redis_url())
    far = Relay(cache.host, cache.port or 6379, delay_s=0.05)
    try:
        async with AsyncExitStack() as stack:
            url = str(cache.copy_with(host="127.0.0.1", port=far.port))
            _, address = await stack.enter_async_context(node(url))
            other, _ = await stack.enter_async_context(node(redis_url()))
            told: asyncio.Queue[str] = asyncio.Queue()
            client = socketio.AsyncClient(reconnection=False)
            client.on("news", told.put)
            await client.connect(address, transports=["websocket"])
            stack.push_async_callback(client.disconnect)
            await other.emit("news", "the first")
            assert await asyncio.wait_for(told.get(), PATIENCE_S) == "the first"
    finally:
        far.close()
