"""MemoizationPolicy: what followed in a story under the same recent states follows again.

States are those that stories can show: turns that rules alone account for are hidden, and slots and forms
that only rules name are left out. The augmented policy, where nothing is remembered, forgets the oldest turns
one by one and looks again. Semantics are those of Rasa Open Source 3.6's policies of these names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.dialogue.features import State
from bot.dialogue.fold import LISTEN
from bot.dialogue.history import History, Step
from bot.dialogue.policies.prediction import MEMOIZATION_PRIORITY, Prediction
from bot.dialogue.policies.rule import RuleLookup
from bot.dialogue.policies.rule_training import Example
from bot.events import ActionExecuted, Event


@dataclass(frozen=True, slots=True)
class MemoizationOptions:
    """The policy's options in config.yml. ``max_history`` None: the whole dialogue counts."""

    max_history: int | None = None
    augmented: bool = False
    nlu_confidence_as_score: bool = False
    priority: int = MEMOIZATION_PRIORITY

    @property
    def name(self) -> str:
        return "AugmentedMemoizationPolicy" if self.augmented else "MemoizationPolicy"


class MemoizationPolicy:
    """Predicts what stories show."""

    def __init__(
        self, memory: dict[tuple[State, ...], tuple[str, str]], options: MemoizationOptions, rules: RuleLookup
    ) -> None:
        self._memory = memory
        self.options = options
        self._rules = rules

    @classmethod
    def learn(
        cls, examples: Iterable[Example], options: MemoizationOptions, rules: RuleLookup
    ) -> MemoizationPolicy:
        """Remember each example under its latest states; where two differ in what follows, neither."""
        memory: dict[tuple[State, ...], tuple[str, str]] = {}
        ambiguous: set[tuple[State, ...]] = set()
        for example in examples:
            states = example.states
            key = states[-options.max_history :] if options.max_history else states
            if key in ambiguous:
                continue
            known = memory.setdefault(key, (example.action, example.lesson.name))
            if known[0] != example.action:
                del memory[key]
                ambiguous.add(key)
        return cls(memory, options, rules)

    def __len__(self) -> int:
        return len(self._memory)

    def predict(self, history: History) -> Prediction:
        """The action that followed in a story, or None."""
        options = self.options
        states = self._states(history)
        found = self._recall(states)
        because = "story"
        if found is None and options.augmented:
            found = self._recall_shorter(states, history)
            because = "story, older turns forgotten,"
        if found is None:
            return Prediction(None, 0.0, options.name, options.priority)
        action, story = found
        confidence = 1.0
        if options.nlu_confidence_as_score and history.latest_message is not None:
            parse = history.latest_message.parse
            confidence = parse.intent.confidence if parse is not None and parse.intent else 1.0
        return Prediction(action, confidence, options.name, options.priority, f"{because} '{story}'")

    def _recall(self, states: Sequence[State]) -> tuple[str, str] | None:
        limit = self.options.max_history
        return self._memory.get(tuple(states[-limit:] if limit else states))

    def _recall_shorter(self, states: Sequence[State], history: History) -> tuple[str, str] | None:
        limit = self.options.max_history
        seen = tuple(states[-limit:] if limit else states)
        events = _recent(history.applied, limit)
        starts = [index for index, event in enumerate(events) if isinstance(event, ActionExecuted)]
        for start in starts:
            shorter = History(history.domain)
            shorter.loop_names = history.loop_names
            shorter.extend(events[start:])
            states = self._states(shorter)
            key = tuple(states[-limit:] if limit else states)
            if key != seen:
                if key in self._memory:
                    return self._memory[key]
                seen = key
        return None

    def _states(self, history: History) -> list[State]:
        """The states without what only rules account for: of past turns as kept, and of the next."""
        kept = history.memory.get(id(self))
        if kept is None:
            kept = history.memory[id(self)] = _Kept()
        kept.keep_only(history.turns)
        for turn in history.turns[len(kept.steps) :]:
            self._step(kept, turn)
        upcoming = Step(history.state(), False, history.keeps_hiding)
        self._step(kept, upcoming)
        states = list(kept.states)
        kept.keep_only(history.turns)
        return states

    def _step(self, kept: _Kept, turn: Step) -> None:
        hidden, action = kept.end
        if not hidden:
            action = turn.state.action
        if not turn.keeps_hiding:
            hidden = turn.hide
        if not hidden:
            kept.states.append(self._visible(turn.state, kept.states[-1] if kept.states else None, action))
        kept.steps.append((turn, hidden, action, len(kept.states)))

    def _visible(self, state: State, before: State | None, action: str | None) -> State:
        rules = self._rules
        slots = state.slots
        if rules.rule_only_slots and slots:
            slots = tuple(pair for pair in slots if pair[0] not in rules.rule_only_slots)
        loop = state.loop if state.loop not in rules.rule_only_loops else None
        intent, entities, text = state.intent, state.entities, state.text
        if before is not None and state.action != LISTEN:
            # Within a turn the message is the one that the story's turn began with.
            intent, entities, text = before.intent, before.entities, before.text
        return State(intent, entities, text, slots, action if action is not None else state.action, loop)


@dataclass(slots=True)
class _Kept:
    """The visible states of a history's turns; a step is (turn, hidden, action carried, states so far)."""

    states: list[State] = field(default_factory=list)
    steps: list[tuple[Step, bool, str | None, int]] = field(default_factory=list)

    @property
    def end(self) -> tuple[bool, str | None]:
        return (self.steps[-1][1], self.steps[-1][2]) if self.steps else (False, None)

    def keep_only(self, turns: Sequence[Step]) -> None:
        """Forget the steps of turns that are no longer the history's."""
        count = len(self.steps)
        while count and (count > len(turns) or self.steps[count - 1][0] is not turns[count - 1]):
            count -= 1
        if count < len(self.steps):
            del self.steps[count:]
            del self.states[self.steps[-1][3] if self.steps else 0 :]


def _recent(applied: Sequence[Event], limit: int | None) -> list[Event]:
    """The applied events from the latest listening at which more than ``limit`` actions are kept."""
    if limit:
        actions = 0
        for index in range(len(applied) - 1, -1, -1):
            event = applied[index]
            if isinstance(event, ActionExecuted):
                actions += 1
                if actions > limit and event.action == LISTEN:
                    return list(applied[index:])
    return list(applied)
