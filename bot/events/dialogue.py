"""What customer and bot say and do. These mirror Rasa's events."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from bot.events.values import AudioSpan, BaseEvent, Button, Entity, Parse, SlotSource


class ConversationStarted(BaseEvent):
    """The first event of every log."""

    type: Literal["conversation_started"] = "conversation_started"
    channel: str
    language: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class SessionStarted(BaseEvent):
    """A new session: dialogue state begins anew (slots carried over follow as `SlotSet`)."""

    type: Literal["session_started"] = "session_started"


class UserUttered(BaseEvent):
    """The customer said something. ``message_id`` is the client's and makes a retry idempotent.

    ``restated``: a message said before, understood anew after the dialogue was rewound; no new message.
    """

    type: Literal["user_uttered"] = "user_uttered"
    message_id: str
    text: str
    parse: Parse | None = None
    channel: str = ""
    audio: AudioSpan | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    restated: bool = False


class BotUttered(BaseEvent):
    """The virtual agent said something. ``response`` names the domain's response it was made from."""

    type: Literal["bot_uttered"] = "bot_uttered"
    text: str | None = None
    buttons: tuple[Button, ...] = ()
    image: str | None = None
    custom: dict[str, Any] | None = None
    response: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class ActionExecuted(BaseEvent):
    """The bot did something, and why: the policy, its confidence, and the rule or story that said so.

    ``end_to_end``: the message's text decided, not its intent, and later predictions see the text too.
    """

    type: Literal["action_executed"] = "action_executed"
    action: str
    policy: str | None = None
    confidence: float | None = None
    because: str | None = None
    hide_rule_turn: bool = False
    end_to_end: bool = False


class ActionExecutionRejected(BaseEvent):
    """An action (usually a form) declined to run; the policies predict again without it."""

    type: Literal["action_execution_rejected"] = "action_execution_rejected"
    action: str
    policy: str | None = None
    confidence: float | None = None


class ActionFailed(BaseEvent):
    """An action raised or its server did not answer. ``error`` is a code or exception name, never data."""

    type: Literal["action_failed"] = "action_failed"
    action: str
    error: str


class SlotSet(BaseEvent):
    """A slot took a value; ``confirmed`` when the customer said that it is right."""

    type: Literal["slot_set"] = "slot_set"
    name: str
    value: Any = None
    source: SlotSource | None = None
    confirmed: bool = False


class AllSlotsReset(BaseEvent):
    """Every slot went back to its initial value."""

    type: Literal["all_slots_reset"] = "all_slots_reset"


class EntitiesAdded(BaseEvent):
    """Entities added to the latest utterance after its parse (Rasa's ``entities``)."""

    type: Literal["entities_added"] = "entities_added"
    entities: tuple[Entity, ...]


class ActiveLoop(BaseEvent):
    """A form (loop) began, or ended when ``name`` is None."""

    type: Literal["active_loop"] = "active_loop"
    name: str | None


class LoopInterrupted(BaseEvent):
    """The active form was, or is no longer, interrupted by another request."""

    type: Literal["loop_interrupted"] = "loop_interrupted"
    is_interrupted: bool


class FollowupAction(BaseEvent):
    """The next action is forced."""

    type: Literal["followup_action"] = "followup_action"
    action: str | None


class UserUtteranceReverted(BaseEvent):
    """The last user message is taken out of the dialogue's history (Rasa's ``rewind``)."""

    type: Literal["user_utterance_reverted"] = "user_utterance_reverted"


class ActionReverted(BaseEvent):
    """The last action is taken out of the dialogue's history (Rasa's ``undo``)."""

    type: Literal["action_reverted"] = "action_reverted"


class Restarted(BaseEvent):
    """The dialogue begins anew with nothing carried over."""

    type: Literal["restarted"] = "restarted"


class ConversationPaused(BaseEvent):
    """The bot is to be silent until resumed (Rasa's ``pause``)."""

    type: Literal["conversation_paused"] = "conversation_paused"


class ConversationResumed(BaseEvent):
    """The bot may speak again (Rasa's ``resume``)."""

    type: Literal["conversation_resumed"] = "conversation_resumed"


class LanguageChanged(BaseEvent):
    """The conversation's language, as an IETF tag (``en``, ``nb``)."""

    type: Literal["language_changed"] = "language_changed"
    language: str
    by: Literal["customer", "detected", "agent", "api"] = "detected"


class CustomerIdentified(BaseEvent):
    """Who the customer is: ``by`` is the method that proved it (``order_and_postcode``, ``one_time_code``).

    ``strength`` None is that of the method, ``expires_at`` None its usual life: what `bot.identity` reads.
    ``orders`` are those that a weak proof is for.
    """

    type: Literal["customer_identified"] = "customer_identified"
    customer_id: str
    by: str
    verified: bool = True
    strength: Literal["hint", "weak", "strong"] | None = None
    orders: tuple[str, ...] = ()
    expires_at: float | None = None


class IdentityEnded(BaseEvent):
    """What was proved of the customer counts no more; ``reason`` is ``signed_out`` or ``change_undone``."""

    type: Literal["identity_ended"] = "identity_ended"
    reason: str


class ProofRequired(BaseEvent):
    """An action was not run because it needs a surer proof of identity; ``proof`` is what asks for one."""

    type: Literal["proof_required"] = "proof_required"
    action: str
    level: Literal["hint", "weak", "strong"]
    proof: str


class RecordAccessed(BaseEvent):
    """What was asked of the CRM: which record, and whether it was read, created or changed."""

    type: Literal["record_accessed"] = "record_accessed"
    record: str
    record_id: str
    operation: Literal["read", "create", "update"]
    summary: str = ""
