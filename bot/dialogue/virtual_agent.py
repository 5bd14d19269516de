"""One message through the bot: held, understood, recorded, answered.

A message is durable before it is acknowledged, and answered exactly once: its client's id finds it again,
and a turn that a crash cut off goes on from the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from bot.conversation import ACTION_LISTEN, Conversation, Holder, SequenceConflict
from bot.conversations import Conversations, Writer
from bot.dialogue.engine import DialogueEngine
from bot.dialogue.escalation import Escalator
from bot.errors import Unavailable
from bot.events import (
    ActionExecuted,
    AudioSpan,
    BotUttered,
    EscalationReason,
    Event,
    LanguageChanged,
    Parse,
    SessionStarted,
    UserUttered,
)

OnDurable = Callable[[int, float], Awaitable[None]]
"""Told a message's sequence and timestamp once it cannot be lost any more."""

BARE_ANSWERS = frozenset({"inform"})
"""Intents of messages that tell no language: an address in Berlin is not German."""
NODS = frozenset({"affirm", "ask_for_person", "greet"})
"""Intents that are no message for people yet, when somebody was asked for one: "yes", "hello?", "agent"."""
NOD_WORDS = 3
PHONE_DIGITS = 7
"""Fewer digits and no word are no number to be called at: a code or a postcode that was asked for before."""
ANSWERED = frozenset({"are_you_a_bot", "faq", "goodbye", "help", "thank"})
"""Intents that the bot answers itself, even when it asked for a message for people."""
ATTEMPTS = 3
"""How often a turn is tried when other writers are first."""
RECOVER_EVERY_S = 5.0
UNANSWERED_S = 5.0
"""A message that is unanswered for longer may be one whose node died."""

log = structlog.get_logger(__name__)


class Understanding(Protocol):
    """Text to meaning (`bot.nlu.Interpreter`)."""

    async def parse(
        self, text: str, *, language_hint: str | None = None, expected: Sequence[str] = ()
    ) -> Parse: ...


@dataclass(frozen=True, kw_only=True)
class IncomingMessage:
    """A customer's message, checked by its channel."""

    conversation_id: str
    text: str
    message_id: str
    channel: str
    metadata: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    audio: AudioSpan | None = None


@dataclass(frozen=True)
class Turn:
    """A message as recorded, and the (sequence, event) pairs up to the customer's next message."""

    sequence: int
    timestamp: float
    events: list[tuple[int, Event]]


