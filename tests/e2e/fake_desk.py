"""A server that speaks docs/api.md's desk part and does what a test tells it: for timing and faults only.

It serves the real, built pages. Everything lives in memory; tests change it through `FakeDesk`'s methods,
which run in the server's own event loop, so that what they push goes out as the real server's pushes do.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import socketio
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from bot.channels import pages
from tests.e2e.desk_data import (
    AGENTS,
    CANNED,
    CONTACT,
    DISPOSITIONS,
    QUEUES,
    TITLES,
    call,
    context_of,
    left_message,
    message,
)
from tests.e2e.fake_gateway import FakeGateway

COOKIE = "firstline_session"
Json = dict[str, Any]


@dataclass
class FakeDesk:
    """The server's state, and what a test can make happen."""

    agents: dict[str, Json] = field(default_factory=lambda: {a["id"]: dict(a) for a in AGENTS})
    handoffs: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    typing: list[Json] = field(default_factory=list)
    lose_answers: int = 0
    refuse_messages: int = 0
    gateway: FakeGateway = field(default_factory=FakeGateway)
    left: dict[int, Json] = field(default_factory=dict)
    """The messages in the inbox, by id."""
    mails: list[Json] = field(default_factory=list)
    controls: list[tuple[str, Json]] = field(default_factory=list)
    outside: Json = field(
        default_factory=lambda: {
            "contacts": ["Head office", "Workshop"],
            "numbers": ["+4722"],
            "addresses": [],
        }
    )
    """What was to be done with calls, as the desk asked for it."""
    base_url: str = ""
    dist: Path = pages.DIST

    def __post_init__(self) -> None:
        self.socket = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
        self.socket.on("connect", self._connected, namespace="/desk")
        self.socket.on("typing", self._typed, namespace="/desk")
        self.asgi = socketio.ASGIApp(self.socket, _routes(self))
        self._server = uvicorn.Server(uvicorn.Config(self.asgi, port=0, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._counter = 0

    # --- the server's life -----------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}"
        self._loop = self._server.servers[0].get_loop()

    def stop(self) -> None:
        self.do(self.gateway.close())
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=10)

    def do(self, action: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine of this object in the server's loop, from a test's thread."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(timeout=10)

    # --- what happens ------------------------------------------------------------------------------------

    async def queue(self, name: str | None = "Kari Nordmann", **fields: Any) -> Json:
        """A customer waits for a person, after a conversation with the bot."""
        self._counter += 1
        number = self._counter
        now = time.time()
        conversation = f"web-{number:04d}"
        view: Json = {
            "id": f"h{number}",
            "conversation_id": conversation,
            "state": "queued",
            "queue": "support",
            "priority": 0,
            "language": "en",
            "channel": "socketio",
            "reason": "asked_for_person",
            "detail": "",
            "queued_at": now - 42,
            "waited": 42,
            "position": 1,
            "expected_wait": 60,
            "offered_to": None,
            "offer_expires_at": None,
            "agent_id": None,
            "agent_name": None,
            "customer": {"id": f"c{number}", "name": name, "verified": True} if name else None,
            "visitor": None,
            "customer_left": False,
            "rating": None,
            "preview": "I want to talk to a person",
            "transfers": 0,
            "disposition": None,
            "ended_at": None,
            "call": None,
        }
        view.update(fields)
        script = fields.get("script") or [
            ("customer", "Hi, my parcel is late"),
            ("bot", "I am sorry. What is the order number?"),
            ("customer", "It is 48213 😀, postcode 0150"),
            ("bot", "Your order is on its way. Is there anything else?"),
            ("customer", "I want to talk to a person"),
        ]
        view.pop("script", None)
        self.handoffs[view["id"]] = view
        self.messages[conversation] = [
            message(index * 3 + 2, author, text, at=now - 300 + index * 20)
            for index, (author, text) in enumerate(script)
        ]
        await self.push("handoff", view)
        return view

    async def ring(self, name: str | None = "Kari Nordmann", agent_id: str = "a1", **fields: Any) -> Json:
        """A caller is offered to an agent."""
        view = await self.queue(name, channel="voice", call=call(), **fields)
        conversation = view["conversation_id"]
        for said in self.messages[conversation]:
            said["asr_confidence"] = 0.91 if said["author"] == "customer" else None
        self.messages[conversation][1]["heard"] = "I am sorry."
        await self.offer(view["id"], agent_id)
        return view

    async def end_call(self, handoff_id: str, reason: str = "hangup") -> None:
        view = self.handoffs[handoff_id]
        view["call"].update(live=False, ended_at=time.time(), end_reason=reason, agent_on=False)
        await self.say(view["conversation_id"], "system", None, kind="call_ended")
        await self.push("handoff", view)
        if self.gateway.calls:
            await self.gateway.call.end(reason)

    async def leave_message(self, **fields: Any) -> Json:
        """A message that a customer left when nobody was there."""
        number = len(self.left) + 1
        left = left_message(number, **fields)
        conversation = left["conversation_id"]
        self.messages[conversation] = [
            message(2, "customer", "I want to talk to a person", at=left["created_at"] - 60),
            message(4, "bot", "None of my colleagues is available right now.", at=left["created_at"] - 58),
            message(6, "customer", left["text"], at=left["created_at"]),
        ]
        self.left[number] = left
        await self.push("message_left", left)
        return left

    async def leave_chat(self, handoff_id: str, left: bool = True) -> None:
        """The customer closes the web chat, or comes back."""
        self.handoffs[handoff_id]["customer_left"] = left
        await self.push("handoff", self.handoffs[handoff_id])

    async def rate(self, handoff_id: str, score: int, comment: str = "") -> None:
        """The customer rates a conversation that is over."""
        view = self.handoffs[handoff_id]
        view.update(rating={"score": score, "comment": comment})
        await self.say(view["conversation_id"], "system", comment or None, kind="rated", score=score)
        await self.push("handoff", view)

    async def offer(self, handoff_id: str, agent_id: str = "a1", seconds: float = 30) -> None:
        view = self.handoffs[handoff_id]
        view.update(state="offered", offered_to=agent_id, offer_expires_at=time.time() + seconds)
        await self.push("offer", view)

    async def withdraw(self, handoff_id: str) -> None:
        view = self.handoffs[handoff_id]
        view.update(state="queued", offered_to=None, offer_expires_at=None)
        await self.socket.emit("offer_withdrawn", {"id": handoff_id}, namespace="/desk")

    async def assign(self, handoff_id: str, agent_id: str = "a1") -> None:
        """The agent owns it, without having been asked."""
        view = self.handoffs[handoff_id]
        name = self.agents[agent_id]["name"]
        view.update(state="accepted", agent_id=agent_id, agent_name=name, offered_to=None)
        await self.say(view["conversation_id"], "system", None, kind="agent_joined", name=name)
        await self.push("handoff", view)

    async def say(self, conversation: str, author: str, text: str | None, **fields: Any) -> Json:
        sequence = self.messages[conversation][-1]["sequence"] + 2
        said = message(sequence, author, text, at=time.time(), **fields)
        self.messages[conversation].append(said)
        await self.socket.emit(
            "message", {"conversation_id": conversation, "message": said}, namespace="/desk"
        )
        return said

    async def customer_types(self, conversation: str, active: bool = True) -> None:
        await self.socket.emit(
            "typing", {"conversation_id": conversation, "active": active}, namespace="/desk"
        )

    async def push(self, event: str, view: Json) -> None:
        await self.socket.emit(event, view, namespace="/desk")

    async def expire_sessions(self) -> None:
        """Every session ends; sockets stay, as they do until they reconnect."""
        self.sessions.clear()

    async def cut_sockets(self) -> None:
        """Every connection breaks, as when a network is lost."""
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()

    # --- the socket ----------------------------------------------------------------------------------------

    async def _connected(self, _sid: str, environ: Json) -> bool:
        cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        return COOKIE in cookies and cookies[COOKIE].value in self.sessions

    async def _typed(self, _sid: str, told: Json) -> None:
        self.typing.append(told)

    # --- what the routes need --------------------------------------------------------------------------

    def agent_of(self, request: Request) -> Json:
        login = self.sessions.get(request.cookies.get(COOKIE, ""))
        if login is None:
            raise HTTPException(401, {"code": "auth.required", "message": "Sign in.", "demo": True})
        return self.agents[login]

    def view(self, handoff_id: str) -> Json:
        view = self.handoffs.get(handoff_id)
        if view is None:
            raise HTTPException(404, {"code": "handoff.unknown", "message": "There is no such handoff."})
        return {**view, "waited": time.time() - view["queued_at"]}


def _left_detail(desk: FakeDesk, number: int, agent: Json) -> Json:
    left = desk.left.get(number)
    if left is None:
        raise HTTPException(404, {"code": "message.not_found", "message": "There is no such message."})
    is_email = left["contact_kind"] == "email"
    may_read = agent["role"] != "agent" or left["agent_id"] == agent["id"]
    return {
        **left,
        "ways": {
            "chat": left["here"],
            "email": left["contact"] if is_email else None,
            "phone": None if is_email else left["contact"],
            "mail_is_set_up": True,
        },
        "messages": desk.messages[left["conversation_id"]] if may_read else None,
    }


def _routes(desk: FakeDesk) -> FastAPI:
    app = FastAPI()
    app.include_router(desk.gateway.router)
    # A gateway of whichever origin: the page may have the microphone.
    app.include_router(pages.router(desk.dist, voice_url="http://127.0.0.1:8010"))
    pages.mount_assets(app, desk.dist)

    @app.middleware("http")
    async def count(request: Request, go_on: Any) -> Response:
        desk.requests.append(f"{request.method} {request.url.path}")
        answer: Awaitable[Response] = go_on(request)
        return await answer

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(error.detail, status_code=error.status_code)

    @app.post("/api/v1/session")
    async def sign_in(body: Json, response: Response) -> Json:
        agent = next((a for a in desk.agents.values() if a["login"] == body["login"]), None)
        if agent is None or body["password"] != "firstline-demo":
            raise HTTPException(401, {"code": "auth.failed", "message": "Login or password is wrong."})
        token = f"t{len(desk.requests)}"
        desk.sessions[token] = agent["id"]
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax")
        return {"agent": agent}

    @app.get("/api/v1/session")
    async def who(request: Request) -> Json:
        return {"agent": desk.agent_of(request)}

    @app.delete("/api/v1/session")
    async def sign_out(request: Request) -> None:
        desk.sessions.pop(request.cookies.get(COOKIE, ""), None)

    @app.get("/api/v1/agents")
    async def agents(request: Request) -> list[Json]:
        desk.agent_of(request)
        return list(desk.agents.values())

    @app.put("/api/v1/agents/me/presence")
    async def presence(request: Request, body: Json) -> Json:
        agent = desk.agent_of(request)
        agent["presence"] = body["presence"]
        await desk.push("presence", agent)
        return agent

    @app.get("/api/v1/queues")
    async def queues(request: Request) -> list[Json]:
        desk.agent_of(request)
        return QUEUES

    @app.get("/api/v1/dispositions")
    async def dispositions(request: Request) -> list[Json]:
        desk.agent_of(request)
        return DISPOSITIONS

    @app.get("/api/v1/canned-replies")
    async def canned(request: Request) -> list[Json]:
        desk.agent_of(request)
        return CANNED

    @app.get("/api/v1/titles")
    async def titles(request: Request) -> Json:
        desk.agent_of(request)
        return TITLES

    @app.get("/api/v1/recent-handoffs")
    async def recent(request: Request) -> list[Json]:
        agent = desk.agent_of(request)
        over = [v for v in desk.handoffs.values() if v["state"] == "resolved"]
        return [v for v in over if agent["role"] != "agent" or v["agent_id"] == agent["id"]]

    @app.get("/api/v1/messages-left")
    async def messages_left(request: Request, state: str = "waiting", after: int = 0) -> Json:
        desk.agent_of(request)
        waits = [m for m in desk.left.values() if (m["state"] == "answered") == (state == "answered")]
        page = [m for m in waits if m["id"] > after][:20]
        more = bool(page) and page[-1]["id"] != waits[-1]["id"]
        return {"messages": page, "next": page[-1]["id"] if more else None, "total": len(waits)}

    @app.get("/api/v1/messages-left/{number}")
    async def message_left(request: Request, number: int) -> Json:
        return _left_detail(desk, number, desk.agent_of(request))

    @app.post("/api/v1/messages-left/{number}/{verb}")
    async def change_message(request: Request, number: int, verb: str) -> Json:
        agent = desk.agent_of(request)
        left = desk.left[number]
        body = await request.json() if await request.body() else {}
        if verb == "release":
            left.update(state="open", agent_id=None, agent_name=None)
        elif left["agent_id"] not in (None, agent["id"]):
            raise HTTPException(409, {"code": "message.taken", "message": "Another agent has taken it."})
        else:
            left.update(state="taken", agent_id=agent["id"], agent_name=agent["name"])
        if verb == "answer" and left["here"]:
            left.update(state="answered", answered="chat", note=body["text"], answered_at=time.time())
            view = await desk.queue(None, conversation_id=left["conversation_id"])
            await desk.assign(view["id"], agent["id"])
            await desk.say(left["conversation_id"], "agent", body["text"], name=agent["name"])
        elif verb == "answer":
            desk.mails.append({"to": left["contact"], "text": body["text"]})
            left.update(state="answered", answered="email", note=body["text"], answered_at=time.time())
        elif verb == "close":
            left.update(state="answered", answered=body["how"], note=body["note"], answered_at=time.time())
        await desk.push("message_left", left)
        return _left_detail(desk, number, agent)

    @app.get("/api/v1/handoffs")
    async def handoffs(request: Request) -> list[Json]:
        agent = desk.agent_of(request)
        open_ = [v for v in desk.handoffs.values() if v["state"] in ("queued", "offered", "accepted")]
        mine = [v for v in open_ if agent["role"] != "agent" or v["agent_id"] in (None, agent["id"])]
        return [desk.view(v["id"]) for v in mine]

    @app.get("/api/v1/handoffs/{handoff_id}")
    async def handoff(request: Request, handoff_id: str) -> Json:
        desk.agent_of(request)
        return desk.view(handoff_id)

    @app.get("/api/v1/handoffs/{handoff_id}/context")
    async def context(request: Request, handoff_id: str) -> Json:
        desk.agent_of(request)
        view = desk.view(handoff_id)
        return context_of(view, desk.messages[view["conversation_id"]])

    @app.get("/api/v1/voice/targets")
    async def targets(request: Request) -> Json:
        desk.agent_of(request)
        return desk.outside

    @app.post("/api/v1/handoffs/{handoff_id}/call")
    async def join(request: Request, handoff_id: str) -> Json:
        desk.agent_of(request)
        if not desk.handoffs[handoff_id]["call"]["live"]:
            raise HTTPException(409, {"code": "call.over", "message": "The call is over."})
        return {"url": f"{desk.base_url}/webrtc/offer", "token": f"ticket {len(desk.gateway.calls)}"}

    @app.post("/api/v1/handoffs/{handoff_id}/call/{verb}", status_code=204)
    async def control(request: Request, handoff_id: str, verb: str) -> None:
        desk.agent_of(request)
        desk.controls.append((verb, await request.json() if await request.body() else {}))
        view = desk.handoffs[handoff_id]
        if verb in ("hold", "resume"):
            view["call"]["held"] = "agent" if verb == "hold" else None
            kind = "call_held" if verb == "hold" else "call_resumed"
            await desk.say(view["conversation_id"], "system", None, kind=kind)
            await desk.push("handoff", view)
        elif verb == "hang-up":
            await desk.end_call(handoff_id, "agent")

    @app.post("/api/v1/handoffs/{handoff_id}/{verb}")
    async def change(request: Request, handoff_id: str, verb: str) -> Json:
        agent = desk.agent_of(request)
        view = desk.handoffs[handoff_id]
        body = await request.json() if await request.body() else {}
        if verb == "accept":
            if view["agent_id"] not in (None, agent["id"]):
                raise HTTPException(409, {"code": "handoff.taken", "message": "Another agent has it."})
            await desk.assign(handoff_id, agent["id"])
        elif verb == "decline":
            view.update(state="queued", offered_to=None, offer_expires_at=None)
            await desk.push("handoff", view)
        elif verb == "transfer":
            queue = body.get("queue", view["queue"])
            view.update(state="queued", agent_id=None, agent_name=None, queue=queue, offered_to=None)
            view["transfers"] += 1
            await desk.push("handoff", view)
        else:
            view.update(state="resolved", disposition=body["disposition"], ended_at=time.time())
            await desk.push("handoff", view)
        return desk.view(handoff_id)

    @app.get("/api/v1/conversations/{conversation_id}")
    async def conversation(request: Request, conversation_id: str) -> Json:
        desk.agent_of(request)
        said = desk.messages[conversation_id]
        return {
            "id": conversation_id,
            "channel": "socketio",
            "language": "en",
            "sequence": said[-1]["sequence"],
            "state": {"conversation_id": conversation_id, "holder": "human", "language": "en"},
            "customer": None,
            "messages": said,
        }

    @app.post("/api/v1/conversations/{conversation_id}/messages")
    async def say(request: Request, conversation_id: str, body: Json) -> Json:
        agent = desk.agent_of(request)
        if desk.refuse_messages > 0:
            desk.refuse_messages -= 1
            raise HTTPException(503, {"code": "busy", "message": "Not now."})
        known = [m for m in desk.messages[conversation_id] if m["message_id"] == body["message_id"]]
        said = known[0] if known else None
        if said is None:
            said = await desk.say(
                conversation_id, "agent", body["text"], message_id=body["message_id"], name=agent["name"]
            )
        if desk.lose_answers > 0:
            desk.lose_answers -= 1
            raise HTTPException(503, {"code": "lost", "message": "The answer was lost."})
        return said

    @app.post("/api/v1/conversations/{conversation_id}/notes")
    async def note(request: Request, conversation_id: str, body: Json) -> Json:
        agent = desk.agent_of(request)
        return await desk.say(conversation_id, "note", body["text"], name=agent["name"])

    @app.get("/api/v1/contacts/{customer_id}")
    async def contact(request: Request, customer_id: str) -> Json:
        desk.agent_of(request)
        return {**CONTACT, "customer": {**CONTACT["customer"], "id": customer_id}}

    return app
