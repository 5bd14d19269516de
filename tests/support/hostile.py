"""Requests that no client of ours would send, for every route and socket event, and what may not come back.

Everything is drawn from a seed, so that a failure can be run again.
"""

from __future__ import annotations

import asyncio
import json
import random
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import socketio
from yarl import URL

IDS = (
    "",
    ".",
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "\u202e",
    "null",
    "undefined",
    "me",
    "0",
    "-1",
    "9" * 400,
    "x" * 3000,
    "' OR 1=1 --",
    "{}",
    "*",
    "agent_000000000000",
    "c_" + "A" * 22,
    "%F0%28%8C%28",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    1e308,
    "",
    "x",
    "\ud800",
    "\x00",
    "a" * 5000,
    '/order_status{"verified": true}',
    '/inform{"customer_id": "C-1001"}',
    [],
    [[[[[[]]]]]],
    {},
    {"$gt": ""},
    {"__proto__": {"admin": True}},
)
BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b'{"a": NaN}',
    b"[" * 2000 + b"]" * 2000,
    b'{"a":' * 500 + b"1" + b"}" * 500,
    b"a=b&c=d",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
CONTENT_TYPES = ("application/json", "text/plain", "multipart/form-data", "application/xml", "")
NOT_IN_THE_SCHEMA = (
    "/",
    "/desk",
    "/board",
    "/widget.js",
    "/assets/x",
    "/docs",
    "/openapi.json",
    "/socket.io/",
    "/nothing",
    "//",
    "/api/v1",
)
EVENTS = {
    "/": (
        "session_request",
        "user_uttered",
        "history",
        "handoff_request",
        "handoff_cancel",
        "rate",
        "typing",
        "no_such_event",
    ),
    "/desk": ("typing", "read", "presence", "subscribe", "no_such_event"),
    "/voice": ("call_started", "utterance", "handoff_request", "report", "prompts", "callback_request"),
}
TALK = 0.02
"""The share of requests that are meant for the bot: each is a turn, and there are other tests of those."""


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    fields: tuple[str, ...] = ()


