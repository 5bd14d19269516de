"""Runs slot extraction with the custom actions that take part in it (Rasa's ``action_extract_slots``)."""

from __future__ import annotations

import structlog

from bot.dialogue.actions import ActionFailure, ActionRejected
from bot.dialogue.history import History
from bot.dialogue.slots import extract
from bot.dialogue.turn import Turn
from bot.events import ActionFailed, BotUttered, Event, SlotSet

VALIDATE = "action_validate_slot_mappings"

log = structlog.get_logger(__name__)


async def extract_slots(turn: Turn, history: History) -> list[Event]:
    """The slots that the latest message sets, by mappings and by the custom actions that mappings name.

    As in Rasa, a custom action that fails here sets nothing and stops nothing; its failure is recorded.
    """
    found = list(extract(history, sequence=turn.message_sequence, at=turn.now()))
    events: list[Event] = []
    for item in found:
        if isinstance(item, str):
            events += await _run(turn, item, history)
        else:
            events.append(item)
    candidates = [event for event in events if isinstance(event, SlotSet)]
    others = [event for event in events if not isinstance(event, SlotSet)]
    if VALIDATE not in turn.domain.actions:
        return [*others, *candidates]
    seen = history.view()
    seen.extend(candidates)
    validated = await _run(turn, VALIDATE, seen, candidates)
    names = {event.name for event in validated if isinstance(event, SlotSet)}
    return [*others, *validated, *(event for event in candidates if event.name not in names)]


async def _run(turn: Turn, name: str, history: History, extra: list[SlotSet] | None = None) -> list[Event]:
    try:
        events = await turn.run_custom(name, history, extra or ())
    except (ActionFailure, ActionRejected) as error:
        code = error.code if isinstance(error, ActionFailure) else "action.rejected"
        log.warning("extraction.action_failed", action=name, error=code)
        return [ActionFailed(timestamp=turn.now(), action=name, error=code)]
    kept: list[Event] = [event for event in events if isinstance(event, SlotSet | BotUttered)]
    if len(kept) < len(events):
        log.info("extraction.events_left_out", action=name)
    return kept
