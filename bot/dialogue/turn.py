"""One turn at work: the conversation being written, its dialogue's history, and custom actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.conversation import Conversation
from bot.conversations import Writer
from bot.dialogue.actions import ActionCall, ActionFailure, ActionResult, ActionRunner
from bot.dialogue.history import History
from bot.dialogue.responses import Responses, from_dispatcher
from bot.errors import InvalidInput
from bot.events import (
    ActionExecuted,
    BotUttered,
    CustomerIdentified,
    EscalationReason,
    Event,
    IdentityEnded,
    SlotSet,
    SlotSource,
    parse_event,
)
from bot.identity import LIFE_S, Identity, as_json, identified, level_of
from bot.project.domain import Domain
from bot.project.identity import NO_RULES, IdentityRules
from bot.tracker import event_from_rasa, event_to_rasa, parse_to_rasa

OWN_EVENT = "firstline"
OWN_TYPES = frozenset({"customer_identified", "record_accessed", "language_changed", "escalation_requested"})
IDENTITY_REQUIRED = "identity.required"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Escalation:
    """The bot gives up. ``detail`` says which rule, form or action, never what the customer said."""

    reason: EscalationReason
    detail: str = ""
    queue: str | None = None
    priority: int | None = None


@dataclass(slots=True)
class Memory:
    """What is kept of a conversation between turns, so that its log is not folded anew."""

    conversation: Conversation
    history: History
    taken: int
    views: frozenset[str] = frozenset()
    rasa_events: list[dict[str, Any]] = field(default_factory=list)
    rasa_taken: int = 0

    @classmethod
    def of(cls, conversation: Conversation, domain: Domain, views: frozenset[str] = frozenset()) -> Memory:
        """``views`` are the slots that only the identity sets."""
        return cls(conversation, History.of(domain, conversation.events), conversation.sequence, views)

    def catch_up(self) -> None:
        """Take in what the log has beyond what was seen."""
        events = self.conversation.events
        if self.taken < len(events):
            self.history.extend(events[self.taken :])
            self.taken = len(events)

    def as_rasa(self) -> list[dict[str, Any]]:
        """The log as Rasa's events; the list is the caller's."""
        events = self.conversation.events
        for event in events[self.rasa_taken :]:
            if isinstance(event, SlotSet) and event.name in self.views and not is_view(event):
                # Somebody else wrote it: an old log, another program. Actions are not to find it.
                continue
            data = event_to_rasa(event)
            if data is not None:
                self.rasa_events.append(data)
        self.rasa_taken = len(events)
        return list(self.rasa_events)


class Turn:
    """What actions need: time, slots, responses, custom actions, and a way to record."""

    def __init__(
        self,
        writer: Writer,
        memory: Memory,
        *,
        responses: Responses,
        runner: ActionRunner,
        rules: IdentityRules = NO_RULES,
    ) -> None:
        self.writer = writer
        self.responses = responses
        self.runner = runner
        self.rules = rules
        self._memory = memory
        self.escalation: Escalation | None = None
        self.unsaid: list[Event] = []
        """What is said after all, should nobody take the escalation."""

    @property
    def conversation(self) -> Conversation:
        return self.writer.conversation

    @property
    def history(self) -> History:
        return self._memory.history

    @property
    def domain(self) -> Domain:
        return self._memory.history.domain

    @property
    def channel(self) -> str:
        message = self.history.latest_message
        return (message.channel if message is not None else "") or self.conversation.channel

    @property
    def message_sequence(self) -> int | None:
        """The latest message's sequence: where the customer said it, not where it was restated."""
        message = self.history.latest_message
        sequence = self.conversation.dialogue.latest_message_sequence
        return self.conversation.message_sequences.get(message.message_id, sequence) if message else None

    def now(self) -> float:
        return self.writer.now()

    def record(self, *events: Event) -> None:
        """Take events into the conversation and the dialogue's history."""
        self.writer.record(*events)
        self._memory.catch_up()

    def identity(self, extra: Sequence[Event] = ()) -> Identity | None:
        """Who the customer is, after ``extra`` events that are yet to be recorded."""
        identity = self.conversation.identity
        for event in extra:
            if isinstance(event, CustomerIdentified):
                identity = identified(identity, event)
            elif isinstance(event, IdentityEnded):
                identity = None
        return identity

    def allows(self, action: str, history: History | None = None, extra: Sequence[Event] = ()) -> bool:
        """Whether what is proved of the customer is enough for an action."""
        slots = (history or self.history).slots
        return self.rules.allows(action, self.identity(extra), slots=slots, now=self.now())

    def require(self, action: str, history: History | None = None, extra: Sequence[Event] = ()) -> None:
        """Raise ActionFailure where the identity is not enough: the last door, whoever calls the action."""
        if not self.allows(action, history, extra):
            raise ActionFailure(
                f"The action '{action}' needs a surer proof of who the customer is.", code=IDENTITY_REQUIRED
            )

    def show_identity(self) -> None:
        """Bring the slots that show the identity up to date, whoever set them last."""
        now = self.now()
        for slot, value in self.rules.shown(self.conversation.identity, now=now).items():
            if self.history.slots.get(slot) != value:
                source = SlotSource(kind="identity")
                self.record(SlotSet(timestamp=now, name=slot, value=value, source=source))

    def say(
        self, name: str, history: History | None = None, values: dict[str, Any] | None = None
    ) -> BotUttered | None:
        """A response of the domain with the slots as they are; None when there is none that fits."""
        slots = (history or self.history).slots
        return self.responses.say(name, slots, channel=self.channel, at=self.now(), values=values)

    async def run_custom(
        self, name: str, history: History | None = None, extra: Sequence[Event] = ()
    ) -> list[Event]:
        """Run a custom action and read its answer as events: what it says, then what it does.

        Before an action with effects, what was recorded is made durable: no log, no deed.
        ``history`` and ``extra`` are the dialogue as the action is to see it, where that is not the recorded
        one. Raises ActionRejected, ActionFailure.
        """
        self.require(name, history, extra)
        if self.runner.has_effects(name):
            await self.writer.flush()
        seen = history or self.history
        call = ActionCall(name, self._tracker(seen, extra), self.domain)
        return self._read(await self.runner.run(call), seen, name)

    def _read(self, result: ActionResult, history: History, action: str) -> list[Event]:
        events: list[Event] = []
        for message in result.responses:
            response = message.get("response") or message.get("template")
            said = self.say(response, history, dict(message)) if response else None
            uttered = from_dispatcher(message, said, at=self.now())
            if uttered is not None:
                events.append(uttered)
            elif response:
                log.warning("action.unknown_response", action=action, response=response)
        for data in result.events:
            event = self._event(data, action)
            if event is not None:
                events.append(event)
        return events

    def _event(self, data: dict[str, Any], action: str) -> Event | None:
        now = self.now()
        if data.get("event") == OWN_EVENT:
            kind = data.get("type")
            if kind not in OWN_TYPES:
                raise InvalidInput(f"An action cannot return the event {kind!r}.", code="action.bad_event")
            if kind == "escalation_requested":
                self.escalation = Escalation(
                    EscalationReason(data.get("reason", "rule")),
                    detail=str(data.get("detail") or action),
                    queue=data.get("queue"),
                    priority=data.get("priority"),
                )
                return None
            fields = {key: value for key, value in data.items() if key != "event"}
            own = parse_event({**fields, "timestamp": now})
            return _in_bounds(own) if isinstance(own, CustomerIdentified) else own
        event = event_from_rasa({**data, "timestamp": None}, now=now)
        if isinstance(event, SlotSet) and event.name in self.rules.views:
            # Only the identity itself says who the customer is: an action's copy may be stale.
            log.info("action.identity_slot_left_out", action=action, slot=event.name)
            return None
        if isinstance(event, SlotSet):
            kept = self.conversation.dialogue.slots.get(event.name)
            source = SlotSource(kind="action", sequence=self.message_sequence)
            if kept is not None and kept.value == event.value and kept.source is not None:
                # An action that confirms what the customer said does not become its source.
                source = kept.source
            event = event.model_copy(update={"source": source})
        return event

    def _tracker(self, history: History, extra: Sequence[Event]) -> dict[str, Any]:
        message, now, identity = history.latest_message, self.now(), self.identity(extra)
        latest: dict[str, Any] = {}
        if message is not None:
            latest = {"text": message.text, "intent": {"name": None, "confidence": 0.0}, "entities": []}
            if message.parse is not None:
                latest = parse_to_rasa(message.parse)
            latest |= {"message_id": message.message_id, "metadata": message.metadata}
        loop: dict[str, Any] = {}
        if history.active_loop is not None:
            loop = {
                "name": history.active_loop,
                "is_interrupted": history.loop_interrupted,
                "rejected": history.loop_rejected,
                "trigger_message": None,
            }
        events = self._memory.as_rasa()
        events += [data for event in extra if (data := event_to_rasa(event)) is not None]
        action = next(
            (e.action for e in reversed(extra) if isinstance(e, ActionExecuted)), history.latest_action
        )
        return {
            "sender_id": self.conversation.id,
            "slots": {**history.slots, **self.rules.shown(identity, now=now)},
            "identity": as_json(identity, now=now),
            "latest_message": latest,
            "latest_event_time": self.conversation.updated_at,
            "followup_action": history.followup_action,
            "paused": history.paused,
            "events": events,
            "latest_input_channel": self.channel,
            "active_loop": loop,
            "latest_action": {"action_name": action},
            "latest_action_name": action,
        }


def is_view(event: SlotSet) -> bool:
    """Whether the engine set the slot from the identity."""
    return event.source is not None and event.source.kind == "identity"


def _in_bounds(event: CustomerIdentified) -> CustomerIdentified:
    """A proof as an action reports it, with its level and an end that is not later than usual."""
    level = level_of(event)
    latest = event.timestamp + LIFE_S.get(level, 0.0)
    until = latest if event.expires_at is None else min(event.expires_at, latest)
    return event.model_copy(update={"strength": level.value, "expires_at": until})
