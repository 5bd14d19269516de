"""The voice gateways' channel, with a real client against the running server."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
import pytest
import socketio

from bot.channels.voice import as_choice
from bot.events import Button
from bot.handoff.call_tickets import AUDIENCE, ticket_key
from tests.support.front_line import FrontLine
from tests.support.requirements import require

TOKEN = "a-token-of-the-voice-tests-0123456789"
GATEWAY_GONE_S = 4.0
AGENT = {"login": "agent1", "password": "firstline-demo"}
COLLEAGUE = {"login": "agent2", "password": "firstline-demo"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontLine]:
    require("models")
    require("trained")
    server = FrontLine(
        tmp_path_factory.mktemp("voice"),
        FIRSTLINE_API_TOKEN=TOKEN,
        FIRSTLINE_VOICE_URL="https://voice.test:8010",
        FIRSTLINE_HANDOFF__GATEWAY_GONE_S=str(GATEWAY_GONE_S),
        FIRSTLINE_TRANSFERS__CONTACTS='{"Head office": "+4722000000"}',
        FIRSTLINE_TRANSFERS__ADDRESSES='["pbx.example.com"]',
    )
    server.start()
    yield server
    server.stop()


class Gateway:
    """A voice gateway: starts calls and collects what it is told."""

    def __init__(self) -> None:
        self.sio = socketio.AsyncClient(reconnection=False)
        self.heard: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.calls: list[str] = []
        for name in ("said", "state", "control"):
            self.sio.on(name, self._listener(name), namespace="/voice")

    def _listener(self, name: str) -> Any:
        async def listener(data: Any = None) -> None:
            await self.heard.put((name, data))

        return listener

    async def next(self, name: str, **fields: Any) -> Any:
        """The next of a kind with these fields; others are passed over."""
        async with asyncio.timeout(20):
            while True:
                kind, data = await self.heard.get()
                if kind == name and all(data.get(key) == value for key, value in fields.items()):
                    return data

    async def ask(self, event: str, data: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.sio.call(event, data, namespace="/voice", timeout=30)
        return answer

    async def call(self, conversation_id: str | None = None, **more: Any) -> str:
        """Start a call; its conversation's id."""
        id_ = conversation_id or secrets.token_urlsafe(24)
        call = {"conversation_id": id_, "call_id": f"c-{id_}", "transport": "sip", "caller": "+4722850000"}
        answer = await self.ask("call_started", {**call, **more})
        assert answer["ok"], answer
        self.calls.append(id_)
        return id_

    async def say(self, id_: str, text: str, **more: Any) -> dict[str, Any]:
        said = {"conversation_id": id_, "message_id": secrets.token_hex(8), "text": text, "confidence": 0.8}
        answer = await self.ask("utterance", {**said, **more})
        assert answer["ok"], answer
        return answer

    async def report(self, id_: str, kind: str, **data: Any) -> dict[str, Any]:
        report = {"conversation_id": id_, "report_id": secrets.token_hex(8), "kind": kind, "data": data}
        return await self.ask("report", report)


@pytest.fixture
async def gateways(server: FrontLine) -> AsyncIterator[Any]:
    opened: list[Gateway] = []

    async def connect() -> Gateway:
        gateway = Gateway()
        await gateway.sio.connect(server.url, auth={"token": TOKEN}, namespaces=["/voice"])
        opened.append(gateway)
        return gateway

    yield connect
    for gateway in opened:
        for id_ in gateway.calls:
            # Who still waited would stand before the next test's caller.
            await gateway.report(id_, "ended", reason="hangup")
        await gateway.sio.disconnect()


@pytest.fixture
async def agent(server: FrontLine) -> AsyncIterator[httpx.AsyncClient]:
    """An agent at the desk, available for as long as the test lasts."""
    async with signed_in(server, AGENT) as client:
        yield client


@pytest.fixture
async def colleague(server: FrontLine) -> AsyncIterator[httpx.AsyncClient]:
    """Another one."""
    async with signed_in(server, COLLEAGUE) as client:
        yield client


