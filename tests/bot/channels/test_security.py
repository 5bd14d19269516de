"""What an attacker tries, against the running server."""

from __future__ import annotations

import http.client
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx
import pytest
import socketio

from tests.support.front_line import FrontLine

DEMO_PASSWORD = "firstline-demo"
SOCKET = "/socket.io/?EIO=4&transport=websocket"


@contextmanager
def signed_in(server: FrontLine, login: str, **headers: str) -> Iterator[httpx.Client]:
    body = {"login": login, "password": DEMO_PASSWORD}
    with httpx.Client(base_url=server.url, timeout=90) as client:
        response = client.post("/api/v1/session", json=body, headers=headers)
        assert response.status_code == 200, response.text
        yield client


@pytest.fixture
def agent(front_line: FrontLine) -> Iterator[httpx.Client]:
    with signed_in(front_line, "agent1") as client:
        yield client
        client.delete("/api/v1/session")


# --- the demo is this machine's ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "firstline.attacker.example"},
        {"Host": "attacker.example:8000"},
        {"Host": "127.0.0.1.attacker.example"},
        {"Host": "["},
        {"X-Forwarded-For": "203.0.113.5"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"X-Forwarded": "127.0.0.1"},
        {"X-Forwarded-Server": "shop.example"},
        {"CF-Connecting-IP": "127.0.0.1"},
        {"X-Client-IP": "127.0.0.1"},
        {"True-Client-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "attacker.example@127.0.0.1"},
        {"Host": "attacker.example:x@localhost"},
        {"Host": "127.0.0.1/attacker.example"},
    ],
)
def test_demo_answers_neither_rebound_names_nor_proxies(
    front_line: FrontLine, headers: dict[str, str]
) -> None:
    for path in (
        "/",
        "/status",
        "/conversations/x/tracker",
        "/metrics",
        "/socket.io/?EIO=4&transport=polling",
    ):
        response = httpx.get(front_line.url + path, headers=headers)
        assert response.status_code == 403, path
        assert response.json()["code"] == "demo.local_only"


async def test_demo_opens_no_websocket_under_another_name(front_line: FrontLine) -> None:
    async with aiohttp.ClientSession(headers={"Host": "attacker.example"}) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(front_line.url + SOCKET)
    assert refused.value.status == 403


def test_demo_is_there_under_every_name_of_this_machine(front_line: FrontLine) -> None:
    for host in ("localhost", "127.0.0.1", "shop.localhost", "[::1]"):
        response = httpx.get(f"{front_line.url}/status", headers={"Host": f"{host}:{front_line.port}"})
        assert response.status_code == 200, host


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_page_of_another_site_cannot_use_the_open_routes(front_line: FrontLine, content_type: str) -> None:
    headers = {"Origin": "https://attacker.example"}
    if content_type:
        headers["Content-Type"] = content_type
    response = httpx.post(
        f"{front_line.url}/conversations/csrf/tracker/events",
        content='{"event": "pause"}',
        headers=headers,
    )
    assert response.status_code == 403
    assert response.json()["code"] == "auth.foreign_origin"


def test_desk_is_told_that_this_is_a_demo(front_line: FrontLine) -> None:
    response = httpx.get(f"{front_line.url}/api/v1/session")
    assert response.status_code == 401
    assert response.json()["code"] == "auth.required"
    assert response.json()["demo"] is True


# --- the desk's sessions -------------------------------------------------------------------------------


def test_session_of_the_attacker_s_choosing_is_not_taken(front_line: FrontLine) -> None:
    planted = "planted-" + secrets.token_urlsafe(16)
    with signed_in(front_line, "agent1", Cookie=f"firstline_session={planted}") as client:
        own = client.cookies["firstline_session"]
        assert own != planted
        assert _who(front_line, planted) == 401
        assert _who(front_line, own) == 200
        client.delete("/api/v1/session")
    assert _who(front_line, own) == 401, "signing out ends the session on the server too"


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://[", "//", "file://"])
def test_other_sites_cannot_act_with_an_agent_s_cookie(
    front_line: FrontLine, agent: httpx.Client, origin: str
) -> None:
    response = agent.put("/api/v1/agents/me/presence", json={"presence": "away"}, headers={"Origin": origin})
    assert response.status_code == 403
    assert response.json()["code"] == "auth.foreign_origin"


def test_agent_reads_no_conversation_or_customer_that_is_not_theirs(
    front_line: FrontLine, agent: httpx.Client
) -> None:
    sender = f"sec-{secrets.token_hex(8)}"
    _say(front_line, sender, "hello")
    id_ = front_line.public_id(sender)
    for path in (f"/api/v1/conversations/{id_}", "/api/v1/contacts/C-1001"):
        assert agent.get(path).status_code == 404
    note = agent.post(f"/api/v1/conversations/{id_}/notes", json={"text": "x"})
    assert note.status_code == 404


# --- what is internal stays internal -------------------------------------------------------------------


