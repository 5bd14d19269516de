"""A Firstline server that does what a test tells it: answers, is silent, loses acknowledgements, falls down.

It speaks docs/api.md's Socket.IO to the widget, and serves the built pages by the real server's own routes.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any

import socketio
import uvicorn
from fastapi import FastAPI, Header, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute

from bot.channels import pages, sites
from tests.e2e.fake_gateway import FakeGateway

Json = dict[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Json]]
Send = Callable[[Json], Awaitable[None]]


def now() -> float:
    return time.time()


@dataclass
class FakeConversation:
    id: str
    holder: str = "bot"
    handoff: Json | None = None
    rating: int | None = None
    may_rate: bool = False
    messages: list[Json] = field(default_factory=list)

    @property
    def public_id(self) -> str:
        return f"public-{self.id[:6]}"

    def state(self) -> Json:
        return {
            "conversation_id": self.public_id,
            "holder": self.holder,
            "language": "en",
            "handoff": self.handoff,
            "rating": self.rating,
            "may_rate": self.may_rate,
        }


class FakeServer:
    """Conversations in memory; they outlast `stop` and `start`, as a database would."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.conversations: dict[str, FakeConversation] = {}
        self.turns: list[Json] = []
        """Every `user_uttered` that was taken in as new."""
        self.arrivals = 0
        """Every `user_uttered` that arrived, new or not."""
        self.session_requests: list[Json] = []
        self.requests: list[Json] = []
        self.lose_acks = 0
        """So many acknowledgements are lost from now on, together with the connection."""
        self.deaf = False
        """The connection breaks at every message, before it is taken in."""
        self.refuse: str | None = None
        """The error code that answers every message."""
        self.refuse_token = False
        self.refuse_sessions: set[str] = set()
        self.silent = False
        """The bot does not answer."""
        self.allowed_sites: list[str] = ["*"]
        """The origins that are let in, as the real server's setting."""
        self.max_message_length = 2000
        self.gateway: FakeGateway | None = None
        """Who takes calls from browsers."""
        self._sequence = itertools.count(1, 3)
        self._running: Running | None = None
        self._sio = self._sockets()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def only(self) -> FakeConversation:
        """The one conversation there is."""
        (conversation,) = self.conversations.values()
        return conversation

    async def start(self) -> None:
        self._sio = self._sockets()
        self._register(self._sio)
        self._running = await Running.start(
            socketio.ASGIApp(self._sio, other_asgi_app=self._http()), self.port
        )

    async def stop(self) -> None:
        """Go down at once, closing every connection, as a killed process does."""
        if self._running is None:
            return
        await self.drop_connections()
        await self._running.stop()
        self._running = None
        await self._sio.shutdown()

    async def drop_connections(self) -> None:
        """Cut every connection without a goodbye."""
        if self._running:
            self._running.drop_connections()

    def _sockets(self) -> socketio.AsyncServer:
        def allow(origin: str, environ: dict[str, Any]) -> bool:
            return sites.Sites(self.allowed_sites).lets_in(origin, environ.get("HTTP_HOST"))

        return socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=allow)

    # --- what the other side does ------------------------------------------------------------------------

    async def say(self, text: str | None, *, author: str = "bot", **extra: Any) -> Json:
        conversation = self.only
        message = self._append(conversation, author=author, text=text, **extra)
        await self._sio.emit("bot_uttered", {"text": text, "message": message}, room=conversation.id)
        return message

    async def line(self, kind: str, *, name: str | None = None) -> None:
        conversation = self.only
        message = self._append(conversation, author="system", kind=kind, name=name)
        await self._sio.emit("message", message, room=conversation.id)

    async def typing(self, author: str, *, active: bool = True, name: str | None = None) -> None:
        await self._sio.emit("typing", {"active": active, "author": author, "name": name}, room=self.only.id)

    async def queue_up(self, *, position: int | None, expected_wait: float | None) -> None:
        self.only.holder = "queue"
        self.only.handoff = _handoff("queued", position=position, expected_wait=expected_wait)
        await self.push_state()

    async def agent_joins(self, name: str) -> None:
        self.only.holder = "human"
        self.only.handoff = _handoff("accepted", agent_name=name)
        await self.line("agent_joined", name=name)
        await self.push_state()

    async def agent_resolves(self) -> None:
        self.only.holder = "closed"
        self.only.handoff = _handoff("resolved", agent_name="Ada Lind")
        self.only.may_rate = True
        await self.line("resolved")
        await self.push_state()

    async def push_state(self) -> None:
        await self._sio.emit("state", self.only.state(), room=self.only.id)

    # --- HTTP --------------------------------------------------------------------------------------------

    def _http(self) -> FastAPI:
        app = FastAPI()
        app.include_router(pages.router(voice_url=self.url if self.gateway else None))
        pages.mount_assets(app)
        app.add_middleware(
            CORSMiddleware, allow_origins=["*"], allow_methods=["GET"], allow_headers=["X-Conversation-Key"]
        )
        app.add_api_route("/api/v1/voice", self._voice)
        app.add_api_route("/api/v1/conversations/{conversation_id}/transcript", self._transcript)
        app.add_api_route("/api/v1/site", self._site)
        if self.gateway:
            app.include_router(self.gateway.router)
        return app

    async def _site(self, request: Request) -> Response:
        """The real route, with the settings of this moment."""
        routes = sites.router(
            sites.Sites(self.allowed_sites), max_message_length=self.max_message_length
        ).routes
        (route,) = [route for route in routes if isinstance(route, APIRoute)]
        answer: Response = await route.endpoint(request)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _voice(self) -> Json:
        return {"url": f"{self.url}/webrtc/offer" if self.gateway else None}

    def _transcript(
        self, conversation_id: str, x_conversation_key: Annotated[str | None, Header()] = None
    ) -> PlainTextResponse:
        conversation = self.conversations.get(x_conversation_key or "")
        if conversation is None or conversation.public_id != conversation_id:
            return PlainTextResponse("", status_code=404)
        return PlainTextResponse("\n".join(str(message["text"]) for message in conversation.messages))

    # --- Socket.IO ---------------------------------------------------------------------------------------

    def _register(self, sio: socketio.AsyncServer) -> None:
        sio.on("session_request", self._on_session_request)
        sio.on("user_uttered", self._on_user_uttered)
        sio.on("history", self._on_history)
        sio.on("handoff_request", self._on_handoff_request)
        sio.on("handoff_cancel", self._on_handoff_cancel)
        sio.on("rate", self._on_rate)
        sio.on("typing", self._on_typing)

    async def _on_session_request(self, sid: str, data: Json) -> None:
        self.session_requests.append(data)
        if "token" in data["customData"] and self.refuse_token:
            await self._sio.emit("session_error", {"ok": False, "code": "identity.bad_token"}, room=sid)
            return
        if data.get("session_id") in self.refuse_sessions:
            await self._sio.emit("session_error", {"ok": False, "code": "session.bad_id"}, room=sid)
            return
        session_id = data.get("session_id") or uuid.uuid4().hex
        self.conversations.setdefault(session_id, FakeConversation(session_id))
        await self._sio.enter_room(sid, session_id)
        await self._sio.emit("session_confirm", session_id, room=sid)

    async def _on_user_uttered(self, sid: str, data: Json) -> Json | None:
        self.arrivals += 1
        if self.refuse:
            return {"ok": False, "code": self.refuse, "message": "Refused by the test."}
        if self.deaf:
            await self.drop_connections()
            return None
        conversation = self.conversations[data["session_id"]]
        message_id = data["message_id"]
        known = next((m for m in conversation.messages if m["message_id"] == message_id), None)
        message = known or self._append(
            conversation,
            author="customer",
            text=_offered_title(conversation, data["message"]) or data["message"],
            message_id=message_id,
        )
        if self.lose_acks > 0:
            self.lose_acks -= 1
            self.turns.append(data)
            await self.drop_connections()
            return None
        if known is None:
            self.turns.append(data)
            await self._sio.emit("message", message, room=conversation.id)
            if not self.silent:
                await self.say(f"You said: {message['text']}")
        return {
            "ok": True,
            "message_id": message_id,
            "sequence": message["sequence"],
            "timestamp": message["timestamp"],
        }

    async def _on_history(self, sid: str, data: Json) -> Json:
        conversation = self.conversations[data["session_id"]]
        messages = [m for m in conversation.messages if m["sequence"] > data["after"]]
        return {"ok": True, "messages": messages, "state": conversation.state()}

    async def _on_handoff_request(self, sid: str, data: Json) -> Json:
        self.requests.append({"event": "handoff_request", **data})
        await self.queue_up(position=3, expected_wait=240)
        return {"ok": True, "state": self.only.state()}

    async def _on_handoff_cancel(self, sid: str, data: Json) -> Json:
        self.requests.append({"event": "handoff_cancel", **data})
        self.only.holder, self.only.handoff = "bot", None
        await self.push_state()
        return {"ok": True, "state": self.only.state()}

    async def _on_rate(self, sid: str, data: Json) -> Json:
        self.requests.append({"event": "rate", **data})
        self.only.rating, self.only.may_rate = data["score"], False
        return {"ok": True, "state": self.only.state()}

    async def _on_typing(self, sid: str, data: Json) -> None:
        self.requests.append({"event": "typing", **data})

    def _append(self, conversation: FakeConversation, *, author: str, **extra: Any) -> Json:
        message = {
            "sequence": next(self._sequence),
            "timestamp": now(),
            "author": author,
            "text": None,
            "name": None,
            "message_id": None,
            "buttons": [],
            "image": None,
            "custom": None,
            "kind": None,
            **extra,
        }
        conversation.messages.append(message)
        return message


