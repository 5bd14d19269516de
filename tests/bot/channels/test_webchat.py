"""The Socket.IO channel, with a real client against the running server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import socketio

from tests.support.front_line import FrontLine


class Client:
    """A web chat: collects what it is told."""

    def __init__(self) -> None:
        self.sio = socketio.AsyncClient(reconnection=False)
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        for name in ("session_confirm", "session_error", "bot_uttered", "message", "state", "typing"):
            self.sio.on(name, self._listener(name))

    def _listener(self, name: str) -> Any:
        async def listener(data: Any = None) -> None:
            await self.heard.put((name, data))

        return listener

    async def next(self, name: str) -> Any:
        """The next of a kind; others are passed over."""
        async with asyncio.timeout(90):
            while True:
                kind, data = await self.heard.get()
                if kind == name:
                    return data

    async def session(self, session_id: str | None = None) -> str:
        await self.sio.emit("session_request", {"session_id": session_id})
        confirmed = await self.next("session_confirm")
        assert isinstance(confirmed, str)
        return confirmed

    async def say(self, session_id: str, message: str, **more: Any) -> dict[str, Any]:
        reply: dict[str, Any] = await self.sio.call(
            "user_uttered", {"session_id": session_id, "message": message, **more}, timeout=20
        )
        return reply


@pytest.fixture
async def clients(front_line: FrontLine) -> AsyncIterator[Any]:
    opened: list[Client] = []

    async def connect() -> Client:
        client = Client()
        await client.sio.connect(front_line.url)
        opened.append(client)
        return client

    yield connect
    for client in opened:
        await client.sio.disconnect()


async def test_a_stock_rasa_chat_talks_with_the_bot(clients: Any) -> None:
    client = await clients()
    session_id = await client.session()
    assert len(session_id) >= 24, "ids that the server makes cannot be guessed"
    # A stock client sends no id and asks for no acknowledgement.
    await client.sio.emit(
        "user_uttered", {"message": "hello", "session_id": session_id, "customData": {"a": 1}}
    )
    answer = await client.next("bot_uttered")
    assert answer["text"]
    assert all({"content_type", "title", "payload"} <= reply.keys() for reply in answer["quick_replies"])


async def test_a_session_id_of_the_client_s_is_kept(clients: Any) -> None:
    client = await clients()
    assert await client.session("my-own-session") == "my-own-session"
    await client.sio.emit("session_request", {"session_id": "not an id!"})
    assert (await client.next("session_error"))["code"] == "conversation.bad_id"


async def test_a_message_is_acknowledged_with_its_place_in_the_log(clients: Any) -> None:
    client = await clients()
    session_id = await client.session()
    reply = await client.say(session_id, "hello", message_id="m1")
    assert reply["ok"] is True
    assert reply["message_id"] == "m1"
    again = await client.say(session_id, "hello", message_id="m1")
    assert again["sequence"] == reply["sequence"]
    history = await client.sio.call("history", {"session_id": session_id, "after": 0}, timeout=90)
    customer = [m for m in history["messages"] if m["author"] == "customer"]
    assert [m["sequence"] for m in customer] == [reply["sequence"]]
    assert history["state"]["holder"] == "bot"
    later = await client.sio.call(
        "history", {"session_id": session_id, "after": reply["sequence"]}, timeout=20
    )
    assert all(m["author"] == "bot" for m in later["messages"])


async def test_all_tabs_of_a_customer_see_the_same(clients: Any) -> None:
    first, second = await clients(), await clients()
    session_id = await first.session()
    await second.session(session_id)
    await first.say(session_id, "hello", message_id="from-first")
    seen = await second.next("message")
    assert (seen["author"], seen["message_id"]) == ("customer", "from-first")
    assert (await second.next("bot_uttered"))["message"]["author"] == "bot"


async def test_a_session_that_was_not_requested_is_closed_to_a_client(clients: Any) -> None:
    mine, other = await clients(), await clients()
    session_id = await mine.session()
    await mine.say(session_id, "hello")
    await other.session()
    for event in ("user_uttered", "history", "rate", "handoff_request", "handoff_cancel"):
        payload = {"session_id": session_id, "message": "hi", "after": 0, "score": 5}
        reply = await other.sio.call(event, payload, timeout=90)
        assert reply["ok"] is False
        assert reply["code"] == "session.not_joined", event


@pytest.mark.parametrize(
    "data", [None, 7, "text", [], {}, {"session_id": None}, {"session_id": {"a": 1}, "message": "x"}]
)
async def test_garbage_is_refused_and_the_connection_lives(clients: Any, data: Any) -> None:
    client = await clients()
    for event in ("user_uttered", "history", "rate", "handoff_request", "handoff_cancel"):
        reply = await client.sio.call(event, data, timeout=90)
        assert reply["ok"] is False, event
    await client.sio.emit("typing", data)
    assert await client.session()


async def test_a_button_shows_its_title_and_sends_its_payload(clients: Any) -> None:
    client = await clients()
    session_id = await client.session()
    await client.say(session_id, "hello")
    offered = (await client.next("bot_uttered"))["quick_replies"][0]
    assert offered["title"] != offered["payload"]
    await client.say(session_id, offered["payload"])
    history = await client.sio.call("history", {"session_id": session_id, "after": 0}, timeout=90)
    said = [message["text"] for message in history["messages"] if message["author"] == "customer"]
    assert said == ["hello", offered["title"]]


async def test_no_client_can_say_what_agents_are_shown_in_place_of_its_message(clients: Any) -> None:
    client = await clients()
    session_id = await client.session()
    metadata = {
        "customData": {"title": "I love it"},
        "title": "Everything is fine",
        "metadata": {"title": "x"},
    }
    await client.say(session_id, "I will sue you", **metadata)
    await client.say(session_id, "/goodbye", title="Please refund me")
    history = await client.sio.call("history", {"session_id": session_id, "after": 0}, timeout=90)
    said = [message["text"] for message in history["messages"] if message["author"] == "customer"]
    assert said == ["I will sue you", "/goodbye"]


async def test_a_rating_out_of_range_is_refused(clients: Any) -> None:
    client = await clients()
    session_id = await client.session()
    await client.say(session_id, "hello")
    for score in (0, 6, "5", None, True):
        reply = await client.sio.call("rate", {"session_id": session_id, "score": score}, timeout=90)
        assert reply["ok"] is False, score


@pytest.mark.parametrize("packet", ["42[", "42[]", '49["a"]', "45-[1]", "42[" + "9" * 200 + "]", "4" * 50])
async def test_what_is_no_packet_ends_its_connection_and_fills_no_log(
    front_line: FrontLine, packet: str
) -> None:
    before = front_line.log.stat().st_size
    async with aiohttp.ClientSession() as session:
        address = f"{front_line.url}/socket.io/?EIO=4&transport=websocket"
        async with session.ws_connect(address) as socket:
            await socket.receive()
            for _ in range(20):
                if socket.closed:
                    break
                await socket.send_str(packet)
            await asyncio.sleep(0.3)
    assert "Traceback" not in front_line.log.read_bytes()[before:].decode()


async def test_clients_that_leave_at_once_fill_no_log(front_line: FrontLine, clients: Any) -> None:
    before = front_line.log.stat().st_size
    for _ in range(10):
        client = await clients()
        await client.sio.emit("session_request", {"session_id": None})
        await client.sio.emit("user_uttered", {"message": "hello"})
        await client.sio.disconnect()
    stays = await clients()
    await stays.say(await stays.session(), "hello")
    assert "Traceback" not in front_line.log.read_bytes()[before:].decode()