@asynccontextmanager
async def signed_in(server: FrontLine, login: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        assert (await client.post("/api/v1/session", json=login)).status_code == 200
        yield client
        # What is left over would be the next test's agent's.
        for handoff in (await client.get("/api/v1/handoffs")).json():
            if handoff["agent_id"]:
                resolved = {"disposition": "solved"}
                await client.post(f"/api/v1/handoffs/{handoff['id']}/resolve", json=resolved)
        await client.put("/api/v1/agents/me/presence", json={"presence": "offline"})


@pytest.mark.parametrize(
    "auth", [None, {}, {"token": ""}, {"token": "wrong"}, {"token": 7}, {"token": "\ud800"}, "token"]
)
async def test_gateway_without_the_token_is_not_let_in(server: FrontLine, auth: Any) -> None:
    stranger = socketio.AsyncClient(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await stranger.connect(server.url, auth=auth, namespaces=["/voice"], wait_timeout=10)
    await stranger.disconnect()


async def test_fixed_answers_are_offered_before_there_is_a_call(gateways: Any) -> None:
    gateway = await gateways()
    answer = await gateway.ask("prompts", {"language": "en"})
    assert answer["ok"]
    texts = answer["texts"]
    assert "Happy to help." in texts
    assert 50 < len(texts) <= 500
    assert sum(len(text.encode()) for text in texts) <= 100_000
    assert not any("{" in text for text in texts)
    refused = await gateway.ask("prompts", {"language": "english please"})
    assert refused["code"] == "request.bad_language"


async def test_a_caller_asks_for_an_order_and_is_told_in_words_for_the_ear(gateways: Any) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    answer = await gateway.say(id_, "where is my order", start_ms=1000, end_ms=2400)
    assert "order number" in answer["replies"][0]["text"]
    assert (answer["expects"]["kind"], answer["expects"]["digits"]) == ("digits", 5)
    assert "Fjord headphones" in answer["expects"]["hot_words"]
    answer = await gateway.say(id_, "48213", by="keys")
    assert answer["expects"]["kind"] == "digits"
    answer = await gateway.say(id_, "0150")
    told = " ".join(reply["text"] for reply in answer["replies"])
    assert "on its way" in told
    assert "racking" not in told, "the spoken variation was chosen"
    assert answer["state"]["holder"] == "bot"
    sequences = [reply["sequence"] for reply in answer["replies"]]
    assert sequences == sorted(set(sequences))


async def test_what_is_asked_again_is_answered_again_and_done_once(gateways: Any) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    first = await gateway.say(id_, "what are your opening hours", message_id="m1")
    assert first == await gateway.say(id_, "what are your opening hours", message_id="m1")
    report = {"conversation_id": id_, "report_id": "r1", "kind": "prompt", "data": {"text": "Hello?"}}
    assert (await gateway.ask("report", report))["ok"]
    assert (await gateway.ask("report", report))["ok"]
    again = await gateways()
    lost = await again.ask("utterance", {"conversation_id": id_, "message_id": "m2", "text": "hi"})
    assert lost["code"] == "call.not_started"
    started = {"conversation_id": id_, "call_id": f"c-{id_}", "transport": "sip"}
    missed = await again.ask("call_started", started)
    assert missed["replies"] == first["replies"], "the gateway's own prompts are not told it"
    assert missed["expects"] == first["expects"]
    last = first["replies"][-1]["sequence"]
    assert (await again.ask("call_started", {**started, "after": last}))["replies"] == []


def test_choice_can_be_said_by_its_title_or_keyed_by_its_payload() -> None:
    choices = [Button(title="Cancel an order", payload="/cancel_order"), Button(title="…", payload="/x")]
    assert as_choice("cancel an ORDER?", "speech", choices) == ("/cancel_order", "cancel an ORDER?")
    assert as_choice("/cancel_order", "keys", choices) == ("/cancel_order", "Cancel an order")
    assert as_choice("cancel my order", "speech", choices) == ("cancel my order", None)
    assert as_choice("!", "speech", choices) == ("!", None)
    assert as_choice("/restart", "keys", choices) == ("/restart", None)
    assert as_choice("/restart", "speech", choices) == ("restart", None)
    assert as_choice(None, "speech", choices) == (None, None)


async def test_nobody_can_speak_a_command(gateways: Any, server: FrontLine) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    await gateway.say(id_, "/restart")
    [said] = [m for m in (await messages(server, id_)) if m["author"] == "customer"]
    assert said["text"] == "restart"
    assert said["asr_confidence"] == 0.8


async def test_two_failures_to_understand_lead_to_a_person(gateways: Any, agent: httpx.AsyncClient) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    answer = await gateway.say(id_, "flurble wurble gnarf bleep")
    assert answer["state"]["holder"] == "bot"
    assert answer["replies"]
    answer = await gateway.say(id_, "gnarf bleep flurble")
    assert answer["state"]["holder"] == "queue"
    assert "colleague" in answer["replies"][-1]["text"]
    assert answer["expects"]["kind"] == "free"


async def test_call_goes_to_a_person_and_both_sides_are_told(
    gateways: Any, agent: httpx.AsyncClient, server: FrontLine
) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    asked = await gateway.ask("handoff_request", {"conversation_id": id_})
    assert asked["state"]["holder"] == "queue"
    assert "number 1" in asked["replies"][0]["text"]
    assert asked["replies"] == (await gateway.ask("handoff_request", {"conversation_id": id_}))["replies"]
    handoff_id = asked["state"]["handoff_id"]
    silent = await gateway.say(id_, "hello, is somebody there?")
    assert silent["replies"] == []
    accepted = (await agent.post(f"/api/v1/handoffs/{handoff_id}/accept")).json()
    assert accepted["call"]["live"] is True
    state = await gateway.next("state", holder="human")
    assert (state["conversation_id"], state["agent_name"]) == (id_, accepted["agent_name"])

    ticket = (await agent.post(f"/api/v1/handoffs/{handoff_id}/call")).json()
    assert ticket["url"] == "https://voice.test:8010/webrtc/offer"
    claims = jwt.decode(ticket["token"], ticket_key(TOKEN), algorithms=["HS256"], audience=AUDIENCE)
    assert (claims["conversation_id"], claims["handoff_id"]) == (id_, handoff_id)
    joined = await gateway.report(id_, "agent_joined", handoff_id=handoff_id, agent_id=claims["agent_id"])
    assert joined["ok"]

    typed = {"text": "I am here", "message_id": "m1"}
    assert (await agent.post(f"/api/v1/conversations/{id_}/messages", json=typed)).status_code == 200
    said = await gateway.next("said")
    assert (said["author"], said["text"], said["choices"]) == ("agent", "I am here", [])
    spoken = {"text": "How can I help?", "start_ms": 100, "end_ms": 900, "confidence": 0.9}
    await gateway.report(id_, "agent_speech", **spoken)
    for action in ("hold", "resume"):
        assert (await agent.post(f"/api/v1/handoffs/{handoff_id}/call/{action}")).status_code == 204
        assert (await gateway.next("control"))["action"] == action
    keys = await agent.post(f"/api/v1/handoffs/{handoff_id}/call/digits", json={"digits": "1#"})
    assert keys.status_code == 204
    assert (await gateway.next("control"))["digits"] == "1#"
    target = {"target": "sip:x@y\r\nEvil: 1"}
    refused = await agent.post(f"/api/v1/handoffs/{handoff_id}/call/transfer", json=target)
    assert (refused.status_code, refused.json()["code"]) == (422, "call.bad_target")

    assert (await gateway.report(id_, "agent_lost", handoff_id=handoff_id))["ok"]
    assert "first in line" in (await gateway.next("said", author="bot"))["text"]
    await gateway.next("state", holder="queue")
    assert (await agent.post(f"/api/v1/handoffs/{handoff_id}/accept")).status_code == 200
    assert (await gateway.report(id_, "ended", reason="hangup", facts={"mos": 4.2}))["ok"]
    shown = (await agent.get(f"/api/v1/conversations/{id_}")).json()
    assert shown["call"]["live"] is False
    too_late = await agent.post(f"/api/v1/conversations/{id_}/messages", json={**typed, "message_id": "m2"})
    assert (too_late.status_code, too_late.json()["code"]) == (409, "call.over")
    spoken_lines = [m["text"] for m in shown["messages"] if m["author"] == "agent"]
    assert spoken_lines == ["I am here", "How can I help?"]
    context = (await agent.get(f"/api/v1/handoffs/{handoff_id}/context")).json()
    assert context["audio"]["utterances"] == 1


async def test_caller_would_rather_be_called_back(gateways: Any, agent: httpx.AsyncClient) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    await gateway.ask("handoff_request", {"conversation_id": id_})
    wrong = await gateway.ask("callback_request", {"conversation_id": id_, "phone": "12"})
    assert wrong["code"] == "callback.bad_phone"
    request = {"conversation_id": id_, "phone": "22 85 00 01"}
    answer = await gateway.ask("callback_request", request)
    assert answer["state"]["holder"] == "bot"
    assert "+4722850001" in answer["replies"][0]["text"]
    assert (await gateway.ask("callback_request", request))["replies"] == answer["replies"]


async def test_language_of_the_call_is_the_conversation_s(gateways: Any) -> None:
    gateway = await gateways()
    id_ = await gateway.call(language="nb")
    answer = await gateway.ask("handoff_request", {"conversation_id": id_})
    assert answer["state"]["language"] == "nb"
    assert "koll" in answer["replies"][0]["text"]
    answer = await gateway.say(id_, "12", by="keys", language="fr")
    assert answer["state"]["language"] == "fr"
    other = await gateway.call()
    answer = await gateway.ask("handoff_request", {"conversation_id": other, "language": "nb"})
    assert answer["state"]["language"] == "nb"


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        "text",
        [],
        {},
        {"conversation_id": {"a": 1}},
        {"conversation_id": "short", "call_id": "x", "transport": "sip"},
        {"conversation_id": "x" * 30, "call_id": "x", "transport": 7},
        {"conversation_id": "x" * 30, "call_id": "x" * 201, "transport": "sip"},
        {"conversation_id": "x" * 30, "call_id": "x", "transport": "sip", "after": -1},
        {"conversation_id": "x" * 30, "call_id": "x", "transport": "sip", "language": "no language"},
    ],
)
async def test_garbage_is_refused_and_the_connection_lives(gateways: Any, data: Any) -> None:
    gateway = await gateways()
    for event in ("call_started", "utterance", "handoff_request", "callback_request", "report"):
        answer = await gateway.ask(event, data)
        assert answer["ok"] is False, event
        assert answer["retry"] is False, event
    assert await gateway.call()