class HostSite:
    """Somebody else's site, of another origin, whose page embeds the widget."""

    def __init__(self, html: str, *, policy: str | None = None, style: str = "") -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._files = {"/": ("text/html; charset=utf-8", html), "/site.css": ("text/css", style)}
        self._policy = policy
        self._running: Running | None = None

    async def start(self) -> None:
        self._running = await Running.start(self._serve, self.port)

    async def stop(self) -> None:
        if self._running:
            await self._running.stop()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, text = self._files.get(scope["path"], ("", ""))
        headers = {"content-type": kind}
        if self._policy:
            headers["content-security-policy"] = self._policy
        await _respond(send, HTTPStatus.OK if kind else HTTPStatus.NOT_FOUND, headers, text.encode())


class Running(uvicorn.Server):
    """A server in the test's own event loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, app: Any, port: int) -> Running:
        """Serve an ASGI application; returns once it listens."""
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="warning",
            ws="websockets-sansio",
            lifespan="off",
            interface="asgi3",
        )
        server = cls(config)
        server._task = asyncio.create_task(server.serve())
        await server._up.wait()
        return server

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()

    def drop_connections(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    async def stop(self) -> None:
        self.force_exit = True
        self.should_exit = True
        if self._task:
            await self._task


async def _respond(send: Send, status: HTTPStatus, headers: dict[str, str], body: bytes) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _handoff(state: str, **extra: Any) -> Json:
    return {
        "id": "h1",
        "state": state,
        "queue": "general",
        "position": None,
        "expected_wait": None,
        "agent_name": None,
        **extra,
    }


def _offered_title(conversation: FakeConversation, payload: str) -> str | None:
    buttons = [button for message in conversation.messages for button in message["buttons"]]
    return next((button["title"] for button in buttons if button["payload"] == payload), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
