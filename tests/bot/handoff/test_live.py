"""The desk's live connection: real Socket.IO clients against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest
import socketio
import uvicorn

from bot.errors import Unavailable
from bot.events import SlotSet
from bot.handoff.accounts import AgentChanges
from bot.handoff.agents import NewAgent, Presence, Role
from bot.handoff.live import HEARTBEAT_S, NAMESPACE, DeskNamespace
from bot.handoff.settings import HandoffSettings
from bot.store.accounts import SqlAccountStore
from bot.store.database import Database
from tests.bot.handoff.world import World

PASSWORD = "correct horse"
PATIENCE_S = 60


class DeskClient:
    """A desk's socket, and everything it was told."""

    def __init__(self, agent_id: str, cookie: str) -> None:
        self.agent_id = agent_id
        self.cookie = cookie
        self.heard: list[tuple[str, Any]] = []
        self._news = asyncio.Condition()
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", self._hear, namespace=NAMESPACE)

    async def _hear(self, event: str, data: Any) -> None:
        async with self._news:
            self.heard.append((event, data))
            self._news.notify_all()

    async def wait_for(self, event: str, fits: Callable[[Any], bool] = lambda _data: True) -> Any:
        """The first payload of an event that fits, heard already or yet to come."""

        def found() -> list[Any]:
            return [data for name, data in self.heard if name == event and fits(data)]

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(found), timeout=PATIENCE_S)
            except TimeoutError:
                pytest.fail(f"was not told {event!r}, only {self.names()}")
            return found()[0]

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]


