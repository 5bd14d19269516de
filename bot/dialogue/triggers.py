"""Signs, read from the log, that the bot should give up: a question failed too often, an upset customer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.call import VOICE
from bot.conversation import Conversation
from bot.dialogue.fallback import NLU_FALLBACK, OUT_OF_SCOPE
from bot.dialogue.fold import LISTEN
from bot.events import (
    ActionExecuted,
    ActiveLoop,
    EscalationRequested,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from bot.project.domain import REQUESTED_SLOT, Domain

_FALLBACKS = frozenset({"action_default_fallback", "action_two_stage_fallback"})


def form_failures(
    conversation: Conversation, form: str, asked_for: str, *, slots: Collection[str] = ()
) -> int:
    """How many messages in a row did not answer a form's question, the latest one included.

    Messages that the bot answered otherwise (an interruption) do not count, nor do those that gave another of
    the form's ``slots`` a new value ("no, I meant 48213", asked for the postcode).
    """
    changed = _changed_at(conversation, [slot for slot in slots if slot != asked_for])
    failures = answers = 0
    digressed = failed_by_fallback = False
    for event in reversed(conversation.events):
        match event:
            case ActiveLoop() | SessionStarted() | EscalationRequested():
                break
            case SlotSet(name=name, value=value) if name == REQUESTED_SLOT:
                if value != asked_for:
                    break
                failures += answers
                answers = 0
            case ActionExecuted(action=action) if action in _FALLBACKS:
                failed_by_fallback = True
            case ActionExecuted(action=action) if action not in (form, LISTEN):
                digressed = True
            case UserUttered(restated=False):
                digressed = digressed or event.message_id in changed
                if not digressed or failed_by_fallback:
                    answers += 1
                digressed = failed_by_fallback = False
            case _:
                pass
    return failures


def is_lost_for_words(conversation: Conversation, domain: Domain, *, messages: int) -> bool:
    """Whether a caller was not understood so many times in a row; forms count their own failures.

    Nothing typed counts: who writes can read what the bot can do, and is patient with it. Keys pressed in
    between neither count nor make good.
    """
    loop = conversation.dialogue.loop
    if messages < 1 or (loop is not None and loop.name in domain.forms):
        return False
    failures = 0
    for event in reversed(conversation.events):
        match event:
            case SessionStarted() | EscalationRequested():
                return False
            case UserUttered(restated=False) if not event.text.startswith("/"):
                intent = event.parse.intent if event.parse is not None else None
                if (
                    event.channel != VOICE
                    or intent is None
                    or intent.name not in (NLU_FALLBACK, OUT_OF_SCOPE)
                ):
                    return False
                failures += 1
                if failures == messages:
                    return True
            case _:
                pass
    return False


def _changed_at(conversation: Conversation, slots: Collection[str]) -> set[str]:
    """The messages (by id) of which an entity gave one of the slots a value that it did not have."""
    values: dict[str, Any] = {}
    changed: set[str] = set()
    message: str | None = None
    for event in conversation.events:
        match event:
            case UserUttered(restated=False):
                message = event.message_id
            case SlotSet() if event.name in slots and event.value is not None:
                from_customer = event.source is not None and event.source.kind in ("entity", "payload")
                if from_customer and event.value != values.get(event.name) and message is not None:
                    changed.add(message)
                values[event.name] = event.value
            case _:
                pass
    return changed


def is_upset(conversation: Conversation, *, messages: int, below: float) -> bool:
    """Whether the latest messages, so many in a row, all have a sentiment (-1..1) that low."""
    if messages <= 0:
        return False
    seen = 0
    for event in reversed(conversation.events):
        if isinstance(event, SessionStarted | EscalationRequested):
            return False
        if isinstance(event, UserUttered) and not event.restated:
            sentiment = event.parse.sentiment if event.parse is not None else None
            if sentiment is None or sentiment > below:
                return False
            seen += 1
            if seen == messages:
                return True
    return False


def missing_slots(conversation: Conversation, domain: Domain) -> tuple[str, ...]:
    """The slots that the open form still needs, in its order."""
    loop = conversation.dialogue.loop
    form = domain.forms.get(loop.name) if loop is not None else None
    if form is None:
        return ()
    initial = domain.initial_slots()
    known = conversation.slots()
    return tuple(name for name in form.required_slots if known.get(name, initial.get(name)) is None)
