"""RulePolicy: default commands, the happy path of forms, then rules.

Semantics are those of Rasa Open Source 3.6's policy of that name. `rule_training` learns what this predicts
from; the order of the sources here is the order in which they overrule each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.dialogue.features import State, rule_key
from bot.dialogue.fold import LISTEN
from bot.dialogue.history import History
from bot.dialogue.policies.prediction import RULE_PRIORITY, Prediction
from bot.dialogue.policies.rule_index import LearnedRule, RuleIndex

NAME = "RulePolicy"
COMMANDS = {"restart": "action_restart", "back": "action_back", "session_start": "action_session_start"}
LOOP_INTERRUPTED = "loop was interrupted"
NOT_THE_LOOP = "do not predict loop action"


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """The policy's options in config.yml, with Rasa's defaults."""

    fallback_action: str = "action_default_fallback"
    fallback_threshold: float = 0.3
    fallback: bool = True
    restrict_rules: bool = True
    check_contradictions: bool = True
    nlu_confidence_as_score: bool = False
    priority: int = RULE_PRIORITY


@dataclass(slots=True)
class RuleLookup:
    """What was learned: rules, what they say of forms' unhappy paths, and what no story ever shows.

    ``not_in_stories`` are prediction sources whose turns are hidden from memoisation; ``rule_only_slots`` and
    ``rule_only_loops`` are left out of the states that memoisation sees.
    """

    rules: RuleIndex = field(default_factory=RuleIndex)
    unhappy: RuleIndex = field(default_factory=RuleIndex)
    not_in_stories: set[str] = field(default_factory=set)
    rule_only_slots: frozenset[str] = frozenset()
    rule_only_loops: frozenset[str] = frozenset()
    has_text: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    action: str | None
    source: str
    because: str = ""
    interrupts: bool = False


_NOTHING = _Found(None, "")


class RulePolicy:
    """Predicts what rules say."""

    def __init__(self, lookup: RuleLookup, options: RuleOptions) -> None:
        self.lookup = lookup
        self.options = options

    def predict(self, history: History) -> Prediction:
        """The next action by rules; the fallback action, with a low confidence, where none applies."""
        return self.predict_from(history)[0]

    def predict_from(self, history: History, *, learning: bool = False) -> tuple[Prediction, str]:
        """The prediction and its source, by which learning finds the rules behind it."""
        # Of earlier states no rule speaks. While learning, all of them name the place.
        longest = max(self.lookup.rules.longest, self.lookup.unhappy.longest)
        states = history.states(latest=None if learning else longest + 1)
        from_text = self._from_text(history, states)
        if from_text.action is None:
            command = _command(history)
            if command.action is not None:
                return self._prediction(command, history), command.source
        loop = _loop_happy_path(history)
        if loop.action is not None:
            return self._prediction(loop, history, needs_no_user=True), loop.source
        if from_text.action is not None:
            return self._prediction(from_text, history, end_to_end=True), from_text.source
        found = self._from_rules(history, states, learning=learning)
        return self._prediction(found, history), found.source

    def _prediction(
        self, found: _Found, history: History, *, needs_no_user: bool = False, end_to_end: bool = False
    ) -> Prediction:
        options = self.options
        if found.action is not None:
            action: str | None = found.action
            confidence = 1.0
            because = found.because
            if options.nlu_confidence_as_score and history.latest_message is not None:
                parse = history.latest_message.parse
                confidence = parse.intent.confidence if parse is not None and parse.intent else 1.0
        else:
            action = options.fallback_action if options.fallback else None
            confidence = options.fallback_threshold if options.fallback else 0.0
            because = "no rule applies"
        return Prediction(
            action,
            confidence,
            NAME,
            options.priority,
            because,
            hide_rule_turn=found.source in self.lookup.not_in_stories,
            needs_no_user=needs_no_user,
            end_to_end=end_to_end,
            interrupts_loop=found.interrupts,
        )

    def _from_text(self, history: History, states: Sequence[State]) -> _Found:
        message = history.latest_message
        if not self.lookup.has_text or history.latest_action != LISTEN or message is None:
            return _NOTHING
        as_text = states[-1]._replace(intent=None, entities=(), text=message.text)
        return self._from_rules(history, [*states[:-1], as_text])

    def _from_rules(self, history: History, states: Sequence[State], *, learning: bool = False) -> _Found:
        fitting = self.lookup.rules.fitting(states)
        # Where several fit, one is a special case of another: the longest says the most.
        chosen = max(fitting, key=_length) if fitting else None
        action = chosen.action if chosen is not None else None
        interrupts = False
        if history.active_loop is not None:
            unhappy = {rule.action for rule in self.lookup.unhappy.fitting(states)}
            if action == LISTEN and chosen is not None and chosen.is_general:
                if NOT_THE_LOOP not in unhappy:
                    because = f"back to the form, after the rule '{chosen.name}'"
                    return _Found(history.active_loop, chosen.key, because)
                action = None
            interrupts = LOOP_INTERRUPTED in unhappy
        if chosen is not None:
            return _Found(action, chosen.key, f"rule '{chosen.name}'" if action else "", interrupts)
        # While learning, the state itself is the source: it says that here only the fallback is predicted.
        source = rule_key(_after_snippet(states)) if learning else ""
        return _Found(None, source, interrupts=interrupts)


def _length(rule: LearnedRule) -> int:
    return len(rule.key)


def _command(history: History) -> _Found:
    if history.latest_action != LISTEN:
        return _NOTHING
    intent = history.latest_intent
    action = COMMANDS.get(intent) if intent is not None else None
    return _Found(action, command_source(intent), f"command /{intent}") if action and intent else _NOTHING


def _loop_happy_path(history: History) -> _Found:
    loop = history.active_loop
    if loop is None or history.loop_rejected:
        return _NOTHING
    if history.latest_action == loop:
        return _Found(LISTEN, loop_listen_source(loop), f"'{loop}' waits for an answer")
    if history.latest_action is not None:
        return _Found(loop, loop_source(loop), f"'{loop}' is open")
    return _NOTHING


def command_source(intent: str) -> str:
    """The source of a default command's prediction."""
    return f"default command {intent}"


def loop_source(loop: str) -> str:
    """The source of the prediction that an open form runs."""
    return f"loop {loop}"


def loop_listen_source(loop: str) -> str:
    """The source of the prediction that a form listens after it ran."""
    return f"loop {loop} - listen"


def _after_snippet(states: Sequence[State]) -> list[State]:
    for index in range(len(states) - 1, -1, -1):
        if states[index].action == "...":
            return list(states[index + 1 :])
    return list(states)