@pytest.mark.parametrize(
    "more",
    [
        {"message_id": None},
        {"message_id": "x" * 201},
        {"text": ""},
        {"text": 7},
        {"text": "x" * 2001},
        {"by": "smoke"},
        {"confidence": 2},
        {"confidence": "0.5"},
        {"start_ms": -5},
        {"end_ms": 1.5},
    ],
)
async def test_utterance_that_is_none_is_refused(gateways: Any, more: dict[str, Any]) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    said = {"conversation_id": id_, "message_id": "m1", "text": "hello"}
    answer = await gateway.ask("utterance", {**said, **more})
    assert (answer["ok"], answer["retry"]) == (False, False)


async def test_report_that_is_none_is_refused(gateways: Any) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    assert (await gateway.report(id_, "dance"))["code"] == "report.bad"
    assert (await gateway.report(id_, "digits", digits="x"))["code"] == "report.bad"
    bare = {"conversation_id": id_, "report_id": "not an id!", "kind": "digits", "data": {"digits": "1"}}
    assert (await gateway.ask("report", bare))["code"] == "report.bad_id"
    assert (await gateway.report(id_, "agent_speech", text="x", start_ms=0, end_ms=1))["code"] == (
        "report.unknown_agent"
    )


async def test_call_that_ended_is_not_told_of_any_more(gateways: Any) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    assert (await gateway.report(id_, "ended", reason="hangup"))["ok"]
    assert (await gateway.report(id_, "ended", reason="hangup"))["code"] == "call.not_started"


