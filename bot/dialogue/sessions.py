"""Sessions: when one begins, and what is carried over from the one before (Rasa's ``session_config``)."""

from __future__ import annotations

from bot.conversation import Conversation, Holder
from bot.dialogue.fold import LISTEN
from bot.dialogue.history import SESSION_START
from bot.events import ActionExecuted, Event, SessionStarted, SlotSet, SlotSource, UserUttered
from bot.project.domain import SESSION_METADATA_SLOT, Domain


def must_begin(conversation: Conversation, domain: Domain, *, now: float) -> bool:
    """Whether the next message begins a session: the first, after closing, or after a long silence."""
    if conversation.holder is Holder.CLOSED or conversation.dialogue.latest_action is None:
        return True
    minutes = domain.session.session_expiration_time
    if minutes <= 0:
        return False
    for event in reversed(conversation.events):
        if isinstance(event, UserUttered):
            return (now - event.timestamp) / 60 > minutes
    return False


def begin(conversation: Conversation, domain: Domain, *, now: float) -> list[Event]:
    """The events of ``action_session_start``."""
    return [
        ActionExecuted(timestamp=now, action=SESSION_START, confidence=1.0),
        *after_start(conversation, domain, now=now),
    ]


def after_start(conversation: Conversation, domain: Domain, *, now: float) -> list[Event]:
    """What follows ``action_session_start``: the session, the slots carried over, and listening."""
    events: list[Event] = [SessionStarted(timestamp=now)]
    if domain.session.carry_over_slots_to_new_session:
        for name, slot in conversation.dialogue.slots.items():
            if name == SESSION_METADATA_SLOT or (slot.source is not None and slot.source.kind == "identity"):
                continue
            source = SlotSource(kind="carry_over", sequence=slot.source.sequence if slot.source else None)
            events.append(
                SlotSet(timestamp=now, name=name, value=slot.value, source=source, confirmed=slot.confirmed)
            )
    events.append(ActionExecuted(timestamp=now, action=LISTEN))
    return events
