"""Rasa's Socket.IO channel, and what our own widget knows besides (docs/api.md).

Everything that a client shows comes from the log: this namespace listens to appends and tells the rooms, so
that each tab, each node and each reconnect sees the same messages in the same order.

A client names a session by its ``session_id``, which is the conversation's access key; a room, and everything
inside, by the public id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import socketio
import structlog

from bot.channels.access_keys import AccessKeys, new_access_key
from bot.channels.customer import LANGUAGE, CustomerService, Said
from bot.channels.limits import Kind, RequestLimits, TooManyRequests
from bot.channels.sockets import Gone, Namespace, acknowledging, refusal
from bot.channels.visitor import visitor
from bot.conversation import Conversation
from bot.doors import ANYONE, opens_to
from bot.errors import FirstlineError, Forbidden, InvalidInput
from bot.events import AgentSaid, BotUttered, Event
from bot.transcript import Message, message_of

CHANNEL = "socketio"
TYPING_AFTER_S = 0.4
JOINED = "the customer, in a session that this connection joined"
MOST_OPENING = 4
"""New sessions that are kept at the same time."""
MAX_SESSIONS = 20
"""Sessions that one connection may join."""

log = structlog.get_logger(__name__)

OnTyping = Callable[[str, bool], Awaitable[None]]


class WebChat(Namespace):
    """The default namespace: customers' web chats."""

    def __init__(
        self,
        customers: CustomerService,
        keys: AccessKeys,
        *,
        limits: RequestLimits,
        on_typing: OnTyping,
    ) -> None:
        super().__init__("/")
        self._customers = customers
        self._keys = keys
        self._limits = limits
        self._on_typing = on_typing
        # The event loop itself keeps only weak references to its tasks.
        self._turns: set[asyncio.Task[None]] = set()
        self._opening = asyncio.Semaphore(MOST_OPENING)

    @opens_to(ANYONE, limit="requests; origins of allowed_origins")
    async def on_connect(self, sid: str, environ: Mapping[str, Any], _auth: Any = None) -> None:
        """Let a client in; it may do nothing before it has requested a session."""
        address = _address(environ)
        if not await self._limits.allow(address, Kind.REQUEST):
            raise socketio.exceptions.ConnectionRefusedError(
                "Too many requests.", {"code": TooManyRequests.code}
            )
        # From the session ids, which are keys, to the conversations that they open.
        user_agent = str(environ.get("HTTP_USER_AGENT") or "")
        await self.save_session(sid, {"address": address, "user_agent": user_agent, "conversations": {}})

    @opens_to(JOINED)
    async def on_disconnect(self, sid: str, _reason: Any = None) -> None:
        session = await self.get_session(sid)
        for conversation_id in session.get("conversations", {}).values():
            self._customers.disconnected(conversation_id)

    @opens_to(ANYONE, limit="requests; 20 sessions a connection")
    async def on_session_request(self, sid: str, data: Any = None) -> None:
        """Join, or begin, a session; answered by ``session_confirm`` with its id, as Rasa does."""
        data = data if isinstance(data, dict) else {}
        given = data.get("session_id")
        custom = data.get("customData") if isinstance(data.get("customData"), dict) else {}
        try:
            await self._require_allowed(sid, Kind.REQUEST)
            session_id = given or new_access_key()
            conversation_id = await self._open(sid, session_id)
            await self._join(sid, session_id, conversation_id, language=custom.get("language"))
            if isinstance(custom.get("token"), str):
                await self._customers.identify(conversation_id, custom["token"], channel=CHANNEL)
        except Gone:
            return
        except FirstlineError as error:
            await self.emit("session_error", refusal(error), to=sid)
            return
        await self.emit("session_confirm", session_id, to=sid)

    @opens_to(JOINED, limit="messages")
    async def on_user_uttered(self, sid: str, data: Any = None) -> dict[str, Any]:
        """A message; acknowledged once it is durable, answered by ``bot_uttered`` to the session's room."""
        try:
            await self._require_allowed(sid, Kind.MESSAGE)
        except FirstlineError as error:
            return refusal(error)
        session = await self.get_session(sid)
        acknowledged: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        turn = asyncio.create_task(self._answer(sid, data, session, acknowledged))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        return await acknowledged

    @opens_to(JOINED, limit="requests")
    async def on_history(self, sid: str, data: Any = None) -> dict[str, Any]:
        """What was said after a sequence, and the state."""
        async with acknowledging() as reply:
            conversation_id = await self._joined(sid, data)
            await self._require_allowed(sid, Kind.REQUEST)
            after = data.get("after") or 0
            if isinstance(after, bool) or not isinstance(after, int):
                raise InvalidInput("`after` is a sequence, a whole number.", code="history.bad_after")
            messages = await self._customers.messages(conversation_id, after=after)
            state = await self._customers.state(conversation_id)
            reply.update(
                messages=[m.model_dump(mode="json") for m in messages], state=state.model_dump(mode="json")
            )
        return reply

    @opens_to(JOINED, limit="messages")
    async def on_handoff_request(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Ask for a person, also before anything was said."""
        async with acknowledging() as reply:
            conversation_id = await self._joined(sid, data)
            await self._require_allowed(sid, Kind.MESSAGE)
            state = await self._customers.request_handoff(conversation_id, channel=CHANNEL)
            reply["state"] = state.model_dump(mode="json")
        return reply

    @opens_to(JOINED, limit="messages")
    async def on_handoff_cancel(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Take the request back."""
        async with acknowledging() as reply:
            conversation_id = await self._joined(sid, data)
            await self._require_allowed(sid, Kind.MESSAGE)
            state = await self._customers.cancel_handoff(conversation_id)
            reply["state"] = state.model_dump(mode="json")
        return reply

    @opens_to(JOINED, limit="messages")
    async def on_rate(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Rate the conversation."""
        async with acknowledging() as reply:
            conversation_id = await self._joined(sid, data)
            await self._require_allowed(sid, Kind.MESSAGE)
            comment = data.get("comment")
            state = await self._customers.rate(
                conversation_id, data.get("score"), comment if isinstance(comment, str) else ""
            )
            reply["state"] = state.model_dump(mode="json")
        return reply

    @opens_to(JOINED, limit="requests")
    async def on_typing(self, sid: str, data: Any = None) -> None:
        """The customer types, or stopped."""
        async with acknowledging():
            conversation_id = await self._joined(sid, data)
            await self._require_allowed(sid, Kind.REQUEST)
            await self._on_typing(conversation_id, bool(data.get("active")))

    async def agent_typing(self, conversation_id: str, active: bool, name: str) -> None:
        """Show the customer that a person types."""
        payload = {"active": active, "author": "agent", "name": name}
        await self.emit("typing", payload, room=_room(conversation_id))

    async def state_changed(self, conversation_id: str) -> None:
        """Tell the customer where their conversation stands now: a position in a queue moved, say."""
        state = await self._customers.state(conversation_id)
        await self.emit("state", state.model_dump(mode="json"), room=_room(conversation_id))

    async def appended(self, conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
        """`bot.conversations.Listener`: tell the session's room what came of an append."""
        room = _room(conversation.id)
        for sequence, event in fresh:
            message = message_of(sequence, event)
            if message is None:
                continue
            if isinstance(event, (BotUttered, AgentSaid)):
                await self.emit("bot_uttered", _bot_uttered(message), room=room)
            else:
                await self.emit("message", message.model_dump(mode="json"), room=room)

    async def _answer(
        self, sid: str, data: Any, session: dict[str, Any], acknowledged: asyncio.Future[dict[str, Any]]
    ) -> None:
        """One turn, beside the acknowledgement that the client waits for."""

        async def on_durable(sequence: int, timestamp: float) -> None:
            if not acknowledged.done():
                acknowledged.set_result(
                    {"ok": True, "message_id": message_id, "sequence": sequence, "timestamp": timestamp}
                )

        message_id = data.get("message_id") if isinstance(data, dict) else None
        typing: asyncio.Task[None] | None = None
        try:
            conversation_id = await self._joined(sid, data)
            typing = asyncio.create_task(self._show_typing(conversation_id))
            custom = data.get("customData")
            languages = session.get("languages") or {}
            turn = await self._customers.say(
                Said(
                    conversation_id=conversation_id,
                    text=data.get("message"),
                    channel=CHANNEL,
                    message_id=message_id,
                    metadata=_metadata(custom, user_agent=session.get("user_agent", "")),
                    language=languages.get(conversation_id),
                ),
                on_durable=on_durable,
            )
            await on_durable(turn.sequence, turn.timestamp)
        except FirstlineError as error:
            if not acknowledged.done():
                acknowledged.set_result(refusal(error))
        except Exception:
            log.exception("webchat.turn_failed")
            if not acknowledged.done():
                acknowledged.set_result(refusal(FirstlineError("Something went wrong here; try again.")))
        finally:
            if typing is not None:
                typing.cancel()

    async def _show_typing(self, conversation_id: str) -> None:
        """Show that the bot is at work when a turn takes longer than a glance."""
        room = _room(conversation_id)
        await asyncio.sleep(TYPING_AFTER_S)
        await self.emit("typing", {"active": True, "author": "bot"}, room=room)
        try:
            await asyncio.Event().wait()
        finally:
            await self.emit("typing", {"active": False, "author": "bot"}, room=room)

    async def _open(self, sid: str, session_id: Any) -> str:
        """The conversation that a session id opens, which is kept if it is new.

        A few at a time, and only for who is still there: clients that come and go by the thousand leave no
        queue of writes before the messages of others. Raises Gone, InvalidInput.
        """
        found = await self._keys.find(session_id)
        if found is not None:
            return found
        async with self._opening:
            if not self.server.manager.is_connected(sid, self.namespace):
                raise Gone("The client has left.")
            return await self._keys.open(session_id)

    async def _join(self, sid: str, session_id: str, conversation_id: str, *, language: Any) -> None:
        session = await self.get_session(sid)
        if session_id not in session["conversations"]:
            if len(session["conversations"]) >= MAX_SESSIONS:
                raise Forbidden(
                    "This connection has joined too many sessions.",
                    code="session.too_many",
                    hint="open another connection",
                )
            await self.join_room(sid, _room(conversation_id))
            # No await from here on, so that a disconnect is always handled after this.
            session["conversations"][session_id] = conversation_id
            self._customers.connected(conversation_id)
        if isinstance(language, str) and LANGUAGE.fullmatch(language):
            session.setdefault("languages", {})[conversation_id] = language
        await self.save_session(sid, session)

    async def _require_allowed(self, sid: str, kind: Kind) -> None:
        """Count a request against its address's limit. Raises TooManyRequests."""
        session = await self.get_session(sid)
        if not await self._limits.allow(session["address"], kind):
            raise TooManyRequests("Too many messages at once; wait a moment.")

    async def _joined(self, sid: str, data: Any = None) -> str:
        """The conversation whose session a request names, which must have been joined on this connection."""
        if not isinstance(data, dict):
            raise InvalidInput("A request is an object.", code="request.bad_payload")
        session_id = data.get("session_id")
        session = await self.get_session(sid)
        joined: dict[str, str] = session["conversations"]
        if session_id is None and len(joined) == 1:
            return next(iter(joined.values()))
        if not isinstance(session_id, str) or session_id not in joined:
            raise Forbidden(
                "This connection has not joined that session.",
                code="session.not_joined",
                hint="send session_request first",
            )
        return joined[session_id]


def _bot_uttered(message: Message) -> dict[str, Any]:
    """A message as Rasa's channel sends it, with the whole message for clients that know it."""
    payload: dict[str, Any] = {"message": message.model_dump(mode="json")}
    if message.text is not None:
        payload["text"] = message.text
    if message.buttons:
        payload["quick_replies"] = [
            {"content_type": "text", "title": button.title, "payload": button.payload}
            for button in message.buttons
        ]
    if message.image is not None:
        payload["attachment"] = {"type": "image", "payload": {"src": message.image}}
    if message.custom is not None:
        payload["custom"] = message.custom
    return payload


def _metadata(custom: Any, *, user_agent: str) -> dict[str, Any]:
    """What a site says of a message, without its token, and what is known of the visitor."""
    given = custom if isinstance(custom, dict) else {}
    kept = {key: value for key, value in given.items() if key not in ("token", "visitor")}
    known = visitor(given.get("visitor"), user_agent=user_agent)
    return {**kept, "visitor": known} if known else kept


def _room(conversation_id: str) -> str:
    return f"conversation:{conversation_id}"


def _address(environ: Mapping[str, Any]) -> str:
    scope = environ.get("asgi.scope") or {}
    client = scope.get("client") or ("", 0)
    return str(client[0])