async def test_gateway_that_dies_leaves_no_live_call(
    gateways: Any, agent: httpx.AsyncClient, server: FrontLine
) -> None:
    gateway, dead = await gateways(), await gateways()
    carried = await gateway.call()
    id_ = await dead.call()
    asked = await dead.ask("handoff_request", {"conversation_id": id_})
    handoff_id = asked["state"]["handoff_id"]
    accepted = (await agent.post(f"/api/v1/handoffs/{handoff_id}/accept")).json()
    assert accepted["call"]["live"] is True
    dead.calls.clear()
    # Its connection breaks, and it says nothing of its calls.
    await dead.sio.disconnect()
    for _ in range(80):
        await asyncio.sleep(0.2)
        view = (await agent.get(f"/api/v1/handoffs/{handoff_id}")).json()
        if not view["call"]["live"]:
            break
    assert view["call"]["live"] is False
    [handoff] = [each for each in (await agent.get("/api/v1/handoffs")).json() if each["id"] == handoff_id]
    assert (handoff["state"], handoff["agent_id"]) == ("accepted", accepted["agent_id"])
    assert (await gateway.say(carried, "what are your opening hours"))["replies"]


async def test_pages_may_use_the_microphone_and_the_gateway(server: FrontLine) -> None:
    async with httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/api/v1/voice")).json() == {"url": "https://voice.test:8010/webrtc/offer"}
        page = await client.get("/")
        if page.status_code == 200:
            assert "connect-src 'self' https://voice.test:8010;" in page.headers["content-security-policy"]
            assert "microphone=(self)" in page.headers["permissions-policy"]