class VirtualAgent:
    """Takes messages in and answers them while the bot holds the conversation."""

    def __init__(
        self,
        *,
        conversations: Conversations,
        understanding: Understanding,
        engine: DialogueEngine,
        escalator: Escalator,
        decline_intents: frozenset[str] = frozenset({"deny", "stop"}),
    ) -> None:
        """``decline_intents`` are those by which a customer who was asked for a message declines."""
        self._conversations = conversations
        self._understanding = understanding
        self._engine = engine
        self._escalator = escalator
        self._decline_intents = decline_intents

    async def handle(self, message: IncomingMessage, *, on_durable: OnDurable | None = None) -> Turn:
        """Record a message and answer it; a message id seen before gives what was answered then.

        Where the turn has no effects outside the log, message and answers become durable in one append.
        """
        async with self._conversations.writing_or_new(
            message.conversation_id, channel=message.channel, language=message.language
        ) as writer:
            known = writer.conversation.message_sequences.get(message.message_id)
            if writer.conversation.unanswered is not None:
                await self._resume(writer)
            if known is None:
                await self._take_turn(writer, message, on_durable)
            conversation = writer.conversation
            return turn_of(conversation, conversation.message_sequences[message.message_id])

    async def recover(self, *, before: float | None = None, limit: int = 1000) -> int:
        """Answer the messages that a crash left unanswered, where nothing happened since ``before`` if given.

        How many were answered. One that cannot be answered does not keep the others waiting.
        """
        waiting = await self._conversations.store.summaries(unanswered=True, before=before, limit=limit)
        answered = 0
        for summary in waiting:
            try:
                async with self._conversations.writing(summary.id) as writer:
                    await self._resume(writer)
                    answered += writer.conversation.unanswered is None
            except Unavailable:
                raise
            except Exception:
                log.exception("virtual_agent.recovery_failed", conversation_id=summary.id)
        return answered

    async def run(self) -> None:
        """Answer, until cancelled, what other nodes left unanswered when they died."""
        while True:
            await asyncio.sleep(RECOVER_EVERY_S)
            try:
                recovered = await self.recover(before=self._conversations.clock() - UNANSWERED_S)
            except Unavailable:
                log.warning("virtual_agent.recovery_put_off")
            except Exception:
                log.exception("virtual_agent.recovery_failed")
            else:
                if recovered:
                    log.info("virtual_agent.recovered", unanswered=recovered)

    async def _take_turn(
        self, writer: Writer, message: IncomingMessage, on_durable: OnDurable | None
    ) -> None:
        """A new message: read once, then recorded and answered."""
        conversation = writer.conversation
        title = offered_title(conversation, message.text)
        uttered = UserUttered(
            timestamp=writer.now(),
            message_id=message.message_id,
            text=message.text,
            parse=await self._parse(conversation, message.text),
            channel=message.channel,
            audio=message.audio,
            metadata={"title": title, **message.metadata} if title else message.metadata,
        )
        await self._attempt(writer, uttered, on_durable)

    async def _resume(self, writer: Writer) -> None:
        """A message that is in the log and was not answered: a crash, or a conflict, cut its turn off."""
        await self._attempt(writer, None, None)

    async def _attempt(
        self, writer: Writer, uttered: UserUttered | None, on_durable: OnDurable | None
    ) -> None:
        """Record a message, if it is not in the log yet, and answer it; when that fails, tell a person."""
        for _ in range(ATTEMPTS):
            try:
                await self._record(writer, uttered, on_durable)
                if writer.conversation.unanswered is not None and writer.conversation.bot_may_speak:
                    await self._respond(writer)
                await writer.flush()
                return
            except SequenceConflict:
                # Somebody else wrote first, a person who took over perhaps: look again before speaking.
                await writer.reload()
            except Unavailable:
                # Nothing can be recorded now, an escalation least of all: the client tries again.
                raise
            except Exception:
                log.exception("virtual_agent.turn_failed", conversation_id=writer.conversation.id)
                await writer.reload()
                break
        await self._record(writer, uttered, on_durable)
        if writer.conversation.unanswered is not None and writer.conversation.bot_may_speak:
            await self._give_up(writer)
        await writer.flush()

    async def _record(
        self, writer: Writer, uttered: UserUttered | None, on_durable: OnDurable | None
    ) -> None:
        """Record a message unless it is in the log."""
        conversation = writer.conversation
        if uttered is None or uttered.message_id in conversation.message_sequences:
            return
        if conversation.bot_may_speak or conversation.holder is Holder.CLOSED:
            await self._engine.open_session(writer)
        writer.record(uttered)
        sequence = conversation.sequence
        language = uttered.parse.language if uttered.parse is not None else None
        intent = uttered.parse.intent if uttered.parse is not None else None
        if intent is not None and intent.name in BARE_ANSWERS:
            language = None
        if language and language != conversation.language:
            writer.record(LanguageChanged(timestamp=writer.now(), language=language))
        if on_durable is not None:
            tell = on_durable
            writer.once_durable(lambda: tell(sequence, uttered.timestamp))

    async def _parse(self, conversation: Conversation, text: str) -> Parse | None:
        """The message's reading; None when understanding failed, which must not lose the message."""
        try:
            return self._engine.read(
                await self._understanding.parse(
                    text,
                    language_hint=conversation.language,
                    expected=self._engine.expected_entities(conversation),
                )
            )
        except Exception:
            log.exception("virtual_agent.parse_failed", conversation_id=conversation.id)
            return None

    async def _respond(self, writer: Writer) -> None:
        conversation = writer.conversation
        latest = conversation.dialogue.latest_message
        if latest is not None and latest.parse is None:
            await self._give_up(writer)
        elif latest is not None and self._only_nods(conversation, latest):
            writer.record(*self._escalator.ask_for_message(conversation))
            writer.record(listen(writer))
        elif latest is not None and self._leaves_message(conversation, latest):
            writer.record(*await self._escalator.take_message(conversation, latest.text))
            writer.record(listen(writer))
        elif latest is not None and conversation.asking_contact is not None:
            events = await self._escalator.take_contact(conversation, latest)
            writer.record(*events)
            if any(isinstance(event, BotUttered) for event in events):
                writer.record(listen(writer))
            else:
                await self._engine.respond(writer)
        else:
            await self._engine.respond(writer)

    def _leaves_message(self, conversation: Conversation, latest: UserUttered) -> bool:
        if conversation.leaving_message is None or latest.text.startswith("/"):
            return False
        intent = latest.parse.intent if latest.parse is not None else None
        return intent is None or intent.name not in self._decline_intents | ANSWERED

    def _only_nods(self, conversation: Conversation, latest: UserUttered) -> bool:
        """Whether the customer, asked for a message, said none yet: "yes", "hello?", "agent", a late code."""
        if conversation.leaving_message is None or latest.text.startswith("/"):
            return False
        if not any(map(str.isalpha, latest.text)):
            return sum(map(str.isdigit, latest.text)) < PHONE_DIGITS
        intent = latest.parse.intent if latest.parse is not None else None
        return intent is not None and intent.name in NODS and len(latest.text.split()) <= NOD_WORDS

    async def _give_up(self, writer: Writer) -> None:
        """Something broke in here: the customer is told, and a person takes it from here."""
        conversation = writer.conversation
        writer.record(
            *await self._escalator.escalate(
                conversation, reason=EscalationReason.ERROR, cause=conversation.unanswered
            )
        )
        writer.record(listen(writer))


def listen(writer: Writer) -> ActionExecuted:
    """The event by which the bot waits for the customer again."""
    return ActionExecuted(timestamp=writer.now(), action=ACTION_LISTEN)


def offered_title(conversation: Conversation, text: str) -> str | None:
    """The title of the button that a message is the payload of, where the bot offered one in this session.

    People are shown it in place of the message, so it must be what was offered and not what a client says.
    """
    for event in reversed(conversation.events):
        if isinstance(event, BotUttered):
            for button in event.buttons:
                if button.payload == text:
                    return button.title
        elif isinstance(event, SessionStarted):
            break
    return None


def turn_of(conversation: Conversation, sequence: int) -> Turn:
    """What followed a message, read from the log."""
    following: list[tuple[int, Event]] = []
    for later in range(sequence + 1, conversation.sequence + 1):
        event = conversation.event(later)
        if isinstance(event, UserUttered) and not event.restated:
            break
        following.append((later, event))
    return Turn(sequence, conversation.event(sequence).timestamp, following)