class Live:
    """A server with the desk's namespace over a `World`."""

    def __init__(
        self, world: World, port: int, desk: DeskNamespace, typed: asyncio.Queue[tuple[str, bool, str]]
    ) -> None:
        self.world = world
        self.url = f"http://127.0.0.1:{port}"
        self.desk = desk
        self.typed = typed
        self.clients: list[DeskClient] = []

    async def connect(
        self,
        login: str,
        *,
        role: Role = Role.AGENT,
        queues: tuple[str, ...] = ("general",),
        presence: Presence = Presence.AVAILABLE,
    ) -> DeskClient:
        client = await self.signed_in(login, role=role, queues=queues, presence=presence)
        await self.open(client)
        self.clients.append(client)
        return client

    async def signed_in(
        self,
        login: str,
        *,
        role: Role = Role.AGENT,
        queues: tuple[str, ...] = ("general",),
        presence: Presence = Presence.AVAILABLE,
    ) -> DeskClient:
        """Somebody who has not connected yet."""
        await self.world.agents.add(NewAgent(login, login.title(), PASSWORD, role=role, queues=queues))
        agent, token = await self.world.sessions.sign_in(login, PASSWORD, address="127.0.0.1")
        await self.world.presence(agent, presence)
        return DeskClient(agent.id, f"firstline_session={token}")

    async def open(self, client: DeskClient, **headers: str) -> None:
        await client.socket.connect(
            self.url,
            headers={"Cookie": client.cookie, **headers},
            namespaces=[NAMESPACE],
            transports=["websocket"],
        )


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[int]:
    """The port at which an application is served."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  the library tells it in no other way
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def live(world: World) -> AsyncIterator[Live]:
    async with going_live(world) as live:
        yield live


@asynccontextmanager
async def going_live(world: World) -> AsyncIterator[Live]:
    typed: asyncio.Queue[tuple[str, bool, str]] = asyncio.Queue()

    async def on_typing(conversation_id: str, active: bool, name: str) -> None:
        typed.put_nowait((conversation_id, active, name))

    sockets = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
    desk = DeskNamespace(world.service, world.desk, world.sessions, inbox=world.inbox, on_typing=on_typing)
    sockets.register_namespace(desk)
    world.ticker.on_state_changed(desk.place_changed)
    running = asyncio.create_task(desk.run())
    async with serving(socketio.ASGIApp(sockets)) as port:
        live = Live(world, port, desk, typed)
        yield live
        for client in live.clients:
            await client.socket.disconnect()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_offer_acceptance_and_messages_reach_those_they_concern(live: Live) -> None:
    world = live.world
    agent = await live.connect("agent1")
    other = await live.connect("agent2", presence=Presence.AWAY)
    stranger = await live.connect("stranger", queues=("billing",))
    boss = await live.connect("boss", role=Role.SUPERVISOR, presence=Presence.AWAY)
    handoff_id = await world.queued()
    for client in (agent, other, boss):
        assert (await client.wait_for("handoff"))["id"] == handoff_id
    await world.tick()
    offer = await agent.wait_for("offer")
    assert offer["offer_expires_at"] == world.clock.now + world.settings.offer_timeout_s
    await world.service.accept(await world.agents.get(agent.agent_id), handoff_id)
    assert await agent.wait_for("offer_withdrawn") == {"id": handoff_id}
    assert await other.wait_for("handoff_gone") == {"id": handoff_id}
    await agent.wait_for("handoff", lambda view: view["state"] == "accepted")
    await world.say("c1", "are you there?")
    await world.append("c1", SlotSet(timestamp=1.0, name="email", value="jo@example.org"))
    for client in (agent, boss):
        told = await client.wait_for("message", lambda d: d["message"]["text"] == "are you there?")
        assert told["conversation_id"] == "c1"
        assert await client.wait_for("context_changed") == {"conversation_id": "c1", "handoff_id": handoff_id}
    assert "message" not in other.names()
    assert {"handoff", "offer", "message", "context_changed"}.isdisjoint(stranger.names())


async def test_declined_offer_is_withdrawn_and_a_place_that_moved_is_told(live: Live) -> None:
    world = live.world
    client = await live.connect("agent1")
    agent = await world.agents.get(client.agent_id)
    first = await world.queued("c1")
    await world.queued("c2")
    await world.tick()
    await client.wait_for("handoff", lambda v: v["conversation_id"] == "c2" and v["position"] == 2)
    await world.service.decline(agent, first)
    assert await client.wait_for("offer_withdrawn") == {"id": first}
    await world.service.accept(agent, first)
    await world.tick()
    await client.wait_for("handoff", lambda v: v["conversation_id"] == "c2" and v["position"] == 1)


async def test_presence_and_typing_are_shown(live: Live) -> None:
    world = live.world
    client = await live.connect("agent1")
    agent = await world.agents.get(client.agent_id)
    await world.held(agent)
    await world.presence(agent, Presence.AWAY)
    await client.wait_for("presence", lambda view: view["presence"] == "away")
    await live.desk.customer_typing("c1", True)
    assert await client.wait_for("typing") == {"conversation_id": "c1", "active": True}
    await client.socket.emit("typing", {"conversation_id": "c1", "active": True}, namespace=NAMESPACE)
    await client.socket.emit("typing", {"conversation_id": "other", "active": True}, namespace=NAMESPACE)
    await live.desk.customer_typing("c1", False)
    await client.wait_for("typing", lambda d: not d["active"])
    assert await asyncio.wait_for(live.typed.get(), timeout=PATIENCE_S) == ("c1", True, "Agent1")
    assert live.typed.empty()


async def test_connection_needs_the_session_and_the_same_site(live: Live) -> None:
    client = await live.connect("agent1")
    nobody = DeskClient("", "firstline_session=forged")
    with pytest.raises(socketio.exceptions.ConnectionError):
        await live.open(nobody)
    foreign = DeskClient("", client.cookie)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await live.open(foreign, Origin="https://evil.example")


async def test_desk_of_a_session_that_ended_is_cut_off(live: Live) -> None:
    client = await live.connect("agent1")
    await live.desk.heartbeat()
    assert client.socket.connected
    await live.world.sessions.sign_out(client.cookie.removeprefix("firstline_session="))
    await live.desk.heartbeat()
    await asyncio.wait_for(client.socket.wait(), timeout=PATIENCE_S)
    assert not client.socket.connected


async def test_a_connected_agent_stays_however_short_the_grace(sqlite_database: Database) -> None:
    world = World(sqlite_database, settings=HandoffSettings(agent_grace_s=0.3))
    async with going_live(world) as live:
        client = await live.connect("agent1")
        world.clock.now += 30
        async with asyncio.timeout(HEARTBEAT_S / 2):
            while (await world.agents.get(client.agent_id)).live_at != world.clock.now:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_connection_that_failed_leaves_nobody_there(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await live.signed_in("agent1")

    async def away(_agent_id: str) -> None:
        raise Unavailable("The database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(live.world.agents, "live", away)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await live.open(client)
    await live.desk.heartbeat()
    assert (await live.world.agents.get(client.agent_id)).live_at is None


async def test_agent_who_is_done_does_not_follow_what_is_said_after(live: Live) -> None:
    world = live.world
    client = await live.connect("agent1")
    agent = await world.agents.get(client.agent_id)
    handoff_id = await world.held(agent)
    await world.service.resolve(agent, handoff_id, disposition="solved", return_to_bot=True)
    await client.wait_for("message", lambda d: d["message"]["kind"] == "returned_to_bot")
    await world.say("c1", "something private")
    # Another piece of news, so that the one before has been told if it ever is.
    await world.presence(agent, Presence.AWAY)
    await client.wait_for("presence", lambda view: view["presence"] == "away")
    texts = [data["message"]["text"] for name, data in client.heard if name == "message"]
    assert "something private" not in texts


async def test_agent_who_loses_the_connection_is_offline_after_the_grace(live: Live) -> None:
    world = live.world
    client = await live.connect("agent1")
    watcher = await live.connect("boss", role=Role.SUPERVISOR, presence=Presence.AWAY)
    handoff_id = await world.held(await world.agents.get(client.agent_id))
    world.clock.now += 30
    await client.socket.disconnect()
    async with asyncio.timeout(PATIENCE_S):
        while (await world.agents.get(client.agent_id)).live_at != world.clock.now:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await world.tick(world.settings.agent_grace_s)
    assert (await world.handoff()).agent_id == client.agent_id
    await world.agents.live(watcher.agent_id)
    await world.tick(1)
    gone = await watcher.wait_for("presence", lambda view: view["id"] == client.agent_id)
    assert gone["presence"] == "offline"
    returned = await watcher.wait_for("handoff", lambda view: view["state"] == "queued")
    assert returned["id"] == handoff_id


async def test_a_disabled_agent_is_cut_off_at_once_wherever_that_was_done(live: Live) -> None:
    client = await live.connect("agent1")
    gone = asyncio.Event()
    client.socket.on("disconnect", lambda *_reason: gone.set(), namespace=NAMESPACE)
    # As another node or the command line does it: nobody in this process is told.
    elsewhere = SqlAccountStore(live.world.database)
    await elsewhere.disable(client.agent_id, at=live.world.clock.now, by=None)
    await asyncio.wait_for(gone.wait(), PATIENCE_S)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await live.open(DeskClient(client.agent_id, client.cookie))


async def test_sessions_that_end_elsewhere_end_their_sockets_and_no_others(live: Live) -> None:
    client, other = await live.connect("agent1"), await live.connect("agent2")
    gone = asyncio.Event()
    client.socket.on("disconnect", lambda *_reason: gone.set(), namespace=NAMESPACE)
    await live.world.sessions.end(await live.world.agents.get(client.agent_id))
    await asyncio.wait_for(gone.wait(), PATIENCE_S)
    assert other.socket.connected


async def test_a_role_that_is_taken_away_takes_the_view_of_everything_with_it(live: Live) -> None:
    world = live.world
    sam = await live.connect("sam", role=Role.SUPERVISOR, queues=())
    kari = await live.connect("kari", queues=("billing",))
    await live.connect("ada")
    await world.queued("c1")
    await sam.wait_for("handoff")
    accounts = SqlAccountStore(world.database)
    await accounts.edit(sam.agent_id, AgentChanges(role=Role.AGENT), by=None)
    await accounts.edit(kari.agent_id, AgentChanges(queues=("general",)), by=None)
    await sam.wait_for("account_changed")
    await kari.wait_for("account_changed")
    sam.heard.clear()
    kari.heard.clear()
    await world.queued("c2")
    await kari.wait_for("handoff", lambda view: view["conversation_id"] == "c2")
    await kari.wait_for("presence", lambda agent: agent["id"] == kari.agent_id)
    assert "handoff" not in sam.names()


async def test_whoever_connects_while_the_sessions_are_looked_at_stays(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live.connect("agent1")
    late = await live.signed_in("agent2")
    still_open = live.world.sessions.still_open
    coming = [late]

    async def meanwhile(tokens: Collection[str]) -> set[str]:
        found = await still_open(tokens)
        if coming:
            live.clients.append(coming.pop())
            await live.open(late)
        return found

    monkeypatch.setattr(live.world.sessions, "still_open", meanwhile)
    await live.desk.look()
    await live.desk.look()
    await live.world.presence(await live.world.agents.get(late.agent_id), Presence.AWAY)
    await late.wait_for("presence", lambda agent: agent["presence"] == "away")