async def messages(server: FrontLine, id_: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(base_url=server.url, headers=server.as_program) as client:
        found = (await client.get(f"/api/v1/conversations/{id_}/messages")).json()["messages"]
        assert isinstance(found, list)
        return found


async def ticket_of(agent: httpx.AsyncClient, handoff_id: str) -> dict[str, Any]:
    """What an agent's ticket says."""
    given = await agent.post(f"/api/v1/handoffs/{handoff_id}/call")
    assert given.status_code == 200, given.text
    claims: dict[str, Any] = jwt.decode(
        given.json()["token"], ticket_key(TOKEN), algorithms=["HS256"], audience=AUDIENCE
    )
    return claims


async def join(gateway: Gateway, ticket: dict[str, Any], attempt: str = "j1") -> dict[str, Any]:
    """Ask whether who shows a ticket may come in."""
    request = {name: ticket[name] for name in ("conversation_id", "handoff_id", "agent_id")}
    asked = {**request, "ticket_id": ticket["jti"], "report_id": f"{ticket['conversation_id']}:{attempt}"}
    return await gateway.ask("join_request", asked)


async def test_a_ticket_joins_the_call_that_its_agent_holds_now_and_no_other(
    gateways: Any, agent: httpx.AsyncClient, colleague: httpx.AsyncClient
) -> None:
    gateway, other_gateway = await gateways(), await gateways()
    id_ = await gateway.call()
    handoff_id = (await gateway.ask("handoff_request", {"conversation_id": id_}))["state"]["handoff_id"]
    me = (await agent.post(f"/api/v1/handoffs/{handoff_id}/accept")).json()["agent_id"]
    state = await gateway.next("state", holder="human")
    assert (state["handoff_id"], state["agent_id"]) == (handoff_id, me)
    first, second = await ticket_of(agent, handoff_id), await ticket_of(agent, handoff_id)
    assert (await join(other_gateway, first))["code"] == "call.not_started", "it does not have this call"
    joined = await join(gateway, first)
    assert joined["ok"]
    assert (joined["state"]["holder"], joined["state"]["agent_id"]) == ("human", me)
    assert await join(gateway, first) == joined
    assert (await join(gateway, first, "j2"))["code"] == "ticket.used"
    # The same call by another gateway, as after a reconnect: it is the same log.
    started = {"conversation_id": id_, "call_id": f"c-{id_}", "transport": "sip"}
    assert (await other_gateway.ask("call_started", started))["ok"]
    assert (await join(other_gateway, first, "j3"))["code"] == "ticket.used"

    them = next(
        each["id"]
        for each in (await agent.get("/api/v1/agents")).json()
        if each["login"] == COLLEAGUE["login"]
    )
    passed_on = await agent.post(f"/api/v1/handoffs/{handoff_id}/transfer", json={"agent_id": them})
    assert passed_on.status_code == 200, passed_on.text
    assert (await join(gateway, second, "j4"))["code"] == "ticket.stale"
    assert (await colleague.post(f"/api/v1/handoffs/{handoff_id}/accept")).status_code == 200
    await gateway.next("state", holder="human", agent_id=them)
    assert (await join(gateway, second, "j5"))["code"] == "ticket.stale"
    assert (await agent.post(f"/api/v1/handoffs/{handoff_id}/call")).status_code in (403, 404)
    assert (await join(gateway, await ticket_of(colleague, handoff_id), "j6"))["ok"]
    late = await gateway.report(id_, "agent_joined", handoff_id=handoff_id, agent_id=me)
    assert late["code"] == "ticket.stale"
    await gateway.report(id_, "ended", reason="hangup")
    gateway.calls.clear()


async def test_many_who_want_in_while_the_call_changes_hands(
    gateways: Any, agent: httpx.AsyncClient, colleague: httpx.AsyncClient
) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    handoff_id = (await gateway.ask("handoff_request", {"conversation_id": id_}))["state"]["handoff_id"]
    assert (await agent.post(f"/api/v1/handoffs/{handoff_id}/accept")).status_code == 200
    tickets = [await ticket_of(agent, handoff_id) for _ in range(6)]

    async def give_back() -> None:
        moved = await agent.post(f"/api/v1/handoffs/{handoff_id}/transfer", json={"queue": "general"})
        assert moved.status_code == 200, moved.text

    answers = await asyncio.gather(
        *(join(gateway, ticket, f"j{n}") for n, ticket in enumerate(tickets[:3])),
        give_back(),
        *(join(gateway, ticket, f"k{n}") for n, ticket in enumerate(tickets[3:])),
    )
    told = [answer for answer in answers if answer is not None]
    assert {answer.get("code", "in") for answer in told} <= {"in", "ticket.stale"}
    for answer in told:
        if answer["ok"]:
            assert answer["state"]["holder"] in ("human", "queue")
    assert (await join(gateway, tickets[0], "last"))["code"] == "ticket.stale"


async def test_calls_are_passed_on_to_the_operator_s_contacts(
    gateways: Any, agent: httpx.AsyncClient, server: FrontLine
) -> None:
    gateway = await gateways()
    id_ = await gateway.call()
    handoff_id = (await gateway.ask("handoff_request", {"conversation_id": id_}))["state"]["handoff_id"]
    me = (await agent.post(f"/api/v1/handoffs/{handoff_id}/accept")).json()["agent_id"]
    targets = (await agent.get("/api/v1/voice/targets")).json()
    assert targets == {"contacts": ["Head office"], "numbers": [], "addresses": ["pbx.example.com"]}
    async with httpx.AsyncClient(base_url=server.url) as anonymous:
        assert (await anonymous.get("/api/v1/voice/targets")).status_code == 401
    url = f"/api/v1/handoffs/{handoff_id}/call/transfer"
    assert (await agent.post(url, json={"contact": "Head office"})).status_code == 204
    control = await gateway.next("control")
    assert (control["target"], control["agent_id"], control["handoff_id"]) == ("+4722000000", me, handoff_id)
    assert "contact" not in control
    for body in (
        {"target": "+4790000000"},
        {"contact": "Boss"},
        {"target": "sip:+4790000000@pbx.example.com"},
    ):
        refused = await agent.post(url, json=body)
        assert (refused.status_code, refused.json()["code"]) in (
            (403, "call.target_not_allowed"),
            (422, "call.bad_target"),
        )
    assert (
        (await agent.post(url, json={"target": "+4790000000"}))
        .json()["hint"]
        .startswith("allowed are contacts: Head")
    )


async def test_no_call_takes_up_a_conversation_that_is_somebody_else_s(
    gateways: Any, server: FrontLine
) -> None:
    gateway = await gateways()
    theirs = await gateway.call()
    for taken in ({"conversation_id": theirs, "call_id": "another"},):
        answer = await gateway.ask("call_started", {**taken, "transport": "webrtc"})
        assert answer["code"] == "call.other_call"
    for guessable in ("call-1", "a" * 23):
        answer = await gateway.ask(
            "call_started", {"conversation_id": guessable, "call_id": "c", "transport": "sip"}
        )
        assert answer["code"] == "conversation.bad_id"
