"""The bot over Socket.IO, namespace ``/voice`` (docs/api.md): `BotLink` for real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import socketio
import structlog

from voice_gateway.bot_link import (
    Answer,
    CallStart,
    CaughtUp,
    Choice,
    Control,
    Controlled,
    JoinRequest,
    News,
    Reply,
    Report,
    Said,
    State,
    StateChanged,
    Told,
)
from voice_gateway.errors import BotUnreachable
from voice_gateway.hearing import Expectation

NAMESPACE = "/voice"
RETRY_S = 0.25
CONNECT_WITHIN_S = 5
CLOSE_WITHIN_S = 1.0
LET_IN_WITHIN_S = 2.5
"""How long an agent's audio waits at the door: less than the agent's place is kept."""
ACTIONS = frozenset({"hold", "resume", "digits", "transfer", "hang_up"})
REPORTS_WITHIN_S = 10.0
"""How long the reports of a call that is over may wait for the bot."""
MOST_CHARS = 200
"""What the bot takes of ids and numbers, which the other side may make as long as it likes."""
NOT_STARTED = "call.not_started"
"""The bot lost sight of the call, and wants to be told of it again."""

log = structlog.get_logger(__name__)


@dataclass
class _Line:
    """What is known of a live call."""

    start: CallStart
    on_news: Callable[[News], None]
    last: int = 0
    seen: set[int] = field(default_factory=set)
    reports: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    reported: int = 0
    started: bool = False
    delivery: asyncio.Task[None] | None = None

    def is_new(self, reply: Reply) -> bool:
        """Whether the reply was not told yet; it has been now."""
        fresh = reply.sequence not in self.seen
        self.seen.add(reply.sequence)
        self.last = max(self.last, reply.sequence)
        return fresh


class SocketBot:
    """One connection for all calls; `run` must be running."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience_s: float = 8.0,
        on_connected: Callable[[], None] = lambda: None,
    ) -> None:
        """``patience_s``: for how long a caller's question waits for a bot that is away.

        ``on_connected`` is told of each connection: the bot may be another than before.
        """
        self._url = url
        self._token = token
        self._patience_s = patience_s
        self._on_connected = on_connected
        self._lines: dict[str, _Line] = {}
        self._connected = asyncio.Event()
        self._socket = socketio.AsyncClient(reconnection=False)
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        told = False
        while True:
            self._gone = asyncio.Event()
            self._socket = self._new_socket(self._gone)
            try:
                await self._socket.connect(
                    self._url,
                    auth={"token": self._token},
                    namespaces=[NAMESPACE],
                    transports=["websocket"],
                    wait_timeout=CONNECT_WITHIN_S,
                )
                told = False
                await self._gone.wait()
                log.warning("bot.connection_lost")
            except (socketio.exceptions.ConnectionError, ValueError) as error:
                if not told:
                    log.warning("bot.unreachable", url=self._url, error=type(error).__name__)
                told = True
            finally:
                self._connected.clear()
                with suppress(Exception):
                    await asyncio.wait_for(self._socket.disconnect(), CLOSE_WITHIN_S)
            await asyncio.sleep(RETRY_S)

    def _new_socket(self, gone: asyncio.Event) -> Any:
        """A client for one connection: what a broken one holds is not to reach the next."""
        client = socketio.AsyncClient(reconnection=False)
        on = client.on
        on("connect", self._on_connect, namespace=NAMESPACE)
        on("disconnect", lambda *_: gone.set(), namespace=NAMESPACE)
        on("said", self._on_said, namespace=NAMESPACE)
        on("state", self._on_state, namespace=NAMESPACE)
        on("control", self._on_control, namespace=NAMESPACE)
        return client

    # --- BotLink ------------------------------------------------------------------------------------

    async def start(self, call: CallStart, on_news: Callable[[News], None]) -> Answer:
        line = self._lines[call.conversation_id] = _Line(call, on_news)
        line.delivery = asyncio.create_task(self._deliver(line))
        return await self._begin(line, patience_s=self._patience_s)

    async def say(self, conversation_id: str, said: Said) -> Answer:
        return await self._ask(
            "utterance",
            {
                "conversation_id": conversation_id,
                "message_id": said.message_id,
                "text": said.text,
                "by": said.by,
                "start_ms": said.start_ms,
                "end_ms": said.end_ms,
                "confidence": said.confidence,
                "language": said.language,
            },
        )

    async def request_handoff(self, conversation_id: str, *, language: str | None) -> Answer:
        return await self._ask("handoff_request", {"conversation_id": conversation_id, "language": language})

    async def request_callback(self, conversation_id: str, *, phone: str) -> Answer:
        return await self._ask("callback_request", {"conversation_id": conversation_id, "phone": phone})

    async def let_in(self, conversation_id: str, request: JoinRequest) -> State:
        if conversation_id not in self._lines:
            raise BotUnreachable("The call's conversation never began.")
        payload = {
            "conversation_id": conversation_id,
            "report_id": request.report_id,
            "ticket_id": request.ticket_id,
            "handoff_id": request.handoff_id,
            "agent_id": request.agent_id,
        }
        reply = await self._request("join_request", payload, patience_s=LET_IN_WITHIN_S)
        return _state(reply.get("state") or {})

    def report(self, conversation_id: str, report: Report) -> None:
        line = self._lines.get(conversation_id)
        if line is None:
            return
        line.reported += 1
        line.reports.put_nowait(
            {
                "conversation_id": conversation_id,
                "report_id": f"{conversation_id}:r{line.reported}",
                "kind": report.kind,
                "data": {key: value for key, value in report.data.items() if value is not None},
            }
        )

    async def end(self, conversation_id: str) -> None:
        line = self._lines.get(conversation_id)
        if line is None:
            return
        try:
            async with asyncio.timeout(REPORTS_WITHIN_S):
                await line.reports.join()
        except TimeoutError:
            log.warning("bot.reports_lost", conversation_id=conversation_id, count=line.reports.qsize())
        finally:
            del self._lines[conversation_id]
            if line.delivery is not None:
                line.delivery.cancel()

    # --- before calls --------------------------------------------------------------------------------

    async def prompts(self, language: str) -> list[str]:
        """The texts that the bot says word for word in any call. Raises BotUnreachable."""
        reply = await self._request("prompts", {"language": language}, patience_s=self._patience_s)
        return [text for text in reply.get("texts") or () if isinstance(text, str)]

    # --- requests -----------------------------------------------------------------------------------

    async def _begin(self, line: _Line, *, patience_s: float) -> Answer:
        call = line.start
        payload = {
            "conversation_id": call.conversation_id,
            "call_id": call.call_id[:MOST_CHARS],
            "transport": call.transport,
            "caller": call.caller[:MOST_CHARS],
            "called": call.called[:MOST_CHARS],
            "language": call.language,
            "after": line.last,
        }
        answer = _answer(await self._request("call_started", payload, patience_s=patience_s))
        line.started = True
        return _fresh(answer, line)

    async def _begin_again(self, line: _Line, *, patience_s: float) -> None:
        """Tell the bot of a call that it has lost sight of, and the call of what it has missed."""
        line.on_news(CaughtUp(await self._begin(line, patience_s=patience_s)))

    async def _ask(self, event: str, payload: dict[str, Any]) -> Answer:
        line = self._lines.get(payload["conversation_id"])
        if line is None:
            raise BotUnreachable("The call's conversation never began.")
        if not line.started:
            await self._begin_again(line, patience_s=self._patience_s)
        return _fresh(_answer(await self._request(event, payload, patience_s=self._patience_s)), line)

    async def _request(self, event: str, payload: dict[str, Any], *, patience_s: float) -> Mapping[str, Any]:
        """An acknowledgement with ``ok``; asked again while the bot is away. Raises BotUnreachable."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        problem = "not connected"
        while (left := deadline - loop.time()) > 0:
            try:
                # Not `wait_for`: in Python 3.11 it may swallow a cancellation, and the call's task live on.
                async with asyncio.timeout(left):
                    await self._connected.wait()
                left = max(0.1, deadline - loop.time())
                reply = await self._call(event, payload, timeout_s=left)
            except TimeoutError:
                continue
            except socketio.exceptions.SocketIOError as error:
                problem = type(error).__name__
                await asyncio.sleep(RETRY_S)
                continue
            if isinstance(reply, Mapping) and reply.get("ok") is True:
                return reply
            problem = str(reply.get("code")) if isinstance(reply, Mapping) else "no answer"
            if not (isinstance(reply, Mapping) and reply.get("retry")) and problem != NOT_STARTED:
                raise BotUnreachable(f"The bot refused {event}: {problem}.", code=problem)
            if problem == NOT_STARTED and event != "call_started":
                line = self._lines.get(payload["conversation_id"])
                if line is not None:
                    await self._begin_again(line, patience_s=left)
                    continue
            await asyncio.sleep(RETRY_S)
        raise BotUnreachable(f"The bot did not answer {event} within {patience_s:g} s: {problem}.")

    async def _call(self, event: str, payload: dict[str, Any], *, timeout_s: float) -> Any:
        """One request. Raises SocketIOError, at once when the connection goes: no answer comes on another."""
        socket, gone = self._socket, asyncio.create_task(self._gone.wait())
        asking = asyncio.create_task(socket.call(event, payload, namespace=NAMESPACE, timeout=timeout_s))
        try:
            await asyncio.wait({asking, gone}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return asking.result()
            raise socketio.exceptions.DisconnectedError
        finally:
            gone.cancel()
            asking.cancel()

    async def _deliver(self, line: _Line) -> None:
        """Hand in a call's reports, one after the other, for as long as it takes."""
        while True:
            report = await line.reports.get()
            while True:
                try:
                    await self._request("report", report, patience_s=60.0)
                    break
                except BotUnreachable as error:
                    if error.is_refusal:
                        log.warning("bot.report_refused", kind=report["kind"], code=error.code)
                        break
            line.reports.task_done()

    # --- what is pushed -----------------------------------------------------------------------------

    def _on_connect(self) -> None:
        self._connected.set()
        self._on_connected()
        for line in self._lines.values():
            if line.started:
                self._spawn(self._catch_up(line))

    async def _catch_up(self, line: _Line) -> None:
        """After a reconnect: what was missed."""
        with suppress(BotUnreachable):
            await self._begin_again(line, patience_s=60.0)

    def _on_said(self, data: Mapping[str, Any]) -> None:
        line = self._lines.get(str(data.get("conversation_id")))
        if line is not None and line.is_new(reply := _reply(data)):
            line.on_news(Told(reply))

    def _on_state(self, data: Mapping[str, Any]) -> None:
        line = self._lines.get(str(data.get("conversation_id")))
        if line is not None:
            line.on_news(StateChanged(_state(data)))

    def _on_control(self, data: Mapping[str, Any]) -> None:
        line = self._lines.get(str(data.get("conversation_id")))
        if line is not None and data.get("action") in ACTIONS:
            control = Control(
                action=data["action"],
                digits=str(data.get("digits") or ""),
                target=str(data.get("target") or ""),
                agent_id=data.get("agent_id") or None,
                handoff_id=data.get("handoff_id") or None,
            )
            line.on_news(Controlled(control))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _fresh(answer: Answer, line: _Line) -> Answer:
    """The answer without what was told already."""
    replies = tuple(reply for reply in answer.replies if line.is_new(reply))
    return Answer(replies=replies, expects=answer.expects, state=answer.state)


def _answer(data: Mapping[str, Any]) -> Answer:
    expects = data.get("expects") or {}
    return Answer(
        replies=tuple(_reply(reply) for reply in data.get("replies") or ()),
        expects=Expectation(
            kind=expects.get("kind") or "free",
            digits=expects.get("digits"),
            hot_words=tuple(expects.get("hot_words") or ()),
        ),
        state=_state(data.get("state") or {}),
    )


def _reply(data: Mapping[str, Any]) -> Reply:
    return Reply(
        sequence=int(data["sequence"]),
        text=data.get("text") or "",
        author=data.get("author") or "bot",
        choices=tuple(
            Choice(str(choice["title"]), str(choice["payload"])) for choice in data.get("choices") or ()
        ),
    )


def _state(data: Mapping[str, Any]) -> State:
    return State(
        holder=data.get("holder") or "bot",
        language=data.get("language"),
        handoff_id=data.get("handoff_id"),
        handoff_state=data.get("handoff_state"),
        position=data.get("position"),
        expected_wait=data.get("expected_wait"),
        agent_name=data.get("agent_name"),
        agent_id=data.get("agent_id"),
    )
