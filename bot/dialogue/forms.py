"""Forms: ask for each required slot until all are filled (Rasa's FormAction)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.dialogue.actions import ActionRejected
from bot.dialogue.extraction import extract_slots
from bot.dialogue.fold import LISTEN
from bot.dialogue.history import History
from bot.dialogue.turn import Turn
from bot.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, BotUttered, Event, SlotSet
from bot.project.domain import REQUESTED_SLOT, Form


@dataclass(slots=True)
class FormRun:
    """What a form did: its events, those of them that ask for a slot, and which slot that is."""

    events: list[Event]
    asking: list[Event] = field(default_factory=list)
    asked_for: str | None = None


async def run_form(turn: Turn, form: Form, history: History) -> FormRun:
    """Run a form over a dialogue: begin it or check the answer, then ask on or end.

    Raises ActionRejected when the message answers nothing that the form asks for, ActionFailure when one of
    its custom actions fails.
    """
    return await _Run(turn, form, history).run()


class _Run:
    def __init__(self, turn: Turn, form: Form, history: History) -> None:
        self.turn = turn
        self.form = form
        self.history = history
        self.asking: list[Event] = []
        self.asked_for: str | None = None

    async def run(self) -> FormRun:
        events: list[Event] = []
        if self.history.active_loop != self.form.name:
            events.append(ActiveLoop(timestamp=self.turn.now(), name=self.form.name))
            events += await self._activate()
        if not self._is_done(events):
            events += await self._do(events)
        if self._is_done(events):
            events.append(ActiveLoop(timestamp=self.turn.now(), name=None))
        return FormRun(events, self.asking, self.asked_for)

    async def _activate(self) -> list[Event]:
        """Slots that the message or the dialogue so far fill already, validated."""
        history = self.history.view()
        history.apply(ActiveLoop(timestamp=self.turn.now(), name=self.form.name))
        extracted = [e for e in await extract_slots(self.turn, history) if isinstance(e, SlotSet)]
        history.extend(extracted)
        filled = {
            name: history.slots[name]
            for name in self.form.required_slots
            if history.slots.get(name) is not None
        }
        if not filled:
            return list(extracted)
        # Rasa's temporary tracker begins with what opened the form.
        opened: list[Event] = [ActiveLoop(timestamp=self.turn.now(), name=self.form.name), *extracted]
        validated = await self._validate_slots(self._slot_sets(filled, extracted), history, opened)
        names = {event.name for event in validated if isinstance(event, SlotSet)}
        return [*validated, *(event for event in extracted if event.name not in names)]

    async def _do(self, so_far: Sequence[Event]) -> list[Event]:
        events: list[Event] = []
        if all(isinstance(event, ActiveLoop) for event in so_far):
            events = await self._validate_if_required()
        if not _is_rejected(events):
            events += await self._request_next([*so_far, *events])
        return events

    async def _validate_if_required(self) -> list[Event]:
        history = self.history
        answered = history.latest_action == LISTEN and not history.loop_interrupted
        if history.active_loop is None or answered:
            return await self._validate()
        # Coming back from an interruption there is nothing to check, but required slots may have changed.
        return await self._validate_slots([], history)

    async def _validate(self) -> list[Event]:
        requested = self._requested()
        wanted = set(self.form.required_slots)
        if requested is not None:
            wanted.add(requested)
        given = {e.name: e for e in self._set_since_message() if e.name in wanted}
        validated = await self._validate_slots(list(given.values()), self.history)
        sets_slots = any(isinstance(e, SlotSet) and e.name != REQUESTED_SLOT for e in validated)
        if requested is not None and not given and not sets_slots and not _is_rejected(validated):
            raise ActionRejected(self.form.name)
        return validated

    async def _validate_slots(
        self, candidates: Sequence[Event], history: History, opened: Sequence[Event] = ()
    ) -> list[Event]:
        name = f"validate_{self.form.name}"
        if name not in self.turn.domain.action_names:
            return []
        seen, extra = self._temporary(history, candidates)
        return await self.turn.run_custom(name, seen, [*opened, *extra])

    async def _request_next(self, so_far: Sequence[Event]) -> list[Event]:
        now = self.turn.now()
        if self._is_done(so_far):
            return [SlotSet(timestamp=now, name=REQUESTED_SLOT, value=None)]
        chosen = next((e.value for e in so_far if isinstance(e, SlotSet) and e.name == REQUESTED_SLOT), None)
        seen, extra = self._temporary(self.history, so_far)
        events: list[Event] = []
        if not chosen:
            chosen = next((n for n in self.form.required_slots if seen.slots.get(n) is None), None)
            events.append(SlotSet(timestamp=now, name=REQUESTED_SLOT, value=chosen))
        if chosen:
            self.asked_for = chosen
            self.asking = await self._ask(chosen, seen, extra)
            return [*events, *self.asking]
        return [SlotSet(timestamp=now, name=REQUESTED_SLOT, value=None)]

    async def _ask(self, slot: str, history: History, extra: Sequence[Event]) -> list[Event]:
        form = self.form.name
        names = (
            f"action_ask_{form}_{slot}",
            f"utter_ask_{form}_{slot}",
            f"action_ask_{slot}",
            f"utter_ask_{slot}",
        )
        name = next((name for name in names if name in self.turn.domain.action_names), None)
        if name is None:
            # The validation action may have asked in its own words.
            return []
        if name.startswith("utter_"):
            self.turn.require(name, history, extra)
            said = self.turn.say(name, history)
            return [said] if said is not None else []
        return await self.turn.run_custom(name, history, extra)

    def _temporary(self, history: History, events: Sequence[Event]) -> tuple[History, list[Event]]:
        """The dialogue as the form's own actions see it: the form ran, and the events are what it did."""
        now = self.turn.now()
        extra: list[Event] = [
            SlotSet(timestamp=now, name=REQUESTED_SLOT, value=self._requested()),
            ActionExecuted(timestamp=now, action=self.form.name),
            *events,
        ]
        seen = history.view()
        seen.extend(event for event in extra if not isinstance(event, BotUttered))
        return seen, extra

    def _requested(self) -> str | None:
        if self.history.active_loop != self.form.name:
            return None
        requested = self.history.slots.get(REQUESTED_SLOT)
        return str(requested) if requested is not None else None

    def _set_since_message(self) -> list[SlotSet]:
        events = self.turn.conversation.events
        begin = (self.turn.conversation.dialogue.latest_message_sequence or 1) - 1
        return [event for event in events[begin:] if isinstance(event, SlotSet)]

    def _slot_sets(self, values: dict[str, object], extracted: Sequence[SlotSet]) -> list[Event]:
        known = {event.name: event for event in extracted}
        now = self.turn.now()
        return [known.get(name) or SlotSet(timestamp=now, name=name, value=v) for name, v in values.items()]

    @staticmethod
    def _is_done(events: Sequence[Event]) -> bool:
        if _is_rejected(events):
            return False
        requested = next(
            (e for e in reversed(events) if isinstance(e, SlotSet) and e.name == REQUESTED_SLOT), None
        )
        loop = next((e for e in reversed(events) if isinstance(e, ActiveLoop)), None)
        return (requested is not None and requested.value is None) or (loop is not None and loop.name is None)


def _is_rejected(events: Sequence[Event]) -> bool:
    return any(isinstance(event, ActionExecutionRejected) for event in events)
