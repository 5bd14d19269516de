"""The Socket.IO namespace ``/voice``: where voice gateways bring calls (docs/api.md).

A gateway is a program with the API token; the customers whose calls it brings are its own to know. What a
turn answers comes in its acknowledgement, and everything else is pushed as it enters the log, so that any
node and any reconnect tells the same.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from typing import Any

import socketio

from bot.call import PROMPT, VOICE
from bot.channels.customer import LANGUAGE, CustomerService, Said, conversation_id
from bot.channels.sockets import Namespace, acknowledging
from bot.conversation import Conversation, Holder
from bot.conversations import Conversations
from bot.dialogue.expectation import Expectation
from bot.doors import opens_to
from bot.errors import Conflict, Forbidden, InvalidInput
from bot.events import AgentSaid, AudioSpan, BotUttered, Button, EscalationRequested, Event, UserUttered
from bot.handoff.call_reports import LONGEST_CALL_MS, read_join_request, read_report
from bot.handoff.calls import Calls, Control
from bot.handoff.carried_calls import CarriedCalls
from bot.handoff.views import StateView
from bot.plain_json import storable

NAMESPACE = "/voice"
MAX_CALLS = 1000
"""Calls that one connection may carry."""
MAX_SHORT = 200
"""Characters of ids and numbers."""
MIN_CONVERSATION_ID = 24
"""Characters of a conversation's id, which nobody may be able to guess."""

MAX_PROMPTS = 500
MAX_PROMPT_BYTES = 100_000
"""What is offered of the texts that are always the same, in number and in bytes of UTF-8."""

_ID = re.compile(r"[\w.:@+~-]{1,200}")
_NO_WORD = re.compile(r"[\W_]+")

_answered: ContextVar[str | None] = ContextVar("answered", default=None)
"""The conversation whose answers this task acknowledges, and so does not push."""


GATEWAYS = "voice gateways, by the API token"