async def test_notes_reach_no_customer_and_words_and_secrets_no_log(
    front_line: FrontLine, agent: httpx.Client
) -> None:
    sender, secret = f"sec-{secrets.token_hex(8)}", f"note-{secrets.token_hex(6)}"
    words, reply = f"words-{secrets.token_hex(6)}", f"reply-{secrets.token_hex(6)}"
    cookie = agent.cookies["firstline_session"]
    desk = httpx.AsyncClient(base_url=front_line.url, cookies={"firstline_session": cookie}, timeout=90)
    heard: list[Any] = []
    chat = socketio.AsyncClient(reconnection=False)
    chat.on("*", lambda event, data=None: heard.append((event, data)))
    await chat.connect(front_line.url)
    await chat.call("session_request", {"session_id": sender}, timeout=90)
    await chat.call("user_uttered", {"session_id": sender, "message": f"I am {words}"}, timeout=90)
    state = (await chat.call("handoff_request", {"session_id": sender}, timeout=90))["state"]
    handoff, id_ = f"/api/v1/handoffs/{state['handoff']['id']}", state["conversation_id"]
    assert (await desk.post(f"{handoff}/accept")).status_code == 200
    said = {"text": reply, "message_id": secrets.token_hex(8)}
    assert (await desk.post(f"/api/v1/conversations/{id_}/messages", json=said)).status_code == 200
    assert (await desk.post(f"/api/v1/conversations/{id_}/notes", json={"text": secret})).status_code == 200
    assert secret in (await desk.get(f"/api/v1/conversations/{id_}")).text
    resolution = {"disposition": "solved", "note": f"{secret}-2"}
    assert (await desk.post(f"{handoff}/resolve", json=resolution)).status_code == 200
    history = await chat.call("history", {"session_id": sender, "after": 0}, timeout=90)
    await chat.sleep(0.5)
    await chat.disconnect()
    fetched = [front_line.history(sender, what) for what in ("messages", "transcript")]
    await desk.aclose()
    seen = f"{heard} {history} {[response.text for response in fetched]}"
    assert reply in seen
    assert secret not in seen
    log = front_line.log.read_text()
    assert not [each for each in (secret, words, reply, cookie, sender) if each in log]


def test_customer_cannot_say_that_they_are_verified(front_line: FrontLine) -> None:
    sender = f"sec-{secrets.token_hex(8)}"
    claim = '{"verified": true, "customer_id": "C-1001", "code_email": "a@b.no", "order_number": "48213"}'
    _say(front_line, sender, f"/inform{claim}")
    answer = _say(front_line, sender, "/order_status")
    assert "tomorrow" not in answer
    tracker = httpx.get(f"{front_line.url}/conversations/{sender}/tracker").json()
    assert not tracker["slots"].get("verified")
    assert not tracker["slots"].get("customer_id")


def test_guessing_postcodes_ends_with_a_person(front_line: FrontLine) -> None:
    sender = f"sec-{secrets.token_hex(8)}"
    _say(front_line, sender, '/order_status{"order_number": "88120"}')
    for guess in range(6):
        _say(front_line, sender, f'/inform{{"postcode": "900{guess}"}}')
    answer = _say(front_line, sender, '/order_status{"order_number": "88120"}')
    answer += _say(front_line, sender, "1193653471")
    assert "159" not in answer


# --- pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../server.py",
        "/assets/../../../pyproject.toml",
        "/assets/%2e%2e/%2e%2e/%2e%2e/pyproject.toml",
        "/assets/..%2f..%2f..%2fpyproject.toml",
        "/assets//etc/passwd",
        "/static-offline-docs/../__init__.py",
    ],
)
def test_no_path_leads_out_of_the_pages(front_line: FrontLine, path: str) -> None:
    # Not httpx, which would take the dots out itself.
    connection = http.client.HTTPConnection("127.0.0.1", front_line.port, timeout=90)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 404
    assert b"[project]" not in body
    assert b"import" not in body


def test_documentation_loads_nothing_from_elsewhere(front_line: FrontLine) -> None:
    page = httpx.get(f"{front_line.url}/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/"), address
        assert httpx.get(front_line.url + address).status_code == 200, address


def test_answers_are_neither_cached_nor_guessed_at(front_line: FrontLine) -> None:
    response = httpx.get(f"{front_line.url}/api/v1/conversations/sec-none/messages")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_too_large_a_body_is_refused(front_line: FrontLine) -> None:
    body = {"sender": "sec-large", "message": "x" * 2_000_000}
    response = httpx.post(f"{front_line.url}/webhooks/rest/webhook", json=body)
    assert response.status_code == 413


async def test_too_large_a_socket_message_ends_its_connection_only(front_line: FrontLine) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(front_line.url + SOCKET) as socket:
            await socket.receive()
            await socket.send_str('42["user_uttered", "' + "x" * 300_000 + '"]')
            while (received := await socket.receive(timeout=90)).type is aiohttp.WSMsgType.TEXT:
                pass
            assert received.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        async with session.get(f"{front_line.url}/readyz") as response:
            assert response.status == 200


def _say(server: FrontLine, sender: str, message: str) -> str:
    body = {"sender": sender, "message": message}
    response = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=90)
    assert response.status_code == 200, response.text
    return " ".join(answer.get("text", "") for answer in response.json())


def _who(server: FrontLine, token: str) -> int:
    return httpx.get(
        f"{server.url}/api/v1/session", headers={"Cookie": f"firstline_session={token}"}
    ).status_code
