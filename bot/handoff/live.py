"""The desk's live connection: Socket.IO namespace ``/desk`` (docs/api.md).

It only shows what the HTTP interface can fetch: after a reconnect the desk fetches and has lost nothing.
Listeners put what happened into a queue, so that no append waits for a browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple

import socketio
import structlog
from pydantic import BaseModel

from bot.conversation import Conversation, Handoff, Holder
from bot.conversations import Conversations
from bot.doors import opens_to
from bot.errors import FirstlineError, Unavailable
from bot.events import (
    CallEnded,
    CallHeld,
    ContactAsked,
    ConversationRated,
    CustomerIdentified,
    Event,
    HandoffAbandoned,
    HandoffAccepted,
    HandoffDeclined,
    HandoffOffered,
    HandoffQueued,
    HandoffTransferred,
    MessageLeft,
    RecordAccessed,
    SlotSet,
    UserUttered,
)
from bot.handoff.access import may_see, owns
from bot.handoff.agents import Agent, Role, Status
from bot.handoff.auth import COOKIE, require_same_origin
from bot.handoff.desk import Desk
from bot.handoff.messages_left import Inbox, LeftMessage, may_see_message
from bot.handoff.service import HandoffService
from bot.handoff.sessions import Sessions
from bot.transcript import message_of

log = structlog.get_logger(__name__)

NAMESPACE = "/desk"
SUPERVISORS = "supervisors"
HEARTBEAT_S = 20.0
"""How often connected agents are noted as there; more often where their grace is short."""
TELL_AGAIN_S = 1.0
LOOK_S = 1.0
"""How often sessions and accounts are looked at that another node, or the command line, may have changed."""
_CONTEXT_EVENTS = (SlotSet, CustomerIdentified, RecordAccessed, UserUttered)
_CALL_EVENTS = (CallHeld, CallEnded)
"""What changes the call that a handoff shows, besides what names the handoff."""

OnTyping = Callable[[str, bool, str], Awaitable[None]]
"""Told (conversation id, active, agent's name) when an agent types in a conversation of theirs."""


@dataclass(frozen=True, slots=True)
class _Connection:
    agent_id: str
    token: str = field(repr=False)
    account: _Account


class _Account(NamedTuple):
    """What a desk shows by: when it changes, the desk is told."""

    role: Role
    name: str
    queues: tuple[str, ...]
    helping: bool
    capacity: int

    @classmethod
    def of(cls, agent: Agent) -> _Account:
        return cls(agent.role, agent.name, agent.queues, agent.helping, agent.capacity)


@dataclass(frozen=True, slots=True)
class _Appended:
    conversation_id: str
    fresh: tuple[tuple[int, Event], ...]


@dataclass(frozen=True, slots=True)
class _PresenceChanged:
    agent_id: str


@dataclass(frozen=True, slots=True)
class _PlaceChanged:
    conversation_id: str


@dataclass(frozen=True, slots=True)
class _MessageChanged:
    ticket_id: str


_News = _Appended | _PresenceChanged | _PlaceChanged | _MessageChanged


class DeskNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library is untyped
    """Shows agents and supervisors what happens; `run` must be running."""

    def __init__(
        self,
        service: HandoffService,
        desk: Desk,
        sessions: Sessions,
        *,
        inbox: Inbox | None = None,
        on_typing: OnTyping | None = None,
    ) -> None:
        super().__init__(NAMESPACE)
        self._inbox = inbox
        self._service = service
        self._conversations: Conversations = service.conversations
        self._desk = desk
        self._sessions = sessions
        self._on_typing = on_typing
        self._connected: dict[str, _Connection] = {}
        self._news: asyncio.Queue[_News] = asyncio.Queue()
        self._conversations.subscribe(self._appended)
        self._look = asyncio.Event()
        service.agents.on_presence(self._agent_changed)
        if inbox is not None:
            inbox.on_change(self._message_changed)

    async def run(self) -> None:
        """Tell the desks what happens, and that their agents are there, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell())
            tasks.create_task(self._heartbeats())
            tasks.create_task(self._look_again())

    async def place_changed(self, conversation_id: str) -> None:
        """For `Ticker.on_state_changed`: a waiting conversation's place or expected wait moved."""
        self._news.put_nowait(_PlaceChanged(conversation_id))

    async def customer_typing(self, conversation_id: str, active: bool) -> None:
        """Show the conversation's owner that the customer types."""
        conversation = await self._conversations.find(conversation_id)
        if conversation is None or conversation.holder is not Holder.HUMAN:
            return
        if conversation.handoff is not None and conversation.handoff.agent_id:
            payload = {"conversation_id": conversation_id, "active": active}
            await self.emit("typing", payload, room=_room(conversation.handoff.agent_id))

    # --- the desk's side ----------------------------------------------------------------------------

    @opens_to("agents, from our own pages")
    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Join by the session cookie; refused without one, or from another site."""
        try:
            require_same_origin(environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST"))
            token = _cookie(environ.get("HTTP_COOKIE", ""))
            agent = await self._sessions.agent_of(token)
        except FirstlineError as error:
            raise socketio.exceptions.ConnectionRefusedError(error.message) from error
        if agent is None or token is None:
            raise socketio.exceptions.ConnectionRefusedError("Please sign in.")
        await self.enter_room(sid, _room(agent.id))
        if agent.role.sees_everything:
            await self.enter_room(sid, SUPERVISORS)
        await self._service.agents.live(agent.id)
        # Last: of a connection that failed no end is told, and its agent would seem to be there for ever.
        self._connected[sid] = _Connection(agent.id, token, _Account.of(agent))
        # Something may have changed since the agent was read.
        self._look.set()

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        """The agent has the grace of `HandoffSettings.agent_grace_s` to come back."""
        connection = self._connected.pop(sid, None)
        if connection is None:
            return
        agent = await self._service.agents.find(connection.agent_id)
        # Who signed out has no connection to be missed.
        if agent is not None and agent.live_at is not None:
            await self._service.agents.live(agent.id)

    @opens_to("the agent who holds the conversation")
    async def on_typing(self, sid: str, data: Any) -> None:
        """The agent types in a conversation of theirs; the customer is shown it."""
        connection = self._connected.get(sid)
        if self._on_typing is None or connection is None or not isinstance(data, dict):
            return
        agent = await self._service.agents.find(connection.agent_id)
        conversation = await self._conversations.find(str(data.get("conversation_id") or ""))
        if agent is not None and conversation is not None and owns(agent, conversation):
            await self._on_typing(conversation.id, bool(data.get("active")), agent.name)

    # --- telling ------------------------------------------------------------------------------------

    def _agent_changed(self, agent: Agent) -> None:
        self._news.put_nowait(_PresenceChanged(agent.id))
        self._look.set()

    async def _appended(self, conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
        if conversation.handoff is not None:
            self._news.put_nowait(_Appended(conversation.id, tuple(fresh)))
        for _, event in fresh:
            if isinstance(event, (MessageLeft, ContactAsked)):
                self._news.put_nowait(_MessageChanged(event.ticket_id))

    async def _message_changed(self, message: LeftMessage) -> None:
        self._news.put_nowait(_MessageChanged(message.ticket_id))

    async def heartbeat(self) -> None:
        """Note which agents are connected, and cut off those whose session has ended."""
        for sid, connection in list(self._connected.items()):
            if await self._sessions.is_open(connection.token):
                await self._service.agents.live(connection.agent_id)
            else:
                await self.disconnect(sid)

    async def look(self) -> None:
        """Cut off connections whose session has ended, and follow the accounts of the others."""
        self._look.clear()
        # Whoever connects while the database is asked is looked at the next time.
        connected = list(self._connected.items())
        if not connected:
            return
        open_ = await self._sessions.still_open([each.token for _, each in connected])
        agents = {agent.id: agent for agent in await self._service.agents.all()}
        for sid, connection in connected:
            agent = agents.get(connection.agent_id)
            if connection.token not in open_ or agent is None or agent.status is not Status.ACTIVE:
                await self.disconnect(sid)
            elif _Account.of(agent) != connection.account:
                await self._follow(sid, connection, agent)

    async def _follow(self, sid: str, connection: _Connection, agent: Agent) -> None:
        """Give a connection what its agent may see now, and have the desk fetch it."""
        if agent.role.sees_everything:
            await self.enter_room(sid, SUPERVISORS)
        else:
            await self.leave_room(sid, SUPERVISORS)
        if sid not in self._connected:
            return
        self._connected[sid] = replace(connection, account=_Account.of(agent))
        self._service.boards.changed()
        await self.emit("account_changed", {"id": agent.id}, room=sid)
        self._news.put_nowait(_PresenceChanged(agent.id))

    async def _look_again(self) -> None:
        while True:
            try:
                # Not `wait_for`: in Python 3.11 it may swallow a cancellation, and this would never end.
                async with asyncio.timeout(LOOK_S):
                    await self._look.wait()
            except TimeoutError:
                pass
            try:
                await self.look()
            except Unavailable:
                log.warning("desk.look_put_off")
                await asyncio.sleep(LOOK_S)
            except Exception:
                # Sessions that ended must be found whatever went wrong with one look.
                log.exception("desk.look_failed")
                await asyncio.sleep(LOOK_S)

    async def _heartbeats(self) -> None:
        # Two may be missed before an agent who is there is taken to be gone.
        every = min(HEARTBEAT_S, self._service.settings.agent_grace_s / 3)
        while True:
            await asyncio.sleep(every)
            try:
                await self.heartbeat()
            except Unavailable:
                log.warning("desk.heartbeat_put_off")
            except Exception:
                log.exception("desk.heartbeat_failed")

    async def _tell(self) -> None:
        while True:
            news = await self._news.get()
            while not await self._has_told(news):  # noqa: ASYNC110  no event says that the database is back
                await asyncio.sleep(TELL_AGAIN_S)

    async def _has_told(self, news: _News) -> bool:
        """Tell one piece of news; False when it is to be told again later."""
        try:
            match news:
                case _Appended():
                    await self._tell_appended(news)
                case _PlaceChanged():
                    await self._tell_place(news.conversation_id)
                case _MessageChanged():
                    await self._tell_message_left(news.ticket_id)
                case _PresenceChanged():
                    await self._emit("presence", await self._desk.agent(news.agent_id))
        except Unavailable:
            log.warning("desk.telling_put_off")
            return False
        except Exception:
            # One piece of news that cannot be told must not keep the next from being told.
            log.exception("desk.telling_failed")
        return True

    async def _tell_appended(self, news: _Appended) -> None:
        conversation = await self._conversations.get(news.conversation_id)
        handoff = conversation.handoff
        if handoff is None:
            return
        for sequence, event in news.fresh:
            await self._tell_offer(conversation, sequence, event)
        moved = any(hasattr(event, "handoff_id") for _, event in news.fresh)
        rated = any(isinstance(event, ConversationRated) for _, event in news.fresh)
        if moved or rated or any(isinstance(event, _CALL_EVENTS) for _, event in news.fresh):
            await self._tell_handoff(conversation, handoff)
        # What is said after the agent is done is not theirs to follow any more.
        viewers = _viewers(handoff) if moved or handoff.state.is_open else []
        for sequence, event in news.fresh:
            message = message_of(sequence, event, internal=True)
            if message is not None:
                payload = {"conversation_id": conversation.id, "message": message.model_dump(mode="json")}
                await self._emit_to(viewers, "message", payload)
        if handoff.state.is_open and any(isinstance(event, _CONTEXT_EVENTS) for _, event in news.fresh):
            payload = {"conversation_id": conversation.id, "handoff_id": handoff.id}
            await self._emit_to(viewers, "context_changed", payload)

    async def _tell_offer(self, conversation: Conversation, sequence: int, event: Event) -> None:
        match event:
            case HandoffOffered():
                handoff = conversation.handoff
                if handoff is not None and handoff.offered_to == event.agent_id:
                    view = await self._desk.view(conversation, await self._service.boards.recent())
                    await self._emit("offer", view, room=_room(event.agent_id))
            case HandoffDeclined():
                await self.emit("offer_withdrawn", {"id": event.handoff_id}, room=_room(event.agent_id))
            case HandoffAccepted() | HandoffAbandoned() | HandoffTransferred():
                asked = _last_asked(conversation, event.handoff_id, before=sequence)
                if asked is not None:
                    await self.emit("offer_withdrawn", {"id": event.handoff_id}, room=_room(asked))

    async def _tell_handoff(self, conversation: Conversation, handoff: Handoff) -> None:
        """The handoff to all who may see it, and that it is gone to those who may have seen it before."""
        board = await self._service.boards.recent()
        view = await self._desk.view(conversation, board)
        seen_by = _once_seen_by(conversation, handoff, board.agents)
        await self._emit("handoff", view, room=SUPERVISORS)
        for agent in board.agents:
            if agent.role.sees_everything:
                continue
            if may_see(agent, handoff):
                await self._emit("handoff", view, room=_room(agent.id))
            elif agent.id in seen_by:
                await self.emit("handoff_gone", {"id": handoff.id}, room=_room(agent.id))

    async def _tell_message_left(self, ticket_id: str) -> None:
        """A message that was left, as it stands now, to all who may see it."""
        message = await self._inbox.of_ticket(ticket_id) if self._inbox is not None else None
        if message is None or self._inbox is None:
            return
        view = await self._inbox.view(message)
        agents = (await self._service.boards.recent()).agents
        seen_by = [_room(a.id) for a in agents if not a.role.sees_everything and may_see_message(a, message)]
        await self.emit("message_left", view.model_dump(mode="json"), room=[SUPERVISORS, *seen_by])

    async def _tell_place(self, conversation_id: str) -> None:
        conversation = await self._conversations.get(conversation_id)
        handoff = conversation.handoff
        if handoff is not None and handoff.state.is_open:
            await self._tell_handoff(conversation, handoff)

    async def _emit_to(self, agent_ids: Sequence[str], event: str, payload: Any) -> None:
        # One call for all rooms: a supervisor who owns the conversation is told once.
        await self.emit(event, payload, room=[SUPERVISORS, *(_room(id_) for id_ in agent_ids)])

    async def _emit(self, event: str, payload: BaseModel, *, room: str | None = None) -> None:
        await self.emit(event, payload.model_dump(mode="json"), room=room)


def _room(agent_id: str) -> str:
    return f"agent:{agent_id}"


def _viewers(handoff: Handoff) -> list[str]:
    return [agent_id for agent_id in (handoff.agent_id, handoff.offered_to) if agent_id is not None]


def _last_asked(conversation: Conversation, handoff_id: str, *, before: int) -> str | None:
    """The agent to whom the handoff was offered when something else happened to it."""
    for event in reversed(conversation.events[: before - 1]):
        if getattr(event, "handoff_id", None) == handoff_id:
            return event.agent_id if isinstance(event, HandoffOffered) else None
    return None


def _once_seen_by(conversation: Conversation, handoff: Handoff, agents: Sequence[Agent]) -> set[str]:
    """Who may have seen the handoff in a list: those asked, its owners, and who serves a queue it was in."""
    queues = set()
    seen_by = set()
    for event in conversation.events[handoff.queued_sequence - 1 :]:
        match event:
            case HandoffQueued():
                queues.add(event.queue)
            case HandoffTransferred():
                queues.add(event.to_queue or handoff.queue)
                seen_by.add(event.agent_id)
            case HandoffOffered() | HandoffAccepted():
                seen_by.add(event.agent_id)
            case _:
                continue
    return seen_by | {agent.id for agent in agents if any(map(agent.serves, queues))}


def _cookie(header: str) -> str | None:
    try:
        cookie = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return cookie.value if cookie is not None else None
