"""Who may read a conversation, and what a customer may not ask for, against the running server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import socketio

from tests.bot.channels.test_security import signed_in
from tests.support.front_line import FrontLine

KEY = "X-Conversation-Key"


class Mine:
    """A conversation, with its customer's key and its public id."""

    def __init__(self, server: FrontLine) -> None:
        self.server = server
        self.key = f"key-{secrets.token_hex(12)}"
        body = {"sender": self.key, "message": "what are your opening hours?"}
        response = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=90)
        self.id = response.raise_for_status().headers["x-conversation-id"]

    def ask(self, method: str, what: str, *, key: str | None, **more: Any) -> httpx.Response:
        headers = {**({KEY: key} if key is not None else {}), **more.pop("headers", {})}
        address = f"{self.server.url}/api/v1/conversations/{self.id}/{what}"
        return httpx.request(method, address, headers=headers, timeout=90, **more)


@pytest.fixture
def mine(front_line: FrontLine) -> Mine:
    return Mine(front_line)


ROUTES = [
    ("GET", "messages", None),
    ("GET", "transcript", None),
    ("POST", "handoff", {"detail": "please"}),
    ("POST", "handoff/cancel", None),
    ("POST", "rating", {"score": 1}),
]


@pytest.mark.parametrize(("method", "what", "body"), ROUTES)
def test_public_id_opens_nothing(mine: Mine, method: str, what: str, body: object) -> None:
    nobody = mine.ask(method, what, key=None, json=body)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "conversation.key_needed")
    for wrong in (mine.id, "somebody-else-s-key", Mine(mine.server).key):
        refused = mine.ask(method, what, key=wrong, json=body)
        assert (refused.status_code, refused.json()["code"]) == (404, "conversation.not_found")
    wrong_token = mine.ask(method, what, key=None, json=body, headers={"Authorization": "Bearer guess"})
    assert wrong_token.status_code == 401


def test_key_opens_the_conversation_and_is_in_no_answer(mine: Mine) -> None:
    read = mine.ask("GET", "messages", key=mine.key)
    assert read.json()["messages"][0]["text"] == "what are your opening hours?"
    assert read.json()["state"]["conversation_id"] == mine.id
    assert mine.key not in read.text
    assert mine.id not in (mine.key, *mine.key.split("-"))


def test_programs_need_no_key(mine: Mine) -> None:
    assert mine.ask("GET", "messages", key=None, headers=mine.server.as_program).status_code == 200


def test_nobody_writes_as_the_customer_with_a_public_id(mine: Mine) -> None:
    """What an agent's list shows, used as ``sender``, begins a conversation of the attacker's own."""
    body = {"sender": mine.id, "message": "I am the customer"}
    response = httpx.post(f"{mine.server.url}/webhooks/rest/webhook", json=body, timeout=90)
    assert response.headers["x-conversation-id"] != mine.id
    assert "I am the customer" not in mine.ask("GET", "messages", key=mine.key).text


async def test_nobody_joins_a_conversation_s_socket_with_a_public_id(mine: Mine) -> None:
    heard: list[Any] = []
    chat = socketio.AsyncClient(reconnection=False)
    chat.on("bot_uttered", heard.append)
    await chat.connect(mine.server.url)
    await chat.call("session_request", {"session_id": mine.id}, timeout=90)
    history = await chat.call("history", {"session_id": mine.id, "after": 0}, timeout=90)
    assert history["messages"] == []
    assert history["state"]["conversation_id"] != mine.id
    await chat.call("user_uttered", {"session_id": mine.id, "message": "hello"}, timeout=90)
    await chat.disconnect()
    assert heard, "the attacker talks to the bot, alone"
    assert "hello" not in mine.ask("GET", "messages", key=mine.key).text


def test_demo_s_open_tracker_knows_no_public_ids(mine: Mine) -> None:
    address = f"{mine.server.url}/conversations/{mine.id}/tracker"
    assert httpx.get(address).json()["events"] == []
    assert httpx.get(address, headers=mine.server.as_program).json()["events"] != []
    by_sender = httpx.get(f"{mine.server.url}/conversations/{mine.key}/tracker").json()
    assert by_sender["sender_id"] == mine.key
    assert by_sender["conversation_id"] == mine.id
    assert by_sender["events"] != []


@pytest.fixture
def agent(front_line: FrontLine) -> Iterator[httpx.Client]:
    with signed_in(front_line, "supervisor1") as client:
        yield client
        client.delete("/api/v1/session")


def test_staff_never_see_a_key(mine: Mine, agent: httpx.Client) -> None:
    agent.put("/api/v1/agents/me/presence", json={"presence": "available"})
    mine.ask("POST", "handoff", key=mine.key, json={})
    shown = agent.get("/api/v1/handoffs").text + agent.get(f"/api/v1/conversations/{mine.id}").text
    mine.ask("POST", "handoff/cancel", key=mine.key)
    assert mine.id in shown
    assert mine.key not in shown
    assert mine.key not in mine.server.log.read_text()


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"priority": 10}, "handoff.not_customers_choice"),
        ({"reason": "error"}, "handoff.not_customers_choice"),
        ({"queue": "no-such-queue"}, "queue.not_public"),
    ],
)
def test_customers_cannot_put_themselves_first(mine: Mine, wish: dict[str, Any], code: str) -> None:
    response = mine.ask("POST", "handoff", key=mine.key, json=wish)
    assert (response.status_code, response.json()["code"]) == (403, code)
