"""Two nodes over one Postgres and one Redis, as their people use them: real processes, HTTP and sockets.

Both start at the same moment over an empty database, and reach Postgres and Redis through relays, which some
tests cut. A node takes long to start, so one kill serves several questions; a test finds both nodes running,
whatever the one before did to them.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import httpx
import pytest
import socketio

from tests.support.front_line import FrontLine
from tests.support.relay import Relay
from tests.support.requirements import postgres_url, redis_url, require

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(600)]

PATIENCE_S = 90.0
PASSWORD = "firstline-demo"
CAPACITY = 3
GRACE_S = 12
"""Short, because tests wait for it; a desk's connection gives three signs of life in it."""
OPENING_HOURS = "what are your opening hours?"


@dataclass(frozen=True)
class Nodes:
    """Two servers, and what stands between them and what they share."""

    a: FrontLine
    b: FrontLine
    postgres: Relay
    redis: Relay
    dsn: str

    async def log(self, conversation_id: str) -> list[tuple[int, str, dict[str, Any]]]:
        """The (sequence, type, data) of a conversation's events, read from the database itself."""
        connection = await asyncpg.connect(self.dsn)
        rows = await connection.fetch(
            "SELECT sequence, type, data FROM events WHERE conversation_id = $1 ORDER BY sequence",
            conversation_id,
        )
        await connection.close()
        return [(row["sequence"], row["type"], json.loads(row["data"])) for row in rows]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    for name in ("postgres", "redis", "models", "trained"):
        require(name)
    server = httpx.URL(postgres_url())
    name = f"firstline_test_{secrets.token_hex(6)}"
    _run_sql(f'CREATE DATABASE "{name}"')
    postgres = Relay(server.host, server.port or 5432)
    cache = httpx.URL(redis_url())
    redis = Relay(cache.host, cache.port or 6379)
    # A database of Redis of its own, as long as luck holds: other tests may run on this machine.
    number = 1 + secrets.randbelow(14)
    environment = {
        "FIRSTLINE_DATABASE_URL": str(
            server.copy_with(
                scheme="postgresql+asyncpg", host="127.0.0.1", port=postgres.port, path=f"/{name}"
            )
        ),
        "FIRSTLINE_REDIS_URL": f"redis://127.0.0.1:{redis.port}/{number}",
        "FIRSTLINE_HANDOFF__AGENT_GRACE_S": str(GRACE_S),
    }
    a, b = (
        FrontLine(tmp_path_factory.mktemp(node), port=None, **environment) for node in ("node_a", "node_b")
    )
    try:
        yield Nodes(a, b, postgres, redis, str(server.copy_with(path=f"/{name}")))
    finally:
        a.stop()
        b.stop()
        postgres.close()
        redis.close()
        _run_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def nodes(cluster: Nodes) -> Nodes:
    """The nodes, both ready."""
    for node in (cluster.a, cluster.b):
        if not node.is_launched:
            node.launch()
    for node in (cluster.a, cluster.b):
        await asyncio.to_thread(node.wait_until_ready)
    return cluster


