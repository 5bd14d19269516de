"""Plain dialogue state after events: slots, form, latest message and action. Knows nothing of taking back."""

from __future__ import annotations

from typing import Any

from bot.dialogue.features import Feature, State, slot_feature
from bot.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    AllSlotsReset,
    EntitiesAdded,
    Entity,
    Event,
    FollowupAction,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from bot.project.domain import Domain

LISTEN = "action_listen"


class Fold:
    """Plain state after events; knows nothing of taking back."""

    __slots__ = (
        "_domain",
        "_features",
        "_omit_unset",
        "_state",
        "_user",
        "action",
        "followup",
        "interrupted",
        "latest_entities",
        "latest_message",
        "loop",
        "rejected",
        "slots",
        "slots_set",
        "use_text",
    )

    def __init__(self, domain: Domain, *, omit_unset: bool = False) -> None:
        self._domain = domain
        self._omit_unset = omit_unset
        self.reset()

    def reset(self) -> None:
        self.slots: dict[str, Any] = self._domain.initial_slots()
        self.slots_set: set[str] = set()
        self.latest_message: UserUttered | None = None
        self.latest_entities: tuple[Entity, ...] = ()
        self.use_text = False
        self.action: str | None = None
        # As in Rasa, a dialogue of which nothing is left listens first.
        self.followup: str | None = LISTEN
        self.loop: str | None = None
        self.rejected = False
        self.interrupted = False
        self._features: dict[str, Feature] = {}
        if not self._omit_unset:
            for name, slot in self._domain.slots.items():
                if (feature := slot_feature(slot, slot.initial_value)) is not None:
                    self._features[name] = feature
        self._user: tuple[str | None, tuple[str, ...], str | None] = (None, (), None)
        self._state: State | None = None

    def apply(self, event: Event) -> None:
        self._state = None
        match event:
            case ActionExecuted():
                self.action = event.action
                self.followup = None
                if event.end_to_end:
                    self.use_text = True
                    self.read_user()
                if self.loop is not None:
                    self.interrupted = False
                    if event.action == self.loop:
                        self.rejected = False
            case SlotSet():
                self._set_slot(event.name, event.value)
            case UserUttered():
                self.latest_message = event
                self.latest_entities = event.parse.entities if event.parse is not None else ()
                self.use_text = event.parse is None or event.parse.intent is None
                self.followup = None
                self.read_user()
            case ActiveLoop():
                self.loop = event.name
                self.rejected = False
                self.interrupted = False
            case ActionExecutionRejected():
                if self.loop is not None and self.loop == event.action:
                    self.rejected = True
            case LoopInterrupted():
                self.interrupted = event.is_interrupted
            case FollowupAction():
                self.followup = event.action
            case AllSlotsReset():
                self.slots = self._domain.initial_slots()
                self.slots_set = set()
                self._features = {}
                if not self._omit_unset:
                    for name, slot in self._domain.slots.items():
                        if (feature := slot_feature(slot, slot.initial_value)) is not None:
                            self._features[name] = feature
            case EntitiesAdded():
                self.latest_entities = (*self.latest_entities, *event.entities)
                self.read_user()
            case _:
                pass

    def state(self) -> State:
        if self._state is None:
            intent, entities, text = self._user
            self._state = State(
                intent, entities, text, tuple(sorted(self._features.items())), self.action, self.loop
            )
        return self._state

    def _set_slot(self, name: str, value: Any) -> None:
        self.slots[name] = value
        self.slots_set.add(name)
        slot = self._domain.slots.get(name)
        if slot is None:
            return
        feature = slot_feature(slot, value)
        if feature is None:
            self._features.pop(name, None)
        else:
            self._features[name] = feature

    def read_user(self) -> None:
        """Read the message anew: as its text where ``use_text``, else as its intent and entities."""
        self._state = None
        message = self.latest_message
        if message is None:
            return
        if self.use_text:
            self._user = (None, (), message.text or None)
            return
        assert message.parse is not None
        assert message.parse.intent is not None
        intent = message.parse.intent.name
        labels: set[str] = set()
        for entity in self.latest_entities:
            labels.add(entity.entity)
            if entity.role:
                labels.add(f"{entity.entity}#{entity.role}")
            if entity.group:
                labels.add(f"{entity.entity}#{entity.group}")
        if labels:
            used = self._domain.used_entities(intent)
            if used is not None:
                labels &= used
        self._user = (intent, tuple(sorted(labels)), None)


def copied(source: Fold) -> Fold:
    """A fold that changes apart from this one."""
    target = Fold.__new__(Fold)
    for name in Fold.__slots__:
        value = getattr(source, name)
        setattr(target, name, value.copy() if isinstance(value, dict | set) else value)
    return target
