"""What a customer can do in a conversation of theirs, whichever channel they came by."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot import metrics
from bot.channels.identity import CustomerTokens
from bot.conversation import Conversation
from bot.conversations import Conversations
from bot.dialogue.virtual_agent import IncomingMessage, Turn, VirtualAgent
from bot.errors import InvalidInput
from bot.events import AudioSpan, CustomerIdentified, EscalationReason, IdentityEnded
from bot.handoff.service import HandoffService
from bot.handoff.sightings import Sightings
from bot.handoff.views import StateView
from bot.identity import SIGNED_TOKEN, STRONG_S, Level
from bot.plain_json import plain_size, storable
from bot.redaction import redact_text
from bot.transcript import Message, transcript

CONVERSATION_ID = re.compile(r"[\w.:@+~-]{1,200}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
MAX_METADATA_KEYS = 50
MAX_METADATA_BYTES = 10_000
MAX_METADATA_DEPTH = 5
MAX_TITLE = 200
MAX_COMMENT = 1000


@dataclass(frozen=True, kw_only=True)
class Said:
    """A customer's message as a channel received it, not yet checked; ``audio`` where it was spoken.

    ``title`` is what people are shown instead of the text. Only our own channels may set it, never a client;
    the text of a button that was offered is shown as that button's title anyway.
    """

    conversation_id: str
    text: Any
    channel: str
    message_id: Any = None
    title: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    audio: AudioSpan | None = None


class CustomerService:
    """The operations of customers; every channel calls these and adds only its own format."""

    def __init__(
        self,
        *,
        conversations: Conversations,
        agent: VirtualAgent,
        handoffs: HandoffService,
        sightings: Sightings,
        max_message_length: int,
        tokens: CustomerTokens | None = None,
    ) -> None:
        self._conversations = conversations
        self._agent = agent
        self._handoffs = handoffs
        self._sightings = sightings
        self._max_message_length = max_message_length
        self._tokens = tokens

    async def say(
        self, said: Said, *, on_durable: Callable[[int, float], Awaitable[None]] | None = None
    ) -> Turn:
        """Take in a message and answer it.

        ``on_durable`` is called with the message's sequence and timestamp once it cannot be lost any more,
        before the answer is made. Raises InvalidInput; nothing was recorded then.
        """
        text = storable(said.text).strip() if isinstance(said.text, str) else ""
        if not text:
            raise InvalidInput("The message is empty.", code="message.empty", hint="send text in `message`")
        if len(text) > self._max_message_length:
            raise InvalidInput(
                f"The message has {len(text)} characters.",
                code="message.too_long",
                hint=f"{self._max_message_length} at most",
            )
        metadata = _checked_metadata(said.metadata)
        if said.title:
            metadata["title"] = storable(said.title)[:MAX_TITLE]
        message = IncomingMessage(
            conversation_id=said.conversation_id,
            text=text,
            message_id=_message_id(said.message_id),
            channel=said.channel,
            metadata=metadata,
            language=said.language if said.language and LANGUAGE.fullmatch(said.language) else None,
            audio=said.audio,
        )
        with metrics.TURN_SECONDS.labels(said.channel).time():
            return await self._agent.handle(message, on_durable=on_durable)

    async def identify(self, conversation_id: str, token: str, *, channel: str) -> None:
        """Take a site's word, by its signed token, for who the customer is. Raises InvalidInput.

        An empty token says that nobody is signed in there: what an earlier one proved ends. A token that
        comes again in its own conversation, after a reconnect, changes nothing.
        """
        if not token:
            await self._signed_out(conversation_id)
            return
        if self._tokens is None:
            raise InvalidInput(
                "Customer tokens are not set up here.",
                code="identity.not_configured",
                hint="set FIRSTLINE_CUSTOMER_TOKEN_SECRET",
            )
        read = self._tokens.read(token)
        async with self._conversations.writing_or_new(conversation_id, channel=channel) as writer:
            now, known = writer.now(), writer.conversation.identity
            taken_by = await self._tokens.take(read, conversation_id=conversation_id)
            if taken_by is None:
                await writer.append(
                    CustomerIdentified(
                        timestamp=now,
                        customer_id=read.customer_id,
                        by=SIGNED_TOKEN,
                        strength="strong",
                        expires_at=now + STRONG_S,
                    )
                )
                return
            still = (
                known is not None
                and known.customer_id == read.customer_id
                and known.at_least(Level.STRONG, now)
            )
            if taken_by != conversation_id or not still:
                raise _token_used()

    async def _signed_out(self, conversation_id: str) -> None:
        conversation = await self._conversations.find(conversation_id)
        if conversation is None or conversation.identity is None:
            return
        async with self._conversations.writing(conversation_id) as writer:
            known = writer.conversation.identity
            if known is not None and known.by == SIGNED_TOKEN:
                await writer.append(IdentityEnded(timestamp=writer.now(), reason="signed_out"))

    def connected(self, conversation_id: str) -> None:
        """The customer has a live connection; `disconnected` follows once for each."""
        self._sightings.connected(conversation_id)

    def disconnected(self, conversation_id: str) -> None:
        """A live connection of the customer's closed."""
        self._sightings.disconnected(conversation_id)

    async def state(self, conversation_id: str) -> StateView:
        """Where the conversation stands; a conversation that has not begun is the bot's."""
        conversation = await self._conversations.find(conversation_id)
        return await self._handoffs.state_of(conversation or Conversation(conversation_id))

    async def messages(self, conversation_id: str, *, after: int = 0) -> list[Message]:
        """What was said since a sequence; empty when the conversation has not begun."""
        self._sightings.seen(conversation_id)
        conversation = await self._conversations.find(conversation_id)
        return [] if conversation is None else list(transcript(conversation, after=max(0, after)))

    async def request_handoff(
        self,
        conversation_id: str,
        *,
        detail: str = "",
        queue: str | None = None,
        reason: EscalationReason = EscalationReason.ASKED_FOR_PERSON,
        priority: int | None = None,
        channel: str | None = None,
    ) -> StateView:
        """Ask for a person; asking twice is asking once.

        With ``channel``, a conversation that has not begun begins there. Raises NotFound.
        """
        conversation = await self._handoffs.request(
            conversation_id, reason=reason, detail=detail, queue=queue, priority=priority, channel=channel
        )
        return await self._handoffs.state_of(conversation)

    async def cancel_handoff(self, conversation_id: str) -> StateView:
        """Take the request back; without one waiting, nothing changes. Raises NotFound."""
        return await self._handoffs.state_of(await self._handoffs.cancel(conversation_id))

    async def rate(self, conversation_id: str, score: Any, comment: str = "") -> StateView:
        """Rate the help that ended. Raises NotFound, InvalidInput, Conflict."""
        if isinstance(score, bool) or not isinstance(score, int):
            raise InvalidInput("A rating is a whole number from 1 to 5.", code="rating.out_of_range")
        conversation = await self._handoffs.rate(
            conversation_id, score=score, comment=storable(comment)[:MAX_COMMENT]
        )
        return await self._handoffs.state_of(conversation)