class VoiceChannel(Namespace):
    """Calls, as gateways bring them."""

    def __init__(
        self,
        customers: CustomerService,
        conversations: Conversations,
        calls: Calls,
        carried: CarriedCalls,
        *,
        expects: Callable[[Conversation], Expectation],
        prompts: Callable[[str | None], Sequence[str]],
        api_token: str | None,
    ) -> None:
        """``prompts`` are the texts in a language that the bot says on the phone without changing them.

        Without an ``api_token`` no gateway is let in.
        """
        super().__init__(NAMESPACE)
        self._customers = customers
        self._conversations = conversations
        self._calls = calls
        self._carried = carried
        self._expects = expects
        self._prompts = prompts
        self._api_token = api_token

    # --- the gateway's requests ---------------------------------------------------------------------

    @opens_to(GATEWAYS)
    async def on_connect(self, sid: str, _environ: Mapping[str, Any], auth: Any = None) -> None:
        """Let in who has the API token."""
        token = auth.get("token") if isinstance(auth, dict) else None
        known = bool(self._api_token) and isinstance(token, str)
        if not known or not secrets.compare_digest(
            storable(str(token)).encode(), str(self._api_token).encode()
        ):
            raise socketio.exceptions.ConnectionRefusedError("This needs the API token.")
        await self.save_session(sid, {"calls": []})

    async def on_disconnect(self, sid: str, _reason: Any = None) -> None:
        session = await self.get_session(sid)
        for call in session.get("calls", ()):
            self._customers.disconnected(call)
            self._carried.drop(call)

    @opens_to(GATEWAYS)
    async def on_call_started(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Begin a call's conversation, or take it up again after a reconnect."""
        async with acknowledging() as reply:
            given = _object(data)
            id_ = conversation_id(given.get("conversation_id"))
            if len(id_) < MIN_CONVERSATION_ID:
                raise InvalidInput(
                    "This conversation id could be guessed.",
                    code="conversation.bad_id",
                    hint=f"{MIN_CONVERSATION_ID} random characters or more",
                )
            after = _whole(given, "after")
            await self._require_room(sid, id_)
            conversation = await self._calls.start(
                id_,
                call_id=_short(given, "call_id", required=True),
                transport=_short(given, "transport", required=True),
                caller=_short(given, "caller"),
                called=_short(given, "called"),
                language=_language(given),
            )
            await self._join(sid, id_)
            reply.update(await self._answer(conversation, _replies(conversation, after=after)))
        return reply

    @opens_to(GATEWAYS, limit="calls of this connection")
    async def on_utterance(self, sid: str, data: Any = None) -> dict[str, Any]:
        """What the caller said or keyed; acknowledged with the bot's whole turn."""
        async with acknowledging() as reply:
            id_ = await self._joined(sid, data)
            message_id = _short(data, "message_id", required=True)
            by = data.get("by", "speech")
            if by not in ("speech", "keys"):
                raise InvalidInput("`by` is speech or keys.", code="utterance.bad_by")
            await self._set_language(id_, data)
            conversation = await self._conversations.get(id_)
            text, title = as_choice(data.get("text"), by, _choices(conversation))
            with _acknowledged(id_):
                turn = await self._customers.say(
                    Said(
                        conversation_id=id_,
                        text=text,
                        channel=VOICE,
                        message_id=message_id,
                        title=title,
                        metadata={"by": by},
                        audio=_span(data),
                    )
                )
            replies = [said for sequence, event in turn.events if (said := _reply(sequence, event))]
            reply.update(await self._answer(await self._conversations.get(id_), replies))
        return reply

    @opens_to(GATEWAYS, limit="calls of this connection")
    async def on_handoff_request(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Ask for a person."""
        async with acknowledging() as reply:
            id_ = await self._joined(sid, data)
            await self._set_language(id_, data)
            with _acknowledged(id_):
                await self._customers.request_handoff(id_)
            conversation = await self._conversations.get(id_)
            asked = _last_escalation(conversation)
            reply.update(await self._answer(conversation, _replies(conversation, after=asked, turn=True)))
        return reply

    @opens_to(GATEWAYS, limit="calls of this connection")
    async def on_callback_request(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Leave the queue and be rung back."""
        async with acknowledging() as reply:
            id_ = await self._joined(sid, data)
            phone = _short(data, "phone", required=True)
            with _acknowledged(id_):
                conversation, since = await self._calls.request_callback(id_, phone)
            reply.update(await self._answer(conversation, _replies(conversation, after=since, turn=True)))
        return reply

    @opens_to(GATEWAYS, limit="calls of this connection")
    async def on_report(self, sid: str, data: Any = None) -> dict[str, Any]:
        """Something that happened in the call."""
        async with acknowledging() as reply:
            id_ = await self._joined(sid, data)
            report_id = data.get("report_id")
            if not isinstance(report_id, str) or not _ID.fullmatch(report_id):
                raise InvalidInput(
                    "This is no report id.",
                    code="report.bad_id",
                    hint="1 to 200 letters, digits, . : @ + ~ - _",
                )
            report = read_report(data.get("kind"), data.get("data"))
            await self._calls.report(id_, report_id, report)
            if report.kind == "ended":
                await self._leave(sid, id_)
        return reply

    @opens_to(GATEWAYS, limit="calls of this connection")
    async def on_join_request(self, sid: str, data: Any = None) -> dict[str, Any]:
        """An agent's audio wants into the call: whether the agent of the ticket holds it now."""
        async with acknowledging() as reply:
            id_ = await self._joined(sid, data)
            conversation = await self._calls.let_in(id_, read_join_request(data))
            reply["state"] = await self._state(conversation)
        return reply

    @opens_to(GATEWAYS)
    async def on_prompts(self, _sid: str, data: Any = None) -> dict[str, Any]:
        """What the bot may say word for word in any call, so that it can be spoken before there is one."""
        async with acknowledging() as reply:
            reply["texts"] = _bounded(self._prompts(_language(_object(data))))
        return reply

    # --- telling ------------------------------------------------------------------------------------

    async def appended(self, conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
        """`bot.conversations.Listener`: have said what no acknowledgement brings."""
        if conversation.channel != VOICE or _answered.get() == conversation.id:
            return
        for sequence, event in fresh:
            reply = _reply(sequence, event)
            if reply is not None:
                await self._push("said", conversation.id, reply)

    async def state_changed(self, conversation_id: str) -> None:
        """For `Ticker.on_state_changed`: who holds the call, or its place in the queue."""
        conversation = await self._conversations.find(conversation_id)
        if conversation is not None and conversation.channel == VOICE:
            await self._push("state", conversation_id, await self._state(conversation))

    async def control(self, conversation_id: str, control: Control) -> None:
        """For `Calls.on_control`: have the gateway do what the agent wants."""
        whose = {"agent_id": control.agent_id, "handoff_id": control.handoff_id}
        await self._push("control", conversation_id, {**control.payload(), **whose})

    async def _push(self, event: str, conversation_id: str, payload: Mapping[str, Any]) -> None:
        await self.emit(event, {"conversation_id": conversation_id, **payload}, room=_room(conversation_id))

    # --- which calls a connection has ---------------------------------------------------------------

    async def _require_room(self, sid: str, id_: str) -> None:
        calls = (await self.get_session(sid))["calls"]
        if id_ not in calls and len(calls) >= MAX_CALLS:
            raise Forbidden(
                "This connection has too many calls.", code="call.too_many", hint="open another connection"
            )

    async def _join(self, sid: str, id_: str) -> None:
        session = await self.get_session(sid)
        if id_ not in session["calls"]:
            session["calls"].append(id_)
            self._customers.connected(id_)
            await self.save_session(sid, session)
            await self._carried.carry(id_)
        await self.join_room(sid, _room(id_))

    async def _leave(self, sid: str, id_: str) -> None:
        session = await self.get_session(sid)
        session["calls"].remove(id_)
        self._customers.disconnected(id_)
        self._carried.drop(id_)
        await self.save_session(sid, session)
        await self.leave_room(sid, _room(id_))

    async def _joined(self, sid: str, data: Any) -> str:
        """The call that a request names, which must have been started on this connection."""
        id_ = _object(data).get("conversation_id")
        if id_ not in (await self.get_session(sid))["calls"]:
            raise Conflict(
                "This connection has not started that call.",
                code="call.not_started",
                hint="send call_started first, also after a reconnect",
            )
        return str(id_)

    async def _set_language(self, id_: str, data: Mapping[str, Any]) -> None:
        """The language that the caller speaks, where the gateway knows it."""
        language = _language(data)
        if language is not None:
            await self._calls.set_language(id_, language)

    async def _answer(self, conversation: Conversation, replies: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "replies": replies,
            "expects": asdict(self._expects(conversation)),
            "state": await self._state(conversation),
        }

    async def _state(self, conversation: Conversation) -> dict[str, Any]:
        """Where the call stands now; ``conversation`` may be of a moment ago."""
        state = _call_state(await self._customers.state(conversation.id))
        latest = await self._conversations.find(conversation.id) or conversation
        handoff = latest.handoff if latest.holder is Holder.HUMAN else None
        return {**state, "agent_id": handoff.agent_id if handoff is not None else None}


@contextmanager
def _acknowledged(id_: str) -> Iterator[None]:
    """What is appended to the conversation in here comes in an acknowledgement and is not pushed."""
    token = _answered.set(id_)
    try:
        yield
    finally:
        _answered.reset(token)


# --- what is sent -----------------------------------------------------------------------------------------


def _reply(sequence: int, event: Event) -> dict[str, Any] | None:
    """What the caller is to hear, unless they heard it already: the gateway's own words, and an agent's."""
    match event:
        case BotUttered() if PROMPT not in event.metadata and (event.text or event.buttons):
            author = "bot"
            buttons = event.buttons
        case AgentSaid(audio=None):
            author = "agent"
            buttons = ()
        case _:
            return None
    return {
        "sequence": sequence,
        "author": author,
        "text": event.text or "",
        "choices": [button.model_dump() for button in buttons],
    }


def _replies(conversation: Conversation, *, after: int, turn: bool = False) -> list[dict[str, Any]]:
    """What was said after a sequence; with ``turn``, up to the customer's next message."""
    replies = []
    for sequence in range(after + 1, conversation.sequence + 1):
        event = conversation.event(sequence)
        if turn and isinstance(event, UserUttered):
            break
        reply = _reply(sequence, event)
        if reply is not None:
            replies.append(reply)
    return replies


def _call_state(state: StateView) -> dict[str, Any]:
    handoff = state.handoff
    return {
        "holder": state.holder.value,
        "language": state.language,
        "handoff_id": handoff.id if handoff else None,
        "handoff_state": handoff.state.value if handoff else None,
        "position": handoff.position if handoff else None,
        "expected_wait": handoff.expected_wait if handoff else None,
        "agent_name": handoff.agent_name if handoff else None,
    }


def _room(id_: str) -> str:
    return f"call:{id_}"


def _last_escalation(conversation: Conversation) -> int:
    """The sequence at which a person was asked for last; the end of the log when none was."""
    for sequence in range(conversation.sequence, 0, -1):
        if isinstance(conversation.event(sequence), EscalationRequested):
            return sequence
    return conversation.sequence


def _bounded(texts: Sequence[str]) -> list[str]:
    """The first ones, up to the limits of an answer."""
    kept: list[str] = []
    left = MAX_PROMPT_BYTES
    for text in texts:
        left -= len(text.encode())
        if left < 0 or len(kept) == MAX_PROMPTS:
            break
        kept.append(text)
    return kept


# --- what was said ----------------------------------------------------------------------------------------


def _choices(conversation: Conversation) -> list[Button]:
    """What the bot offered since the caller spoke last."""
    offered: list[Button] = []
    for event in reversed(conversation.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            offered.extend(event.buttons)
    return offered


def as_choice(text: Any, by: str, choices: Sequence[Button]) -> tuple[Any, str | None]:
    """The message's text, and what the transcript shows instead where the text is a choice's payload."""
    if not isinstance(text, str):
        return text, None
    for choice in choices:
        if text == choice.payload:
            return text, choice.title
        if _plain(text) == _plain(choice.title) != "":
            return choice.payload, text
    # Nobody can speak a command, whatever was heard.
    return (text.lstrip("/ ") if by == "speech" else text), None


def _plain(text: str) -> str:
    return _NO_WORD.sub(" ", text.casefold()).strip()


def _span(data: Mapping[str, Any]) -> AudioSpan | None:
    """Where the utterance lies in the call, None for keys. Raises InvalidInput."""
    if data.get("by", "speech") == "keys":
        return None
    confidence = data.get("confidence")
    if confidence is not None and (
        isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1
    ):
        raise InvalidInput("`confidence` lies between 0 and 1.", code="utterance.bad_confidence")
    return AudioSpan(
        start_ms=_whole(data, "start_ms", most=LONGEST_CALL_MS),
        end_ms=_whole(data, "end_ms", most=LONGEST_CALL_MS),
        confidence=confidence,
    )


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InvalidInput("A request is an object.", code="request.bad_payload")
    return data


def _whole(data: Mapping[str, Any], name: str, *, most: int = 2**53) -> int:
    value = data.get(name)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InvalidInput(f"`{name}` is a whole number, 0 or more.", code="request.bad_number")
    return value


def _short(data: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > MAX_SHORT or (required and not value):
        raise InvalidInput(f"`{name}` is a text of {MAX_SHORT} characters at most.", code="request.bad_text")
    return storable(value)


def _language(data: Mapping[str, Any]) -> str | None:
    language = data.get("language")
    if language is None:
        return None
    if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
        raise InvalidInput("`language` is a tag like en or pt-BR.", code="request.bad_language")
    return language