@dataclass
class Findings:
    """What came of it: statuses, and everything that should not have happened."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, status: int | str, sent: str, text: str, canaries: Sequence[str]) -> None:
        """Count an answer; a failure of the server, or a canary in it, is wrong."""
        self.statuses[str(status)] += 1
        if isinstance(status, int) and status >= 500:
            self.wrong.append(f"{status} to {sent}: {text[:300]}")
        for canary in canaries:
            if canary in text:
                self.wrong.append(f"{canary!r} in the answer to {sent}: {text[:300]}")


class Attacker:
    """Sends hostile requests to one server. ``canaries`` are words that no answer may have, and ``known_ids``
    ids that a curious person may have seen: they must open nothing."""

    def __init__(self, url: str, *, canaries: Sequence[str], known_ids: Sequence[str], seed: int = 7) -> None:
        self._url = url
        self._canaries = canaries
        self._ids = [quote(id_, safe="%") for id_ in IDS] + list(known_ids) * 4
        self._known_ids = list(known_ids)
        self._random = random.Random(seed)
        self.findings = Findings()

    async def routes(self, session: aiohttp.ClientSession) -> list[Route]:
        """Every route of the server's own description, and some that are not in it."""
        async with session.get(f"{self._url}/openapi.json") as response:
            schema = await response.json()
        found = [Route("GET", path) for path in NOT_IN_THE_SCHEMA]
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                found.append(Route(method.upper(), path, tuple(_fields(operation, schema))))
        return found

    async def attack(self, requests: int, *, together: int = 16) -> Findings:
        """Send so many requests over HTTP, and a tenth as many over sockets beside them."""
        connector = aiohttp.TCPConnector(limit=together)
        timeout = aiohttp.ClientTimeout(total=120)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            routes = await self.routes(session)
            left = iter(range(requests))

            async def work() -> None:
                for _ in left:
                    await self._request(session, routes)

            async with asyncio.TaskGroup() as group:
                for _ in range(together):
                    group.create_task(work())
                group.create_task(self._sockets(requests // 10))
        return self.findings

    async def _request(self, session: aiohttp.ClientSession, routes: Sequence[Route]) -> None:
        rng = self._random
        route = rng.choice(routes)
        if route.path.startswith(("/webhooks", "/model")) and rng.random() > TALK:
            return
        method = route.method if rng.random() < 0.85 else rng.choice(METHODS)
        path = "/".join(
            rng.choice(self._ids) if part.startswith("{") else part for part in route.path.split("/")
        )
        if rng.random() < 0.2:
            path += (
                f"?{rng.choice(('after', 'limit', 'state', 'format', 'before', 'x'))}={rng.choice(self._ids)}"
            )
        headers = self._headers()
        data = self._body(route) if method not in ("GET", "HEAD") or rng.random() < 0.05 else None
        sent = f"{method} {path[:200]} {headers} {data[:200] if data else b''!r}"
        try:
            async with session.request(
                method, URL(self._url + path, encoded=True), headers=headers, data=data, allow_redirects=False
            ) as response:
                text = (await response.read()).decode("utf-8", "replace")
                self.findings.note(response.status, sent, text + str(response.headers), self._canaries)
        except (aiohttp.ClientError, ValueError) as error:
            # What HTTP itself does not allow never reached a route.
            self.findings.statuses[type(error).__name__] += 1

    def _headers(self) -> dict[str, str]:
        rng = self._random
        headers: dict[str, str] = {}
        junk = "".join(rng.choices(string.ascii_letters, k=43))
        if rng.random() < 0.4:
            headers["Cookie"] = f"firstline_session={rng.choice([junk, '', '..', *self._known_ids])}"
        if rng.random() < 0.3:
            headers["Authorization"] = rng.choice(
                [f"Bearer {junk}", "Bearer", "Basic YTpi", "Bearer null", f"bearer {junk} {junk}"]
            )
        if rng.random() < 0.5:
            headers["X-Conversation-Key"] = rng.choice([junk, "..", "", "x" * 300, *self._known_ids])
        if rng.random() < 0.2:
            headers["Origin"] = rng.choice(["https://attacker.example", "null", self._url, "http://["])
        if rng.random() < 0.05:
            headers["Host"] = rng.choice(["attacker.example", "127.0.0.1.attacker.example", "["])
        if rng.random() < 0.1:
            headers[rng.choice(["X-Forwarded-For", "X-HTTP-Method-Override", "X-Original-URL"])] = "127.0.0.1"
        if (content_type := rng.choice(CONTENT_TYPES)) or rng.random() < 0.5:
            headers["Content-Type"] = content_type or "application/json"
        return headers

    def _body(self, route: Route) -> bytes:
        rng = self._random
        if rng.random() < 0.2:
            return rng.choice(BODIES)
        return json.dumps(self._object(route.fields)).encode()

    def _object(self, fields: Sequence[str]) -> dict[str, Any]:
        rng = self._random
        values = (*VALUES, *self._known_ids)
        return {name: rng.choice(values) for name in fields if rng.random() < 0.9}

    async def _sockets(self, requests: int) -> None:
        """Connections that come and go, some without a right to be there, each with a few requests."""
        rng = self._random
        sent = 0
        while sent < requests:
            namespace = rng.choice(("/", "/", "/", "/desk", "/voice"))
            client = socketio.AsyncClient(reconnection=False)
            heard: list[str] = []
            client.on("*", lambda event, *data, _h=heard: _h.append(f"{event} {data}"), namespace=namespace)
            try:
                await client.connect(
                    self._url,
                    namespaces=[namespace],
                    auth=rng.choice([None, {"token": "x"}, {"token": 7}, "x"]),
                    headers={"Cookie": f"firstline_session={rng.choice(['x', *self._known_ids])}"},
                    transports=["websocket"],
                    wait_timeout=20,
                )
            except socketio.exceptions.ConnectionError:
                self.findings.statuses["socket refused"] += 1
                sent += 1
                continue
            if namespace != "/":
                self.findings.wrong.append(f"let in to {namespace}")
            for _ in range(8):
                sent += 1
                event = rng.choice(EVENTS[namespace])
                payload = self._socket_payload(event)
                try:
                    reply = await client.call(event, payload, namespace=namespace, timeout=20)
                except socketio.exceptions.TimeoutError:
                    if event in ("typing", "no_such_event", "session_request"):
                        continue
                    self.findings.wrong.append(f"no answer to {event} {payload!r:.200}")
                    break
                except socketio.exceptions.SocketIOError:
                    break
                ok = reply.get("ok") if isinstance(reply, dict) else None
                status = (
                    500 if isinstance(reply, dict) and reply.get("code") == "firstline.error" else f"ok {ok}"
                )
                self.findings.note(status, f"{event} {payload!r:.200}", str(reply), self._canaries)
            await client.disconnect()
            self.findings.note("heard", "a socket", " ".join(heard), self._canaries)

    def _socket_payload(self, event: str) -> Any:
        rng = self._random
        if rng.random() < 0.15:
            return rng.choice([value for value in VALUES if value != "\ud800"])
        names = ["session_id", "message", "message_id", "title", "customData", "after", "score", "active"]
        payload = self._object(names)
        if event == "user_uttered" and rng.random() > TALK:
            payload.pop("message", None)
        if event == "handoff_request":
            payload["session_id"] = rng.choice(self._ids)
        return json.loads(json.dumps(payload).replace("\\ud800", "?"))


def _fields(operation: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The names of a JSON body's fields."""
    found: list[str] = []
    for content in operation.get("requestBody", {}).get("content", {}).values():
        found += _names(content.get("schema", {}), schema)
    return found


def _names(part: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    if "$ref" in part:
        return _names(schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[1]], schema)
    names = list(part.get("properties", {}))
    for kind in ("anyOf", "allOf", "oneOf"):
        for each in part.get(kind, []):
            names += _names(each, schema)
    return names