def _token_used() -> InvalidInput:
    return InvalidInput(
        "The customer token was used before.",
        code="identity.token_used",
        hint="sign a new one, with a jti of its own, each time that the page asks for one",
    )


def conversation_id(value: Any) -> str:
    """A conversation's public id from outside. Raises InvalidInput."""
    if not isinstance(value, str) or not CONVERSATION_ID.fullmatch(value) or value in (".", ".."):
        raise InvalidInput(
            "Invalid conversation id.",
            code="conversation.bad_id",
            hint="1 to 200 letters, digits and . : @ + ~ - _",
        )
    return value


def _checked_metadata(given: dict[str, Any]) -> dict[str, Any]:
    """What a site says of a message, small and plain. Raises InvalidInput."""
    size = plain_size(given, max_depth=MAX_METADATA_DEPTH)
    if size is None or size > MAX_METADATA_BYTES or len(given) > MAX_METADATA_KEYS:
        raise InvalidInput(
            "The metadata is too large, nested too deep, or no plain JSON.",
            code="message.bad_metadata",
            hint=f"{MAX_METADATA_KEYS} keys, {MAX_METADATA_BYTES} bytes, {MAX_METADATA_DEPTH} levels at most",
        )
    # The desk shows a message's title in place of its text: it is ours to say, not the client's.
    return {key: value for key, value in given.items() if key != "title"}


def _message_id(value: Any) -> str:
    if value is None or value == "":
        return secrets.token_hex(16)
    if not isinstance(value, str) or len(value) > 200 or storable(value) != value:
        raise InvalidInput("A message id is a string of 200 characters at most.", code="message.bad_id")
    # Kept as it is to find retries by, so what must not be kept goes here: the same each time.
    return redact_text(value)