def _run_sql(statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(postgres_url())
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


class Heard:
    """A Socket.IO client that connects again by itself, and everything it was told."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.told: list[tuple[str, Any]] = []
        self._news = asyncio.Condition()
        self.socket = socketio.AsyncClient()
        self._session: aiohttp.ClientSession | None = None

    async def open(self, node: FrontLine, **headers: str) -> None:
        await self.close()
        # Ours, because the client leaves its own open when its node is killed.
        self._session = aiohttp.ClientSession()
        self.socket = socketio.AsyncClient(
            reconnection=True,
            reconnection_delay=0.2,
            reconnection_delay_max=0.5,
            http_session=self._session,
        )
        self.socket.on("*", self._hear, namespace=self.namespace)
        self.socket.on("connect", self._note_connected, namespace=self.namespace)
        await self.socket.connect(
            node.url,
            # Made anew for each connection: the client takes the cookie out of what it is given.
            headers=lambda: dict(headers),
            namespaces=[self.namespace],
            transports=["websocket"],
            wait_timeout=int(PATIENCE_S),
        )

    def stay_away(self) -> None:
        """Once the connection is lost, do not connect again before `open`."""
        self.socket.reconnection = False

    async def close(self) -> None:
        self.stay_away()
        await self.socket.disconnect()
        if self._session is not None:
            await self._session.close()

    async def sees(self, event: str, fits: Callable[[Any], bool] = lambda _data: True) -> Any:
        """The first payload of an event that fits, told already or yet to come."""

        def found() -> list[Any]:
            return [data for name, data in self.told if name == event and fits(data)]

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(found), timeout=PATIENCE_S)
            except TimeoutError:
                latest = "\n".join(f"{name} {data}"[:300] for name, data in self.told[-12:])
                pytest.fail(f"was not told {event!r}, but last:\n{latest}")
            return found()[0]

    async def _note_connected(self) -> None:
        await self._hear("connected", None)

    async def is_connected_again(self) -> None:
        """Told for the second time that the connection stands."""
        await self.sees("connected", lambda _: [name for name, _ in self.told].count("connected") > 1)

    def forget(self) -> None:
        self.told.clear()

    async def _hear(self, event: str, data: Any = None) -> None:
        async with self._news:
            self.told.append((event, data))
            self._news.notify_all()


class Customer(Heard):
    """A web chat that keeps its session through reconnects, as the widget does."""

    def __init__(self) -> None:
        super().__init__("/")
        self.key = f"two-nodes-{secrets.token_hex(8)}"
        self.id = ""

    async def _note_connected(self) -> None:
        await super()._note_connected()
        await self.socket.emit("session_request", {"session_id": self.key})

    async def begin(self, node: FrontLine) -> None:
        # An earlier one says nothing of this connection.
        self.told = [told for told in self.told if told[0] != "session_confirm"]
        await self.open(node)
        await self.sees("session_confirm")
        self.id = (await self.ask("history", after=0))["state"]["conversation_id"]

    async def ask(self, event: str, **data: Any) -> dict[str, Any]:
        reply = await self.socket.call(event, {"session_id": self.key, **data}, timeout=PATIENCE_S)
        assert isinstance(reply, dict)
        return reply

    async def say(self, text: str, message_id: str | None = None) -> dict[str, Any]:
        return await self.ask("user_uttered", message=text, message_id=message_id or secrets.token_hex(8))

    async def is_told(self, pattern: str, author: str = "bot") -> None:
        def fits(data: Any) -> bool:
            message = data["message"]
            return message["author"] == author and bool(re.search(pattern, message["text"] or "", re.I))

        await self.sees("bot_uttered", fits)

    async def history(self) -> list[dict[str, Any]]:
        reply = await self.ask("history", after=0)
        assert reply["ok"], reply
        return list(reply["messages"])


class Agent(Heard):
    """A person at the desk: a session's cookie, the HTTP interface of any node, and a live connection."""

    def __init__(self, login: str) -> None:
        super().__init__("/desk")
        self.login = login
        self.id = ""
        self.cookie = ""
        self._http = httpx.AsyncClient(timeout=PATIENCE_S)

    async def sign_in(self, node: FrontLine) -> None:
        response = await self._http.post(
            f"{node.url}/api/v1/session", json={"login": self.login, "password": PASSWORD}
        )
        assert response.status_code == 200, response.text
        self.id = response.json()["agent"]["id"]
        self.cookie = f"firstline_session={response.cookies['firstline_session']}"
        self._http.cookies.clear()
        done = await self.call(node, "PUT", "agents/me/presence", presence="available")
        assert done.status_code == 200, done.text
        await self.open(node, Cookie=self.cookie)

    async def call(self, node: FrontLine, method: str, path: str, **body: Any) -> httpx.Response:
        return await self._http.request(
            method, f"{node.url}/api/v1/{path}", json=body or None, headers={"Cookie": self.cookie}
        )

    async def leave(self, node: FrontLine) -> None:
        await self.close()
        for handoff in (await self.call(node, "GET", "handoffs?state=accepted")).json():
            if handoff["agent_id"] == self.id:
                await self.call(node, "POST", f"handoffs/{handoff['id']}/resolve", disposition="solved")
        await self.call(node, "DELETE", "session")
        await self._http.aclose()

    async def offer(self, customer: Customer) -> str:
        """The id of the handoff that is offered to this agent."""
        offer = await self.sees("offer", lambda data: data["conversation_id"] == customer.id)
        return str(offer["id"])

    async def sees_message(self, customer: Customer, text: str) -> None:
        await self.sees(
            "message",
            lambda data: data["conversation_id"] == customer.id and data["message"]["text"] == text,
        )


Join = Callable[[FrontLine], Awaitable[Customer]]
Staff = Callable[[str, FrontLine], Awaitable[Agent]]


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Opens web chats; what waits at the end is taken back, so that no test inherits a queue."""
    customers: list[Customer] = []

    async def join_(node: FrontLine) -> Customer:
        customer = Customer()
        customers.append(customer)
        await customer.begin(node)
        return customer

    yield join_
    for customer in customers:
        if customer.socket.connected:
            await customer.ask("handoff_cancel")
        await customer.close()


@pytest.fixture
async def staff(nodes: Nodes, join: Join) -> AsyncIterator[Staff]:
    """Signs agents in; they end their conversations and sign out before the customers leave."""
    agents: list[Agent] = []

    async def sign_in(login: str, node: FrontLine) -> Agent:
        agent = Agent(login)
        agents.append(agent)
        await agent.sign_in(node)
        return agent

    yield sign_in
    for agent in agents:
        await agent.leave(nodes.b)


async def meet(customer: Customer, agent: Agent, node: FrontLine) -> str:
    """Have a customer ask for a person and an agent, whose node is given, take it; the handoff's id."""
    await customer.ask("handoff_request")
    handoff_id = await agent.offer(customer)
    accepted = await agent.call(node, "POST", f"handoffs/{handoff_id}/accept")
    assert accepted.status_code == 200, accepted.text
    await customer.sees("state", lambda s: s["holder"] == "human")
    return handoff_id


async def rest(node: FrontLine, sender: str, text: str, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        return await client.post(
            f"{node.url}/webhooks/rest/webhook", json={"sender": sender, "message": text, **more}
        )


def turns(log: list[tuple[int, str, dict[str, Any]]]) -> dict[str, list[str]]:
    """What the bot said after each message, by message id; a log with a gap or a repeat fails the test."""
    assert [sequence for sequence, _, _ in log] == list(range(1, len(log) + 1)), "the sequence has no gaps"
    said: dict[str, list[str]] = {}
    latest = ""
    for _, type_, data in log:
        if type_ == "user_uttered":
            latest = data["message_id"]
            assert latest not in said, "a message was recorded twice"
            said[latest] = []
        elif type_ == "bot_uttered" and latest:
            said[latest].append(data["text"])
    return said


async def test_a_customer_and_an_agent_meet_across_nodes(nodes: Nodes, join: Join, staff: Staff) -> None:
    customer, agent = await join(nodes.a), await staff("agent1", nodes.b)
    await customer.say("where is my order 48213?")
    await customer.is_told("postcode")
    await customer.say("I want to talk to a human")
    await customer.sees("state", lambda s: s["holder"] == "queue" and s["handoff"]["position"] == 1)
    handoff_id = await agent.offer(customer)

    assert (await agent.call(nodes.b, "POST", f"handoffs/{handoff_id}/accept")).status_code == 200
    await customer.sees(
        "state", lambda s: s["holder"] == "human" and s["handoff"]["agent_name"] == "Ada Berg"
    )
    await customer.socket.emit("typing", {"session_id": customer.key, "active": True})
    await agent.sees("typing", lambda data: data == {"conversation_id": customer.id, "active": True})
    await customer.say("are you a person?")
    await agent.sees_message(customer, "are you a person?")

    await agent.socket.emit("typing", {"conversation_id": customer.id, "active": True}, namespace="/desk")
    await customer.sees("typing", lambda data: data["active"] and data["author"] == "agent")
    said = await agent.call(
        nodes.b, "POST", f"conversations/{customer.id}/messages", text="I am.", message_id="agent-1"
    )
    assert said.status_code == 200
    await customer.is_told("^I am\\.$", author="agent")

    resolved = await agent.call(nodes.b, "POST", f"handoffs/{handoff_id}/resolve", disposition="solved")
    assert resolved.status_code == 200
    await customer.sees("state", lambda s: s["holder"] == "closed" and s["may_rate"])
    assert (await customer.ask("rate", score=5, comment="quick"))["state"]["rating"] == 5
    view = await agent.call(nodes.b, "GET", f"conversations/{customer.id}")
    assert view.json()["state"]["rating"] == 5
    texts = [message["text"] for message in await customer.history()]
    assert texts.count("are you a person?") == 1
    assert texts.count("I am.") == 1


async def test_each_place_in_the_queue_is_told_on_the_other_node(
    nodes: Nodes, join: Join, staff: Staff
) -> None:
    await staff("agent1", nodes.b)
    first, second = await join(nodes.a), await join(nodes.b)
    for position, customer in enumerate((first, second), 1):
        state = (await customer.ask("handoff_request"))["state"]
        assert state["handoff"]["position"] == position
    first.forget()
    second.forget()
    await first.ask("handoff_cancel")
    await second.sees("state", lambda s: s["handoff"]["position"] == 1)


async def test_a_form_begun_on_one_node_goes_on_on_the_other(nodes: Nodes) -> None:
    sender = f"form-{secrets.token_hex(6)}"
    asked = await rest(nodes.a, sender, "where is my order?")
    assert "number" in asked.text
    asked = await rest(nodes.b, sender, "48213")
    assert "postcode" in asked.text
    told = await rest(nodes.a, sender, "0150")
    assert "tomorrow" in told.text, told.text


async def test_many_messages_at_once_through_both_nodes(nodes: Nodes) -> None:
    sender = f"crowd-{secrets.token_hex(6)}"
    ids = [f"m{number}" for number in range(30)]
    both = (nodes.a, nodes.b)
    # Every third is sent a second time, through the other node, as a client does that lost its answer.
    sends = [(both[n % 2], id_) for n, id_ in enumerate(ids)]
    sends += [(both[(n + 1) % 2], id_) for n, id_ in enumerate(ids) if n % 3 == 0]
    replies = await asyncio.gather(
        *(rest(node, sender, OPENING_HOURS, message_id=id_) for node, id_ in sends)
    )
    assert {reply.status_code for reply in replies} == {200}
    (id_,) = {reply.headers["x-conversation-id"] for reply in replies}
    said = turns(await nodes.log(id_))
    assert sorted(said) == sorted(ids)
    assert {len(answers) for answers in said.values()} == {1}, "each is answered once"
    for (_, id_), reply in zip(sends, replies, strict=True):
        assert [answer["text"] for answer in reply.json()] == said[id_]


async def test_messages_sent_at_once_stay_in_their_order(nodes: Nodes, join: Join) -> None:
    customer = await join(nodes.a)
    await asyncio.gather(*(customer.say(OPENING_HOURS, f"m{number}") for number in range(12)))
    said = turns(await nodes.log(customer.id))
    assert list(said) == [f"m{number}" for number in range(12)]


async def test_two_agents_on_two_nodes_accept_at_once(nodes: Nodes, join: Join, staff: Staff) -> None:
    customer = await join(nodes.a)
    agents = [await staff("agent1", nodes.a), await staff("agent2", nodes.b)]
    await customer.ask("handoff_request")
    waiting = await agents[0].sees("handoff", lambda view: view["conversation_id"] == customer.id)
    done = await asyncio.gather(
        *(
            agent.call(node, "POST", f"handoffs/{waiting['id']}/accept")
            for agent, node in zip(agents, (nodes.a, nodes.b), strict=True)
        )
    )
    assert sorted(response.status_code for response in done) == [200, 409]
    lost = next(response for response in done if response.status_code == 409)
    assert lost.json()["code"] == "handoff.taken"
    accepted = [data for _, type_, data in await nodes.log(customer.id) if type_ == "handoff_accepted"]
    assert len(accepted) == 1
    winner = agents[[response.status_code for response in done].index(200)]
    await customer.sees("state", lambda s: s["holder"] == "human")
    assert accepted[0]["agent_id"] == winner.id


async def test_offers_never_exceed_a_capacity(nodes: Nodes, join: Join, staff: Staff) -> None:
    agents = [await staff("agent1", nodes.a), await staff("agent2", nodes.b)]
    customers = [await join((nodes.a, nodes.b)[number % 2]) for number in range(CAPACITY * 2 + 2)]
    await asyncio.gather(*(customer.ask("handoff_request") for customer in customers))
    for agent in agents:
        await agent.sees("offer")

    async def views() -> list[dict[str, Any]]:
        return list((await agents[0].call(nodes.a, "GET", "handoffs?state=open")).json())

    async def all_offered() -> None:
        while sum(view["offered_to"] is not None for view in await views()) < CAPACITY * 2:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    await asyncio.wait_for(all_offered(), PATIENCE_S)
    held: dict[str, int] = {}
    logs = [await nodes.log(customer.id) for customer in customers]
    moves = sorted(
        (data["timestamp"], type_, data["agent_id"])
        for log in logs
        for _, type_, data in log
        if type_ in ("handoff_offered", "handoff_declined")
    )
    for _, type_, agent_id in moves:
        held[agent_id] = held.get(agent_id, 0) + (1 if type_ == "handoff_offered" else -1)
        assert held[agent_id] <= CAPACITY, "an agent was offered more than they can take"
    assert {agent.id: CAPACITY for agent in agents} == held


async def test_an_agent_on_both_nodes_who_leaves_one_is_still_there(
    nodes: Nodes, join: Join, staff: Staff
) -> None:
    agent = await staff("agent1", nodes.b)
    other_tab = Heard("/desk")
    await other_tab.open(nodes.a, Cookie=agent.cookie)
    await other_tab.close()
    await asyncio.sleep(GRACE_S + 3)
    customer = await join(nodes.a)
    await customer.ask("handoff_request")
    await agent.offer(customer)


@pytest.mark.parametrize("what", ["redis", "postgres"])
async def test_nodes_survive_that_what_they_share_goes_away(
    nodes: Nodes, join: Join, staff: Staff, what: str
) -> None:
    customer, agent = await join(nodes.a), await staff("agent1", nodes.b)
    await meet(customer, agent, nodes.b)
    code = {"redis": "redis.unavailable", "postgres": "database.unavailable"}[what]
    relay: Relay = getattr(nodes, what)
    logs = [node.log.stat().st_size for node in (nodes.a, nodes.b)]

    await asyncio.to_thread(relay.cut)
    try:
        refused = await rest(nodes.a, f"away-{secrets.token_hex(6)}", OPENING_HOURS, message_id="m1")
        assert (refused.status_code, refused.json()["code"]) == (503, code)
        assert (await customer.say("while it is away", "lost"))["code"] == code
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            for node in (nodes.a, nodes.b):
                ready = await client.get(f"{node.url}/readyz")
                assert (ready.status_code, ready.json()["status"]) == (503, code)
                assert (await client.get(f"{node.url}/healthz")).status_code == 200
        await asyncio.sleep(3)
    finally:
        await asyncio.to_thread(relay.restore)

    async def ready_again(node: FrontLine) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            while (await client.get(f"{node.url}/readyz")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    await asyncio.wait_for(asyncio.gather(*(ready_again(node) for node in (nodes.a, nodes.b))), PATIENCE_S)
    # Clients whose node could not hear the others are asked to connect anew.
    if what == "redis":
        await customer.is_connected_again()
        await agent.is_connected_again()
    assert (await say_until_taken(customer, "I am back", "lost"))["ok"]
    await agent.sees_message(customer, "I am back")
    said = await agent.call(
        nodes.b, "POST", f"conversations/{customer.id}/messages", text="so am I", message_id=f"back-{what}"
    )
    assert said.status_code == 200, said.text
    await customer.is_told("so am I", author="agent")
    for node, before in zip((nodes.a, nodes.b), logs, strict=True):
        assert "Traceback" not in node.log.read_text()[before:], (
            "an outage is a warning, not an error of ours"
        )


async def say_until_taken(customer: Customer, text: str, message_id: str) -> dict[str, Any]:
    """Send it as the widget does: again, with the same id, until it is taken."""
    for _ in range(20):
        try:
            reply = await customer.say(text, message_id)
        except socketio.exceptions.SocketIOError:
            reply = {"ok": False}
        if reply["ok"]:
            return reply
        await asyncio.sleep(0.3)
    pytest.fail(f"not taken: {reply}")


async def test_what_was_under_way_in_a_killed_node_goes_on_at_the_other(
    nodes: Nodes, join: Join, staff: Staff
) -> None:
    """A talk whose people move over, one whose agent stays away, a form, and a burst of messages."""
    customer, agent = await join(nodes.a), await staff("agent1", nodes.a)
    await meet(customer, agent, nodes.a)
    left, gone = await join(nodes.b), await staff("agent2", nodes.a)
    lost_id = await meet(left, gone, nodes.a)
    await customer.say("one")
    await agent.sees_message(customer, "one")
    form = f"form-{secrets.token_hex(6)}"
    await rest(nodes.a, form, "where is my order 48213?")
    watcher = await join(nodes.b)
    # A burst, so that the kill meets turns at every stage; the client then retries all, with the same ids.
    ids = [f"m{number}" for number in range(20)]
    sending = [asyncio.create_task(rest(nodes.a, watcher.key, OPENING_HOURS, message_id=id_)) for id_ in ids]
    await watcher.sees("bot_uttered")

    for person in (customer, agent, gone):
        person.stay_away()
        person.forget()
    left.forget()
    await asyncio.to_thread(nodes.a.kill)
    # As a supervisor of processes does; nobody waits for it here.
    nodes.a.launch()
    await agent.open(nodes.b, Cookie=agent.cookie)
    await customer.begin(nodes.b)
    await asyncio.gather(*sending, return_exceptions=True)
    assert (await customer.say("two"))["ok"]
    await agent.sees_message(customer, "two")
    said = await agent.call(
        nodes.b, "POST", f"conversations/{customer.id}/messages", text="three", message_id="three"
    )
    assert said.status_code == 200, said.text
    await customer.is_told("^three$", author="agent")
    texts = [message["text"] for message in await customer.history()]
    assert [texts.count(text) for text in ("one", "two", "three")] == [1, 1, 1]
    assert "tomorrow" in (await rest(nodes.b, form, "0150")).text

    replies = await asyncio.gather(
        *(rest(nodes.b, watcher.key, OPENING_HOURS, message_id=id_) for id_ in ids)
    )
    assert {reply.status_code for reply in replies} == {200}
    answers = turns(await nodes.log(watcher.id))
    assert sorted(answers) == sorted(ids)
    assert {len(texts) for texts in answers.values()} == {1}, "each is answered once"

    await left.sees("state", lambda s: s["holder"] == "queue")
    assert await agent.offer(left) == lost_id
    taken = await agent.call(nodes.b, "POST", f"handoffs/{lost_id}/accept")
    assert taken.status_code == 200, taken.text
    await left.sees("state", lambda s: s["holder"] == "human" and s["handoff"]["agent_name"] == "Ada Berg")


async def test_a_node_that_is_stopped_leaves_in_order(nodes: Nodes, join: Join) -> None:
    customer = await join(nodes.a)
    await customer.say(OPENING_HOURS)
    await customer.is_told("Monday")
    before = nodes.a.log.stat().st_size
    customer.stay_away()
    assert await asyncio.to_thread(nodes.a.stop) is not None, "it had to be killed"
    assert "Traceback" not in nodes.a.log.read_text()[before:]
    await customer.begin(nodes.b)
    assert [message["author"] for message in await customer.history()] == ["customer", "bot"]
